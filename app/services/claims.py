"""Taking the next mail to send: one row at a time, looked at once more before it goes."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, col, select, update

from app.models import MailKind, MailState, OutgoingMail, Participant, ParticipantState, Programme, ProgrammeState
from app.security import new_id
from app.services import outbox, pace, suppression
from app.services.mail_policy import ABOUT_A_ROUND, LEASE, MOST_STUMBLES
from app.services.outbox import OPEN, Parcel
from app.services.resting import rest_programme

log = structlog.get_logger(__name__)

TOO_LATE = "It could not be sent while it was still of use."

Revise = Callable[[Session, OutgoingMail], bool]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a claim goes by. `revise` looks whether what the mail says is still true, and mends it; False when it must
    not go at all any more. `unreachable` hears of a mail whose address is suppressed before the mail loses its words.
    `domain_rate` is in mails a minute, 0 for no cap.
    """

    secret_key: str
    revise: Revise = lambda _session, _mail: True
    unreachable: Callable[[Session, OutgoingMail], None] = lambda _session, _mail: None
    domain_rate: float = 0.0


class _Due(NamedTuple):
    mail: OutgoingMail
    programme: Programme
    person: Participant | None
    """Whose mail it is; none for a mail to a mere address."""


def claim(session: Session, worker: str, now: datetime, rules: Rules) -> Parcel | None:
    """Take the mail that is due longest, or None when nothing is due.

    Rows that must not go any more (left, suppressed, programme over, too late) are finished on the way, with the
    reason; those of a paused programme and of a domain that is ahead of its pace wait. A row over which we stumble is
    put back for a while, and given up after a few times: one row never stops the others.
    """
    while (due := _next_due(session, now, rules)) is not None:
        mail = due.mail
        try:
            with session.begin_nested():
                parcel = _examine(session, due, worker, rules, now)
        except DBAPIError as error:
            if error.connection_invalidated or not isinstance(error, IntegrityError):
                raise
            _stumble(session, mail, error, now)
        except SQLAlchemyError:
            raise
        except Exception as error:
            _stumble(session, mail, error, now)
        else:
            if parcel is not None:
                return parcel
    return None


def _examine(session: Session, due: _Due, worker: str, rules: Rules, now: datetime) -> Parcel | None:
    """The parcel of a row that may go; None when the row waits or is finished now."""
    mail, programme = due.mail, due.programme
    if programme.state == ProgrammeState.PAUSED and mail.kind in ABOUT_A_ROUND and not _too_late(mail, now):
        rest_programme(session, programme, now)
        return None
    refusal = _must_not_go(session, due, rules, now)
    if refusal is not None:
        _put_away(session, mail, *refusal, now)
        return None
    if not rules.revise(session, mail):
        session.flush()
        return None
    if rules.domain_rate:
        pace.note_domain(session, mail.recipient_domain, per_minute=rules.domain_rate, now=now)
    return _take(session, due, worker, now)


def _stumble(session: Session, mail: OutgoingMail, error: Exception, now: datetime) -> None:
    """A fault of ours in one row: it is tried again later, shown when that does not help, and holds nothing up."""
    log.error("mail.stumbled", mail=mail.id, kind=mail.kind, error=type(error).__name__, exc_info=error)
    mail.attempts += 1
    words = f"A fault of ours kept it from being made ready: {type(error).__name__}."
    if mail.attempts >= MOST_STUMBLES:
        _put_away(session, mail, MailState.REJECTED, words, now)
        return
    mail.not_before, mail.answer = now + outbox.back_off(mail.id, mail.attempts), words
    session.add(mail)
    session.flush()


def _put_away(session: Session, mail: OutgoingMail, state: MailState, answer: str, now: datetime) -> None:
    mail.state, mail.answer, mail.finished_at, mail.rendered = state, answer, now, None
    if state == MailState.SUPPRESSED:
        mail.facts = {}  # never to be sent: no reason to keep what it says of others
    session.add(mail)
    session.flush()


def expire(session: Session, now: datetime) -> int:
    """Finish what has waited too long to be of use, also while no mail leaves at all. Returns how many."""
    late = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.state) == MailState.READY)
        .where(col(OutgoingMail.useful_until) <= now)
        .values(state=MailState.EXPIRED, answer=TOO_LATE, finished_at=now, rendered=None)
    )
    return late.rowcount


def anything_due(session: Session, now: datetime, *, paced: bool = False) -> bool:
    """Whether a claim would find something: a cheap look, without a lock. `paced` where domains have a cap."""
    due = (
        select(OutgoingMail.id).where(OutgoingMail.state == MailState.READY).where(col(OutgoingMail.not_before) <= now)
    )
    due = due.where(pace.may_go(now)) if paced else due
    return session.exec(due.limit(1)).first() is not None


def _next_due(session: Session, now: datetime, rules: Rules) -> _Due | None:
    """The mail that is due longest, under lock, with what decides about it: one statement, as it runs for each mail."""
    query = (
        select(OutgoingMail, Programme, Participant)
        .join(Programme, col(Programme.id) == OutgoingMail.programme_id)
        .outerjoin(Participant, col(Participant.id) == OutgoingMail.participant_id)
        .where(OutgoingMail.state == MailState.READY)
        .where(col(OutgoingMail.not_before) <= now)
    )
    found = session.exec(
        (query.where(pace.may_go(now)) if rules.domain_rate else query)
        .order_by(col(OutgoingMail.not_before), col(OutgoingMail.id))
        .limit(1)
        # without skip_locked a second worker waits, finds the row changed and believes that all is done
        .with_for_update(skip_locked=True, of=OutgoingMail)
    ).one_or_none()
    return None if found is None else _Due(*found)


def _take(session: Session, due: _Due, worker: str, now: datetime) -> Parcel:
    mail, token = due.mail, new_id("try")
    mail.state = MailState.SENDING
    mail.attempt_token, mail.claimed_by = token, worker
    mail.lease_until = now + LEASE
    mail.attempts += 1
    session.add(mail)
    session.flush()
    return Parcel(
        mail.id,
        token,
        mail.kind,
        mail.programme_id,
        mail.occasion,
        mail.recipient,
        mail.recipient_key,
        mail.facts,
        mail.released_at or now,
        mail.attempts,
        zlib.decompress(mail.rendered) if mail.rendered else None,
        due.person.locale if due.person else "",
    )


def _too_late(mail: OutgoingMail, now: datetime) -> bool:
    return mail.useful_until is not None and mail.useful_until <= now


def _must_not_go(session: Session, due: _Due, rules: Rules, now: datetime) -> tuple[MailState, str] | None:
    mail, person = due.mail, due.person
    if _too_late(mail, now):
        return MailState.EXPIRED, TOO_LATE
    if due.programme.state == ProgrammeState.CLOSED and mail.kind in (*ABOUT_A_ROUND, MailKind.CONFIRM_SIGN_UP):
        return MailState.SUPPRESSED, "The programme is over."
    if suppression.stops(session, mail, secret_key=rules.secret_key):
        rules.unreachable(session, mail)
        return MailState.SUPPRESSED, "Mail to this address came back, or is not wanted there."
    gone = (ParticipantState.LEFT, ParticipantState.PENDING)
    if person is not None and mail.kind in ABOUT_A_ROUND and person.state in gone:
        return MailState.SUPPRESSED, "The person has left."
    return None


def in_hand(session: Session, worker: str) -> bool:
    """Whether a worker has claimed mails and not let go of them."""
    held = select(OutgoingMail.id).where(OutgoingMail.claimed_by == worker, col(OutgoingMail.state).in_(OPEN))
    return session.exec(held.limit(1)).first() is not None
