"""Addresses to which nothing is sent: listed, and opened again."""

from fastapi import Request, Response

from app.api import answers, shown
from app.api.deps import Caller, participant_by_id, programme_by_slug
from app.api.pages import USUAL, Cursor, Limit, link_next, page_of
from app.api.route import needs, router
from app.doors import InContext, Moment, Reading, Writing
from app.models import Scope
from app.services import reopening
from app.services.reopening import Closed

routes = router("participants")


@routes.get("/programmes/{slug}/suppressed")
@needs(Scope.READ)
def list_suppressed(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    context: InContext,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.ClosedList:
    """The addresses of people in the programme to which nothing is sent, and why."""
    programme = programme_by_slug(session, caller, slug)
    found = reopening.closed_in(session, programme, secret_key=context.settings.secret)
    page, more = page_of(found, cursor, limit, lambda one: one.person.id)
    link_next(request, response, more)
    return answers.ClosedList(addresses=[shown_as(one) for one in page], next_cursor=more)


def shown_as(one: Closed) -> answers.ClosedAnswer:
    """Somebody whose address is closed, and why."""
    return answers.ClosedAnswer(
        participant=one.person.id,
        name=one.person.name,
        address=one.person.email,
        reason=one.why.reason,
        status=one.why.status,
        since=one.why.since,
        may_be_lifted=one.may_be_lifted,
    )


@routes.post("/participants/{participant_id}/lift")
@needs(Scope.SEND)
def lift_address(
    participant_id: str, session: Writing, caller: Caller, now: Moment, context: InContext
) -> answers.ParticipantAnswer:
    """Let mail go to somebody's address again; whoever was held for it is in the draw. Twice is as once."""
    programme, person = participant_by_id(session, caller, participant_id, lock=True)
    secret_key = context.settings.secret
    reopening.lift(session, programme, person, now=now, secret_key=secret_key, actor=caller.actor)
    session.flush()
    return shown.participants(session, programme, [person])[0]
