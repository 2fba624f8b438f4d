"""An organiser's word about one person: correct, skip, pause, bring back; take out and delete, which ask first."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import Context, InContext, Moment, Reading, Writing
from app.errors import BadInput, Conflict
from app.models import Participant, ParticipantState, Programme
from app.services import guard, participants
from app.services.participants import HERE, Correction
from app.web import forms
from app.web.forms import Form, Posted, Trouble, Troubles
from app.web.organiser import found, frame, rounds
from app.web.organiser.participants import facts_about, page, place
from app.web.organiser.sessions import AboutToAct, Acting, Organiser
from app.web.pages import see_other, speaking
from emails import phrase

router = APIRouter(include_in_schema=False)

CORRECTIONS = {
    "skip": Correction(skip_next=True),
    "unskip": Correction(skip_next=False),
    "back": Correction(state=ParticipantState.ACTIVE),
    "host": Correction(host=True),
    "guest": Correction(host=False),
}
"""What a button without a field stands for."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something, about whom, where and when."""

    session: Session
    me: Organiser
    context: Context
    programme: Programme
    person: Participant
    now: datetime

    @property
    def here(self) -> str:
        """Their page."""
        return f"{place(self.programme)}/{self.person.id}"

    def correct(self, change: Correction) -> None:
        """Let it be so. Raises BadInput, Conflict."""
        participants.correct(
            self.session,
            self.programme,
            self.person,
            change,
            now=self.now,
            secret_key=self.context.settings.secret,
            actor=self.me.principal.actor,
        )


@router.post("/organiser/programmes/{slug}/people/{participant_id}")
def act(
    request: Request,
    slug: str,
    participant_id: str,
    posted: Form,
    session: Writing,
    me: Acting,
    context: InContext,
    now: Moment,
) -> Response:
    """The buttons of a person's page that can be taken back."""
    deed = _deed(session, me, context, slug, participant_id, now)
    action = posted.one("action")
    change = _change(posted, deed)
    if isinstance(change, Troubles):
        return _again(request, posted, deed, change.found, 422)
    try:
        with session.begin_nested():  # what was refused leaves nothing
            deed.correct(change)
    except Conflict as refused:
        place = "email" if action == "address" else "main"
        return _again(request, posted, deed, (Trouble(place, refused.detail),), 409)
    return see_other(f"{deed.here}?done={action}")


@router.api_route("/organiser/programmes/{slug}/people/{participant_id}/leave", methods=["GET", "HEAD"])
def ask_to_take_out(request: Request, slug: str, participant_id: str, session: Reading, me: AboutToAct) -> Response:
    """What leaving means."""
    programme = found.programme(session, me.principal, slug)
    person = found.person(session, programme, participant_id)
    here = f"{place(programme)}/{person.id}"
    if person.state == ParticipantState.LEFT:
        return see_other(here)
    waiting = person.state not in HERE
    return frame.page(
        request, me, "participant_leave.html", programme=programme, one=person, here=here, waiting=waiting
    )


@router.post("/organiser/programmes/{slug}/people/{participant_id}/leave")
def take_out(slug: str, participant_id: str, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """Out of the programme, as if they had left by their own button."""
    deed = _deed(session, me, context, slug, participant_id, now)
    deed.correct(Correction(state=ParticipantState.LEFT))
    return see_other(f"{deed.here}?done=left")


@router.api_route("/organiser/programmes/{slug}/people/{participant_id}/erase", methods=["GET", "HEAD"])
def ask_to_erase(request: Request, slug: str, participant_id: str, session: Reading, me: AboutToAct) -> Response:
    """What deleting means, and a word to type."""
    programme = found.programme(session, me.principal, slug)
    return _erase_page(request, me, programme, found.person(session, programme, participant_id))


@router.post("/organiser/programmes/{slug}/people/{participant_id}/erase")
def erase(
    request: Request,
    slug: str,
    participant_id: str,
    posted: Form,
    session: Writing,
    me: Acting,
    context: InContext,
    now: Moment,
) -> Response:
    """Forget this person, because they have asked for it."""
    deed = _deed(session, me, context, slug, participant_id, now)
    troubles = forms.wants_erasure(posted, speaking(request))
    if troubles is not None:
        return _erase_page(request, me, deed.programme, deed.person, 422, troubles.found)
    guard.erase(session, deed.programme, deed.person, context.settings, now=now, actor=me.principal.actor)
    return see_other(f"{place(deed.programme)}?done=erased")


def _deed(session: Session, me: Organiser, context: Context, slug: str, participant_id: str, now: datetime) -> Deed:
    programme = found.programme(session, me.principal, slug, lock=True)
    return Deed(session, me, context, programme, found.person(session, programme, participant_id), now)


def _change(posted: Posted, deed: Deed) -> Correction | Troubles:
    """The change that a button stands for. Raises BadInput."""
    action = posted.one("action")
    if action in CORRECTIONS:
        return CORRECTIONS[action]
    if action == "about":
        return forms.about_somebody(posted, deed.person)
    if action == "address":
        address = forms.address(posted, phrase("Enter the address that they have."))
        return address if isinstance(address, Troubles) else Correction(address=address)
    if action == "pause":
        until = forms.until(posted, local_date(deed.now, deed.programme.time_zone))
        return until if isinstance(until, Troubles) else Correction(paused_until=until)
    raise BadInput(rounds.not_a_button())


def _again(request: Request, posted: Posted, deed: Deed, troubles: tuple[Trouble, ...], status: int) -> Response:
    about = facts_about(deed.session, deed.person)
    typed = posted.shown(*about) if posted.one("action") == "about" else about
    until = posted.shown("until")["until"]
    return page(
        request,
        deed.session,
        deed.me,
        deed.programme,
        deed.person,
        deed.now,
        status,
        troubles=troubles,
        about=typed,
        until=until,
        email=posted.shown("email")["email"],
    )


def _erase_page(
    request: Request,
    me: Organiser,
    programme: Programme,
    person: Participant,
    status: int = 200,
    troubles: tuple[Trouble, ...] = (),
) -> Response:
    return frame.page(
        request,
        me,
        "participant_erase.html",
        status=status,
        programme=programme,
        one=person,
        here=f"{place(programme)}/{person.id}",
        word=forms.ERASE_WORD,
        waits=person.state in HERE,
        troubles=troubles,
    )
