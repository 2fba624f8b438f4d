"""Reads for the list of a programme's people, which may be long: counted, searched, and looked through page by page."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, select

from app.errors import BadInput, Fault
from app.models import HeldFor, Participant, ParticipantState, Placement, Programme, Round
from app.queries import programmes
from app.queries.preview import named

Which = Literal["active", "paused", "held", "pending", "left", "bounced"]
"""The states, and those among the held whom no mail reaches."""


def counts(session: Session, programme: Programme) -> Mapping[Which, int]:
    """How many people are in each state; who bounced is counted among the held too."""
    by_state = programmes.people_by_state(session, programme)
    bounced = select(func.count()).select_from(Participant).where(*_which(programme, "bounced"))
    return {
        "active": by_state[ParticipantState.ACTIVE],
        "paused": by_state[ParticipantState.PAUSED],
        "held": by_state[ParticipantState.HELD],
        "pending": by_state[ParticipantState.PENDING],
        "left": by_state[ParticipantState.LEFT],
        "bounced": session.exec(bounced).one(),
    }


def page(
    session: Session, programme: Programme, which: Which | None, words: str, *, after: str, limit: int
) -> tuple[list[Participant], str | None]:
    """At most `limit` people by name who come after the one with the id `after`, and the id to ask for more with.

    Raises BadInput when `after` is nobody of the programme.
    """
    wanted = [*_which(programme, which), *([named(words)] if words else [])]
    here = tuple_(col(Participant.name), col(Participant.id))
    if after:
        wanted.append(here > tuple_(_name_of(session, programme, after), after))
    query = select(Participant).where(*wanted).order_by(Participant.name, Participant.id).limit(limit + 1)
    found = list(session.exec(query))
    shown = found[:limit]
    return shown, shown[-1].id if len(found) > limit else None


def rounds_of(session: Session, person: Participant, limit: int) -> list[Round]:
    """The rounds that somebody is in, latest first."""
    return list(
        session.exec(
            select(Round)
            .join(Placement, col(Placement.round_id) == Round.id)
            .where(Placement.participant_id == person.id)
            .order_by(col(Round.number).desc())
            .limit(limit)
        )
    )


def _which(programme: Programme, which: Which | None) -> list[ColumnElement[bool]]:
    here = [col(Participant.programme_id) == programme.id]
    if which == "bounced":
        return [*here, col(Participant.state) == ParticipantState.HELD, col(Participant.held_for) == HeldFor.BOUNCE]
    return [*here, col(Participant.state) == ParticipantState(which)] if which else here


def _name_of(session: Session, programme: Programme, person_id: str) -> str:
    query = select(Participant.name).where(Participant.id == person_id, Participant.programme_id == programme.id)
    name = session.exec(query).one_or_none()
    if name is None:
        raise BadInput(Fault("cursor", "names somebody who is not here any more.", "Begin again without it."))
    return name
