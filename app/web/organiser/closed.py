"""Addresses of a programme to which nothing is sent any more: why, since when, and a button that opens one again."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Context, InContext, Moment, Reading, Writing
from app.errors import Conflict
from app.models import Programme, SuppressionReason
from app.services import reopening
from app.web.forms import Form
from app.web.organiser import found, frame
from app.web.organiser.sessions import Looking, Organiser, Sending
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

REASONS: Mapping[SuppressionReason, str] = {
    SuppressionReason.SOFT: phrase("Mail came back twice: the mailbox is full, or was away for long."),
    SuppressionReason.HARD: phrase("Mail came back for good: there is no such mailbox."),
    SuppressionReason.COMPLAINT: phrase("Somebody called our mail unwanted there."),
    SuppressionReason.ORGANISER: phrase("An organiser closed it."),
}


@router.api_route("/organiser/programmes/{slug}/suppressed", methods=["GET", "HEAD"])
def every(request: Request, slug: str, session: Reading, me: Looking, context: InContext, done: str = "") -> Response:
    """All of them, by address."""
    return _page(request, session, me, found.programme(session, me.principal, slug), context, done=done == "lifted")


@router.post("/organiser/programmes/{slug}/suppressed")
def lift(
    request: Request, slug: str, posted: Form, session: Writing, me: Sending, now: Moment, context: InContext
) -> Response:
    """Open the address of somebody again."""
    programme = found.programme(session, me.principal, slug, lock=True)
    person = found.person(session, programme, posted.one("person"))
    secret_key, actor = context.settings.secret, me.principal.actor
    try:
        reopening.lift(session, programme, person, now=now, secret_key=secret_key, actor=actor)
    except Conflict as refused:
        return _page(request, session, me, programme, context, refused.status, refused=str(refused))
    return see_other(f"/organiser/programmes/{programme.slug}/suppressed?done=lifted")


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    context: Context,
    status: int = 200,
    *,
    done: bool = False,
    refused: str = "",
) -> Response:
    now, zone = context.clock(), programme.time_zone
    closed = reopening.closed_in(session, programme, secret_key=context.settings.secret)
    return frame.page(
        request,
        me,
        "suppressed.html",
        status=status,
        programme=programme,
        rows=[(one, REASONS[one.why.reason], frame.at(one.why.since, now, zone)) for one in closed],
        zone=frame.zone_words(zone),
        done=done,
        refused=refused,
    )
