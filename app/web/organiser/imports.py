"""How far an import has come: a bar while a worker writes it, then what was done, and the lines that were left out."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Moment, Reading
from app.models import ImportJob, ImportState, Programme
from app.services import import_jobs
from app.web.organiser import downloads, found, frame
from app.web.organiser.participants import place
from app.web.organiser.sessions import BY_ITSELF, AboutToAct, Organiser

router = APIRouter(include_in_schema=False)

ALONE = timedelta(minutes=1)
"""An import that nobody takes up for so long has no worker."""


@router.api_route("/organiser/programmes/{slug}/people/imports/{import_id}", methods=["GET", "HEAD"])
def show(
    request: Request,
    slug: str,
    import_id: str,
    session: Reading,
    me: AboutToAct,
    now: Moment,
    still: Annotated[bool, Query()] = False,
) -> Response:
    """Until it is done, the page looks again by itself. Verdicts may name whom a file keeps apart: it takes somebody
    who could have sent it.
    """
    programme, job = _found(session, me, slug, import_id)
    here = f"{place(programme)}/imports/{job.id}"
    running = job.state == ImportState.RUNNING
    return frame.page(
        request,
        me,
        "import.html",
        programme=programme,
        here=here,
        job=job,
        running=running,
        again=f"{here}?{BY_ITSELF}=1" if running and not still else "",
        alone=running and job.not_before < now - ALONE,
        refused=len(import_jobs.refused_of(job)[1]),
        moment=frame.at(now, now, programme.time_zone),
    )


@router.api_route("/organiser/programmes/{slug}/people/imports/{import_id}/refused.csv", methods=["GET", "HEAD"])
def refused(slug: str, import_id: str, session: Reading, me: AboutToAct) -> Response:
    """All lines that were left out, to be corrected and sent again."""
    _, job = _found(session, me, slug, import_id)
    return downloads.refused(*import_jobs.refused_of(job))


def _found(session: Session, me: Organiser, slug: str, import_id: str) -> tuple[Programme, ImportJob]:
    programme = found.programme(session, me.principal, slug)
    return programme, found.import_job(session, programme, import_id)
