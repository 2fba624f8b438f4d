"""When mails that can wait may leave: working days and hours where their reader lives. Pure: a moment in, a moment out.

Working days are Monday to Friday; holidays are not known. All is reckoned on the reader's own clock, so that a change
to or from summer time moves nothing.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
ALWAYS = (0, 24)
"""Hours that are no limit at all, on weekends either."""


def next_open(moment: datetime, zone: ZoneInfo, begin: int, end: int) -> datetime:
    """The first moment, not before `moment`, on a working day from `begin` until `end` o'clock in `zone`."""
    moment = moment.astimezone(UTC)
    if (begin, end) == ALWAYS:
        return moment
    day = moment.astimezone(zone).date()
    while not _working(day) or moment >= _at(day, end, zone):
        day += DAY
    return max(moment, _at(day, begin, zone))


def working_days_back(moment: datetime, zone: ZoneInfo, days: int) -> datetime:
    """So many working days before `moment`, at the same hour of the day; a weekend counts as the end of its Friday."""
    local = moment.astimezone(zone)
    day, hour = local.date(), local.time()
    if not _working(day):
        day, hour = day - DAY * (day.weekday() - 5), time(0)
    day = working_days_before(day, days)
    return datetime.combine(day, hour, zone).astimezone(UTC)


def working_days_before(day: date, days: int) -> date:
    """The working day that is so many of them before `day`."""
    while days:
        day -= DAY
        days -= _working(day)
    return day


def _working(day: date) -> bool:
    return day.weekday() < 5


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """An hour of a day, 24 being the next midnight. One that the clocks leave out is the moment they leap to."""
    return datetime.combine(day + DAY * (hour // 24), time(hour % 24), zone).astimezone(UTC)
