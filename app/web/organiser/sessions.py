"""Which organiser is looking: a cookie with a random secret, the row that it is for, and the organiser's roles, all
three at each request.

Pages ask for what they need by one of the dependencies at the end. Where a path names a programme, a round or a mail,
`me.principal` is what this organiser is in that programme, and has no right in any other; what belongs to somebody else
and what there is not give the same answer. Source: OWASP ASVS 5.0, 7.2, 8.2 and 8.3.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request, Response
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from app.doors import InContext, Moment, Reading, Writing, asks, context
from app.errors import NotAllowed, NotFound
from app.models import OrganiserAccount, OrganiserSession, OutgoingMail, Programme, Round, Scope, Trust
from app.services import organiser_sessions
from app.services.keys import Principal, Right
from app.services.rights import Rights, rights_of
from app.settings import Settings
from emails import phrase

BY_ITSELF = "auto"
"""The query of a page that the browser asked for by itself: nobody may be there, so it is no use of the session."""

DOOR = "/organiser/sign-in"
SECOND = "/organiser/second-factor"
_NAME = re.compile(r"[a-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Organiser:
    """Who is signed in, and what they may do here."""

    principal: Principal
    rights: Rights
    account: OrganiserAccount
    session: OrganiserSession

    @property
    def may_send(self) -> bool:
        """Whether the buttons that make mail leave are there."""
        return Scope.SEND in self.principal.scopes

    @property
    def may_write(self) -> bool:
        """Whether the buttons that change something are there."""
        return Scope.WRITE in self.principal.scopes

    @property
    def may_found(self) -> bool:
        """Whether they may make a programme."""
        return self.rights.may(Trust.PEOPLE, None)

    @property
    def may_manage(self) -> bool:
        """Whether the page about other organisers is theirs."""
        return self.rights.may_somewhere(Trust.PEOPLE)

    @property
    def may_make_keys(self) -> bool:
        """Whether the page about keys for programs is theirs."""
        return self.rights.may_somewhere(Trust.KEYS)


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Who has come by a link and has not given the second factor yet."""

    account: OrganiserAccount
    session: OrganiserSession


def cookie_name(settings: Settings, name: str = "coffee_organiser") -> str:
    """`__Host-` ties the cookie to this host, but needs HTTPS."""
    return f"__Host-{name}" if _https(settings) else name


def give(response: Response, settings: Settings, token: str) -> None:
    """Put the secret of a session into this browser, until it is closed; the row knows when it is over."""
    response.set_cookie(cookie_name(settings), token, path="/", httponly=True, samesite="lax", secure=_https(settings))


def forget(response: Response, settings: Settings, name: str = "coffee_organiser") -> None:
    """Take the cookie back."""
    response.delete_cookie(
        cookie_name(settings, name), path="/", httponly=True, samesite="lax", secure=_https(settings)
    )


def keep(request: Request, me: Organiser) -> None:
    """Note that the session was used, unless the browser asked by itself; a busy database keeps no page back."""
    world = context(request)
    now = world.clock()
    if BY_ITSELF in request.query_params or now - me.session.seen_at < organiser_sessions.RENEW:
        return
    transaction: Session | None = getattr(request.state, "transaction", None)
    if transaction is not None:
        organiser_sessions.touch(transaction, me.session.id, now)
        return
    with suppress(OperationalError), world.database.writing("organiser: seen") as session:
        organiser_sessions.touch(session, me.session.id, now)


def find(request: Request, session: Session, now: datetime) -> tuple[OrganiserSession, OrganiserAccount] | None:
    """The session of this browser, if it is alive, and whose it is."""
    cookie = request.cookies.get(cookie_name(context(request).settings), "")
    return organiser_sessions.find(session, cookie, now) if cookie.isascii() else None


@asks("sign in")
def here(request: Request, session: Reading, now: Moment) -> Organiser:
    """For what is everybody's own; others are shown the door, and led back afterwards."""
    return _signed_in(request, session, now)


@asks("sign in")
def here_acting(request: Request, session: Writing, now: Moment) -> Organiser:
    """For buttons of the same, in the transaction of the request."""
    return _signed_in(request, session, now)


@asks("half way")
def half_way(request: Request, session: Reading, now: Moment) -> HalfWay:
    """For the page that asks for the second factor."""
    return _half_way(request, session, now)


@asks("half way")
def half_way_acting(request: Request, session: Writing, now: Moment) -> HalfWay:
    """For its button."""
    return _half_way(request, session, now)


@asks("look")
def looking(request: Request, session: Reading, now: Moment) -> Organiser:
    """For pages that show something of a programme, or of several. Raises NotAllowed, NotFound."""
    me = _signed_in(request, session, now)
    if not me.rights.may_somewhere(Scope.READ):
        raise NotAllowed(phrase("You have no role here any more."))
    return me


@asks("decide")
def deciding(request: Request, session: Writing, now: Moment) -> Organiser:
    """For a button whose handler asks for more when it knows what it is about."""
    return looking(request, session, now)


@asks("write")
def acting(request: Request, session: Writing, now: Moment) -> Organiser:
    """For buttons that change something, in the transaction of the request. Raises NotAllowed, NotFound."""
    return _with(request, session, now, Scope.WRITE)


@asks("write")
def about_to_act(request: Request, session: Reading, now: Moment) -> Organiser:
    """For the pages with such buttons, and for what takes long before it writes, so that nobody else waits meanwhile.
    Raises NotAllowed, NotFound.
    """
    return _with(request, session, now, Scope.WRITE)


@asks("write")
def before_a_body(request: Request, world: InContext, now: Moment) -> None:
    """The same for what is long in coming: asked before it is read, and no connection is held while it comes. Raises
    NotAllowed, NotFound.
    """
    with world.database.reading() as session:
        _with(request, session, now, Scope.WRITE)


