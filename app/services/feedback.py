"""What one participant says about one meeting. Secret: nobody but the writer reads it, reports add up many."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.models import Feedback, Group, Helped, Met, Participant, Round
from app.services import arranging

LONGEST = 2000


@dataclass(frozen=True)
class Answer:
    """`met` is the first tap; the rest is for who likes to say more. `worth` is 1 to 5, `day` for when it is booked,
    `known` whether they had met before.
    """

    met: Met
    worth: int | None = None
    learnt: str | None = None
    share: bool | None = None
    known: bool | None = None
    helped: Helped | None = None
    will_try: str | None = None
    day: date | None = None


def record(session: Session, person: Participant, group_id: str, answer: Answer, now: datetime) -> Feedback:
    """Keep the answer: one row a person and group, the last word wins, and what is not said now stays as it was."""
    arranging.follow(session, person, group_id, answer.met, answer.day, now)
    row = session.get(Feedback, (group_id, person.id))
    if row is None:
        row = Feedback(
            group_id=group_id,
            participant_id=person.id,
            programme_id=person.programme_id,
            met=answer.met,
            created_at=now,
            updated_at=now,
        )
    row.met, row.updated_at = answer.met, now
    row.worth = answer.worth if answer.worth is not None else row.worth
    row.learnt = answer.learnt[:LONGEST] if answer.learnt is not None else row.learnt
    row.share = answer.share if answer.share is not None else row.share
    row.known = answer.known if answer.known is not None else row.known
    row.helped = answer.helped if answer.helped is not None else row.helped
    row.will_try = answer.will_try[:LONGEST] if answer.will_try is not None else row.will_try
    session.add(row)
    session.flush()
    return row


def keep_words(row: Feedback, learnt: str, will_try: str, *, share: bool, now: datetime) -> None:
    """The writer's own log, as they have changed it."""
    row.learnt, row.will_try, row.share = learnt[:LONGEST], will_try[:LONGEST], share
    row.updated_at = now


def log_of(session: Session, person: Participant) -> list[tuple[Feedback, Round]]:
    """All that the person has said about their conversations, with the rounds, latest first."""
    rows = session.exec(
        select(Feedback, Round)
        .join(Group, col(Group.id) == Feedback.group_id)
        .join(Round, col(Round.id) == Group.round_id)
        .where(Feedback.participant_id == person.id)
        .order_by(col(Round.number).desc(), col(Feedback.created_at).desc())
    )
    return list(rows)


def given(session: Session, person: Participant, group_id: str) -> Feedback | None:
    """What the person has said about this meeting so far."""
    return session.get(Feedback, (group_id, person.id))
