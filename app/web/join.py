"""Joining: what the programme is, three fields, and one page for everybody whose form was in order."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

import emails
from app import languages
from app.doors import InContext, Moment, Reading, Writing, public
from app.errors import NotFound
from app.models import Programme, ProgrammeState
from app.queries import programmes as queries
from app.security import derive_key
from app.services import admission, mail_requests, signups
from app.services.participants import HERE
from app.services.programmes import SLUG
from app.web import capped, forms, typed
from app.web.forms import FIELDS_TO_JOIN, Form, Trouble, Troubles
from app.web.pages import HEADERS, asked_for, page, read_in, see_other
from app.web.slow import mails_are_late
from app.web.status import EVERY, upcoming
from emails import Either, phrase

router = APIRouter(include_in_schema=False)

ENOUGH_TO_TELL = 10
"""Fewer people than this are not counted aloud: a small number puts off, and tells who is in."""


@router.api_route("/p/{slug}", methods=["GET", "HEAD"])
@public
def show_programme(request: Request, slug: str, session: Reading, now: Moment) -> Response:
    """What the programme is, and the form to join; after a slip, with what this browser has typed already."""
    programme = programme_of(session, slug)
    again = typed.kept(request) if "again" in request.query_params else None
    return _programme_page(request, session, programme, now, typed=again or dict.fromkeys(FIELDS_TO_JOIN, ""))


@router.post("/p/{slug}")
@public
def join(request: Request, slug: str, posted: Form, context: InContext, session: Writing, now: Moment) -> Response:
    """Somebody wants to join. Whoever they are, the answer is the same."""
    programme = programme_of(session, slug)
    shut = admission.doors_shut(session, programme, now)
    if shut is not None:
        return shut_page(request, programme, shut, 409)
    form = forms.join(posted)
    troubles = form.found if isinstance(form, Troubles) else _of_domain(programme, form)
    if isinstance(form, Troubles) or troubles:
        shown = posted.shown(*FIELDS_TO_JOIN)
        return _programme_page(request, session, programme, now, 422, troubles=troubles, typed=shown)
    too_many = capped.answer(request, session, context.settings, now)
    if too_many is not None:
        return too_many
    mail_requests.ask_to_join(session, programme, replace(form, locale=read_in(request)), now=now)
    response = see_other(f"/p/{programme.slug}/sent")
    typed.keep(response, context.settings, programme.slug, posted.shown(*FIELDS_TO_JOIN))
    return response


@router.api_route("/p/{slug}/sent", methods=["GET", "HEAD"])
@public
def sent(request: Request, slug: str, context: InContext, session: Reading, now: Moment) -> Response:
    """Look in your inbox: which one, what to look for, and what to do if nothing comes."""
    again = typed.kept(request) or {}
    return page(
        request,
        "join_sent.html",
        programme=programme_of(session, slug),
        address=again.get("email"),
        late=mails_are_late(session, context.settings, now),
    )


@router.api_route("/p/{slug}/next-draw.ics", methods=["GET", "HEAD"])
@public
def next_draw_for_calendars(request: Request, slug: str, context: InContext, session: Reading, now: Moment) -> Response:
    """The day of the next draw as a whole-day entry. It says what the page of the programme says, and nobody's name."""
    programme = programme_of(session, slug)
    day = upcoming(programme, now)
    if day is None or programme.state != ProgrammeState.OPEN:
        raise NotFound(phrase("The day of the next draw is not set yet."))
    base_url, said = context.settings.base_url, languages.speaks(asked_for(request))
    data = emails.day_entry(
        uid=emails.calendar_uid(
            derive_key(context.settings.secret, "calendar"), programme.id, urlsplit(base_url).hostname or ""
        ),
        stamp=now,
        day=day,
        summary=said.say(phrase("Draw: %(programme)s", programme=programme.name)),
        description=said.say(phrase("Names are drawn today. Skip, pause or change what you like:")) + f" {base_url}/me",
    )
    headers = {"Content-Disposition": 'attachment; filename="next-draw.ics"', "Vary": HEADERS["Vary"]}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)


def shut_page(request: Request, programme: Programme, why: str, status: int = 200) -> Response:
    """Why nobody, or not this person, can come in at the moment, in calm words."""
    return page(request, "not_open.html", status, programme=programme, why=why, domains=_domains(programme))


def _of_domain(programme: Programme, form: signups.SignUp) -> tuple[Trouble, ...]:
    """What is wrong with an address of a domain that the programme does not take. The same for all addresses there."""
    if admission.takes_domain(programme, form.address.key):
        return ()
    domains = _domains(programme)
    return (
        Trouble("email", phrase("Enter an address that ends in %(domains)s: only those can join.", domains=domains)),
    )


def _domains(programme: Programme) -> Either:
    return Either(f"@{domain}" for domain in programme.domains)


def programme_of(session: Session, slug: str) -> Programme:
    """The programme behind the address of a page; what cannot be a slug never reaches the database."""
    if not SLUG.fullmatch(slug):
        raise NotFound(phrase("There is no programme by that name."))
    return queries.programme(session, slug)


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
    shut = admission.doors_shut(session, programme, now)
    if shut is not None:
        return shut_page(request, programme, shut, status)
    people = queries.people_by_state(session, programme)
    joined = sum(people[state] for state in HERE)
    return page(
        request,
        "programme.html",
        status,
        programme=programme,
        organisation=queries.organisation_of(session, programme),
        next_draw=upcoming(programme, now),
        every=EVERY,
        joined=joined if joined >= ENOUGH_TO_TELL else None,
        teams=queries.team_names(session, programme)[:500],
        troubles=troubles,
        typed=typed,
        headers={"X-Robots-Tag": "all"},
    )
