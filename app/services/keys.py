"""Organiser keys: made once, shown once, known by their hash."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from app.errors import BadInput, Fault, KeyRefused, NotAllowed
from app.models import Organisation, OrganiserKey, Programme, Scope
from app.security import new_organiser_key, public_part, same_secret
from emails import phrase, together

_MAY_NOT = {
    Scope.READ: phrase("This key may not read. Make one with:"),
    Scope.WRITE: phrase("This key may not write. Make one with:"),
    Scope.SEND: phrase("This key may not send. Make one with:"),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a key, its organisation, what it may do, and the one programme it is bound to, if any."""

    key_id: str
    organisation_id: str
    programme_id: str | None
    scopes: frozenset[Scope]

    @property
    def actor(self) -> str:
        """How the audit names this caller."""
        return f"key:{self.key_id}"

    def require(self, scope: Scope) -> None:
        """Raises NotAllowed when the key lacks `scope`."""
        if scope not in self.scopes:
            raise NotAllowed(together(_MAY_NOT[scope], f"coffee key create --scope {scope.value}"))


def create_key(
    session: Session,
    organisation: Organisation,
    scopes: frozenset[Scope],
    *,
    now: datetime,
    name: str = "",
    programme: Programme | None = None,
    expires_at: datetime | None = None,
) -> tuple[OrganiserKey, str]:
    """A new key and its secret, which is kept nowhere. Raises BadInput without a scope."""
    if not scopes:
        raise BadInput(Fault("scope", "is missing.", "Give at least one of read, write, send."))
    made = new_organiser_key()
    row = OrganiserKey(
        organisation_id=organisation.id,
        programme_id=programme.id if programme else None,
        name=name[:100],
        public=made.public,
        hash=made.hash,
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row, made.secret


def authenticate(session: Session, secret: str | None, now: datetime) -> Principal:
    """Who holds `secret`. Raises KeyRefused, in the same words whatever is wrong with it."""
    public = public_part(secret) if secret else None
    row = session.exec(select(OrganiserKey).where(OrganiserKey.public == public)).one_or_none() if public else None
    known = same_secret(secret or "", row.hash if row else "0" * 64)
    if row is None or not known:
        raise KeyRefused
    return _principal(row, now)


def still(session: Session, key_id: str, now: datetime) -> Principal:
    """Whoever showed the key with this id before. Raises KeyRefused when it has been revoked or has expired since."""
    row = session.get(OrganiserKey, key_id)
    if row is None:
        raise KeyRefused
    return _principal(row, now)


def _principal(row: OrganiserKey, now: datetime) -> Principal:
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise KeyRefused
    return Principal(row.id, row.organisation_id, row.programme_id, frozenset(Scope(scope) for scope in row.scopes))


def revoke_key(session: Session, key: OrganiserKey, *, now: datetime) -> None:
    """From now on the key opens nothing. A second time changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = now
        session.add(key)
