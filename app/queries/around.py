"""How it stands around a person: whom there is to meet, and where the last draw left them. Never who, never why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from app.models import (
    Participant,
    ParticipantState,
    PastMeeting,
    Placement,
    Programme,
    Round,
    RoundState,
)

HERE = (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD)
TOLD = (RoundState.SENDING, RoundState.INTRODUCED, RoundState.CLOSED)


@dataclass(frozen=True, slots=True)
class Around:
    """`others` take part; with `new` of them the person has never been. `missed` is the draw that was over when they
    came; `left_out` says that the latest one had nobody for them.
    """

    others: int
    new: int
    missed: datetime | None
    left_out: bool


def around(session: Session, programme: Programme, person: Participant) -> Around:
    """Blocks have no part in it: a number that changed with one would tell who takes part, or who wrote it."""
    others = (
        select(func.count())
        .select_from(Participant)
        .where(Participant.programme_id == programme.id)
        .where(Participant.id != person.id)
        .where(col(Participant.state).in_(HERE))
    )
    latest = session.exec(
        select(Round)
        .where(Round.programme_id == programme.id)
        .where(Round.state != RoundState.DRAFT)
        .order_by(col(Round.number).desc())
        .limit(1)
    ).first()
    place = session.get(Placement, (latest.id, person.id)) if latest else None
    came = person.confirmed_at
    drawn = latest.matched_at if latest else None
    late = place is None and came is not None and drawn is not None and came >= drawn
    return Around(
        others=session.exec(others).one(),
        new=session.exec(others.where(col(Participant.id).not_in(_met(person)))).one(),
        missed=drawn if late else None,
        left_out=bool(latest and latest.state in TOLD and place is not None and place.group_id is None),
    )


def _met(person: Participant):  # type: ignore[no-untyped-def]
    """The ids of all with whom this person has been in a group, or whom they knew before."""
    mine, theirs = aliased(Placement), aliased(Placement)
    ours = (
        select(theirs.participant_id)
        .join(mine, col(mine.group_id) == theirs.group_id)
        .join(Round, col(Round.id) == mine.round_id)
        .where(mine.participant_id == person.id)
        .where(col(Round.state).in_(TOLD))
    )
    before = select(PastMeeting.a_id, PastMeeting.b_id).where(
        or_(PastMeeting.a_id == person.id, PastMeeting.b_id == person.id)
    )
    pairs = before.subquery()
    return ours.union(select(pairs.c.a_id), select(pairs.c.b_id))
