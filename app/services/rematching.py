"""An organiser's word on an introduction that came to nothing: whoever was to meet its reader may meet someone new.

Nobody is asked twice: who has said that they cannot this time, or waits for someone new already, is left as they are;
and an organiser learns of neither, because the answer is the same.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from app.errors import Conflict
from app.models import MailKind, MailState, OutgoingMail, Placement, Round
from app.queries import programmes as queries
from app.queries import rounds
from app.queries.stuck import UNREACHABLE
from app.services import audit, standins
from emails import phrase


def is_stuck(mail: OutgoingMail) -> bool:
    """Whether it is an introduction whose reader cannot be reached: it came back, or their address is closed."""
    closed = mail.state == MailState.SUPPRESSED and mail.answer == UNREACHABLE
    return mail.kind == MailKind.INTRODUCTION and (closed or mail.state == MailState.REJECTED)


def rematch(session: Session, mail: OutgoingMail, *, now: datetime, actor: str) -> None:
    """Let the one who was to meet the reader of this introduction wait for someone new, whom the worker looks for. A
    second time changes nothing. The mail comes unlocked: a programme is locked before its mails. Raises Conflict where
    nobody is left alone by it, or the time for it is past.
    """
    programme = queries.lock(session, mail.programme_id)
    session.refresh(mail, with_for_update=True)
    if not is_stuck(mail) or mail.round_id is None:
        raise Conflict(
            phrase("Only an introduction that came back, or whose address is closed, leaves somebody alone.")
        )
    round_ = session.get_one(Round, mail.round_id)
    if not standins.may_be_sought(session, round_):
        raise Conflict(phrase("A later round is drawn, or this one is over: the next draw has everybody in it."))
    place = _left_alone(session, round_, mail)
    if place.cannot_since is None:
        standins.wait(session, place, now=now)
    audit.note(session, programme, now=now, actor=actor, action="mail.rematch", subject=mail.id)
    session.flush()


def _left_alone(session: Session, round_: Round, mail: OutgoingMail) -> Placement:
    """The one who has nobody to meet now."""
    mine = session.get(Placement, (round_.id, mail.participant_id))
    group_id = mine.group_id if mine is not None else None
    members = rounds.members_of(session, group_id) if group_id else []
    others = [one.id for one in members if one.id != mail.participant_id]
    unreached = select(OutgoingMail).where(OutgoingMail.round_id == round_.id)
    unreached = unreached.where(col(OutgoingMail.participant_id).in_(others))
    gone = {one.participant_id for one in session.exec(unreached) if is_stuck(one)}
    there = [one for one in others if one not in gone]
    if not there:
        raise Conflict(phrase("Nobody else is left in that group."))
    if len(there) > 1:
        raise Conflict(phrase("The others of that group have each other."))
    return session.get_one(Placement, (round_.id, there[0]))
