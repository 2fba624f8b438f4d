"""How people of a round sit at this moment, in one statement: it runs for every introduction as it leaves."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, SQLModel

from app.models import ParticipantState, SeenBy
from app.queries import pools


class Seat(NamedTuple):
    """Where somebody sits, whether they still take part, and what they need and who may read it."""

    person: str
    group: str | None
    cannot_since: datetime | None
    state: ParticipantState
    access: str
    access_for: SeenBy
    apart: bool
    """Whether any two of those who were asked about must never meet."""


def seats(session: Session, programme_id: str, round_id: str, people: Sequence[str]) -> list[Seat]:
    """The seats of these people in a round; nobody who has none there."""
    named = {f"person{number}": person for number, person in enumerate(people)}
    found = session.connection().execute(_seats(len(people)), {"programme": programme_id, "round": round_id, **named})
    return [Seat(*row) for row in found]


@cache
def _seats(number: int) -> Select[*tuple[Any, ...]]:
    seat, person = (SQLModel.metadata.tables[name] for name in ("placement", "participant"))
    people = [bindparam(f"person{one}", type_=person.c.id.type) for one in range(number)]
    programme = bindparam("programme", type_=person.c.id.type)
    return (
        select(
            seat.c.participant_id,
            seat.c.group_id,
            seat.c.cannot_since,
            person.c.state,
            person.c.access,
            person.c.access_for,
            pools.apart(programme, people),
        )
        .select_from(seat.join(person, person.c.id == seat.c.participant_id))
        .where(seat.c.round_id == bindparam("round"), seat.c.participant_id.in_(people))
    )
