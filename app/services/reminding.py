"""Those of a round who have not answered, asked by hand: an organiser says when, and `asking` writes what comes next.

Here is a wish only, kept in the row of the round until a worker has done it. So whoever says it learns nothing: not
who gets a mail, not how many do, and not from how long the answer takes.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.errors import Conflict, ProgrammeClosed, TooSoon
from app.models import MailKind, Programme, ProgrammeState, Round, RoundState
from app.services import audit
from app.services.said import LATELY
from emails import phrase

APART = timedelta(days=1)
"""So much lies between two words on a round, between a mail and the question by hand that follows it, and so long is a
word of use: what could not be written by then is not written any more.
"""

NOTHING_TO_ASK = phrase("This programme asks nothing that could be asked by hand: its questions are switched off.")


def remind(session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str) -> None:
    """Have everybody of a locked round asked now who has not answered, each question once as ever. Raises Conflict for
    a round that is not introduced, or long over; ProgrammeClosed; TooSoon, which says from when on.
    """
    if programme.state != ProgrammeState.OPEN:
        raise ProgrammeClosed
    if not kinds(programme):
        raise Conflict(NOTHING_TO_ASK)
    possible = possible_from(programme, round_)
    if possible is None:
        raise Conflict(phrase("People are reminded once every introduction of their round has met its fate."))
    if is_over(round_, now):
        raise Conflict(phrase("This round was so long ago that nobody is asked about it any more."))
    if now < possible:
        raise TooSoon(
            phrase(
                "Those who have not answered can be reminded from %(moment)s UTC on.",
                moment=f"{_minute(possible):%Y-%m-%d %H:%M}",
            ),
            possible - now,
        )
    round_.reminded_at, round_.remind = now, True
    session.add(round_)
    audit.note(session, programme, now=now, actor=actor, action="round.remind", subject=round_.id)


def possible_from(programme: Programme, round_: Round) -> datetime | None:
    """From when on people can be asked by hand; None where they cannot, as things stand."""
    if programme.state != ProgrammeState.OPEN or round_.state != RoundState.INTRODUCED or not kinds(programme):
        return None
    assert round_.sending_at
    return max(round_.sending_at, round_.reminded_at or round_.sending_at) + APART


def is_over(round_: Round, now: datetime) -> bool:
    """Whether a round was so long ago that its people are left in peace."""
    return round_.sending_at is not None and round_.sending_at <= now - LATELY


def kinds(programme: Programme) -> list[MailKind]:
    """What is asked by hand, the later question first: nothing that the programme never asks."""
    again = programme.check_in_after and programme.check_in_again_after
    switched_on = {MailKind.CHECK_IN_AGAIN: again, MailKind.REMINDER: programme.remind_after}
    return [kind for kind, days in switched_on.items() if days]


def _minute(moment: datetime) -> datetime:
    """The full minute from which on it is so."""
    return moment if not moment.second and not moment.microsecond else moment + timedelta(minutes=1)
