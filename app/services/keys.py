"""Organiser keys: made once, shown once, known by their hash. And who is calling, by a key or as a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, select

from app.errors import BadInput, Fault, KeyRefused, NotAllowed
from app.models import Organisation, OrganiserKey, Programme, Scope, Trust
from app.security import new_organiser_key, public_part, same_secret
from app.services import audit
from emails import phrase, together

NAME_LENGTH = 100

Right = Scope | Trust
"""What may be asked of a caller: keys are good for the scopes alone."""

_MAY_NOT: dict[Right, str] = {
    Scope.READ: phrase("This key may not read. Make one with:"),
    Scope.WRITE: phrase("This key may not write. Make one with:"),
    Scope.SEND: phrase("This key may not send. Make one with:"),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling, a key or an organiser: id, organisation, what it may do, and the one programme it is bound to, if
    any. An organiser whose roles differ by programme is one principal in each (`rights.Rights.within`).
    """

    id: str
    organisation_id: str
    programme_id: str | None
    scopes: frozenset[Right]
    kind: Literal["key", "organiser"] = "key"

    @property
    def actor(self) -> str:
        """How the audit names this caller."""
        return f"{self.kind}:{self.id}"

    def require(self, right: Right) -> None:
        """Raises NotAllowed without this right."""
        if right in self.scopes:
            return
        if self.kind == "organiser":
            raise NotAllowed(phrase("Your role does not allow that here. An owner of the programme can change it."))
        raise NotAllowed(together(_MAY_NOT[right], f"coffee key create --scope {right.value}"))


def create_key(
    session: Session,
    organisation: Organisation,
    scopes: frozenset[Scope],
    *,
    now: datetime,
    actor: str,
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
        name=name[:NAME_LENGTH],
        public=made.public,
        hash=made.hash,
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    _note(session, row, "key.create", now, actor, scopes=" ".join(row.scopes))
    return row, made.secret


def authenticate(session: Session, secret: str | None, now: datetime) -> Principal:
    """Who holds `secret`. Raises KeyRefused, in the same words whatever is wrong with it."""
    public = public_part(secret) if secret else None
    row = session.exec(select(OrganiserKey).where(OrganiserKey.public == public)).one_or_none() if public else None
    known = same_secret(secret or "", row.hash if row else "0" * 64)
    if row is None or not known:
        raise KeyRefused
    return _principal(row, now)


def _principal(row: OrganiserKey, now: datetime) -> Principal:
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise KeyRefused
    return Principal(row.id, row.organisation_id, row.programme_id, frozenset(Scope(scope) for scope in row.scopes))


def revoke_key(session: Session, key: OrganiserKey, *, now: datetime, actor: str) -> None:
    """From now on the key opens nothing. A second time changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = now
        session.add(key)
        _note(session, key, "key.revoke", now, actor)


def _note(session: Session, key: OrganiserKey, action: str, now: datetime, actor: str, **detail: str) -> None:
    place = (key.organisation_id, key.programme_id)
    audit.note_at(session, place, now=now, actor=actor, action=action, subject=key.id, **detail)
