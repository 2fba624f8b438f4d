"""Somebody leaves, or is erased, after they were introduced: whoever waits for them hears so at once, and kindly.

What they hear is that this person cannot meet. That they have left, and why, is told to nobody.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.clock import local_date
from app.models import Participant, Placement, Programme, ProgrammeState, Round
from app.services import arranging, calling_off
from app.services.calling_off import UNDER_WAY, Seat

USUAL = 10
"""Days in which people meet, where a programme does not ask whether they have."""


def say(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str, erased: bool = False
) -> None:
    """Tell those who wait for this person. The caller holds the programme's lock, and changes the person afterwards."""
    if programme.state == ProgrammeState.CLOSED:
        return
    for round_, place in _places(session, person):
        seat = Seat(programme, round_, person, place, now, secret_key, "erased" if erased else "left")
        if _to_come(session, seat):
            calling_off.go(session, seat)


def _places(session: Session, person: Participant) -> Iterator[tuple[Round, Placement]]:
    """Where others may be waiting: groups of rounds under way in which the person has not said that they cannot."""
    rows = session.exec(
        select(Round, Placement)
        .join(Placement, col(Placement.round_id) == Round.id)
        .where(Placement.participant_id == person.id)
        .where(col(Placement.group_id).is_not(None))
        .where(col(Placement.cannot_since).is_(None), col(Placement.wants_new_since).is_(None))
        .where(col(Round.state).in_(UNDER_WAY))
        .order_by(col(Round.number))
    )
    yield from rows.all()


def _to_come(session: Session, seat: Seat) -> bool:
    """Whether they may still be about to meet: it is booked for a day to come, or not so long ago that everybody was
    asked whether they have.
    """
    programme = seat.programme
    today = local_date(seat.now, programme.time_zone)
    booked = arranging.arranged_for(session, seat.group_id)
    mails = calling_off.introductions(session, seat.round_, seat.person)
    since = (mails[0].released_at if mails else None) or seat.round_.sending_at or seat.now
    last = local_date(since, programme.time_zone) + timedelta(days=programme.check_in_after or USUAL)
    return today <= last or (booked is not None and today <= booked)
