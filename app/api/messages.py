"""/messages: the fate of every mail of a round, and an organiser's word on one: send it again, or leave it."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field

from app.api import answers, shown
from app.api.deps import Caller, message_by_id, round_by_id
from app.api.pages import MOST, Cursor, Limit, link_next
from app.api.route import needs, router
from app.api.schemas import Body
from app.api.values import Address
from app.doors import Moment, Reading, Writing
from app.models import Programme, Scope
from app.queries.stuck import Reason
from app.services import rematching, second_tries, test_copies

routes = router("messages")

Shown = Literal["accepted", "waiting", "held", "rejected", "suppressed", "expired"]


@routes.get("/rounds/{round_id}/messages")
@needs(Scope.READ)
def list_messages(
    round_id: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    state: Annotated[Shown | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = MOST,
) -> answers.MessageList:
    """The mails of the round page by page, or those in one state; the counts are always of all."""
    _, round_ = round_by_id(session, caller, round_id)
    found = shown.messages(session, round_, state, cursor=cursor, limit=limit)
    link_next(request, response, found.next_cursor)
    return found


@routes.get("/rounds/{round_id}/watch")
@needs(Scope.READ)
def watch_round(
    round_id: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    reason: Annotated[Reason | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = MOST,
) -> answers.WatchAnswer:
    """How a round goes on: whose mail has come to nothing, page by page, and what people have said, in figures."""
    programme, round_ = round_by_id(session, caller, round_id)
    found = shown.watch(session, programme, round_, reason, cursor=cursor, limit=limit)
    link_next(request, response, found.next_cursor)
    return found


@routes.post("/messages/{message_id}/resend", status_code=202)
@needs(Scope.SEND)
def resend_message(message_id: str, session: Writing, caller: Caller, now: Moment) -> answers.MessageAnswer:
    """Send a held, rejected or expired mail again, with the same Message-ID."""
    found = message_by_id(session, caller, message_id)
    second_tries.decide(session, found, "resend", now=now, actor=caller.actor)
    return shown.one_message(session, found)


@routes.post("/messages/{message_id}/leave")
@needs(Scope.SEND)
def leave_message(message_id: str, session: Writing, caller: Caller, now: Moment) -> answers.MessageAnswer:
    """Let a held mail be: it is not sent again, and counts as suppressed."""
    found = message_by_id(session, caller, message_id)
    second_tries.decide(session, found, "leave", now=now, actor=caller.actor)
    return shown.one_message(session, found)


@routes.post("/messages/{message_id}/rematch", status_code=202)
@needs(Scope.SEND)
def rematch_message(message_id: str, session: Writing, caller: Caller, now: Moment) -> answers.MessageAnswer:
    """Look for someone new for whoever was left alone by an introduction that came back, or whose address is closed."""
    found = message_by_id(session, caller, message_id, lock=False)
    rematching.rematch(session, found, now=now, actor=caller.actor)
    return shown.one_message(session, found)


class TryMail(Body):
    """To whom a test goes."""

    to: Annotated[Address, Field(description="The address of an organiser who may look at the programme.")]

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "amara@example.org"}]})


@routes.post("/messages/{message_id}/try", status_code=202)
@needs(Scope.SEND)
def try_message(message_id: str, body: TryMail, session: Writing, caller: Caller, now: Moment) -> answers.MessageAnswer:
    """Send a mail of a round to an organiser as a test, with links that open nothing. It counts in no round."""
    found = message_by_id(session, caller, message_id)
    programme = session.get_one(Programme, found.programme_id)
    account = test_copies.organiser_by(session, programme, body.to)
    made = test_copies.write(session, found, account, now=now, actor=caller.actor)
    return shown.one_message(session, made)
