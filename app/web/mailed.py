"""Links in mails: a GET shows what the button would do, only the POST of the button does it.

Scanners open links before people do, so nothing here happens on GET or HEAD. A used, cancelled, expired or forged link
gets one and the same answer.
"""

from contextlib import suppress
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import Context, InContext, Moment, Reading, Writing, public
from app.doors import context as context_of
from app.errors import BadInput, Fault, LinkExpired, NotAdmitted, ProgrammeClosed
from app.models import Participant, Programme, Purpose
from app.queries import pools
from app.services import admission, bounces, letters, links, mail_requests, participants, signups, silence, sponsors
from app.settings import Settings
from app.web import concern, conversation, forms, met, outcome, report, sessions, someone_new, still_in
from app.web.forms import Form, Posted, Troubles
from app.web.join import shut_page
from app.web.pages import page, see_other
from app.web.status import AT_ONCE, in_the_draw, is_closed, upcoming
from emails import phrase

router = APIRouter(include_in_schema=False)

IN_MAILS = (
    *(Purpose.CONFIRM, Purpose.MY_PAGE, Purpose.CHOICES, Purpose.LEAVE),
    *(Purpose.FEEDBACK, Purpose.CONVERSATION, Purpose.SOMEONE_NEW),
    *(Purpose.CONCERN, Purpose.OUTCOME, Purpose.STILL_IN),
)
TEMPLATES = {
    Purpose.CONFIRM: "confirm.html",
    Purpose.MY_PAGE: "open_my_page.html",
    Purpose.CHOICES: "choices.html",
    Purpose.LEAVE: "leave.html",
}
DONE = ("skip", "unskip", "in", "out", "pause", "back", "mail")


@router.api_route("/m/{token}", methods=["GET", "HEAD"])
@public
def show(request: Request, token: str, session: Reading, now: Moment) -> Response:
    """What this link is for, and its button. Changes nothing."""
    if (opened := sponsors.look(session, token, now)) is not None:
        return report.show(request, session, opened)
    link, person, programme = links.look(session, token, now, *IN_MAILS)
    request.state.locale = person.locale
    if link.purpose == Purpose.CONFIRM:
        try:
            admission.require_place(session, programme, person, now)
        except (NotAdmitted, ProgrammeClosed) as refused:
            return shut_page(request, programme, getattr(refused, "why", "closed"))
    if link.purpose == Purpose.FEEDBACK:
        wrong = concern.path_about(session, person, link.about, context_of(request).settings, now)
        return met.show(request, session, met.Asked(person, programme, link.about or ""), wrong=wrong)
    if link.purpose == Purpose.CONVERSATION:
        return conversation.show(
            request, session, conversation.mailed(session, token, context_of(request).settings, now)
        )
    if link.purpose == Purpose.SOMEONE_NEW:
        return someone_new.shown(request, session, link, person, programme, now)
    if link.purpose == Purpose.OUTCOME:
        return outcome.show(request, session, link, person, programme)
    if link.purpose == Purpose.STILL_IN:
        return still_in.show(request, session, person, programme, context_of(request).settings, now)
    if link.purpose == Purpose.CONCERN:
        return concern.shown(request, session, link, person, programme)
    return _page(request, session, link.purpose, person, programme, now)


@router.post("/m/{token}")
@public
def act(request: Request, token: str, posted: Form, context: InContext, session: Writing, now: Moment) -> Response:
    """The button of that page, or the one-click button of a mail reader (RFC 8058)."""
    if posted.one("List-Unsubscribe") == "One-Click":
        return _one_click(session, token, context.settings, now)
    if (opened := sponsors.look(session, token, now)) is not None:
        return report.act(session, token, opened, posted, now)
    with suppress(LinkExpired):  # then a button that still works says so, in the language of whose browser it is
        request.state.locale = links.look(session, token, now, *IN_MAILS)[1].locale
    answer = _act(request, token, posted, context, session, now)
    silence.heard(session, token, now)
    return answer


