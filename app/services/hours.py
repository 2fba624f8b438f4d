"""When mails that can wait may leave: working days and hours where their reader lives. Pure: a moment in, a moment out.

Working days are Monday to Friday, but for those on which the programme rests. All is reckoned on the reader's own
clock, so that a change to or from summer time moves nothing.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.services.draw_days import Pauses, rests

DAY = timedelta(days=1)
ALWAYS = (0, 24)
"""Hours that are no limit at all, on weekends either."""


def next_open(moment: datetime, zone: ZoneInfo, begin: int, end: int, pauses: Pauses = ()) -> datetime:
    """The first moment, not before `moment`, on a working day from `begin` until `end` o'clock in `zone`."""
    moment = moment.astimezone(UTC)
    day = moment.astimezone(zone).date()
    open_on = _going_on if (begin, end) == ALWAYS else _working
    while not open_on(day, pauses) or moment >= _at(day, end, zone):
        day += DAY
    return max(moment, _at(day, begin, zone))


def working_days_back(moment: datetime, zone: ZoneInfo, days: int, pauses: Pauses = ()) -> datetime:
    """So many working days before `moment`, at the same hour of the day; a weekend or a pause counts as the end of the
    working day before it.
    """
    local = moment.astimezone(zone)
    day, hour = local.date(), local.time()
    if not _working(day, pauses):
        day, hour = _beginning(day, pauses, _working), time(0)
    day = working_days_before(day, days, pauses)
    return datetime.combine(day, hour, zone).astimezone(UTC)


def days_back(moment: datetime, zone: ZoneInfo, days: int, pauses: Pauses = ()) -> datetime:
    """So many days before `moment`; those of a pause do not count, and in one time stands still."""
    if not pauses:
        return moment - DAY * days
    local = moment.astimezone(zone)
    day, hour = local.date(), local.time()
    if rests(day, pauses):
        day, hour = _beginning(day, pauses, _going_on), time(0)
    while days:
        day -= DAY
        days -= _going_on(day, pauses)
    return datetime.combine(day, hour, zone).astimezone(UTC)


def working_days_before(day: date, days: int, pauses: Pauses = ()) -> date:
    """The working day that is so many of them before `day`."""
    while days:
        day -= DAY
        days -= _working(day, pauses)
    return day


def _beginning(day: date, pauses: Pauses, counts: Callable[[date, Pauses], bool]) -> date:
    """The first of the days up to this one that do not count."""
    while not counts(day - DAY, pauses):
        day -= DAY
    return day


def _working(day: date, pauses: Pauses) -> bool:
    return day.weekday() < 5 and not rests(day, pauses)


def _going_on(day: date, pauses: Pauses) -> bool:
    return not rests(day, pauses)


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """An hour of a day, 24 being the next midnight. One that the clocks leave out is the moment they leap to."""
    return datetime.combine(day + DAY * (hour // 24), time(hour % 24), zone).astimezone(UTC)
