"""What one participant says about one meeting. Secret: nobody but the writer reads it, reports add up many."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.models import Feedback, Met, Participant

LONGEST = 2000


@dataclass(frozen=True)
class Answer:
    """`met` is the first tap; the rest is for who likes to say more. `worth` is 1 to 5."""

    met: Met
    worth: int | None = None
    learnt: str | None = None
    share: bool | None = None


def record(session: Session, person: Participant, group_id: str, answer: Answer, now: datetime) -> Feedback:
    """Keep the answer: one row a person and group, the last word wins, and what is not said now stays as it was."""
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
    session.add(row)
    session.flush()
    return row


def given(session: Session, person: Participant, group_id: str) -> Feedback | None:
    """What the person has said about this meeting so far."""
    return session.get(Feedback, (group_id, person.id))
