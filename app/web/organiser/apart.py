"""Two people who must never meet: those whom organisers have named, a form to name two more, and a button that takes it
back. What people have said themselves is not on it, and changes no word of it.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing
from app.errors import BadInput
from app.models import Programme
from app.queries import apart as queries
from app.services import apart as services
from app.web.forms import Form, Trouble
from app.web.organiser import found, frame, rounds
from app.web.organiser.sessions import AboutToAct, Acting, Organiser
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

ON_A_PAGE = 100
DONE = ("named", "lifted")
MISSING = phrase("Enter the address or the id of somebody in this programme.")
WRONG: Mapping[str, str] = {
    services.NOBODY: phrase("Nobody in this programme has this address or id."),
    services.SAME: phrase("This is the same person. Enter somebody else."),
}
"""What a service found wrong, as a sentence beside its field."""


@router.api_route("/organiser/programmes/{slug}/apart", methods=["GET", "HEAD"])
def every(
    request: Request,
    slug: str,
    session: Reading,
    me: AboutToAct,
    cursor: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$")] = "",
    a: Annotated[str, Query(max_length=320)] = "",
    done: str = "",
) -> Response:
    """All pairs, a page at a time; a person's page leads here with one of two filled in."""
    programme = found.programme(session, me.principal, slug)
    return _page(request, session, me, programme, {"a": a, "b": ""}, cursor=cursor, done=done if done in DONE else "")


@router.post("/organiser/programmes/{slug}/apart")
def act(
    request: Request, slug: str, posted: Form, session: Writing, me: Acting, now: Moment, context: InContext
) -> Response:
    """Keep two people apart, or do so no longer."""
    programme = found.programme(session, me.principal, slug, lock=True)
    action, typed = posted.one("action"), posted.shown("a", "b")
    if action not in ("name", "lift"):
        raise BadInput(rounds.not_a_button())
    empty = tuple(Trouble(place, MISSING) for place in ("a", "b") if not posted.one(place).strip())
    if empty:
        return _page(request, session, me, programme, typed, status=422, troubles=empty)
    try:
        people = services.two(session, programme, posted.one("a"), posted.one("b"))
    except BadInput as error:
        wrong = tuple(Trouble(fault.place, WRONG[fault.problem]) for fault in error.faults)
        return _page(request, session, me, programme, typed, status=422, troubles=wrong)
    actor = me.principal.actor
    if action == "lift":
        services.lift(session, programme, people, now=now, actor=actor)
        return see_other(f"{_place(programme)}?done=lifted")
    services.keep_apart(session, programme, people, now=now, secret_key=context.settings.secret, actor=actor)
    return see_other(f"{_place(programme)}?done=named")


def _place(programme: Programme) -> str:
    return f"/organiser/programmes/{programme.slug}/apart"


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    typed: dict[str, str],
    *,
    status: int = 200,
    cursor: str = "",
    done: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> Response:
    pairs = queries.page(session, programme, cursor, ON_A_PAGE + 1)
    return frame.page(
        request,
        me,
        "apart.html",
        status=status,
        programme=programme,
        here=_place(programme),
        pairs=pairs[:ON_A_PAGE],
        more=pairs[ON_A_PAGE - 1].cursor if len(pairs) > ON_A_PAGE else "",
        cursor=cursor,
        typed=typed,
        done=done,
        troubles=troubles,
    )
