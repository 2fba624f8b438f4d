"""The link in "still want to be in the draw?": a page with one button, which brings back who was silent."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.models import Participant, ParticipantState, Programme, Purpose
from app.services import links
from app.settings import Settings
from app.web.pages import page, see_other
from app.web.status import AT_ONCE, is_closed, upcoming

ACTION = "keep-me-in"


def show(
    request: Request, session: Session, person: Participant, programme: Programme, settings: Settings, now: datetime
) -> Response:
    """What the button would do, or how things stand. Changes nothing."""
    held = person.state == ParticipantState.HELD
    return page(
        request,
        "still_in.html",
        programme=programme,
        person=person,
        held=held,
        closed=held and is_closed(session, person, settings),
        next_draw=upcoming(programme, now),
    )


def act(session: Session, token: str, now: datetime, secret_key: str) -> Response:
    """The button was pressed; a second time, or by somebody who is not held, it changes nothing. Raises LinkExpired;
    Conflict for whose address an organiser has closed.
    """
    _, person, programme = links.look(session, token, now, Purpose.STILL_IN)
    if person.state == ParticipantState.HELD:
        AT_ONCE["back"](session, programme, person, now, secret_key)
    return see_other(f"/m/{token}")
