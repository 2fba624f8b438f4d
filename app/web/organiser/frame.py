"""What the pages of organisers have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

from app.clock import local_date
from app.doors import context
from app.models import RoundState
from app.web import pages
from app.web.organiser import sessions
from app.web.organiser.sessions import Organiser
from emails import Phrase, Zone, phrase

ROUND_STATES: Mapping[RoundState, str] = {
    RoundState.DRAFT: phrase("Waits to be drawn"),
    RoundState.MATCHED: phrase("Drawn; waits for approval"),
    RoundState.APPROVED: phrase("Approved; waits to be sent"),
    RoundState.SENDING: phrase("Being sent"),
    RoundState.INTRODUCED: phrase("Introduced"),
    RoundState.CLOSED: phrase("Closed"),
}


def page(request: Request, me: Organiser, template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page for somebody who is signed in."""
    world = context(request)
    frame: dict[str, Any] = {"me": me, "sends": world.settings.sends_mail, "round_states": ROUND_STATES}
    response = pages.page(request, f"organiser/{template}", status, **(frame | facts))
    sessions.keep(request, me)
    return response


def at(moment: datetime, now: datetime, zone: str) -> Phrase:
    """`today at 10:04`, `Monday 23 November at 10:04`, by the clocks of that zone; the year where it is another."""
    there, today = moment.astimezone(ZoneInfo(zone)), local_date(now, zone)
    day, hour = there.date(), there.time()
    if day == today:
        return phrase("today at %(time)s", time=hour)
    if day.year == today.year:
        return phrase("%(day)s at %(time)s", day=day, time=hour)
    return phrase("%(day)s %(year)s at %(time)s", day=day, year=str(day.year), time=hour)


def since(moment: datetime, now: datetime, zone: str) -> Phrase:
    """The same after the word since, where today needs no mention."""
    there = moment.astimezone(ZoneInfo(zone))
    return at(moment, now, zone) if there.date() != local_date(now, zone) else phrase("%(time)s", time=there.time())


def zone_words(zone: str) -> str:
    """`London time`, for captions."""
    return zone if zone == "UTC" else phrase("%(city)s time", city=Zone(zone))
