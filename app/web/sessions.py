"""Who is looking: a session is a row and a token in a cookie, begun only by the button of a mailed link.

A link with the choices of a round never begins one: introductions are quoted in answers to all, so others may see it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from sqlmodel import Session

from app.doors import Moment, Reading, Writing, asks, context
from app.errors import LinkExpired
from app.models import MailedLink, Participant, Programme, Purpose
from app.security import mailed_token
from app.services import links
from app.services.participants import HERE
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person on whose page we are."""

    person: Participant
    programme: Programme
    link: MailedLink


def cookie_name(settings: Settings) -> str:
    """`__Host-` ties the cookie to this host, but needs HTTPS."""
    return "__Host-coffee_me" if _https(settings) else "coffee_me"


def begin(response: Response, session: Session, settings: Settings, person: Participant, now: datetime) -> None:
    """A new session for this person in this browser."""
    link = links.issue(session, settings.secret, person, Purpose.SESSION, now)
    lifetime = links.LIFETIME[Purpose.SESSION]
    assert lifetime
    response.set_cookie(
        cookie_name(settings),
        mailed_token(settings.secret, link.id),
        max_age=int(lifetime.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=_https(settings),
    )


def forget(response: Response, settings: Settings) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(settings), path="/", httponly=True, samesite="lax", secure=_https(settings))


def _https(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


def find(request: Request, session: Session, now: datetime) -> SignedIn | None:
    """The session of this browser, if it has one that is alive."""
    token = request.cookies.get(cookie_name(context(request).settings))
    if not token:
        return None
    try:
        link, person, programme = links.look(session, token, now, Purpose.SESSION)
    except LinkExpired:
        return None
    request.state.locale = person.locale
    return SignedIn(person, programme, link)


def _required(found: SignedIn | None) -> SignedIn:
    if found is None:
        raise HTTPException(303, headers={"Location": "/me"})
    return found


def maybe(request: Request, session: Reading, now: Moment) -> SignedIn | None:
    """For pages that also have something to say to strangers."""
    return find(request, session, now)


@asks("participant")
def looking(request: Request, session: Reading, now: Moment) -> SignedIn:
    """For pages that only their owner sees; others are sent to ask for a link."""
    return _required(find(request, session, now))


@asks("participant")
def acting(request: Request, session: Writing, now: Moment) -> SignedIn:
    """For buttons on those pages, in the transaction of the request."""
    return _required(find(request, session, now))


def looking_here(me: Annotated[SignedIn, Depends(looking)]) -> SignedIn:
    """For pages about taking part: people who have left are shown what is theirs instead."""
    return _here(me)


def acting_here(me: Annotated[SignedIn, Depends(acting)]) -> SignedIn:
    """For buttons about taking part."""
    return _here(me)


def _here(me: SignedIn) -> SignedIn:
    if me.person.state not in HERE:
        raise HTTPException(303, headers={"Location": "/me"})
    return me


MaybeMe = Annotated[SignedIn | None, Depends(maybe)]
Me = Annotated[SignedIn, Depends(looking)]
MeActing = Annotated[SignedIn, Depends(acting)]
MeHere = Annotated[SignedIn, Depends(looking_here)]
MeActingHere = Annotated[SignedIn, Depends(acting_here)]
