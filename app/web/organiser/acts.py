"""An organiser's word on mails: send again, or leave. One by its button; many after a page that asks."""

import re
from datetime import datetime
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Moment, Reading, Writing
from app.errors import BadInput, Conflict, Fault
from app.models import MailKind, Scope, Trust
from app.queries import outbox as queries
from app.services import many_mails, rematching, second_tries
from app.services.second_tries import WORDS
from app.services.second_tries import Word as Action
from app.web.forms import Form, Posted
from app.web.organiser import found, frame
from app.web.organiser.found import Place
from app.web.organiser.sessions import AboutToSend, Deciding, Organiser, Sending
from app.web.pages import see_other
from emails import phrase

router = APIRouter(include_in_schema=False)

BACK = re.compile(r"/organiser/(rounds|programmes)/[a-z0-9_-]{1,60}/outbox(\?state=[a-z]{1,20})?")


@router.post("/organiser/mails/{mail_id}")
def one(mail_id: str, posted: Form, session: Writing, me: Deciding, now: Moment) -> Response:
    """The button beside a mail. Whoever may see one that was written in confidence may send it again."""
    rematch = posted.one("action") == "rematch"
    mail = found.mail(session, me.principal, mail_id, lock=not rematch)
    me.principal.require(Trust.CONCERNS if mail.kind == MailKind.CONCERN else Scope.SEND)
    if rematch:
        rematching.rematch(session, mail, now=now, actor=me.principal.actor)
        return see_other(f"{found.outbox_of(session, mail).path}?done=rematch&number=1")
    action = _action(posted.one("action"))
    if action == "resend" and not many_mails.resendable(mail):
        raise Conflict(phrase("This mail cannot be sent again. Go back and look again."))
    second_tries.decide(session, mail, action, now=now, actor=me.principal.actor)
    back = posted.one("back")
    return _done(back if BACK.fullmatch(back) else found.outbox_of(session, mail).path, action, 1)


@router.api_route("/organiser/rounds/{round_id}/outbox/all", methods=["GET", "HEAD"])
def ask_of_round(
    request: Request, round_id: str, session: Reading, me: AboutToSend, action: Action, state: str
) -> Response:
    """Are you sure? For mails of a round."""
    place = found.round_outbox(session, me.principal, round_id)
    return _ask(request, session, me, place, action, state)


@router.api_route("/organiser/programmes/{slug}/outbox/all", methods=["GET", "HEAD"])
def ask_of_programme(
    request: Request, slug: str, session: Reading, me: AboutToSend, action: Action, state: str
) -> Response:
    """Are you sure? For mails of a programme."""
    place = found.programme_outbox(session, me.principal, slug)
    return _ask(request, session, me, place, action, state)


@router.post("/organiser/rounds/{round_id}/outbox/all")
def all_of_round(round_id: str, posted: Form, session: Writing, me: Sending, now: Moment) -> Response:
    """Yes, all of them."""
    return _all(session, me, found.round_outbox(session, me.principal, round_id), posted, now)


@router.post("/organiser/programmes/{slug}/outbox/all")
def all_of_programme(slug: str, posted: Form, session: Writing, me: Sending, now: Moment) -> Response:
    """Yes, all of them."""
    return _all(session, me, found.programme_outbox(session, me.principal, slug), posted, now)


def _ask(request: Request, session: Session, me: Organiser, place: Place, action: Action, state: str) -> Response:
    lot = queries.lot(session, many_mails.meant(place.pile, action, state), state)
    if not lot.number or lot.until is None:
        return see_other(f"{place.path}?state={state}")
    return frame.page(
        request,
        me,
        "outbox_all.html",
        programme=place.programme,
        place=place,
        action=action,
        state=state,
        number=min(lot.number, many_mails.MOST),
        of=lot.number,
        until=lot.until.isoformat(),
    )


def _all(session: Session, me: Organiser, place: Place, posted: Posted, now: datetime) -> Response:
    """Decide about those that the page with the question counted, and about none that came later."""
    action, state = _action(posted.one("action")), posted.one("state")
    number = many_mails.decide(
        session,
        place.programme,
        place.round_,
        place.pile,
        action,
        state,
        _moment(posted.one("until")),
        now=now,
        actor=me.principal.actor,
    )
    return _done(place.path, action, number)


def _action(text: str) -> Action:
    if text not in WORDS:
        raise BadInput(_fault(phrase("The button"), phrase("is not one of ours.")))
    return cast("Action", text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(
            Fault(phrase("The form"), phrase("could not be read."), phrase("Go back and press the button again."))
        )
    return moment


def _fault(place: str, problem: str) -> Fault:
    return Fault(place, problem, phrase("Go back and press it again."))


def _done(path: str, action: Action, number: int) -> Response:
    return see_other(f"{path}{'&' if '?' in path else '?'}done={action}&number={number}")
