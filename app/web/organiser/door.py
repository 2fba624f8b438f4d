"""The door: an organiser is let in by a mailed link, in the browser that asked for it, and by nothing else.

Opening a link shows a button; only the button lets in. Whether an address is known, no answer of this door tells.
"""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Context, InContext, Moment, Reading, Writing, public
from app.doors import context as context_of
from app.errors import LinkExpired
from app.models import LinkFor, OrganiserAccount, OrganiserLink
from app.security import digest, new_token
from app.services import audit, mail_requests, organiser_links, organiser_sessions, organisers, second_factor
from app.services.programmes import default_organisation
from app.settings import Settings
from app.web import capped, forms, pages
from app.web.forms import Form, Troubles
from app.web.organiser import sessions
from app.web.organiser.tries import Tries
from app.web.pages import see_other
from app.web.slow import mails_are_late

router = APIRouter(include_in_schema=False)

HOME = "/organiser"
OURS = re.compile(r"/organiser(/[a-z0-9_-]{1,60}){0,6}")
ASKED = "coffee_organiser_asked"
"""The cookie of a browser that has asked for a link: a secret, and the page that was wanted."""
TOKEN = re.compile(r"[a-z2-7]{52}")

Token = Annotated[str, Path(max_length=100)]


@router.api_route("/organiser/sign-in", methods=["GET", "HEAD"])
@public
def ask(request: Request, to: str = HOME, unsaved: str = "") -> Response:
    """Where the address goes; and for who was signed out while they filled in a form, that it was not saved."""
    return sign_in_page(request, ours(to), unsaved=unsaved == "yes")


@router.post("/organiser/sign-in")
@public
def mail_me(request: Request, posted: Form, context: InContext, session: Writing, now: Moment) -> Response:
    """Write the request down; a worker finds out whether somebody is there. The answer is the same for all."""
    tries: Tries = request.app.state.organiser_tries
    tries.note(request.client.host if request.client else "", now)
    to = ours(posted.one("to"))
    address = forms.address(posted)
    if isinstance(address, Troubles):
        return sign_in_page(request, to, address.found, posted.shown("email")["email"], 422)
    too_many = capped.answer(request, session, context.settings, now)
    if too_many is not None:
        return too_many
    cookie = _asked(request)[0] or new_token()
    mail_requests.ask_to_sign_in(session, address.key, digest(cookie), now=now)
    response = see_other("/organiser/sign-in/sent")
    _remember(response, context.settings, cookie, to)
    return response


@router.api_route("/organiser/sign-in/sent", methods=["GET", "HEAD"])
@public
def sent(request: Request, context: InContext, session: Reading, now: Moment) -> Response:
    """Look in your inbox."""
    late = mails_are_late(session, context.settings, now)
    return pages.page(request, "organiser/sent.html", me=None, late=late, sends=context.settings.sends_mail)


@router.api_route("/organiser/link/{token}", methods=["GET", "HEAD"])
@public
def show(request: Request, token: Token, session: Reading, now: Moment) -> Response:
    """What the link is for, and its button. Changes nothing."""
    return _link_page(request, session, token, now)


@router.post("/organiser/link/{token}")
@public
def use(request: Request, token: Token, posted: Form, context: InContext, session: Writing, now: Moment) -> Response:
    """The button: used once, and the way in. Whoever comes by the first link says who they are."""
    try:
        link, account = organiser_links.look(session, token, now)
    except LinkExpired:
        return _link_page(request, session, token, now)
    if not organiser_links.is_here(link, _asked(request)[0]):
        return _link_page(request, session, token, now)
    if account is None:
        address = forms.address(posted)
        if isinstance(address, Troubles):
            typed = posted.shown("email")["email"]
            return _link_page(request, session, token, now, 422, address, typed)
        organiser_links.use(session, link, now)
        owner = default_organisation(session, context.settings.organisation_name, now)
        account = organisers.found(session, owner, address, now=now)
    else:
        organiser_links.use(session, link, now)
    return let_in(request, session, context, account, now)


