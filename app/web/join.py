"""Joining: what the programme is, three fields, and one page for everybody whose form was in order."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing
from app.errors import NotFound
from app.models import Programme, ProgrammeState
from app.queries import programmes as queries
from app.services import signups
from app.services.participants import HERE
from app.services.programmes import SLUG
from app.web import forms
from app.web.forms import Form, Troubles
from app.web.pages import page, see_other
from app.web.status import upcoming

router = APIRouter(include_in_schema=False)

ENOUGH_TO_TELL = 10
"""Fewer people than this are not counted aloud: a small number puts off, and tells who is in."""


@router.api_route("/p/{slug}", methods=["GET", "HEAD"])
def show_programme(request: Request, slug: str, session: Reading, now: Moment) -> Response:
    """What the programme is, and the form to join."""
    programme = programme_of(session, slug)
    return _programme_page(request, session, programme, now, typed=dict.fromkeys(("name", "email", "team"), ""))


@router.post("/p/{slug}")
def join(request: Request, slug: str, posted: Form, context: InContext, session: Writing, now: Moment) -> Response:
    """Somebody wants to join. Whoever they are, the answer is the same."""
    programme = programme_of(session, slug, lock=True)
    if programme.state != ProgrammeState.OPEN:
        return page(request, "not_open.html", 409, programme=programme)
    form = forms.join(posted)
    if isinstance(form, Troubles):
        typed = posted.shown("name", "email", "team")
        return _programme_page(request, session, programme, now, 422, troubles=form.found, typed=typed)
    signups.sign_up(session, programme, form, now=now, secret_key=context.settings.secret)
    return see_other(f"/p/{programme.slug}/sent")


@router.api_route("/p/{slug}/sent", methods=["GET", "HEAD"])
def sent(request: Request, slug: str, session: Reading) -> Response:
    """Look in your inbox."""
    return page(request, "join_sent.html", programme=programme_of(session, slug))


def programme_of(session: Session, slug: str, *, lock: bool = False) -> Programme:
    """The programme behind the address of a page; what cannot be a slug never reaches the database."""
    if not SLUG.fullmatch(slug):
        raise NotFound("There is no programme by that name.")
    return queries.programme(session, slug, lock=lock)


def _programme_page(
    request: Request,
    session: Session,
    programme: Programme,
    now: datetime,
    status: int = 200,
    *,
    troubles: tuple[forms.Trouble, ...] = (),
    typed: dict[str, str],
) -> Response:
    if programme.state != ProgrammeState.OPEN:
        return page(request, "not_open.html", status, programme=programme)
    people = queries.people_by_state(session, programme)
    joined = sum(people[state] for state in HERE)
    return page(
        request,
        "programme.html",
        status,
        programme=programme,
        organisation=queries.organisation_of(session, programme),
        next_draw=upcoming(programme, now),
        joined=joined if joined >= ENOUGH_TO_TELL else None,
        teams=queries.team_names(session, programme)[:500],
        troubles=troubles,
        typed=typed,
        headers={"X-Robots-Tag": "all"},
    )
