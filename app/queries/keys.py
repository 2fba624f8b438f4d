"""Reads about organiser keys."""

from sqlmodel import Session, col, or_, select

from app.errors import NotFound
from app.models import OrganiserKey, Programme
from app.security import public_part


def every_key(session: Session) -> list[tuple[OrganiserKey, str | None]]:
    """All keys in the order they were made, each with the slug of the programme it is bound to."""
    rows = session.exec(
        select(OrganiserKey, Programme.slug)
        .join(Programme, col(Programme.id) == OrganiserKey.programme_id, isouter=True)
        .order_by(col(OrganiserKey.created_at), col(OrganiserKey.id))
    )
    return [(key, slug) for key, slug in rows]


def named_key(session: Session, name: str) -> tuple[OrganiserKey, str | None]:
    """The key with this id, this public part, or whose secret this is. Raises NotFound."""
    public = public_part(name) or name
    row = session.exec(
        select(OrganiserKey, Programme.slug)
        .join(Programme, col(Programme.id) == OrganiserKey.programme_id, isouter=True)
        .where(or_(OrganiserKey.id == name, OrganiserKey.public == public))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such key. coffee key list names them all.")
    return row[0], row[1]


def keys_of(session: Session, organisation_id: str) -> list[tuple[OrganiserKey, Programme | None]]:
    """The keys of an organisation, the newest first, each with the programme it is bound to; void ones last."""
    rows = session.exec(
        select(OrganiserKey, Programme)
        .join(Programme, col(Programme.id) == OrganiserKey.programme_id, isouter=True)
        .where(OrganiserKey.organisation_id == organisation_id)
        .order_by(col(OrganiserKey.revoked_at).is_not(None), col(OrganiserKey.created_at).desc(), col(OrganiserKey.id))
    )
    return [(key, programme) for key, programme in rows]


def key(session: Session, organisation_id: str, key_id: str) -> OrganiserKey:
    """One of them. Raises NotFound."""
    row = session.exec(
        select(OrganiserKey).where(OrganiserKey.id == key_id).where(OrganiserKey.organisation_id == organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row