@router.post("/organiser/sign-out")
@public
def sign_out(request: Request, context: InContext, session: Writing, now: Moment) -> Response:
    """End the session of this browser, if it has one."""
    found = sessions.find(request, session, now)
    if found is not None:
        organiser_sessions.end(session, found[1], found[0].id)
    response = see_other(sessions.DOOR)
    sessions.forget(response, context.settings)
    return response


def let_in(request: Request, session: Session, context: Context, account: OrganiserAccount, now: datetime) -> Response:
    """The one place where a proven address becomes a session, always a new one: mailed links come here, and so would
    OpenID Connect. The second factor is still to be given, but in the demo.
    """
    old = sessions.find(request, session, now)
    if old is not None:
        organiser_sessions.end(session, old[1], old[0].id)
    demo = context.settings.demo
    browser = organiser_sessions.kind_of(request.headers.get("user-agent", ""))
    token = organiser_sessions.begin(session, account, browser, now=now, proven=demo)
    if demo:
        entered(session, account, now)
    elif account.factor is None:
        second_factor.prepare(session, account)
    response = see_other(_asked(request)[1] if demo else sessions.SECOND)
    sessions.give(response, context.settings, token)
    return response


def entered(session: Session, account: OrganiserAccount, now: datetime) -> None:
    """Somebody is all the way in."""
    account.entered_at = account.entered_at or now
    session.add(account)
    place, actor = (account.organisation_id, None), f"organiser:{account.id}"
    audit.note_at(session, place, now=now, actor=actor, action="organiser.sign_in", subject=account.id)


def onwards(request: Request, response: Response, settings: Settings) -> None:
    """Forget what this browser had asked for."""
    if sessions.cookie_name(settings, ASKED) in request.cookies:
        sessions.forget(response, settings, ASKED)


def wanted(request: Request) -> str:
    """The page that led to the door."""
    return _asked(request)[1]


def ours(to: str) -> str:
    """A page of organisers to be led to, or the first one."""
    return to if OURS.fullmatch(to) and not to.startswith((sessions.DOOR, organiser_links.PATH)) else HOME


def sign_in_page(
    request: Request,
    to: str,
    troubles: tuple[forms.Trouble, ...] = (),
    typed: str = "",
    status: int = 200,
    *,
    unsaved: bool = False,
) -> Response:
    return pages.page(
        request,
        "organiser/sign_in.html",
        status,
        me=None,
        to=to,
        troubles=troubles,
        typed={"email": typed},
        unsaved=unsaved,
    )


def _link_page(
    request: Request,
    session: Session,
    token: str,
    now: datetime,
    status: int = 200,
    wrong: Troubles | None = None,
    typed: str = "",
) -> Response:
    """The button of a link; in another browser, and where it is over, plain words and the way to a fresh one."""
    link: OrganiserLink | None
    try:
        link, _ = organiser_links.look(session, token, now)
    except LinkExpired:
        link = None
    if link is None:
        state, status = "over", 410
    elif not organiser_links.is_here(link, _asked(request)[0]):
        state, status = "elsewhere", 403
    else:
        state = link.purpose.value
    troubles = wrong.found if wrong else ()
    return pages.page(
        request, "organiser/link.html", status, me=None, state=state, troubles=troubles, typed={"email": typed}
    )


def _asked(request: Request) -> tuple[str, str]:
    """The secret of this browser, if it has asked for a link, and the page that it wanted."""
    name = sessions.cookie_name(context_of(request).settings, ASKED)
    secret, _, to = request.cookies.get(name, "").partition(":")
    return (secret if TOKEN.fullmatch(secret) else ""), ours(to)


def _remember(response: Response, settings: Settings, secret: str, to: str) -> None:
    lifetime = organiser_links.LIFETIME[LinkFor.SIGN_IN] * 4  # for some who ask again, and again
    response.set_cookie(
        sessions.cookie_name(settings, ASKED),
        f"{secret}:{to}",
        max_age=int(lifetime.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.base_url.startswith("https://"),
    )
