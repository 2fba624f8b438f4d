"""What somebody typed into the form to join, kept by their own browser for a quarter of an hour, so that the next page
can say which address it was, and the form need not be filled in twice for a slip. Nothing of it is known to us.
"""

import base64
import binascii
import json

from fastapi import Request, Response

from app.settings import Settings
from app.web.forms import FIELDS_TO_JOIN, Posted, Troubles, join

COOKIE = "coffee_typed"
SECONDS = 15 * 60
MOST = 3800
"""Browsers keep about four thousand characters of a cookie."""


def keep(response: Response, settings: Settings, slug: str, typed: dict[str, str]) -> None:
    """Give it to the browser, for the pages of this programme."""
    value = base64.urlsafe_b64encode(json.dumps(typed, ensure_ascii=False).encode("utf-8", "replace")).decode()
    if len(value) <= MOST:
        response.set_cookie(
            COOKIE,
            value,
            max_age=SECONDS,
            path=f"/p/{slug}",
            httponly=True,
            samesite="lax",
            secure=settings.base_url.startswith("https://"),
        )


def kept(request: Request) -> dict[str, str] | None:
    """What this browser kept, if it is a form that can be used."""
    try:
        found = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "").encode()))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in FIELDS_TO_JOIN):
        return None
    posted = Posted({name: [found[name]] for name in FIELDS_TO_JOIN})
    return None if isinstance(join(posted), Troubles) else posted.shown(*FIELDS_TO_JOIN)
