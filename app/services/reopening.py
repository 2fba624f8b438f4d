"""Addresses of a programme's people to which nothing is sent, for who looks after it: listed, and opened again.

Where somebody called our mail unwanted, that is their word: only they take it back, by signing up again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from app.errors import Conflict
from app.models import Participant, ParticipantState, Programme, Suppression, SuppressionReason
from app.services import audit, bounces, suppression
from emails import phrase


@dataclass(frozen=True, slots=True)
class Closed:
    """Somebody whose address is closed, why and since when."""

    person: Participant
    why: Suppression

    @property
    def may_be_lifted(self) -> bool:
        """Whether an organiser may open it again."""
        return self.why.reason != SuppressionReason.COMPLAINT


def closed_in(session: Session, programme: Programme, *, secret_key: str) -> Sequence[Closed]:
    """The closed addresses of people in the programme, by address; of those who have left, nothing is told."""
    rows = session.exec(select(Suppression).where(Suppression.organisation_id == programme.organisation_id)).all()
    if not rows:
        return ()
    by_hash = {row.address_hash: row for row in rows}
    people = session.exec(
        select(Participant)
        .where(Participant.programme_id == programme.id)
        .where(Participant.state != ParticipantState.LEFT)
        .order_by(Participant.email_key)
    )
    found = ((person, by_hash.get(suppression.address_key(secret_key, person.email))) for person in people)
    return [Closed(person, row) for person, row in found if row is not None]


def lift(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str, actor: str
) -> bool:
    """Let mail go to somebody's address again; whoever was held for it is in the draw. A second word changes nothing.
    Raises Conflict where the person themselves did not want it. Returns whether anything changed.
    """
    why = suppression.suppressed(session, programme.organisation_id, person.email, secret_key=secret_key)
    if why is None:
        return False
    if not Closed(person, why).may_be_lifted:
        words = "Somebody called our mail unwanted there. Only they open it again, by signing up once more."
        raise Conflict(phrase(words))
    bounces.lift(session, programme.organisation_id, person.email, now=now, secret_key=secret_key, actor=actor)
    audit.note(session, programme, now=now, actor=actor, action="address.lift", subject=person.id)
    return True
