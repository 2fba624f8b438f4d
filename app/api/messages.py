"""/messages: the fate of every mail of a round, and an organiser's word on one: send it again, or leave it."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Response

from app.api import answers, shown
from app.api.deps import Caller, message_by_id, round_by_id
from app.api.route import PREFIX, needs, router
from app.doors import Moment, Reading, Writing
from app.models import Scope
from app.services import second_tries

MOST = 200

routes = router("messages")

Shown = Literal["accepted", "waiting", "held", "rejected", "suppressed", "expired"]
Cursor = Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$", description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@routes.get("/rounds/{round_id}/messages")
@needs(Scope.READ)
def list_messages(
    round_id: str,
    session: Reading,
    caller: Caller,
    response: Response,
    state: Annotated[Shown | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = MOST,
) -> answers.MessageList:
    """The mails of the round page by page, or those in one state; the counts are always of all."""
    _, round_ = round_by_id(session, caller, round_id)
    found = shown.messages(session, round_, state, cursor=cursor, limit=limit)
    if found.next_cursor:
        query = urlencode(({"state": state} if state else {}) | {"cursor": found.next_cursor, "limit": limit})
        response.headers["Link"] = f'<{PREFIX}/rounds/{round_.id}/messages?{query}>; rel="next"'
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
