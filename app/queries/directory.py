"""Reads for the list of a programme's people, which may be long: counted, searched, and looked through page by page."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, tuple_
from sqlmodel import Session, col, func, select

from app.errors import BadInput, Fault
from app.models import HeldFor, Participant, ParticipantState, Placement, Programme, Round
from app.queries import programmes
from app.queries.preview import named

Which = Literal["active", "paused", "bounced", "pending", "left"]
"""The states as organisers may know them. Whoever is held because no mail reaches them has bounced; whoever is held for
their silence pauses, like those who said so: silence is a secret.
"""


def shown_state(person: Participant) -> ParticipantState:
    """The state that organisers may know: held is only whom no mail reaches."""
    silent = person.state == ParticipantState.HELD and person.held_for != HeldFor.BOUNCE
    return ParticipantState.PAUSED if silent else person.state


def by_shown_state(session: Session, programme: Programme) -> dict[ParticipantState, int]:
    """How many people are in each state that organisers may know; every state is named."""
    found = programmes.people_by_state(session, programme)
    bounced = session.exec(select(func.count()).select_from(Participant).where(*_which(programme, "bounced"))).one()
    silent = found[ParticipantState.HELD] - bounced
    paused = found[ParticipantState.PAUSED] + silent
    return found | {ParticipantState.HELD: bounced, ParticipantState.PAUSED: paused}


def counts(session: Session, programme: Programme) -> Mapping[Which, int]:
    """How many people are in each state."""
    found = by_shown_state(session, programme)
    return {
        "active": found[ParticipantState.ACTIVE],
        "paused": found[ParticipantState.PAUSED],
        "bounced": found[ParticipantState.HELD],
        "pending": found[ParticipantState.PENDING],
        "left": found[ParticipantState.LEFT],
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


def by_id(
    session: Session, programme: Programme, which: Which | None, words: str, *, after: str, limit: int
) -> list[Participant]:
    """At most `limit` people whose id is greater than `after`, in the order of their ids, which stays."""
    wanted = [*_which(programme, which), *([named(words)] if words else []), col(Participant.id) > after]
    return list(session.exec(select(Participant).where(*wanted).order_by(Participant.id).limit(limit)))


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
    held, why = col(Participant.state) == ParticipantState.HELD, col(Participant.held_for)
    if which == "bounced":
        return [*here, held, why == HeldFor.BOUNCE]
    if which == "paused":
        silent = and_(held, or_(why.is_(None), why != HeldFor.BOUNCE))
        return [*here, or_(col(Participant.state) == ParticipantState.PAUSED, silent)]
    return [*here, col(Participant.state) == ParticipantState(which)] if which else here


def _name_of(session: Session, programme: Programme, person_id: str) -> str:
    query = select(Participant.name).where(Participant.id == person_id, Participant.programme_id == programme.id)
    name = session.exec(query).one_or_none()
    if name is None:
        raise BadInput(Fault("cursor", "names somebody who is not here any more.", "Begin again without it."))
    return name
