"""Taking the next mail to send: one row at a time, looked at once more before it goes.

Nearly every mail may go as it was written. To find that out is a look, to take it one write, and both happen in the
caller's transaction as it is. Whatever a mail needs beyond that is done on its row as an object and within a savepoint,
so that a fault in it costs no other mail.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import structlog
from sqlalchemy import Update, bindparam
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, SQLModel, col, select, update

from app.models import MailKind, MailState, OutgoingMail, ParticipantState, Programme, ProgrammeState
from app.queries.stuck import UNREACHABLE
from app.security import new_id
from app.services import outbox, pace, suppression
from app.services.due import Due, next_due
from app.services.mail_policy import ABOUT_A_ROUND, LEASE, MOST_STUMBLES
from app.services.outbox import OPEN, Parcel
from app.services.resting import rest_programme

log = structlog.get_logger(__name__)

TOO_LATE = "It could not be sent while it was still of use."

Revise = Callable[[Session, OutgoingMail], bool]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a claim goes by. `as_written` looks whether what the mail says is all true still. Where it is not sure,
    `revise` looks closer, and mends it; False when it must not go at all any more. `unreachable` hears of a mail whose
    address is suppressed before the mail loses its words. `domain_rate` is in mails a minute, 0 for no cap.
    """

    secret_key: str
    as_written: Callable[[Session, Due], bool] = lambda _session, _due: False
    revise: Revise = lambda _session, _mail: True
    unreachable: Callable[[Session, OutgoingMail], None] = lambda _session, _mail: None
    domain_rate: float = 0.0


def claim(session: Session, worker: str, now: datetime, rules: Rules) -> Parcel | None:
    """Take the mail that is due longest, or None when nothing is due.

    Rows that must not go any more (left, suppressed, programme over, too late) are finished on the way, with the
    reason; those of a paused programme and of a domain that is ahead of its pace wait. A row over which we stumble is
    put back for a while, and given up after a few times: one row never stops the others.
    """
    while (due := _next_due(session, now, rules)) is not None:
        if _may_go_as_it_is(session, due, rules, now):
            return _take(session, due, worker, rules, now)
        mail = session.get_one(OutgoingMail, due.id, populate_existing=True)
        try:
            with session.begin_nested():
                parcel = _examine(session, mail, due, worker, rules, now)
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


def _next_due(session: Session, now: datetime, rules: Rules) -> Due | None:
    session.flush()  # what was written as objects before this: the look goes past them
    return next_due(session, now, paced=rules.domain_rate > 0)


def _may_go_as_it_is(session: Session, due: Due, rules: Rules, now: datetime) -> bool:
    """Whether nothing at all is to be done about a mail but to take it; found without writing anything."""
    try:
        return (
            due.programme_state == ProgrammeState.OPEN
            and _must_not_go(session, due, rules, now) is None
            and rules.as_written(session, due)
        )
    except SQLAlchemyError:
        raise
    except Exception:  # whoever looks closer will stumble over it too, and say so
        return False


def _examine(session: Session, mail: OutgoingMail, due: Due, worker: str, rules: Rules, now: datetime) -> Parcel | None:
    """The parcel of a row that may go; None when the row waits or is finished now."""
    if due.programme_state == ProgrammeState.PAUSED and due.kind in ABOUT_A_ROUND and not _too_late(due, now):
        rest_programme(session, session.get_one(Programme, due.programme_id), now)
        return None
    refusal = _must_not_go(session, due, rules, now)
    if refusal is not None:
        if refusal[1] == UNREACHABLE:
            rules.unreachable(session, mail)
        _put_away(session, mail, *refusal, now)
        return None
    goes = rules.revise(session, mail)
    session.flush()
    if not goes:
        return None
    mended = due._replace(facts=mail.facts, rendered=mail.rendered)
    session.expire(mail)
    return _take(session, mended, worker, rules, now)


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


def _take(session: Session, due: Due, worker: str, rules: Rules, now: datetime) -> Parcel:
    if rules.domain_rate:
        pace.note_domain(session, due.recipient_domain, per_minute=rules.domain_rate, now=now)
    token = new_id("try")
    claimed = {"mail": due.id, "token": token, "worker": worker, "lease": now + LEASE, "number": due.attempts + 1}
    session.connection().execute(_taking(), claimed)
    return Parcel(
        due.id,
        token,
        due.kind,
        due.programme_id,
        due.occasion,
        due.recipient,
        due.recipient_key,
        due.facts,
        due.released_at or now,
        due.attempts + 1,
        zlib.decompress(due.rendered) if due.rendered else None,
        due.locale or "",
    )


@cache
def _taking() -> Update:
    """The statement behind `_take`, built once: it runs for each mail."""
    table = SQLModel.metadata.tables["outgoing_mail"]
    return (
        update(table)
        .where(table.c.id == bindparam("mail"))
        .values(
            state=MailState.SENDING,
            attempt_token=bindparam("token"),
            claimed_by=bindparam("worker"),
            lease_until=bindparam("lease"),
            attempts=bindparam("number"),
        )
    )


def _too_late(due: Due, now: datetime) -> bool:
    return due.useful_until is not None and due.useful_until <= now


def _must_not_go(session: Session, due: Due, rules: Rules, now: datetime) -> tuple[MailState, str] | None:
    if _too_late(due, now):
        return MailState.EXPIRED, TOO_LATE
    if due.programme_state == ProgrammeState.CLOSED and due.kind in (*ABOUT_A_ROUND, MailKind.CONFIRM_SIGN_UP):
        return MailState.SUPPRESSED, "The programme is over."
    if suppression.stops(session, due, secret_key=rules.secret_key):
        return MailState.SUPPRESSED, UNREACHABLE
    if due.kind in ABOUT_A_ROUND and due.person_state in (ParticipantState.LEFT, ParticipantState.PENDING):
        return MailState.SUPPRESSED, "The person has left."
    return None


def in_hand(session: Session, worker: str) -> bool:
    """Whether a worker has claimed mails and not let go of them."""
    held = select(OutgoingMail.id).where(OutgoingMail.claimed_by == worker, col(OutgoingMail.state).in_(OPEN))
    return session.exec(held.limit(1)).first() is not None
