"""Quarters of the calendar, by the clocks of a programme. Pure: a moment in, a quarter out."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_NAME = re.compile(r"([0-9]{4})-Q([1-4])")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months, from the first midnight of the first to that after the last, wherever the clocks change between."""

    year: int
    number: int

    def __str__(self) -> str:
        """`2026-Q3`."""
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self._next_first - timedelta(days=1)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Its first moment there, in UTC."""
        return _midnight(self.first, zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The first moment that is not in it any more."""
        return _midnight(self._next_first, zone)

    @property
    def _next_first(self) -> date:
        return date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1)


def read(name: str) -> Quarter | None:
    """The quarter of that name, or None for what names none."""
    found = _NAME.fullmatch(name)
    return Quarter(int(found[1]), int(found[2])) if found and "0001" <= found[1] < "9999" else None


def before(moment: datetime, zone: ZoneInfo) -> Quarter:
    """The quarter that was over last, by the clocks there."""
    today = moment.astimezone(zone).date()
    number = (today.month - 1) // 3
    return Quarter(today.year, number) if number else Quarter(today.year - 1, 4)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """One that the clocks leave out is the moment to which they leap."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)
