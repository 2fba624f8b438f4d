"""Time enters here and travels as an argument, so that every function can be tried at any moment."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Something that tells the time: an aware datetime in UTC."""


def now() -> datetime:
    """The moment, in UTC. The only place that asks the machine."""
    return datetime.now(UTC)


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in the IANA time zone `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()
