"""/programmes/{slug}/reports: what a programme did in each quarter, as its sponsor was told."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from app.api.answers import Answer
from app.api.deps import Caller, programme_by_slug
from app.api.pages import USUAL, Cursor, Limit, link_next, page_of
from app.api.route import needs, router
from app.doors import Reading
from app.models import QuarterReport, Scope
from app.queries import reports as queries
from app.queries.stuck import FEWEST
from app.services import quarters

routes = router("programmes")

AtLeast = Annotated[int | None, Field(description="At least so many, in whole steps; null for too few to tell.")]


class RoundOfReport(Answer):
    """One round of a quarter."""

    number: int
    period: str
    sent_on: date
    people: AtLeast
    answered: AtLeast
    met: AtLeast


class ReportAnswer(Answer):
    """A quarter as it was written down; its figures never change."""

    id: str
    quarter: str
    first_day: date
    last_day: date
    written_at: datetime
    fewest: Annotated[int, Field(description="The step of all figures about people, and the fewest they tell of.")]
    rounds: Annotated[int, Field(description="In how many rounds introductions were sent.")]
    people: AtLeast
    introductions: AtLeast
    answered: AtLeast
    met: AtLeast
    each: Annotated[list[RoundOfReport], Field(description="Round by round.")]
    mailed_to: Annotated[str | None, Field(description="The sponsor's address; null where it was mailed to nobody.")]
    link_voided_at: Annotated[
        datetime | None, Field(description="When its link stopped working because the address was changed.")
    ]


class ReportList(Answer):
    reports: list[ReportAnswer]
    next_cursor: str | None


@routes.get("/programmes/{slug}/reports")
@needs(Scope.READ)
def list_reports(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> ReportList:
    """The quarters that are over and in which a round was sent, latest first. Links that open them are not among it."""
    found = queries.reports(session, programme_by_slug(session, caller, slug))
    page, more = page_of(found, cursor, limit, lambda report: report.id)
    link_next(request, response, more)
    return ReportList(reports=[shown(report) for report in page], next_cursor=more)


def shown(report: QuarterReport) -> ReportAnswer:
    """A report as it goes out."""
    found, quarter = queries.figures_of(report), quarters.read(report.quarter)
    assert quarter
    return ReportAnswer(
        id=report.id,
        quarter=report.quarter,
        first_day=quarter.first,
        last_day=quarter.last,
        written_at=report.created_at,
        fewest=FEWEST,
        rounds=found.rounds,
        people=found.people or None,
        introductions=found.introductions or None,
        answered=found.answered or None,
        met=found.met or None,
        each=[
            RoundOfReport(
                number=one.number,
                period=one.period,
                sent_on=one.sent_on,
                people=one.people or None,
                answered=one.answered or None,
                met=one.met or None,
            )
            for one in found.each
        ],
        mailed_to=report.sent_to or None,
        link_voided_at=report.voided_at,
    )
