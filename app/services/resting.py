"""Mails of a programme that is paused: they rest, all at once."""

from datetime import datetime

from sqlmodel import Session, col, or_, select, update

from app.models import MailState, OutgoingMail, Programme
from app.services.mail_policy import ABOUT_A_ROUND, LOOK_AGAIN


def rest_programme(session: Session, programme: Programme, now: datetime) -> int:
    """Put off, in one statement, every due mail about a round of the programme that is still of use. Returns how many.

    Mails that another worker has in hand are left to it: two that waited for each other's would both fail.
    """
    due = (
        select(OutgoingMail.id)
        .where(OutgoingMail.programme_id == programme.id)
        .where(OutgoingMail.state == MailState.READY)
        .where(col(OutgoingMail.kind).in_(ABOUT_A_ROUND))
        .where(col(OutgoingMail.not_before) <= now)
        .where(or_(col(OutgoingMail.useful_until).is_(None), col(OutgoingMail.useful_until) > now))
        .with_for_update(skip_locked=True)
    )
    resting = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.id).in_(due))
        .values(not_before=now + LOOK_AGAIN)
        .execution_options(synchronize_session=False)  # thousands of ids would come back for it
    )
    return resting.rowcount