def _act(request: Request, token: str, posted: Posted, context: Context, session: Session, now: datetime) -> Response:
    action = posted.one("action")
    if action == "confirm":
        return _confirm(request, session, token, context.settings, now)
    if action == "open":
        return _open(session, token, context.settings, now)
    if action == "someone-new":
        return someone_new.asked(session, token, now)
    if action in outcome.ACTIONS:
        return outcome.act(request, session, token, posted, now)
    if action == still_in.ACTION:
        return still_in.act(session, token, now, context.settings.secret)
    if action in met.ACTIONS:
        link, person, programme = links.look(session, token, now, Purpose.FEEDBACK)
        return met.act(request, session, met.Asked(person, programme, link.about or ""), posted, now)
    if action in conversation.ACTIONS:
        looked = conversation.mailed(session, token, context.settings, now)
        return conversation.act(request, session, looked, posted)
    if action in concern.ACTIONS:
        return concern.act(request, session, token, posted, now, context.settings.secret)
    if action == "leave":
        return _leave(request, session, token, context.settings, now)
    return _choose(request, session, token, posted, context.settings, now)


def _page(
    request: Request,
    session: Session,
    purpose: Purpose,
    person: Participant,
    programme: Programme,
    now: datetime,
    status: int = 200,
    *,
    troubles: tuple[forms.Trouble, ...] = (),
    until: str = "",
) -> Response:
    today = local_date(now, programme.time_zone)
    turn = pools.is_their_turn(session, person)
    done = request.query_params.get("done")
    return page(
        request,
        TEMPLATES[purpose],
        status,
        person=person,
        programme=programme,
        next_draw=upcoming(programme, now),
        drawn=in_the_draw(person, today, turn),
        closed=is_closed(session, person, context_of(request).settings),
        turn=turn,
        today=today,
        done=done if done in DONE else None,
        troubles=troubles,
        until=until,
        invited=letters.is_invited(person),
        forget_days=(signups.INVITED if letters.is_invited(person) else signups.UNCONFIRMED).days,
    )


def _confirm(request: Request, session: Session, token: str, settings: Settings, now: datetime) -> Response:
    """In, unless there is no place: then nothing is changed, and the link goes on working until its day is over."""
    try:
        person, programme = signups.confirm(session, token, now=now)
    except (NotAdmitted, ProgrammeClosed) as refused:
        _, _, programme = links.look(session, token, now, Purpose.CONFIRM)
        return shut_page(request, programme, getattr(refused, "why", "closed"), 409)
    bounces.reached(session, programme, person, now=now, secret_key=settings.secret)
    response = see_other("/me/topics")
    sessions.begin(response, session, settings, person, now)
    return response


def _open(session: Session, token: str, settings: Settings, now: datetime) -> Response:
    _, person, programme = links.redeem(session, token, now, Purpose.MY_PAGE)
    bounces.reached(session, programme, person, now=now, secret_key=settings.secret)
    response = see_other("/me")
    sessions.begin(response, session, settings, person, now)
    return response


def _leave(request: Request, session: Session, token: str, settings: Settings, now: datetime) -> Response:
    _, person, programme = links.look(session, token, now, Purpose.LEAVE, Purpose.CHOICES)
    participants.leave(session, programme, person, now=now, secret_key=settings.secret)
    return page(request, "left.html", programme=programme)


def _one_click(session: Session, token: str, settings: Settings, now: datetime) -> Response:
    """Out, whoever asks and however often: also 200 for people who are out already or whom we have forgotten."""
    opened = sponsors.look(session, token, now)
    if opened is not None and opened.what == "stop":
        sponsors.stop(session, opened, now=now)
        return PlainTextResponse("You are out.\n")
    try:
        _, person, programme = links.look(session, token, now, Purpose.LEAVE)
    except LinkExpired:
        return PlainTextResponse("You are out.\n")
    participants.leave(session, programme, person, now=now, secret_key=settings.secret)
    return PlainTextResponse("You are out.\n")


def _choose(
    request: Request, session: Session, token: str, posted: Posted, settings: Settings, now: datetime
) -> Response:
    _, person, programme = links.look(session, token, now, Purpose.CHOICES)
    bounces.reached(session, programme, person, now=now, secret_key=settings.secret)
    action = posted.one("action")
    if action == "pause":
        today = local_date(now, programme.time_zone)
        day = forms.until(posted, today)
        if isinstance(day, Troubles):
            typed = posted.shown("until")["until"]
            return _page(
                request, session, Purpose.CHOICES, person, programme, now, 422, troubles=day.found, until=typed
            )
        participants.pause(session, programme, person, day, now=now, today=today, secret_key=settings.secret)
    elif action == "mail":
        mail_requests.ask_for_my_page(session, person.email_key, now=now, programme=programme)
    elif action in AT_ONCE:
        AT_ONCE[action](session, programme, person, now, settings.secret)
    else:
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    return see_other(f"/m/{token}?done={action}")
