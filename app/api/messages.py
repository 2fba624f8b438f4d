"""/messages: the fate of every mail of a round, and an organiser's word to send one again."""

from typing import Annotated, Literal

from fastapi import Query

from app.api import answers, shown
from app.api.deps import Caller, message_by_id, round_by_id
from app.api.route import needs, router
from app.doors import Moment, Reading, Writing
from app.models import Scope
from app.services import outbox

routes = router("messages")

Shown = Literal["accepted", "waiting", "held", "rejected", "suppressed", "expired"]


@routes.get("/rounds/{round_id}/messages")
@needs(Scope.READ)
def list_messages(
    round_id: str, session: Reading, caller: Caller, state: Annotated[Shown | None, Query()] = None
) -> answers.MessageList:
    """Every mail of the round, or those in one state; the counts are always of all."""
    _, round_ = round_by_id(session, caller, round_id)
    return shown.messages(session, round_, state)


@routes.post("/messages/{message_id}/resend", status_code=202)
@needs(Scope.SEND)
def resend_message(message_id: str, session: Writing, caller: Caller, now: Moment) -> answers.MessageAnswer:
    """Send a held, rejected or expired mail again, with the same Message-ID."""
    found = message_by_id(session, caller, message_id)
    outbox.resend(session, found, now)
    session.flush()
    return shown.message(found)
