"""The draft of a calendar entry that travels with an introduction (RFC 5545, METHOD:PUBLISH of RFC 5546 3.2.1).

Published and without ATTENDEE on purpose (E26): it becomes a draft in one's *own* calendar; nobody is asked to reply to
a machine and no address leaks. Times are in UTC, so no VTIMEZONE is needed.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import icalendar
from icalendar.parser import Contentline

from emails.values import Address, Attachment, ascii_address

PRODUCT = "-//Coffee Trial//Coffee Trial//EN"
WORKING_DAYS_AHEAD = 3


def usual_start(after: date, zone: tzinfo, hour: int = 10) -> datetime:
    """A time to suggest when nothing better is known: three working days later, in the morning."""
    return datetime.combine(working_days_after(after, WORKING_DAYS_AHEAD), time(hour), zone)


def working_days_after(day: date, number: int) -> date:
    """The day that comes so many working days later, Monday to Friday."""
    for _ in range(number):
        day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
    return day


def draft_entry(
    *,
    uid: str,
    sequence: int,
    stamp: datetime,
    start: datetime,
    minutes: int,
    summary: str,
    description: str,
    organiser: Address,
) -> bytes:
    """The bytes of an .ics with one tentative entry; same arguments, same bytes."""
    form = _form(sequence, stamp, start, minutes, description, organiser)
    return form.replace(_UID, _line("UID", uid)).replace(_SUMMARY, _line("SUMMARY", summary))


_UID, _SUMMARY = b"\r\nUID:-\r\n", b"\r\nSUMMARY:-\r\n"


def _line(name: str, text: str) -> bytes:
    """A property between line ends: escaped, and folded at 75 octets."""
    line = Contentline.from_parts(name, icalendar.Parameters(), icalendar.vText(text))
    return b"\r\n" + bytes(line.to_ical()) + b"\r\n"


@lru_cache(64)
def _form(sequence: int, stamp: datetime, start: datetime, minutes: int, description: str, organiser: Address) -> bytes:
    """All of an entry but whose it is: one for a whole round, and much the longer work."""
    event = icalendar.Event()
    event.add("uid", "-")
    event.add("sequence", sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", start.astimezone(UTC) + timedelta(minutes=minutes))
    event.add("summary", "-")
    event.add("description", description)
    event.add("organizer", _organiser(organiser))
    event.add("status", "TENTATIVE")
    event.add("transp", "TRANSPARENT")  # a draft must not make anybody look busy
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def day_entry(*, uid: str, stamp: datetime, day: date, summary: str, description: str) -> bytes:
    """The bytes of an .ics with one entry for a whole day, for who asks for it on a page."""
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", description)
    event.add("transp", "TRANSPARENT")  # whoever is in a draw is free to work on that day
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def attachment(data: bytes) -> Attachment:
    """The .ics as a part of a mail; `method=` must equal the METHOD inside (RFC 6047 2.4)."""
    return Attachment("conversation.ics", "text/calendar; charset=utf-8; method=PUBLISH", data)


def _organiser(address: Address) -> icalendar.vCalAddress:
    # RFC 5546 wants an ORGANIZER in everything published. It is our own address, never a member's.
    organiser = icalendar.vCalAddress(f"mailto:{ascii_address(address.address)}")
    organiser.params["CN"] = address.name
    return organiser
