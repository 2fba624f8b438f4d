"""On which days names are drawn: a rhythm that counts from a first day, and pauses in which nothing is drawn. Pure.

A day that falls into a pause moves to the first working day after it, and the rhythm goes on as if it had not. Where
the next planned day is then nearer than half the rhythm, that one stands for both.
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice, pairwise

from app.models import DrawEvery, Programme

DAY = timedelta(days=1)
WEEKS: Mapping[DrawEvery, int] = {
    DrawEvery.WEEK: 1,
    DrawEvery.TWO_WEEKS: 2,
    DrawEvery.THREE_WEEKS: 3,
    DrawEvery.FOUR_WEEKS: 4,
}
MOST_PAUSES = 50
LONGEST_PAUSE = timedelta(days=366)
SHOWN = 6
"""So many days to come are shown."""
_ISO = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
_PAUSE = re.compile(rf"{_ISO}(?:\s*(?:/|–|—|\.\.|to\b)\s*{_ISO})?")


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """Days on which a whole programme rests, the last one included: a holiday, or a summer."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        """`2026-12-25`, or `2026-12-21/2027-01-03` (ISO 8601)."""
        return str(self.first) if self.first == self.last else f"{self.first}/{self.last}"


Pauses = tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class DrawDay:
    """A day on which names are drawn, and the day for which it was planned."""

    day: date
    planned: date

    @property
    def moved(self) -> bool:
        return self.day != self.planned


def read_pause(text: str) -> Pause | None:
    """One day or a first and a last one; None for anything else, and for what is longer than a year."""
    found = _PAUSE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2] or found[1])
    except ValueError:
        return None
    return Pause(first, last) if DAY * 0 <= last - first <= LONGEST_PAUSE and last.year < date.max.year else None


def pauses_of(programme: Programme) -> Pauses:
    """When the whole programme rests."""
    return tuple(pause for text in programme.pauses if (pause := read_pause(text)) is not None)


def rests(day: date, pauses: Iterable[Pause]) -> bool:
    """Whether the programme rests on that day."""
    return any(day in pause for pause in pauses)


def draw_days(first: date, every: DrawEvery, pauses: Pauses) -> Iterator[DrawDay]:
    """All days of a rhythm, in order; by hand there is one."""
    if every == DrawEvery.BY_HAND:
        yield DrawDay(_after(first, pauses), first)
        return
    half = half_of(every)
    for planned, following in pairwise(_planned(first, every)):
        day = _after(planned, pauses)
        if day == planned or following - day >= half:
            yield DrawDay(day, planned)


def half_of(every: DrawEvery) -> timedelta:
    """Half the time between two draws, in whole days: what is nearer than this to a draw stands for it."""
    return timedelta(days=15 if every == DrawEvery.MONTH else (7 * WEEKS[every] + 1) // 2)


def to_come(programme: Programme, number: int = SHOWN) -> list[DrawDay]:
    """The next draws of a programme, the first of them on `next_draw_on`."""
    now = current(programme)
    return [] if now is None else list(islice((one for one in _of(programme) if one.planned >= now.planned), number))


def current(programme: Programme) -> DrawDay | None:
    """The draw that `next_draw_on` is about."""
    day = programme.next_draw_on
    if day is None:
        return None
    return next((one for one in islice(_of(programme), 5000) if one.day >= day), DrawDay(day, day))


def following(programme: Programme, today: date) -> DrawDay | None:
    """The draw after that one, and after today."""
    now = current(programme)
    return next((one for one in _of(programme) if now and one.planned > now.planned and one.day > today), None)


def first_from(programme: Programme, planned: date) -> date:
    """The day of the first draw that is planned for that day or a later one."""
    return next((one.day for one in _of(programme) if one.planned >= planned), planned)


def _of(programme: Programme) -> Iterator[DrawDay]:
    first = programme.draws_from or programme.next_draw_on
    return draw_days(first, programme.draw_every, pauses_of(programme)) if first else iter(())


def _planned(first: date, every: DrawEvery) -> Iterator[date]:
    try:
        for number in count():
            yield first + timedelta(weeks=number * WEEKS[every]) if every in WEEKS else _months_later(first, number)
    except (OverflowError, ValueError):  # the end of the calendar
        return


def _months_later(first: date, months: int) -> date:
    """The same weekday of a later month: the second Tuesday, or the last where it was a fifth."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    weekday_of_first, days = calendar.monthrange(year, month + 1)
    day = 1 + (first.weekday() - weekday_of_first) % 7 + 7 * ((first.day - 1) // 7)
    return date(year, month + 1, day if day <= days else day - 7)


def _after(day: date, pauses: Pauses) -> date:
    """The day itself, or the first working day after the pause that it falls into."""
    if not rests(day, pauses):
        return day
    while rests(day, pauses) or day.weekday() > 4:
        day += DAY
    return day
