"""What is done about mails that were left: by an attempt that died, or held until an organiser's word."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select, update

from app.errors import Conflict
from app.models import MailKind, MailState, OutgoingMail, Participant, Programme
from app.services import audit
from app.services.mail_policy import MOST_DOUBTS, USEFUL, has_words
from app.services.outbox import HAS_BYTES, OPEN, forget_scrubbed
from emails import phrase

STATES = {
    MailState.READY: phrase("ready"),
    MailState.SENDING: phrase("sending"),
    MailState.DOT: phrase("dot"),
    MailState.SENT: phrase("sent"),
    MailState.REJECTED: phrase("rejected"),
    MailState.UNCERTAIN: phrase("uncertain"),
    MailState.SUPPRESSED: phrase("suppressed"),
    MailState.EXPIRED: phrase("expired"),
}

STOPPED = "The sender stopped after the whole mail was handed over and before the server answered."


def reap(
    session: Session, now: datetime, worker: str | None = None, *, repeat: Collection[MailKind] = ()
) -> tuple[int, int]:
    """Take back what a dead attempt left: before the dot to `ready`, after it to `uncertain`.

    With `worker`, everything that this worker claimed in an earlier life; without, whatever is past its lease. Kinds
    to `repeat` are handed over again in doubt, a few times. Returns how many went back and how many are held.
    """
    mine = col(OutgoingMail.claimed_by) == worker if worker else col(OutgoingMail.lease_until) < now
    free = {"claimed_by": None, "lease_until": None}  # after the dot the token stays: its holder may know the answer
    left = session.exec(select(OutgoingMail.id).where(col(OutgoingMail.state).in_(OPEN), mine, HAS_BYTES)).all()
    forget_scrubbed(session, left)
    back = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.state) == MailState.SENDING)
        .where(mine)
        .values(state=MailState.READY, attempt_token=None, **free)
    )
    again = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.state) == MailState.DOT)
        .where(mine)
        .where(col(OutgoingMail.kind).in_(repeat))
        .where(col(OutgoingMail.attempts) < MOST_DOUBTS)
        .values(state=MailState.READY, answer=STOPPED, not_before=now, doubted=True, **free)
    )
    held = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.state) == MailState.DOT)
        .where(mine)
        .values(state=MailState.UNCERTAIN, finished_at=now, answer=STOPPED, doubted=True, **free)
    )
    return back.rowcount + again.rowcount, held.rowcount


def resend(session: Session, mail: OutgoingMail, now: datetime) -> None:
    """An organiser's word to send a held, rejected or expired mail again, with the same Message-ID. Raises Conflict."""
    if mail.state not in (MailState.UNCERTAIN, MailState.REJECTED, MailState.EXPIRED):
        raise Conflict(
            phrase(
                "This mail is %(state)s: only held, rejected or expired ones can be sent again.",
                state=STATES[mail.state],
            )
        )
    if not has_words(mail):
        raise Conflict(phrase("The words of this mail are not kept any more, so that it cannot be sent again."))
    if mail.participant_id is not None:
        address(mail, session.exec(select(Participant).where(Participant.id == mail.participant_id)).one())
    mail.state, mail.finished_at, mail.kept = MailState.READY, None, False
    mail.released_at = mail.released_at or now  # one that was kept back until it was too late
    mail.attempt_token = mail.claimed_by = mail.lease_until = None
    mail.not_before = now
    mail.useful_until = now + USEFUL[mail.kind]
    session.add(mail)


def address(mail: OutgoingMail, person: Participant) -> None:
    """Have it go to the address that its reader has now: it may have been corrected."""
    mail.recipient, mail.recipient_domain = person.email, person.email.rpartition("@")[2].casefold()


LEFT = "Left as it was, on an organiser's word."


def leave(session: Session, mail: OutgoingMail, now: datetime) -> None:
    """An organiser's word that a held mail is let be: it counts as suppressed and is never sent. Raises Conflict.

    Its facts stay until they are old: a report that comes later still knows whom the mail was to introduce.
    """
    if mail.state != MailState.UNCERTAIN:
        raise Conflict(
            phrase("This mail is %(state)s: only held ones can be left as they are.", state=STATES[mail.state])
        )
    mail.state, mail.answer, mail.finished_at, mail.rendered = MailState.SUPPRESSED, LEFT, now, None
    mail.attempt_token = mail.claimed_by = mail.lease_until = None
    session.add(mail)


Word = Literal["resend", "leave"]
WORDS = {"resend": resend, "leave": leave}


def decide(session: Session, mail: OutgoingMail, word: Word, *, now: datetime, actor: str) -> None:
    """An organiser's word on one mail, and the line that says whose it was. Raises Conflict."""
    WORDS[word](session, mail, now)
    programme = session.get_one(Programme, mail.programme_id)
    audit.note(session, programme, now=now, actor=actor, action=f"mail.{word}", subject=mail.id)
    session.flush()
