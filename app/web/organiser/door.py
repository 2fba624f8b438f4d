"""The door: an organiser key becomes a session. Whatever is wrong with a key, the words are the same."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.doors import InContext, Moment, Reading
from app.errors import KeyRefused
from app.models import Scope
from app.services.keys import authenticate
from app.web import pages
from app.web.forms import Form, Trouble
from app.web.organiser import sessions
from app.web.organiser.tries import Tries
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

HOME = "/organiser"
KEY = re.compile(r"coffee_[a-z2-7]{1,16}_[a-z2-7]{1,100}")
OURS = re.compile(r"/organiser(/[a-z0-9_-]{1,60}){0,4}")
REFUSED = Trouble(
    "key", phrase("This key does not open the door. Check that you have all of it, or ask for a new one.")
)


@router.api_route("/organiser/sign-in", methods=["GET", "HEAD"])
def ask(request: Request, to: str = HOME) -> Response:
    """Where the key goes."""
    return pages.page(request, "organiser/sign_in.html", me=None, to=_ours(to))


@router.post("/organiser/sign-in")
def sign_in(request: Request, posted: Form, context: InContext, session: Reading, now: Moment) -> Response:
    """A session for whoever holds a key that may look; otherwise the same words for every reason."""
    tries: Tries = request.app.state.organiser_tries
    tries.note(request.client.host if request.client else "", now)
    to, key = _ours(posted.one("to")), posted.one("key").strip()
    try:
        principal = authenticate(session, key if KEY.fullmatch(key) else None, now)
    except KeyRefused:
        principal = None
    if principal is None or Scope.READ not in principal.scopes:
        return pages.page(request, "organiser/sign_in.html", 403, me=None, to=to, troubles=(REFUSED,))
    response = see_other(to)
    sessions.begin(response, context.settings, principal, now)
    return response


@router.post("/organiser/sign-out")
def sign_out(context: InContext) -> Response:
    """End the session in this browser."""
    response = see_other("/organiser/sign-in")
    sessions.forget(response, context.settings)
    return response


def _ours(path: str) -> str:
    """The page to go to afterwards, if it is one of these."""
    return path if OURS.fullmatch(path) and path not in ("/organiser/sign-in", "/organiser/sign-out") else HOME
