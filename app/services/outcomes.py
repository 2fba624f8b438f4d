"""What came of a conversation, some weeks later. Secret as feedback is: nobody but the writer reads it, reports add up
many.
"""

from datetime import datetime

from sqlmodel import Session

from app.models import Came, Outcome, Participant

LONGEST = 500


def record(session: Session, person: Participant, group_id: str, came: Came, now: datetime) -> Outcome:
    """Keep the answer: one row a person and group, the last word wins; the line that is there stays."""
    row = given(session, person, group_id)
    if row is None:
        row = Outcome(
            group_id=group_id,
            participant_id=person.id,
            programme_id=person.programme_id,
            came=came,
            created_at=now,
            updated_at=now,
        )
    row.came, row.updated_at = came, now
    session.add(row)
    session.flush()
    return row


def note(session: Session, row: Outcome, line: str, now: datetime) -> None:
    """A line beside the answer; an empty one takes it back."""
    row.line, row.updated_at = line[:LONGEST], now
    session.add(row)


def given(session: Session, person: Participant, group_id: str) -> Outcome | None:
    """What the person has said so far."""
    return session.get(Outcome, (group_id, person.id))
