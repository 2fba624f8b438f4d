"""A person's own page: how things stand, skip, pause, come back, leave. Strangers are asked for their address."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import InContext, Moment, Reading, Writing, public
from app.doors import context as context_of
from app.errors import BadInput, Fault
from app.models import Participant, Purpose, Round, RoundState
from app.queries import around, pools
from app.queries import participants as queries
from app.queries import programmes as programme_queries
from app.services import conversations, links, mail_requests, participants, times
from app.services.participants import HERE
from app.web import capped, forms, sessions, zones
from app.web.forms import Form, Trouble, Troubles
from app.web.pages import page, see_other
from app.web.sessions import MaybeMe, MeActing, MeActingHere, MeHere, SignedIn
from app.web.slow import mails_are_late
from app.web.status import AT_ONCE, in_the_draw, is_closed, upcoming
from emails import phrase

router = APIRouter(include_in_schema=False)

DONE = ("about", "topics", "skip", "unskip", "in", "out", "pause", "back", "apart", "together")
SENT = (RoundState.INTRODUCED, RoundState.CLOSED)


@dataclass(frozen=True, slots=True)
class Met:
    """Somebody to whom one was introduced; with the address that the mail told, while both of that is still so."""

    name: str
    team: str
    email: str


@router.api_route("/me", methods=["GET", "HEAD"])
@public
def show(request: Request, session: Reading, me: MaybeMe, now: Moment) -> Response:
    """One's own page, or the form that asks for a link to it."""
    if me is None:
        return page(request, "me_ask.html", typed={"email": ""})
    return my_page(request, session, me, now)


@router.post("/me")
@public
def ask(request: Request, posted: Form, context: InContext, session: Writing, now: Moment) -> Response:
    """Mail the way to their page to whoever has this address, in each programme; the answer is the same for all."""
    address = forms.address(posted)
    if isinstance(address, Troubles):
        return page(request, "me_ask.html", 422, troubles=address.found, typed=posted.shown("email"))
    too_many = capped.answer(request, session, context.settings, now)
    if too_many is not None:
        return too_many
    mail_requests.ask_for_my_page(session, address.key, now=now)
    return see_other("/me/sent")


@router.api_route("/me/sent", methods=["GET", "HEAD"])
@public
def sent(request: Request, context: InContext, session: Reading, now: Moment) -> Response:
    """Look in your inbox."""
    return page(request, "me_sent.html", late=mails_are_late(session, context.settings, now))


@router.post("/me/choices")
def choose(request: Request, posted: Form, session: Writing, me: MeActingHere, now: Moment) -> Response:
    """Skip, take part after all, pause, or come back."""
    action = posted.one("action")
    if action == "pause":
        return _pause(request, posted, session, me, now)
    if action not in AT_ONCE:
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    AT_ONCE[action](session, me.programme, me.person, now, context_of(request).settings.secret)
    return see_other(f"/me?done={action}")


def _pause(request: Request, posted: forms.Posted, session: Session, me: SignedIn, now: datetime) -> Response:
    today = local_date(now, me.programme.time_zone)
    day = forms.until(posted, today)
    if isinstance(day, Troubles):
        typed = posted.shown("until")["until"]
        return my_page(request, session, me, now, 422, troubles=day.found, until=typed)
    secret = context_of(request).settings.secret
    participants.pause(session, me.programme, me.person, day, now=now, today=today, secret_key=secret)
    return see_other("/me?done=pause")


@router.api_route("/me/leave", methods=["GET", "HEAD"])
def ask_whether_to_leave(request: Request, me: MeHere) -> Response:
    """A page of its own: nobody leaves by a slip."""
    return page(request, "me_leave.html", programme=me.programme)


@router.post("/me/leave")
def leave(request: Request, context: InContext, session: Writing, me: MeActingHere, now: Moment) -> Response:
    """Out of the programme, and out of this session."""
    participants.leave(session, me.programme, me.person, now=now, secret_key=context.settings.secret)
    response = page(request, "left.html", programme=me.programme)
    sessions.forget(response, context.settings)
    return response


@router.post("/me/sign-out")
def sign_out(context: InContext, session: Writing, me: MeActing, now: Moment) -> Response:
    """End the person's sessions, in this browser and in any other."""
    links.cancel(session, me.person, now, Purpose.SESSION)
    response = see_other("/me")
    sessions.forget(response, context.settings)
    return response


def my_page(
    request: Request,
    session: Session,
    me: SignedIn,
    now: datetime,
    status: int = 200,
    *,
    troubles: tuple[Trouble, ...] = (),
    until: str = "",
    apart: str = "",
    about: dict[str, str] | None = None,
) -> Response:
    """The page itself: all of it, or for who is not in (any more) what is theirs."""
    today = local_date(now, me.programme.time_zone)
    turn = pools.is_their_turn(session, me.person)
    done = request.query_params.get("done")
    team = queries.team_of(session, me.person)
    return page(
        request,
        "me.html",
        status,
        person=me.person,
        programme=me.programme,
        here=me.person.state in HERE,
        team=team,
        about=about or {"name": me.person.name, "team": team},
        team_names=programme_queries.team_names(session, me.programme)[:500],
        topics=queries.topics_of(session, [me.person.id])[me.person.id],
        said_time=times.said,
        conversations=_conversations(session, me),
        apart_from=queries.not_with(session, me.person),
        next_draw=upcoming(me.programme, now),
        drawn=in_the_draw(me.person, today, turn),
        closed=is_closed(session, me.person, context_of(request).settings),
        turn=turn,
        zone=zones.in_words(me.person.time_zone),
        around=around.around(session, me.programme, me.person),
        base_url=context_of(request).settings.base_url,
        today=today,
        done=done if done in DONE else None,
        troubles=troubles,
        until=until,
        apart=apart,
    )


def _conversations(session: Session, me: SignedIn) -> list[tuple[str, list[Met], str, bool]]:
    """The periods in which one was introduced, latest first, to whom, and what one has said about it oneself."""
    teams = queries.teams_of(session, me.programme)
    said = conversations.said_by(session, me.person)
    return [
        (
            round_.period,
            [_met(round_, other, teams) for other in others],
            said.get(round_.id, ""),
            conversations.has_heard(session, round_, me.person),
        )
        for round_, others in queries.conversations_of(session, me.person)
    ]


def _met(round_: Round, other: Participant, teams: dict[str, str]) -> Met:
    told = round_.state in SENT and other.state in HERE
    return Met(other.name, teams.get(other.team_id or "", ""), other.email if told else "")
