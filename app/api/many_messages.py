"""All mails of a programme, and a word on many at once: of a round, or of the whole programme."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field
from sqlmodel import Session

from app.api import answers, shown
from app.api.deps import Caller, programme_by_slug, round_by_id
from app.api.messages import Shown
from app.api.pages import MOST, Cursor, Limit, link_next
from app.api.route import needs, router
from app.api.schemas import Body
from app.api.values import Yes
from app.doors import Moment, Reading, Writing
from app.models import Programme, Round, Scope
from app.queries import outbox as queries
from app.services import many_mails

routes = router("messages")


class Decide(Body):
    """What becomes of all mails in a state."""

    do: Annotated[Literal["resend", "leave"], Field(description="`leave` is for held ones only.")]
    state: Annotated[Literal["held", "rejected", "expired"], Field(description="Which of them.")] = "held"
    dry_run: Yes = Field(False, description="Say of how many it would be, and do nothing.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"do": "leave", "state": "held"}]})


@routes.get("/programmes/{slug}/messages")
@needs(Scope.READ)
def list_all_messages(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    state: Annotated[Shown | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = MOST,
) -> answers.ProgrammeMails:
    """The mails of a programme, newest first, page by page; the counts are always of all. Questions are not shown."""
    programme = programme_by_slug(session, caller, slug)
    found = shown.all_messages(session, programme, state, cursor=cursor, limit=limit)
    link_next(request, response, found.next_cursor)
    return found


@routes.post("/programmes/{slug}/messages")
@needs(Scope.SEND)
def decide_all_messages(slug: str, body: Decide, session: Writing, caller: Caller, now: Moment) -> answers.Decided:
    """Send all held, rejected or expired mails of a programme again, or let all held ones be: 1,000 at a call."""
    programme = programme_by_slug(session, caller, slug)
    return decided(session, programme, None, body, now=now, actor=caller.actor)


@routes.post("/rounds/{round_id}/messages")
@needs(Scope.SEND)
def decide_messages(round_id: str, body: Decide, session: Writing, caller: Caller, now: Moment) -> answers.Decided:
    """Send all held, rejected or expired mails of a round again, or let all held ones be: 1,000 at a call."""
    programme, round_ = round_by_id(session, caller, round_id)
    return decided(session, programme, round_, body, now=now, actor=caller.actor)


def decided(
    session: Session, programme: Programme, round_: Round | None, body: Decide, *, now: datetime, actor: str
) -> answers.Decided:
    """A word on many, or what it would be about. Raises BadInput."""
    pile = queries.of_round(round_) if round_ else many_mails.listed(programme)
    of = queries.lot(session, many_mails.meant(pile, body.do, body.state), body.state).number
    number = min(of, many_mails.MOST)
    if not body.dry_run:
        number = many_mails.decide(session, programme, round_, pile, body.do, body.state, now, now=now, actor=actor)
    return answers.Decided(do=body.do, state=body.state, dry_run=body.dry_run, number=number, left=max(of - number, 0))
