"""How somebody likes to take part: how often, in person or remotely, and what they need for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from app.errors import Conflict
from app.models import Format, Often, Participant, ParticipantState, Programme, SeenBy
from app.services import audit
from emails import phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """All of it, as one Save replaces it. `time_zone` is an IANA name, empty for the programme's; `may_sit_out`, when
    the number of people does not come out even.
    """

    often: Often = Often.EVERY
    format: Format | None = None
    access: str = ""
    access_for: SeenBy = SeenBy.NOBODY
    time_zone: str = ""
    may_sit_out: bool = False


def ways_of(person: Participant) -> Ways:
    """What the person has said so far."""
    return Ways(
        often=person.often,
        format=person.format,
        access=person.access,
        access_for=person.access_for,
        time_zone=person.time_zone,
        may_sit_out=person.may_sit_out,
    )


def set_ways(session: Session, person: Participant, ways: Ways) -> None:
    """Replace them. Rounds that are drawn already stay as they are; who may read what they need counts at once."""
    person.often, person.format = ways.often, ways.format
    person.in_next = person.in_next and ways.often != Often.EVERY
    person.time_zone, person.may_sit_out = ways.time_zone, ways.may_sit_out
    person.access, person.access_for = ways.access, ways.access_for if ways.access else SeenBy.NOBODY
    session.add(person)


def take_part(session: Session, programme: Programme, person: Participant, take: bool, *, now: datetime) -> None:
    """Be in the next draw, although one is not drawn every time; or take that word back. Raises Conflict for who is not
    in the programme.
    """
    if person.state not in (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD):
        raise Conflict(phrase("You are not in this programme at the moment."))
    person.in_next = take and person.often != Often.EVERY
    if take:
        person.skip_next = False
    session.add(person)
    action = "participant.take_part" if take else "participant.not_this_time"
    audit.note(session, programme, now=now, actor=f"participant:{person.id}", action=action, subject=person.id)


def first_in_line(session: Session, participant_id: str) -> None:
    """Somebody was to meet and has nobody: the next draw has them, whether it is their turn or not."""
    person = session.exec(select(Participant).where(Participant.id == participant_id)).one()
    person.in_next = person.often != Often.EVERY
    session.add(person)


def word_is_kept(session: Session, introduced: Iterable[Participant]) -> None:
    """Whoever asked to be drawn has somebody to meet; who was left out is in the next draw too."""
    for person in introduced:
        if person.in_next:
            person.in_next = False
            session.add(person)
