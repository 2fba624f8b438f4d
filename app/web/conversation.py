"""The page of a conversation, behind the link in its mails and under one's own page: looking shows, a button acts.

The mailed page shows nothing that its reader has told us about how it went: introductions are quoted in answers to all.
"""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing, public
from app.errors import BadInput, Fault, LinkExpired, NotFound
from app.models import Purpose
from app.services import arranging, calling_off, conversations, feedback, links, receipts, times
from app.services.calling_off import Seat
from app.services.conversations import Conversation
from app.settings import Settings
from app.web import concern, met
from app.web.forms import Form, Posted, Trouble
from app.web.pages import page, see_other
from app.web.sessions import MeActingHere, MeHere, SignedIn
from app.web.status import upcoming
from emails import phrase

router = APIRouter(include_in_schema=False)

ACTIONS = ("arranged", "not-arranged", "seek", "stay", "cannot", "can")
DONE = ("arranged", "not-arranged", "seek", "stay", "cannot", "can", "late", "early")


@dataclass(frozen=True, slots=True)
class Looked:
    """Who looks at which conversation, and from where: `own` says that they are signed in."""

    found: Conversation
    path: str
    own: bool
    settings: Settings
    now: datetime


def show(
    request: Request, session: Session, looked: Looked, status: int = 200, *, troubles: tuple[Trouble, ...] = ()
) -> Response:
    """The page. Changes nothing."""
    found, done = looked.found, request.query_params.get("done")
    place = found.place
    said = feedback.given(session, found.person, place.group_id) if looked.own and place and place.group_id else None
    return page(
        request,
        "conversation.html",
        status,
        programme=found.programme,
        conversation=found,
        kind=found.kind,
        times=[times.said(time) for time in (found.facts or {}).get("times", ())],
        own=looked.own,
        said=said,
        here=looked.path,
        latest=found.today + arranging.FURTHEST,
        next_draw=upcoming(found.programme, looked.now),
        can_draft=looked.settings.mail_from is not None,
        wrong=_wrong(session, looked),
        done=done if done in DONE else None,
        troubles=troubles,
    )


def _wrong(session: Session, looked: Looked) -> str:
    """Where something wrong is said, as long as there is somebody it could be about."""
    place = looked.found.place
    group_id = place.group_id if place else None
    return concern.path_about(session, looked.found.person, group_id, looked.settings, looked.now)


def act(request: Request, session: Session, looked: Looked, posted: Posted) -> Response:
    """What a button of the page says. Late presses change nothing, and the page then says how it stands."""
    found, action = looked.found, posted.one("action")
    day: date | None = None
    if action == "arranged":
        read = met.booked_for(posted, found.today)
        if isinstance(read, Trouble):
            return show(request, session, looked, 422, troubles=(read,))
        day = read
    sits = calling_off.seat(
        session,
        found.programme,
        found.person,
        found.round_.id,
        now=looked.now,
        secret_key=looked.settings.secret,
    )
    if sits is None:
        return see_other(f"{looked.path}?done=late")
    done = _do(session, sits, action, day, found.today)
    if not looked.own and done in ("cannot", "seek"):
        receipts.write(session, sits, looking=done == "seek")
    return see_other(f"{looked.path}?done={done}")


def _do(session: Session, sits: Seat, action: str, day: date | None, today: date) -> str:
    """Do it, and say what has been done. Raises BadInput for a button that is not ours."""
    if action == "arranged":
        calling_off.can(session, sits)
        calling_off.stay(session, sits)
        arranging.arrange(session, sits.place, day, sits.now)
    elif action == "not-arranged":
        arranging.not_arranged(session, sits.place)
    elif action == "seek":
        return "seek" if calling_off.seek(session, sits, today=today) else "early"
    elif action in calling_off.ACTS:
        calling_off.ACTS[action](session, sits)
    else:
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    return action


# --- the link in a mail ----------------------------------------------------------------------------------------------


def mailed(session: Session, token: str, settings: Settings, now: datetime) -> Looked:
    """What a mailed link leads to. Raises LinkExpired."""
    link, person, programme = links.look(session, token, now, Purpose.CONVERSATION)
    found = conversations.of_group(session, programme, person, link.about or "", now)
    if found is None:
        raise LinkExpired
    return Looked(found, f"/m/{token}", False, settings, now)


@router.api_route("/m/{token}/conversation.ics", methods=["GET", "HEAD"])
@public
def mailed_draft(token: str, context: InContext, session: Reading, now: Moment) -> Response:
    """The draft for one's own calendar. Raises LinkExpired, NotFound."""
    return _draft(mailed(session, token, context.settings, now))


# --- under one's own page --------------------------------------------------------------------------------------------


def _own(session: Session, me: SignedIn, period: str, settings: Settings, now: datetime) -> Looked:
    found = conversations.of_period(session, me.programme, me.person, period, now)
    if found is None:
        raise NotFound
    return Looked(found, f"/me/conversations/{period}", True, settings, now)


@router.api_route("/me/conversations/{period}", methods=["GET", "HEAD"])
def show_own(request: Request, period: str, context: InContext, session: Reading, me: MeHere, now: Moment) -> Response:
    """One's conversation of that round. Raises NotFound."""
    return show(request, session, _own(session, me, period, context.settings, now))


@router.post("/me/conversations/{period}")
def act_own(
    request: Request, period: str, posted: Form, context: InContext, session: Writing, me: MeActingHere, now: Moment
) -> Response:
    """A button of that page."""
    return act(request, session, _own(session, me, period, context.settings, now), posted)


@router.api_route("/me/conversations/{period}/conversation.ics", methods=["GET", "HEAD"])
def own_draft(period: str, context: InContext, session: Reading, me: MeHere, now: Moment) -> Response:
    """The draft for one's own calendar. Raises NotFound."""
    return _draft(_own(session, me, period, context.settings, now))


@router.api_route("/me/conversations/{period}/said", methods=["GET", "HEAD"])
def show_said(request: Request, period: str, context: InContext, session: Reading, me: MeHere, now: Moment) -> Response:
    """How it went. Raises NotFound."""
    looked = _own(session, me, period, context.settings, now)
    return met.show(request, session, _asked(looked), wrong=_wrong(session, looked))


@router.post("/me/conversations/{period}/said")
def act_said(
    request: Request, period: str, posted: Form, context: InContext, session: Writing, me: MeActingHere, now: Moment
) -> Response:
    """Say how it went. Raises NotFound, BadInput."""
    return met.act(request, session, _asked(_own(session, me, period, context.settings, now)), posted, now)


def _asked(looked: Looked) -> met.Asked:
    found = looked.found
    assert found.place is not None  # `of_period` finds no other
    return met.Asked(found.person, found.programme, found.place.group_id or "")


def _draft(looked: Looked) -> Response:
    data = None
    if looked.settings.mail_from is not None and looked.found.stage in ("together", "waiting"):
        data = conversations.draft(looked.found, looked.settings, looked.now)
    if data is None:
        raise NotFound
    headers = {"Content-Disposition": 'attachment; filename="conversation.ics"', "X-Robots-Tag": "noindex"}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)
