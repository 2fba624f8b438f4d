"""Reads about outgoing mail."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from app.errors import NotFound
from app.models import MailState, OutgoingMail


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


def due_since(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest mail that should have gone has been waiting; None when none does."""
    return session.exec(
        select(func.min(OutgoingMail.not_before))
        .where(OutgoingMail.state == MailState.READY)
        .where(col(OutgoingMail.not_before) <= now)
    ).one()
