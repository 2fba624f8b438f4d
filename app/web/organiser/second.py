"""The second factor at the door: set up by whoever comes for the first time, given by everybody else."""

from datetime import datetime
from typing import Any

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from app.doors import Context, InContext, Moment, Writing
from app.models import OrganiserAccount
from app.services import audit, organiser_sessions, second_factor
from app.web import pages
from app.web.forms import Form, Trouble
from app.web.organiser import door, sessions
from app.web.organiser.sessions import Half, HalfActing, HalfWay
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

WRONG = Trouble("code", phrase("This is not a code that we can take now. Wait for the next one, and type that."))
OVER = Trouble("email", phrase("Too many wrong codes. Ask for a fresh link."))


@router.api_route("/organiser/second-factor", methods=["GET", "HEAD"])
def ask(request: Request, context: InContext, me: Half) -> Response:
    """Six digits, please; or how to get an app to make them."""
    return _page(request, context, me)


@router.post("/organiser/second-factor")
def give(request: Request, posted: Form, context: InContext, session: Writing, me: HalfActing, now: Moment) -> Response:
    """With a right code the session is a whole one, under a new secret."""
    code, secret_key = posted.one("code"), context.settings.secret
    if me.account.factor is None:
        codes = second_factor.set_up(session, me.account, code, now=now, secret_key=secret_key)
        if codes:
            noted(session, me.account, "organiser.second_factor", now)
            response = codes_page(request, codes, door.wanted(request))
            return _let_in(request, response, session, context, me, now)
    elif second_factor.given(session, me.account, code, now=now, secret_key=secret_key):
        return _let_in(request, see_other(door.wanted(request)), session, context, me, now)
    noted(session, me.account, "organiser.wrong_code", now)
    if not organiser_sessions.failed(session, me.session):
        return _page(request, context, me, (WRONG,), 422)
    response = door.sign_in_page(request, door.HOME, (OVER,), status=403)
    sessions.forget(response, context.settings)
    return response


def _let_in(
    request: Request, response: Response, session: Session, context: Context, me: HalfWay, now: datetime
) -> Response:
    door.entered(session, me.account, now)
    sessions.give(response, context.settings, organiser_sessions.prove(session, me.session, now))
    door.onwards(request, response, context.settings)
    return response


def _page(
    request: Request, context: Context, me: HalfWay, troubles: tuple[Trouble, ...] = (), status: int = 200
) -> Response:
    if me.account.factor is not None:
        return pages.page(request, "organiser/second_factor.html", status, me=None, troubles=troubles)
    shown = picture(context, me.account)
    return pages.page(request, "organiser/set_up.html", status, me=None, troubles=troubles, anew=False, **shown)


def picture(context: Context, account: OrganiserAccount) -> dict[str, Any]:
    """The new factor for an app: as a picture, dark on light whatever the page is, and to be typed."""
    secret_key = context.settings.secret
    made = segno.make(second_factor.uri_of(secret_key, account), error="m", micro=False)
    drawn = made.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code")
    return {"qr": Markup(drawn), "key": second_factor.typed_key(secret_key, account)}  # noqa: S704 - of our own making


def codes_page(request: Request, codes: list[str], to: str) -> Response:
    """The recovery codes, this once."""
    return pages.page(request, "organiser/codes.html", me=None, codes=codes, to=to)


def noted(session: Session, account: OrganiserAccount, action: str, now: datetime) -> None:
    """A line of the audit about an organiser's own way in."""
    place, actor = (account.organisation_id, None), f"organiser:{account.id}"
    audit.note_at(session, place, now=now, actor=actor, action=action, subject=account.id)
