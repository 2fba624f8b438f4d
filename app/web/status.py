"""How things stand for a person, and what they may do about it without a further question."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from sqlmodel import Session

from app.clock import local_date
from app.models import DrawEvery, Participant, ParticipantState, Programme, SuppressionReason
from app.services import bounces, participants, suppression, ways
from app.settings import Settings
from emails import phrase

EVERY = {
    DrawEvery.BY_HAND: phrase("Whenever I open a round"),
    DrawEvery.WEEK: phrase("Every week"),
    DrawEvery.TWO_WEEKS: phrase("Every second week"),
    DrawEvery.THREE_WEEKS: phrase("Every third week"),
    DrawEvery.FOUR_WEEKS: phrase("Every fourth week"),
    DrawEvery.MONTH: phrase("Every month"),
}
"""How often names are drawn, in words."""


def upcoming(programme: Programme, now: datetime) -> date | None:
    """The day of the next draw, unless it has gone by."""
    day = programme.next_draw_on
    return day if day and day >= local_date(now, programme.time_zone) else None


def in_the_draw(person: Participant, today: date, turn: bool) -> bool:
    """Whether a draw today would include this person; `turn` says that it is one of those they like to be in."""
    back = person.state == ParticipantState.PAUSED and person.paused_until is not None and person.paused_until <= today
    return (person.state == ParticipantState.ACTIVE or back) and not person.skip_next and turn


def is_closed(session: Session, person: Participant, settings: Settings) -> bool:
    """Whether the person is held because an organiser has closed their address: then no button of theirs opens it."""
    if person.state != ParticipantState.HELD:
        return False
    found = suppression.suppressed(session, person.organisation_id, person.email, secret_key=settings.secret)
    return found is not None and found.reason == SuppressionReason.ORGANISER


def _skip(
    skip: bool, session: Session, programme: Programme, person: Participant, now: datetime, _secret_key: str
) -> None:
    participants.skip_next(session, programme, person, skip, now=now)


def _take_part(
    take: bool, session: Session, programme: Programme, person: Participant, now: datetime, _secret_key: str
) -> None:
    ways.take_part(session, programme, person, take, now=now)


def _come_back(session: Session, programme: Programme, person: Participant, now: datetime, secret_key: str) -> None:
    """Whoever is held says so that mail arrives: this page opens with a link that was mailed."""
    bounces.reached(session, programme, person, now=now, secret_key=secret_key)
    participants.come_back(session, programme, person, now=now, secret_key=secret_key)


AT_ONCE: dict[str, Callable[[Session, Programme, Participant, datetime, str], None]] = {
    "skip": partial(_skip, True),
    "unskip": partial(_skip, False),
    "in": partial(_take_part, True),
    "out": partial(_take_part, False),
    "back": _come_back,
}
"""Buttons of the choices page and of a person's own page."""