@asks("send")
def sending(request: Request, session: Writing, now: Moment) -> Organiser:
    """For buttons that make mail leave or not leave. Raises NotAllowed, NotFound."""
    return _with(request, session, now, Scope.SEND)


@asks("send")
def about_to_send(request: Request, session: Reading, now: Moment) -> Organiser:
    """For the pages before such buttons, which ask once more. Raises NotAllowed, NotFound."""
    return _with(request, session, now, Scope.SEND)


@asks("people")
def managing(request: Request, session: Reading, now: Moment) -> Organiser:
    """For the page about other organisers. Raises NotAllowed."""
    return _manager(request, session, now)


@asks("people")
def managing_acting(request: Request, session: Writing, now: Moment) -> Organiser:
    """For its buttons; each of them names a place, for which the handler asks again."""
    return _manager(request, session, now)


@asks("keys")
def key_making(request: Request, session: Reading, now: Moment) -> Organiser:
    """For the page about keys for programs. Raises NotAllowed."""
    return _key_maker(request, session, now)


@asks("keys")
def key_making_acting(request: Request, session: Writing, now: Moment) -> Organiser:
    """For its buttons; each of them is about a place, for which the handler asks again."""
    return _key_maker(request, session, now)


@asks("everything")
def founding(request: Request, session: Reading, now: Moment) -> Organiser:
    """For the page that makes a programme: for owners of the whole organisation. Raises NotAllowed."""
    return _with(request, session, now, Trust.PEOPLE)


@asks("everything")
def founding_acting(request: Request, session: Writing, now: Moment) -> Organiser:
    """For its button."""
    return _with(request, session, now, Trust.PEOPLE)


Here = Annotated[Organiser, Depends(here)]
HereActing = Annotated[Organiser, Depends(here_acting)]
Half = Annotated[HalfWay, Depends(half_way)]
HalfActing = Annotated[HalfWay, Depends(half_way_acting)]
Looking = Annotated[Organiser, Depends(looking)]
Deciding = Annotated[Organiser, Depends(deciding)]
Acting = Annotated[Organiser, Depends(acting)]
Sending = Annotated[Organiser, Depends(sending)]
AboutToSend = Annotated[Organiser, Depends(about_to_send)]
Founding = Annotated[Organiser, Depends(founding)]
FoundingActing = Annotated[Organiser, Depends(founding_acting)]
AboutToAct = Annotated[Organiser, Depends(about_to_act)]
Managing = Annotated[Organiser, Depends(managing)]
ManagingActing = Annotated[Organiser, Depends(managing_acting)]
KeyMaking = Annotated[Organiser, Depends(key_making)]
KeyMakingActing = Annotated[Organiser, Depends(key_making_acting)]


def _signed_in(request: Request, session: Session, now: datetime) -> Organiser:
    found = find(request, session, now)
    if found is None:
        raise _see(f"{DOOR}{_back(request)}")
    row, account = found
    if row.proven_at is None:
        raise _see(SECOND)
    rights = rights_of(session, account)
    return Organiser(_principal(request, session, rights), rights, account, row)


def _with(request: Request, session: Session, now: datetime, right: Right) -> Organiser:
    me = _signed_in(request, session, now)
    me.principal.require(right)
    return me


def _manager(request: Request, session: Session, now: datetime) -> Organiser:
    me = _signed_in(request, session, now)
    if not me.may_manage:
        me.principal.require(Trust.PEOPLE)
    return me


def _key_maker(request: Request, session: Session, now: datetime) -> Organiser:
    me = _signed_in(request, session, now)
    if not me.may_make_keys:
        me.principal.require(Trust.KEYS)
    return me


def _half_way(request: Request, session: Session, now: datetime) -> HalfWay:
    found = find(request, session, now)
    if found is None:
        raise _see(DOOR)
    row, account = found
    if row.proven_at is not None:
        raise _see("/organiser")
    return HalfWay(account, row)


def _principal(request: Request, session: Session, rights: Rights) -> Principal:
    """Who this is in the programme that the path is about; Raises NotFound where that may not be looked at."""
    for name, programme_of in _PLACES.items():
        named = request.path_params.get(name)
        if named is None:
            continue
        programme_id = programme_of(session, rights.organisation_id, named) if _NAME.fullmatch(named) else None
        if programme_id is None or not rights.may(Scope.READ, programme_id):
            raise NotFound
        return rights.within(programme_id)
    return rights.at_large()


def _of_slug(session: Session, organisation_id: str, slug: str) -> str | None:
    query = select(Programme.id).where(Programme.slug == slug)
    return session.exec(query.where(Programme.organisation_id == organisation_id)).one_or_none()


def _of_round(session: Session, organisation_id: str, round_id: str) -> str | None:
    query = select(Round.programme_id).where(Round.id == round_id)
    return session.exec(query.where(Round.organisation_id == organisation_id)).one_or_none()


def _of_mail(session: Session, organisation_id: str, mail_id: str) -> str | None:
    query = select(OutgoingMail.programme_id).where(OutgoingMail.id == mail_id)
    return session.exec(query.where(OutgoingMail.organisation_id == organisation_id)).one_or_none()


_PLACES: Mapping[str, Callable[[Session, str, str], str | None]] = {
    "slug": _of_slug,
    "round_id": _of_round,
    "mail_id": _of_mail,
}
"""Names in paths that say which programme a page is about."""


def _see(path: str) -> HTTPException:
    return HTTPException(303, headers={"Location": path})


def _back(request: Request) -> str:
    """The page that was wanted; what was sent cannot be done later, and that is told."""
    return f"?to={quote(request.url.path)}" if request.method in ("GET", "HEAD") else "?unsaved=yes"


def _https(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")
