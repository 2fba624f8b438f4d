"""The days of a rhythm: counted from the first, out of all pauses, and never drifting by what was moved."""

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest

from app.models import DrawEvery
from app.services.draw_days import Pause, Pauses, draw_days, half_of, read_pause, rests

TUESDAY = date(2026, 12, 1)


def days(every: DrawEvery, *pauses: Pause, first: date = TUESDAY, number: int = 6) -> list[str]:
    return [str(one.day) for one in islice(draw_days(first, every, pauses), number)]


def pause(text: str) -> Pause:
    found = read_pause(text)
    assert found
    return found


def test_weeks_are_counted_from_the_first_day() -> None:
    assert days(DrawEvery.WEEK, number=3) == ["2026-12-01", "2026-12-08", "2026-12-15"]
    assert days(DrawEvery.THREE_WEEKS, number=3) == ["2026-12-01", "2026-12-22", "2027-01-12"]
    assert days(DrawEvery.BY_HAND) == ["2026-12-01"]


def test_a_month_is_the_same_weekday_and_a_fifth_is_the_last() -> None:
    assert days(DrawEvery.MONTH, number=3) == ["2026-12-01", "2027-01-05", "2027-02-02"]
    fifth = days(DrawEvery.MONTH, first=date(2026, 12, 29), number=5)
    assert fifth == ["2026-12-29", "2027-01-26", "2027-02-23", "2027-03-30", "2027-04-27"]


def test_a_day_in_a_pause_moves_to_the_next_working_day_and_the_rhythm_stays() -> None:
    assert days(DrawEvery.WEEK, pause("2026-12-08"), number=3) == ["2026-12-01", "2026-12-09", "2026-12-15"]
    friday = date(2026, 12, 4)
    assert days(DrawEvery.TWO_WEEKS, pause("2026-12-18"), first=friday, number=3) == [
        "2026-12-04",
        "2026-12-21",
        "2027-01-01",
    ]


def test_a_long_pause_has_one_draw_after_it_and_none_that_is_near_the_next() -> None:
    assert days(DrawEvery.WEEK, pause("2026-12-14 to 2027-01-03"), number=4) == [
        "2026-12-01",
        "2026-12-08",
        "2027-01-05",  # not on Monday the 4th too
        "2027-01-12",
    ]
    assert days(DrawEvery.MONTH, pause("2026-12-20/2027-01-10"), number=3) == [
        "2026-12-01",
        "2027-01-11",
        "2027-02-02",
    ]


@pytest.mark.parametrize("every", [one for one in DrawEvery if one != DrawEvery.BY_HAND])
@pytest.mark.parametrize("first", [TUESDAY, date(2026, 12, 31), date(2027, 1, 2)])
def test_whatever_the_pauses_no_draw_falls_into_one_and_no_two_are_near(every: DrawEvery, first: date) -> None:
    pauses: Pauses = (pause("2026-12-21/2027-01-03"), pause("2027-03-26"), pause("2027-07-20/2027-09-02"))
    found = list(islice(draw_days(first, every, pauses), 60))
    assert not any(rests(one.day, pauses) for one in found)
    assert all(not one.moved or one.day.weekday() < 5 for one in found)
    assert all(later.day - one.day >= half_of(every) - timedelta(days=5) for one, later in pairwise(found))
    assert all(one.day < later.day and one.planned < later.planned for one, later in pairwise(found))


def test_the_end_of_the_calendar_is_an_end() -> None:
    last = date.max - timedelta(days=10)
    assert len(list(draw_days(last, DrawEvery.WEEK, ()))) == 1
    assert list(draw_days(date.max, DrawEvery.MONTH, ())) == []


@pytest.mark.parametrize("text", ["2026-12-25", "2026-12-21/2027-01-03"])
def test_a_pause_is_written_as_it_is_read(text: str) -> None:
    assert str(read_pause(text)) == text


def test_a_pause_can_be_written_as_people_write() -> None:
    wished = pause("2026-12-21/2027-01-03")
    assert {read_pause(f"2026-12-21{sign}2027-01-03") for sign in (" to ", "..", "–", " / ")} == {wished}


@pytest.mark.parametrize(
    "text",
    ["", "Christmas", "2026-02-30", "2026-12-25/2026-12-24", "2026-01-01/2028-01-01", "9999-12-31", "2026-12-25 /"],
)
def test_what_is_no_pause_is_none(text: str) -> None:
    assert read_pause(text) is None
