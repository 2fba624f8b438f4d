"""Whose mail of a round has come to nothing so far, and what has come of the others: for those who watch a round.

A name stands here for a mail only. What somebody has said, or has not, is told as a figure, and only where it could be
any of several people (`Said`).
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from app.models import Feedback, MailState, Met, OutgoingMail, Participant, ParticipantState, Placement, Round
from app.queries import outbox
from app.queries.outbox import Line

Reason = Literal["held", "returned", "closed", "late", "trying"]
REASONS: tuple[Reason, ...] = ("held", "returned", "closed", "late", "trying")
UNREACHABLE = "Mail to this address came back, or is not wanted there."
"""What a mail says that was not sent because of its address."""

FEWEST = 5
"""So many people at least does a figure about what was said speak of, and so many at least does it leave open."""

_MEANS: dict[Reason, ColumnElement[bool]] = {
    "held": col(OutgoingMail.state) == MailState.UNCERTAIN,
    "returned": col(OutgoingMail.state) == MailState.REJECTED,
    "closed": and_(col(OutgoingMail.state) == MailState.SUPPRESSED, col(OutgoingMail.answer) == UNREACHABLE),
    "late": col(OutgoingMail.state) == MailState.EXPIRED,
    "trying": and_(col(OutgoingMail.state) == MailState.READY, col(OutgoingMail.attempts) > 0),
}


@dataclass(frozen=True, slots=True)
class Said:
    """How many of the people with a group have said something, told in steps of `FEWEST`; 0 where there may be none."""

    people: int
    answered: int
    met: int
    arranged: int
    not_this_time: int


def reason_of(mail: OutgoingMail) -> Reason:
    """Why a mail of `lines` stands there."""
    if mail.state == MailState.SUPPRESSED:
        return "closed"
    states: dict[MailState, Reason] = {
        MailState.UNCERTAIN: "held",
        MailState.REJECTED: "returned",
        MailState.EXPIRED: "late",
    }
    return states.get(mail.state, "trying")


def counts(session: Session, round_: Round) -> dict[str, int]:
    """How many mails are stuck for which reason."""
    found: dict[str, int] = {}
    for reason, means in _MEANS.items():
        query = select(func.count()).select_from(OutgoingMail).where(*outbox.of_round(round_).holds(), means)
        found[reason] = session.exec(query).one()
    return found


def returned_to_mend(session: Session, round_: Round) -> int:
    """How many mails of a round came back, still have their words, and are to people who have not left."""
    gone = select(Participant.id).where(Participant.id == OutgoingMail.participant_id)
    gone = gone.where(Participant.state == ParticipantState.LEFT)
    query = select(func.count()).select_from(OutgoingMail).where(*outbox.of_round(round_).holds(), _MEANS["returned"])
    return session.exec(query.where(col(OutgoingMail.answer).is_not(None), ~gone.exists())).one()


def lines(
    session: Session, round_: Round, reason: Reason | None = None, *, after: str = "", limit: int | None = None
) -> tuple[list[Line], str | None]:
    """At most `limit` of them by address, after the mail with the id `after`, and the id to ask for more with. Raises
    BadInput when `after` is no mail of the round.
    """
    means = or_(*_MEANS.values()) if reason is None else _MEANS[reason]
    return outbox.lines(session, outbox.of_round(round_), also=(means,), after=after, limit=limit)


def said(session: Session, round_: Round) -> Said:
    """What people had said when it was last written down, which is once a day at most: nobody sees from a figure that
    moves who has pressed a button just now.
    """
    return Said(**round_.said) if round_.said is not None else Said(_people(session, round_.id), 0, 0, 0, 0)


def said_now(session: Session, round_id: str) -> Said:
    """What is to be written down (`services.said`); shown as it moves, it would give people away."""
    people = _people(session, round_id)

    def told(*what: Any) -> int:
        query = select(func.count()).select_from(Placement).where(*_seats(round_id), *what)
        return _blurred(session.exec(query).one(), people)

    return Said(
        people=people,
        answered=told(_answer()),
        met=told(_answer(Feedback.met == Met.YES)),
        arranged=told(or_(col(Placement.arranged_at).is_not(None), _answer(Feedback.met == Met.BOOKED))),
        not_this_time=told(or_(col(Placement.cannot_since).is_not(None), _answer(Feedback.met == Met.NO))),
    )


def _people(session: Session, round_id: str) -> int:
    return session.exec(select(func.count()).select_from(Placement).where(*_seats(round_id))).one()


def _seats(round_id: str) -> tuple[Any, ...]:
    return (Placement.round_id == round_id, col(Placement.group_id).is_not(None))


def _answer(*what: Any) -> Any:
    mine = (Feedback.group_id == Placement.group_id, Feedback.participant_id == Placement.participant_id)
    return select(Feedback.group_id).where(*mine, *what).exists()


def _blurred(number: int, people: int) -> int:
    """A number in whole steps that leaves at least a step of people of whom nobody knows."""
    return max(0, min(number, people - FEWEST)) // FEWEST * FEWEST
