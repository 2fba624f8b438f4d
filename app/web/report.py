"""The links in the mail to a sponsor: the report on a quarter, and the page by which these mails stop.

A GET shows, and only the POST of a button acts, as behind every mailed link. The report opens for whoever has its link.
"""

from datetime import date, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.errors import BadInput, Fault
from app.models import Programme, QuarterReport
from app.queries import reports as queries
from app.queries.stuck import FEWEST
from app.services import sponsors
from app.services.sponsors import Opened
from app.web.forms import Posted
from app.web.pages import page, see_other
from app.web.trend import trend
from emails import phrase

ACTIONS = {"stop-reports": sponsors.stop, "go-on-reports": sponsors.go_on}


def facts(programme: Programme, report: QuarterReport) -> dict[str, Any]:
    """What the page of a report says, behind a mailed link and for organisers."""
    found = queries.figures_of(report)
    return {
        "quarter": report.quarter,
        "figures": found,
        "trend": trend(found.each),
        "as_of": local_date(report.created_at, programme.time_zone),
        "fewest": FEWEST,
    }


def stopped_on(session: Session, programme: Programme) -> date | None:
    """The day on which the sponsor of now has said stop, by the clocks of the programme."""
    since = queries.stopped_at(session, programme)
    return local_date(since, programme.time_zone) if since else None


def show(request: Request, session: Session, opened: Opened) -> Response:
    """What the link is for. Changes nothing."""
    programme = opened.programme
    if opened.what == "report":
        until = local_date(opened.report.created_at + sponsors.READABLE, programme.time_zone)
        return page(request, "report.html", programme=programme, until=until, **facts(programme, opened.report))
    stopped = sponsors.is_stopped(session, opened)
    return page(request, "stop_reports.html", programme=programme, stopped=stopped)


def act(session: Session, token: str, opened: Opened, posted: Posted, now: datetime) -> Response:
    """Its buttons. Raises BadInput."""
    wanted = ACTIONS.get(posted.one("action"))
    if wanted is None or opened.what != "stop":
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    wanted(session, opened, now=now)
    return see_other(f"/m/{token}")
