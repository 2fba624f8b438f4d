"""Joining: the form, the mail, the button. The page never tells whether an address is known; a mail does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from app.errors import ProgrammeClosed
from app.files.addresses import Address
from app.models import (
    MailedLink,
    Participant,
    ParticipantState,
    Programme,
    ProgrammeState,
    Purpose,
)
from app.queries import participants as queries
from app.queries import programmes
from app.services import admission, audit, letters, links, participants
from emails import phrase

CONSENT = "join-form-2"
"""Which wording of the form was agreed to; change it whenever the form's words about data change."""

UNCONFIRMED = timedelta(days=7)
"""So long a sign-up that nobody confirms is kept."""

INVITED = timedelta(days=60)
"""So long an invitation by an organiser is kept: its reader may be away, and could not ask again where only the invited
may join.
"""


@dataclass(frozen=True, slots=True)
class SignUp:
    """A checked join form, and the language in which it was read, where there was a choice."""

    name: str
    address: Address
    team: str
    locale: str = ""


def sign_up(session: Session, programme: Programme, form: SignUp, *, now: datetime, secret_key: str) -> None:
    """Write down that somebody wants to join, and the mail that asks whether it was them.

    A new or departed person becomes pending and gets a confirmation, which cancels the older ones; one who is in
    already is told so by mail; a stranger to a programme by invitation gets nothing. Called by the worker, who counts
    first (`mail_requests`), never by a door: to a door every address is the same. Raises ProgrammeClosed.
    """
    if programme.state == ProgrammeState.CLOSED:
        raise ProgrammeClosed(phrase("This programme is over, so nobody can join any more."))
    person = queries.by_address(session, programme, form.address.key)
    if not admission.may_ask(programme, person):
        return
    if person is not None and person.state not in (ParticipantState.PENDING, ParticipantState.LEFT):
        letters.queue_already_in(session, programme, person, now=now, secret_key=secret_key)
        return
    if person is None:
        person = Participant(
            organisation_id=programme.organisation_id,
            programme_id=programme.id,
            email=form.address.mailbox,
            email_key=form.address.key,
            match_key=participants.free_match_key(session, programme, form.address.key),
            name=form.name,
            created_at=now,
        )
    person.state, person.name, person.consent = ParticipantState.PENDING, form.name, CONSENT
    person.team_id, person.locale = participants.team_id(session, programme, form.team), form.locale or person.locale
    session.add(person)
    session.flush()
    letters.queue_confirmation(session, programme, person, now=now, secret_key=secret_key)


def confirm(session: Session, token: str, *, now: datetime) -> tuple[Participant, Programme]:
    """The button in the mail was pressed: the person is in.

    Raises LinkExpired, and ProgrammeClosed or NotAdmitted, which leave the link as it was.
    """
    _, asked, _ = links.look(session, token, now, Purpose.CONFIRM)
    programme = programmes.lock(session, asked.programme_id)
    session.expire(asked)
    _, person, _ = links.look(session, token, now, Purpose.CONFIRM)  # as they are by now
    admission.require_place(session, programme, person, now)
    links.redeem(session, token, now, Purpose.CONFIRM)
    if person.state in (ParticipantState.PENDING, ParticipantState.LEFT):
        person.state, person.confirmed_at, person.left_at = ParticipantState.ACTIVE, now, None
        session.add(person)
        audit.note(
            session,
            programme,
            now=now,
            actor=f"participant:{person.id}",
            action="participant.confirm",
            subject=person.id,
        )
    return person, programme


def request_my_page(session: Session, programme: Programme, email_key: str, *, now: datetime, secret_key: str) -> None:
    """Mail the way to their page to whoever has this address, if anybody. As `sign_up`, for the worker alone."""
    person = queries.by_address(session, programme, email_key)
    if person is None:
        return
    if person.state == ParticipantState.PENDING:
        letters.queue_confirmation(session, programme, person, now=now, secret_key=secret_key)
    else:  # also to who has left: their data is theirs to see and to delete
        letters.queue_my_page(session, programme, person, now=now, secret_key=secret_key)


def forget_unconfirmed(session: Session, now: datetime) -> int:
    """Delete sign-ups and invitations that nobody confirmed; returns how many. Who had left before and asked to return
    stays left.
    """
    invitation = and_(col(Participant.invited).is_(True), col(Participant.confirmed_at).is_(None))
    stale = session.exec(
        select(Participant)
        .where(Participant.state == ParticipantState.PENDING)
        .where(or_(_lies_since(now - INVITED), and_(_lies_since(now - UNCONFIRMED), ~invitation)))
    ).all()
    for person in stale:
        if person.confirmed_at is not None:
            person.state = ParticipantState.LEFT
            session.add(person)
        else:
            session.delete(person)
    return len(stale)


def _lies_since(moment: datetime) -> ColumnElement[bool]:
    """Neither made nor asked for again since."""
    fresh = (
        select(MailedLink.id)
        .where(MailedLink.participant_id == Participant.id)
        .where(MailedLink.purpose == Purpose.CONFIRM)
        .where(MailedLink.created_at >= moment)
        .exists()
    )
    return and_(col(Participant.created_at) < moment, ~fresh)
