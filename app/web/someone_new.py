"""The link in "we could not reach …": a page with a button to be introduced to someone new in the same round."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.models import MailedLink, Participant, Programme, Purpose
from app.services import links, standins
from app.web.pages import page, see_other
from app.web.status import upcoming


def shown(
    request: Request, session: Session, link: MailedLink, person: Participant, programme: Programme, now: datetime
) -> Response:
    """What the button would do, or that it has been pressed, or that the round is past. Changes nothing."""
    found = standins.asked_in(session, link)
    return page(
        request,
        "someone_new.html",
        programme=programme,
        person=person,
        next_draw=upcoming(programme, now),
        period=found[0].period if found else None,
        waits=found is not None and found[1].wants_new_since is not None,
    )


def asked(session: Session, token: str, now: datetime) -> Response:
    """The button was pressed; a second time changes nothing. Raises LinkExpired."""
    link, _, programme = links.look(session, token, now, Purpose.SOMEONE_NEW)
    standins.ask(session, programme, link, now=now)
    return see_other(f"/m/{token}")
