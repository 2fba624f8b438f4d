"""Reads about outgoing mail."""

from sqlmodel import Session, select

from app.errors import NotFound
from app.models import OutgoingMail


def message(session: Session, organisation_id: str, message_id: str) -> OutgoingMail:
    """The mail of that organisation, locked until the transaction ends. Raises NotFound, also for somebody else's."""
    found = session.exec(
        select(OutgoingMail)
        .where(OutgoingMail.id == message_id)
        .where(OutgoingMail.organisation_id == organisation_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("There is no mail by that id.")
    return found
