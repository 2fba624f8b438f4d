"""Which organiser is looking: a cookie that an organiser key was exchanged for, and the key's row at each request.

The cookie holds no key: the id of the key's row, when the session began and when it was last used, under an HMAC. It
ends after twelve hours, after half an hour without use, and at once when the key is revoked. Signing out takes the
cookie back; whoever copied it before loses it by one of those three. Source: OWASP ASVS 5.0, 7.3 and 3.3.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request, Response
from sqlmodel import Session

from app.doors import Moment, Reading, Writing, context
from app.errors import KeyRefused
from app.models import OrganiserKey, Scope
from app.security import derive_key, keyed_hash
from app.services import keys
from app.services.keys import Principal
from app.settings import Settings

ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(minutes=30)
RENEW = timedelta(minutes=1)
"""A cookie younger than this is not made anew."""

BY_ITSELF = "auto"
"""The query of a page that the browser asked for by itself: nobody may be there, so it is no use of the session."""


@dataclass(frozen=True, slots=True)
class Organiser:
    """Whoever holds a key, and what it may do. Times are whole seconds since 1970."""

    principal: Principal
    key_name: str
    began: int
    seen: int

    @property
    def may_write(self) -> bool:
        """Whether the buttons that change something are there."""
        return Scope.WRITE in self.principal.scopes

    @property
    def may_send(self) -> bool:
        """Whether the buttons that make mail leave are there."""
        return Scope.SEND in self.principal.scopes


def cookie_name(settings: Settings) -> str:
    """`__Host-` ties the cookie to this host, but needs HTTPS."""
    return "__Host-coffee_organiser" if _https(settings) else "coffee_organiser"


def begin(response: Response, settings: Settings, principal: Principal, now: datetime) -> None:
    """A new session in this browser."""
    _set(response, settings, principal.key_id, _seconds(now), now)


def keep(request: Request, response: Response, me: Organiser) -> None:
    """Note that the session was used, unless the browser asked by itself."""
    world = context(request)
    now = world.clock()
    if BY_ITSELF not in request.query_params and _seconds(now) - me.seen >= RENEW.total_seconds():
        _set(response, world.settings, me.principal.key_id, me.began, now)


def forget(response: Response, settings: Settings) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(settings), path="/", httponly=True, samesite="lax", secure=_https(settings))


def find(request: Request, session: Session, now: datetime) -> Organiser | None:
    """Whoever is signed in here, if the session and its key are still good."""
    settings = context(request).settings
    found = _read(settings, request.cookies.get(cookie_name(settings), ""))
    if found is None:
        return None
    key_id, began, seen = found
    if _seconds(now) - began >= ABSOLUTE.total_seconds() or _seconds(now) - seen >= IDLE.total_seconds():
        return None
    try:
        principal = keys.still(session, key_id, now)
    except KeyRefused:
        return None
    return Organiser(principal, session.get_one(OrganiserKey, key_id).name, began, seen)


def looking(request: Request, session: Reading, now: Moment) -> Organiser:
    """For pages that only organisers see; others are shown the door, and led back afterwards."""
    return _required(request, find(request, session, now))


def acting(request: Request, session: Writing, now: Moment) -> Organiser:
    """For buttons that change something, in the transaction of the request. Raises NotAllowed."""
    me = _required(request, find(request, session, now))
    me.principal.require(Scope.WRITE)
    return me


def sending(request: Request, session: Writing, now: Moment) -> Organiser:
    """For buttons that make mail leave or not leave, in the transaction of the request. Raises NotAllowed."""
    me = _required(request, find(request, session, now))
    me.principal.require(Scope.SEND)
    return me


Acting = Annotated[Organiser, Depends(acting)]
Looking = Annotated[Organiser, Depends(looking)]
Sending = Annotated[Organiser, Depends(sending)]


def _required(request: Request, me: Organiser | None) -> Organiser:
    if me is None:
        to = f"?to={quote(request.url.path)}" if request.method in ("GET", "HEAD") else ""
        raise HTTPException(303, headers={"Location": f"/organiser/sign-in{to}"})
    me.principal.require(Scope.READ)
    return me


def _set(response: Response, settings: Settings, key_id: str, began: int, now: datetime) -> None:
    words = f"{key_id}.{began}.{_seconds(now)}"
    response.set_cookie(
        cookie_name(settings),
        f"{words}.{_mark(settings, words)}",
        expires=datetime.fromtimestamp(began, UTC) + ABSOLUTE,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_https(settings),
    )


def _read(settings: Settings, cookie: str) -> tuple[str, int, int] | None:
    words, _, mark = cookie.rpartition(".")
    if not cookie.isascii() or not hmac.compare_digest(_mark(settings, words), mark):
        return None
    key_id, began, seen = words.split(".")
    return key_id, int(began), int(seen)


def _mark(settings: Settings, words: str) -> str:
    return keyed_hash(derive_key(settings.secret, "organiser-session"), words)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _https(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")
