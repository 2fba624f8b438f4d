"""The calendar draft keeps the rules of RFC 5545 and harms nobody."""

import email
import email.policy
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

import emails
from emails import Address, to_bytes, usual_start
from emails.calendar import draft_entry
from emails.words import clean_name
from tests.emails import samples
from tests.emails.samples import NAMES

LONDON = ZoneInfo("Europe/London")


def entry(name: str = "Sam Okoro", sequence: int = 0) -> bytes:
    return draft_entry(
        uid="u1@coffee.example.org",
        sequence=sequence,
        stamp=datetime(2026, 11, 23, 9, tzinfo=UTC),
        start=datetime(2026, 7, 1, 10, tzinfo=LONDON),
        minutes=30,
        summary=f"Conversation: {name}",
        description=f"With {name}.\n\n- one\n- two; three, four \\ five",
        organiser=Address(name, "coffee@example.org"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_line_ends_in_crlf_and_has_at_most_75_octets_and_whole_letters(name: str) -> None:
    message = samples.introduction(name, "sam@example.org")
    data = message.attachments[0].data
    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert [line.decode("utf-8") for line in lines]
    assert lines[0] == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize("name", NAMES)
def test_no_name_adds_a_property_or_an_attendee(name: str) -> None:
    data = samples.introduction(name, "sam@example.org").attachments[0].data
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "ORGANIZER", "STATUS", "TRANSP",
    }  # fmt: skip
    assert str(event["ORGANIZER"]) == "mailto:coffee@example.org"
    assert not any(line.upper().startswith((b"ATTENDEE", b"ORGANIZER:")) for line in data.split(b"\r\n"))


def test_the_entry_is_a_published_tentative_half_hour_in_utc() -> None:
    calendar = icalendar.Calendar.from_ical(entry())
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert b"DTSTART:20260701T090000Z\r\nDTEND:20260701T093000Z\r\nDTSTAMP:20261123T090000Z\r\n" in entry()
    assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("TENTATIVE", "TRANSPARENT", 0)
    assert event["DESCRIPTION"] == "With Sam Okoro.\n\n- one\n- two; three, four \\ five"


def test_the_same_draft_is_the_same_bytes_and_a_change_raises_the_sequence() -> None:
    assert entry() == entry()
    assert entry(sequence=1) == entry().replace(b"SEQUENCE:0", b"SEQUENCE:1")


def test_all_members_of_a_group_get_one_and_the_same_entry() -> None:
    facts = samples.introduction_facts()
    mirrored = type(facts)(**{**vars(facts), "recipient": facts.partners[0], "partners": (facts.recipient,)})
    ours, theirs = emails.introduction(samples.frame(), facts), emails.introduction(samples.frame(), mirrored)
    assert ours.attachments == theirs.attachments
    assert ours.to != theirs.to


def test_the_method_in_the_header_is_the_method_inside() -> None:
    parsed = email.message_from_bytes(
        to_bytes(samples.introduction("Sam", "sam@example.org")), policy=email.policy.default
    )
    (part,) = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    assert part["Content-Type"].params["method"] == "PUBLISH"
    assert part["Content-Disposition"].content_disposition == "attachment"


@pytest.mark.parametrize(
    ("drawn", "suggested"),
    [
        (date(2026, 11, 23), date(2026, 11, 26)),
        (date(2026, 11, 27), date(2026, 12, 2)),
        (date(2026, 11, 28), date(2026, 12, 2)),
        (date(2026, 11, 29), date(2026, 12, 2)),
    ],
)
def test_the_usual_time_is_three_working_days_later(drawn: date, suggested: date) -> None:
    start = usual_start(drawn, LONDON)
    assert (start.date(), start.hour, start.tzinfo) == (suggested, 10, LONDON)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_filled_into_the_form_of_its_round_is_what_the_library_writes_at_once(name: str) -> None:
    """The form is kept for all mails of a round; only the UID and the names are put in."""
    read = icalendar.Calendar.from_ical(entry(clean_name(name)))
    (event,) = read.walk("VEVENT")
    assert event["SUMMARY"] == f"Conversation: {clean_name(name)}"
    assert event["UID"] == "u1@coffee.example.org"
    whole = icalendar.Calendar()
    whole.update({key: read[key] for key in ("PRODID", "VERSION", "METHOD")})
    again = icalendar.Event()
    again.update(event)
    whole.add_component(again)
    assert whole.to_ical() == entry(clean_name(name))
