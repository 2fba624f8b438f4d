"""Working hours by the reader's own clock, over weekends and both changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.services.draw_days import Pause
from app.services.hours import days_back, next_open, working_days_back, working_days_before

LONDON, BERLIN, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "opens"),
    [
        (LONDON, "2026-11-23 09:30", "2026-11-23 09:30"),  # a Monday in working hours
        (LONDON, "2026-11-23 07:59", "2026-11-23 08:00"),
        (LONDON, "2026-11-23 18:00", "2026-11-24 08:00"),
        (LONDON, "2026-11-27 18:00", "2026-11-30 08:00"),  # over the weekend
        (LONDON, "2026-11-28 12:00", "2026-11-30 08:00"),
        (NEW_YORK, "2026-11-23 09:30", "2026-11-23 13:00"),  # still night there
        (NEW_YORK, "2026-11-28 01:00", "2026-11-30 13:00"),  # Friday evening there, although Saturday here
        (ZoneInfo("Pacific/Auckland"), "2026-11-22 20:00", "2026-11-22 20:00"),  # Monday morning there already
        (BERLIN, "2026-03-27 18:00", "2026-03-30 06:00"),  # the clocks go forward on Sunday: 8:00 is 6:00 UTC then
        (BERLIN, "2026-03-27 16:30", "2026-03-27 16:30"),  # and 17:30 is open on Friday
        (BERLIN, "2026-10-23 17:00", "2026-10-26 07:00"),  # and back: 8:00 is 7:00 UTC
        (BERLIN, "2026-10-26 16:59", "2026-10-26 16:59"),
        (BERLIN, "2026-10-23 16:00", "2026-10-26 07:00"),  # 18:00 sharp is over
    ],
)
def test_a_mail_leaves_in_the_next_working_hour_of_its_reader(zone: ZoneInfo, moment: str, opens: str) -> None:
    assert next_open(utc(moment), zone, 8, 18) == utc(opens)


def test_at_any_hour_means_weekends_too_and_until_24_means_midnight() -> None:
    assert next_open(utc("2026-11-28 03:00"), LONDON, 0, 24) == utc("2026-11-28 03:00")
    assert next_open(utc("2026-11-27 23:59"), LONDON, 20, 24) == utc("2026-11-27 23:59")
    assert next_open(utc("2026-11-28 00:00"), LONDON, 20, 24) == utc("2026-11-30 20:00")


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu"]
)
def test_whatever_the_moment_it_opens_on_a_working_day_in_hours_and_never_before(zone: str) -> None:
    place, moment = ZoneInfo(zone), utc("2026-01-01 00:17")
    while moment.year < 2027:
        opens = next_open(moment, place, 8, 18)
        local = opens.astimezone(place)
        assert moment <= opens <= moment + timedelta(days=3)
        assert (local.weekday() < 5, 8 <= local.hour < 18) == (True, True)
        assert next_open(opens, place, 8, 18) == opens
        moment += timedelta(hours=3, minutes=7)


def test_working_days_are_counted_back_over_weekends_at_the_same_hour_by_the_clock() -> None:
    assert working_days_back(utc("2026-11-27 09:00"), LONDON, 4) == utc("2026-11-23 09:00")
    assert working_days_back(utc("2026-11-30 09:00"), LONDON, 4) == utc("2026-11-24 09:00")
    for weekend in ("2026-11-28 09:00", "2026-11-29 23:00"):  # the end of Friday
        assert working_days_back(utc(weekend), LONDON, 4) == utc("2026-11-24 00:00")
    assert working_days_back(utc("2026-03-30 09:00"), LONDON, 1) == utc("2026-03-27 10:00")  # 10:00 on both days there
    assert working_days_before(date(2026, 12, 3), 3) == date(2026, 11, 30)
    assert working_days_before(date(2026, 11, 29), 3) == date(2026, 11, 25)


PAUSES = (Pause(date(2026, 12, 21), date(2027, 1, 1)), Pause(date(2027, 1, 6), date(2027, 1, 6)))


def test_in_a_pause_nothing_leaves_and_its_days_do_not_count() -> None:
    assert next_open(utc("2026-12-18 18:00"), LONDON, 8, 18, PAUSES) == utc("2027-01-04 08:00")
    assert next_open(utc("2027-01-01 23:59"), LONDON, 0, 24, PAUSES) == utc("2027-01-02 00:00")
    assert next_open(utc("2027-01-02 12:00"), LONDON, 0, 24, PAUSES) == utc("2027-01-02 12:00")
    assert working_days_before(date(2027, 1, 7), 3, PAUSES) == date(2026, 12, 18)
    assert working_days_back(utc("2027-01-07 09:00"), LONDON, 3, PAUSES) == utc("2026-12-18 09:00")
    for within in ("2026-12-21 00:00", "2026-12-30 15:00", "2027-01-03 15:00"):
        assert working_days_back(utc(within), LONDON, 1, PAUSES) == utc("2026-12-18 00:00")


def test_days_of_a_pause_are_left_out_and_in_it_time_stands_still() -> None:
    assert days_back(utc("2027-01-05 09:00"), LONDON, 10, PAUSES) == utc("2026-12-14 09:00")
    assert days_back(utc("2027-01-05 09:00"), LONDON, 3, PAUSES) == utc("2027-01-02 09:00")
    for within in ("2026-12-21 00:00", "2026-12-30 15:00", "2027-01-01 23:59"):
        assert days_back(utc(within), LONDON, 10, PAUSES) == utc("2026-12-11 00:00")
    assert days_back(utc("2027-01-05 09:00"), LONDON, 10) == utc("2026-12-26 09:00")
