"""One written mail as its reader would get it: before a round is sent, or after."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

import emails
from app.doors import Context, InContext, Moment, Reading, Writing
from app.models import MailKind, OutgoingMail, Participant
from app.services import readings, test_copies
from app.web import caught, mail_parts
from app.web.caught import OpenedMail
from app.web.organiser import found, frame, rows
from app.web.organiser.sessions import Looking, Organiser, Sending
from app.web.pages import see_other

router = APIRouter(include_in_schema=False)


@router.api_route("/organiser/mails/{mail_id}", methods=["GET", "HEAD"])
def show(
    request: Request, mail_id: str, context: InContext, session: Reading, me: Looking, now: Moment, done: str = ""
) -> Response:
    """The mail in all its parts, with links that open nothing."""
    mail = found.mail(session, me.principal, mail_id, lock=False)
    place = found.outbox_of(session, mail)
    return frame.page(
        request,
        me,
        "mail.html",
        programme=place.programme,
        place=place,
        mine=f"/organiser/mails/{mail.id}",
        title=rows.KINDS[mail.kind],
        fate=rows.row_of(mail, now, place.programme.time_zone),
        mail=_opened(session, mail, context, now),
        tried=done == "tried",
        words_here=f"/organiser/rounds/{mail.round_id}/words?mail={mail.id}" if _is_introduction(mail) else "",
    )


@router.api_route("/organiser/mails/{mail_id}/html", methods=["GET", "HEAD"])
def look(mail_id: str, context: InContext, session: Reading, me: Looking, now: Moment) -> Response:
    """The HTML part for the frame, under a policy of its own."""
    return mail_parts.framed(_found(session, me, mail_id, context, now).html)


@router.api_route("/organiser/mails/{mail_id}/attachments/{number}", methods=["GET", "HEAD"])
def attachment(mail_id: str, number: int, context: InContext, session: Reading, me: Looking, now: Moment) -> Response:
    """A file that comes with it, to be saved."""
    return mail_parts.attached(_found(session, me, mail_id, context, now).attachments, number)


@router.post("/organiser/mails/{mail_id}/try")
def try_it(mail_id: str, session: Writing, me: Sending, now: Moment) -> Response:
    """Have it sent to oneself, as a test."""
    mail = found.mail(session, me.principal, mail_id)
    test_copies.write(session, mail, me.account, now=now, actor=me.principal.actor)
    return see_other(f"/organiser/mails/{mail.id}?done=tried")


def _is_introduction(mail: OutgoingMail) -> bool:
    return mail.kind == MailKind.INTRODUCTION and mail.round_id is not None


def _found(session: Session, me: Organiser, mail_id: str, context: Context, now: datetime) -> OpenedMail:
    return _opened(session, found.mail(session, me.principal, mail_id, lock=False), context, now)


def _opened(session: Session, mail: OutgoingMail, context: Context, now: datetime) -> OpenedMail:
    person = session.get(Participant, mail.participant_id) if mail.participant_id else None
    message = readings.read(mail, person.locale if person else "", context.settings, now)
    return caught.parts_of(emails.to_bytes(message, smtputf8=emails.needs_smtputf8(message)))
