"""Which mails of a round leave and when: some kept back and let go, a moment that is set and undone, a reminder."""

from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field
from sqlmodel import Session

from app.api import answers, shown
from app.api.adjusting_shapes import Person, Where
from app.api.deps import Caller, round_by_id
from app.api.etags import tag
from app.api.route import needs, router
from app.api.schemas import Body
from app.api.values import Instant, Yes
from app.doors import Moment, Writing
from app.models import Programme, Round, Scope
from app.services import reminding
from app.services import sending as services
from app.services.keys import Principal
from app.services.moments import moment_in
from app.services.sending import Chosen

routes = router("rounds")

People = Annotated[list[Person], Field(max_length=500, description="By id or address.")]
Groups = Annotated[list[Where], Field(max_length=500, description="By id or number: all of their people.")]


class KeepMails(Body):
    """Whose mails are kept back."""

    people: People = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)

    model_config = ConfigDict(json_schema_extra={"examples": [{"people": ["ada@example.org"], "groups": [3]}]})


class ReleaseMails(Body):
    """Whose mails are not kept back any more."""

    people: People = Field(default_factory=list)
    groups: Groups = Field(default_factory=list)
    all: Yes = Field(False, description="All that are kept back.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"all": True}]})


class SendAt(Body):
    """When a round is sent by itself."""

    at: Annotated[Instant, Field(description="Without an offset by the clocks of the programme.")]
    in_hours: Yes = Field(False, description="Each mail leaves in the working hours of its reader.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-11-24T09:00:00", "in_hours": True}]})


@routes.post("/rounds/{round_id}/keep")
@needs(Scope.SEND)
def keep_mails(
    round_id: str, body: KeepMails, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.RoundAnswer:
    """Keep mails of an approved round back when it is sent; they wait until they are let go. Twice is as once."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    chosen = Chosen(body.people, body.groups)
    services.keep(session, programme, round_, chosen, now=now, actor=caller.actor)
    return _answer(session, programme, round_, caller, response)


@routes.post("/rounds/{round_id}/release", status_code=202)
@needs(Scope.SEND)
def release_mails(
    round_id: str, body: ReleaseMails, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.RoundAnswer:
    """Do not keep these mails back any more; if the round has been sent, they leave, once. Twice is as once."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    chosen = Chosen(body.people, body.groups, body.all)
    services.let_go(session, programme, round_, chosen, now=now, actor=caller.actor)
    return _answer(session, programme, round_, caller, response)


@routes.post("/rounds/{round_id}/schedule")
@needs(Scope.SEND)
def schedule_round(
    round_id: str, body: SendAt, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.RoundAnswer:
    """Have an approved round sent by itself at a moment. Another call sets another one."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    at = moment_in(body.at, programme)
    services.schedule(session, programme, round_, at, in_hours=body.in_hours, now=now, actor=caller.actor)
    return _answer(session, programme, round_, caller, response)


@routes.post("/rounds/{round_id}/unschedule")
@needs(Scope.SEND)
def unschedule_round(
    round_id: str, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.RoundAnswer:
    """Do not send it by itself; it stays approved. Twice is as once."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    services.unschedule(session, programme, round_, now=now, actor=caller.actor)
    return _answer(session, programme, round_, caller, response)


@routes.post("/rounds/{round_id}/remind", status_code=202)
@needs(Scope.SEND)
def remind_round(
    round_id: str, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.RoundAnswer:
    """Ask everybody of an introduced round now who has not answered, once a day at most; each question comes once as
    ever. Who gets one, and how many do, is told nowhere. 409 with Retry-After where it is too soon.
    """
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    reminding.remind(session, programme, round_, now=now, actor=caller.actor)
    return _answer(session, programme, round_, caller, response)


def _answer(
    session: Session, programme: Programme, round_: Round, caller: Principal, response: Response
) -> answers.RoundAnswer:
    session.flush()
    response.headers["ETag"] = tag(session, round_)
    return shown.round_(session, programme, round_, caller)
