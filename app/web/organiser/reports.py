"""The reports on the quarters of a programme, for those who may look at it: the figures that its sponsor was mailed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.doors import Reading
from app.errors import NotFound
from app.queries import reports as queries
from app.web import report as pages
from app.web.organiser import found, frame
from app.web.organiser.sessions import Looking

router = APIRouter(include_in_schema=False)

Which = Annotated[str, Query(pattern=r"^([0-9]{4}-Q[1-4])?$")]


@router.api_route("/organiser/programmes/{slug}/report", methods=["GET", "HEAD"])
def show(request: Request, slug: str, session: Reading, me: Looking, quarter: Which = "") -> Response:
    """That of one quarter, or the latest, and the ways to the others. Raises NotFound for a quarter without one."""
    programme = found.programme(session, me.principal, slug)
    every = queries.reports(session, programme)
    report = next((one for one in every if quarter in ("", one.quarter)), None)
    if report is None and quarter:
        raise NotFound
    return frame.page(
        request,
        me,
        "report.html",
        programme=programme,
        report=report,
        every=[one.quarter for one in every],
        stopped=pages.stopped_on(session, programme),
        **(pages.facts(programme, report) if report else {"quarter": "", "figures": None}),
    )
