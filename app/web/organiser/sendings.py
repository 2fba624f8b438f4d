"""An organiser's word on which mails of a round leave and when: kept back and let go, and a moment that is set."""

import re
from datetime import date, datetime, time

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.doors import Moment, Reading, Writing
from app.errors import BadInput, ChangedSince, Conflict, TooSoon
from app.models import Programme, Round
from app.services import reminding
from app.services import sending as services
from app.services.moments import moment_in
from app.services.sending import Chosen
from app.web.forms import Form, Posted, Trouble
from app.web.organiser import found, round_acts
from app.web.organiser.round_acts import refusal, second_look, too_many
from app.web.organiser.sessions import AboutToSend, Sending
from app.web.pages import see_other
from app.workflows.adjusting import require_seen
from emails import phrase

router = APIRouter(include_in_schema=False)

MOST = 200
BACK = re.compile(r"/organiser/rounds/rnd_[a-z0-9]{1,40}(/outbox|/watch)?(\?[A-Za-z0-9=&%+._-]{1,300})?")


@router.post("/organiser/rounds/{round_id}/keep")
def keep(request: Request, round_id: str, posted: Form, session: Writing, me: Sending, now: Moment) -> Response:
    """Keep the mail of somebody, or of a group, back when the round is sent."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    try:
        services.keep(session, programme, round_, _chosen(posted), now=now, actor=me.principal.actor)
    except (BadInput, Conflict) as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(_back(round_, posted, "kept"))


@router.post("/organiser/rounds/{round_id}/release")
def release(request: Request, round_id: str, posted: Form, session: Writing, me: Sending, now: Moment) -> Response:
    """Let them go; if the round has been sent, they leave."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    try:
        services.let_go(session, programme, round_, _chosen(posted), now=now, actor=me.principal.actor)
    except BadInput as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(_back(round_, posted, "released"))


@router.api_route("/organiser/rounds/{round_id}/schedule", methods=["GET", "HEAD"])
def ask_when(request: Request, round_id: str, session: Reading, me: AboutToSend, now: Moment) -> Response:
    """When? On the page that asks whether to send at all."""
    programme, round_ = found.round_(session, me.principal, round_id)
    return second_look(request, session, me, programme, round_, now)


@router.post("/organiser/rounds/{round_id}/schedule")
def schedule(request: Request, round_id: str, posted: Form, session: Writing, me: Sending, now: Moment) -> Response:
    """Have it sent by itself at a moment, as it was seen."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    when = _when(posted, programme)
    troubles = (when,) if isinstance(when, Trouble) else too_many(session, round_, posted, "number-later")
    if troubles or isinstance(when, Trouble):
        return second_look(request, session, me, programme, round_, now, 422, troubles, posted)
    in_hours = posted.one("in_hours") == "yes"
    try:
        require_seen(session, round_, frozenset({posted.one("seen")}))
        services.schedule(session, programme, round_, when, in_hours=in_hours, now=now, actor=me.principal.actor)
    except BadInput as refused:
        trouble = Trouble("day", round_acts.why_not(refused))
        return second_look(request, session, me, programme, round_, now, 422, (trouble,), posted)
    except (ChangedSince, Conflict) as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/rounds/{round_.id}?done=scheduled")


@router.post("/organiser/rounds/{round_id}/unschedule")
def unschedule(round_id: str, session: Writing, me: Sending, now: Moment) -> Response:
    """Do not send it by itself."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    services.unschedule(session, programme, round_, now=now, actor=me.principal.actor)
    return see_other(f"/organiser/rounds/{round_.id}?done=unscheduled")


@router.post("/organiser/rounds/{round_id}/remind")
def remind(request: Request, round_id: str, session: Writing, me: Sending, now: Moment) -> Response:
    """Ask those now who have not answered. Pressed twice, the page says from when on it is possible again."""
    programme, round_ = found.round_(session, me.principal, round_id, lock=True)
    try:
        reminding.remind(session, programme, round_, now=now, actor=me.principal.actor)
    except TooSoon:
        return see_other(f"/organiser/rounds/{round_.id}/watch#remind")
    except Conflict as refused:
        return refusal(request, session, me, programme, round_, now, refused)
    return see_other(f"/organiser/rounds/{round_.id}/watch?done=reminded#remind")


def _chosen(posted: Posted) -> Chosen:
    people, groups = posted.all("people")[:MOST], posted.all("groups")[:MOST]
    return Chosen(people, groups, posted.one("all") == "yes")


def _when(posted: Posted, programme: Programme) -> datetime | Trouble:
    """The day and the time that were typed, by the clocks of the programme."""
    try:
        day = date.fromisoformat(posted.one("day").strip())
    except ValueError:
        return Trouble("day", phrase("Enter the day on which it is sent."))
    try:
        hour = time.fromisoformat(posted.one("time").strip())
        return moment_in(datetime.combine(day, hour.replace(tzinfo=None)), programme)
    except ValueError:
        return Trouble("time", phrase("Enter the time of day at which it is sent, such as 09:00."))
    except BadInput as refused:
        return Trouble("time", round_acts.why_not(refused))


def _back(round_: Round, posted: Posted, done: str) -> str:
    back = posted.one("back")
    path, _, query = (back if BACK.fullmatch(back) else f"/organiser/rounds/{round_.id}").partition("?")
    query = re.sub(r"(^|&)(done|number)=[a-z0-9]*", "", query).strip("&")
    return f"{path}?{query}{'&' if query else ''}done={done}"
