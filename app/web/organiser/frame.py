"""What the pages of organisers have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

import emails
from app.clock import local_date
from app.doors import context
from app.models import RoundState
from app.web import pages
from app.web.organiser import sessions
from app.web.organiser.sessions import Organiser

ROUND_STATES: Mapping[RoundState, str] = {
    RoundState.DRAFT: "Waits to be drawn",
    RoundState.MATCHED: "Drawn; waits for approval",
    RoundState.APPROVED: "Approved; waits to be sent",
    RoundState.SENDING: "Being sent",
    RoundState.INTRODUCED: "Introduced",
    RoundState.CLOSED: "Closed",
}


def page(request: Request, me: Organiser, template: str, **facts: Any) -> Response:
    """A page for somebody who is signed in."""
    world = context(request)
    frame: dict[str, Any] = {"me": me, "sends": world.settings.sends_mail, "round_states": ROUND_STATES}
    response = pages.page(request, f"organiser/{template}", **(frame | facts))
    sessions.keep(request, response, me)
    return response


def at(moment: datetime, now: datetime, zone: str) -> str:
    """`today at 10:04`, `Monday 23 November at 10:04`, by the clocks of that zone; the year where it is another."""
    there = moment.astimezone(ZoneInfo(zone))
    day, today = there.date(), local_date(now, zone)
    if day == today:
        return f"today at {there:%H:%M}"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{emails.english().day(day)}{year} at {there:%H:%M}"


def zone_words(zone: str) -> str:
    """`London time`, for captions."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return city if city == "UTC" else f"{city} time"
