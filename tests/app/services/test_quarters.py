"""Quarters of the calendar by the clocks of a place, also where those are moved at midnight."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.services import quarters
from app.services.quarters import Quarter

LONDON, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland")
ASUNCION = ZoneInfo("America/Asuncion")
"""Where 1 October 2017 had no midnight: the clocks went from 0:00 to 1:00."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_quarter_has_a_name_a_first_and_a_last_day() -> None:
    told = [(str(one), one.first, one.last) for one in (Quarter(2026, 1), Quarter(2028, 1), Quarter(2026, 4))]
    assert told == [
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2028-Q1", date(2028, 1, 1), date(2028, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ]


@pytest.mark.parametrize("zone", [LONDON, AUCKLAND, ASUNCION, ZoneInfo("UTC")])
def test_each_moment_lies_in_one_quarter_wherever_the_clocks_change(zone: ZoneInfo) -> None:
    every = [Quarter(year, number) for year in range(2016, 2028) for number in (1, 2, 3, 4)]
    for one, after in pairwise(every):
        assert one.begins(zone) < one.ends(zone) == after.begins(zone)
        assert quarters.before(one.ends(zone), zone) == one
        assert quarters.before(one.ends(zone) - timedelta(microseconds=1), zone) < one


@pytest.mark.parametrize(
    ("zone", "ends"),
    [(LONDON, "2026-09-30 23:00"), (AUCKLAND, "2026-09-30 11:00"), (ZoneInfo("UTC"), "2026-10-01 00:00")],
)
def test_it_ends_at_midnight_there(zone: ZoneInfo, ends: str) -> None:
    assert Quarter(2026, 3).ends(zone) == moment(ends)


def test_a_midnight_that_the_clocks_leave_out_is_the_moment_they_leap_to() -> None:
    assert Quarter(2017, 3).ends(ASUNCION) == moment("2017-10-01 04:00")
    assert Quarter(2017, 3).ends(ASUNCION).astimezone(ASUNCION).hour == 1


NO_QUARTERS = ("", "2026", "2026-Q0", "2026-Q5", "26-Q1", "2026-q1", "2026-Q1 ", "٢٠٢٦-Q1", "0000-Q1")


@pytest.mark.parametrize("name", NO_QUARTERS)
def test_what_names_no_quarter_is_none(name: str) -> None:
    assert quarters.read(name) is None
    assert quarters.read("2026-Q2") == Quarter(2026, 2)
