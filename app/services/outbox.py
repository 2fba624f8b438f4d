"""Outgoing mail as rows: written with the fact it announces, claimed, marked, finished. Policy: `mail_policy`.

Any of these may run twice: every write after the claim carries the attempt token, and zero rows changed means that the
lease is lost. Sources: transactional outbox; delivery states and outcomes after RFC 5321 4.5.3 and RFC 1047 (the window
after the final dot).
"""

import hashlib
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Update, bindparam
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, SQLModel, col, select, update

from app.errors import Conflict, LostLease
from app.models import (
    OF_A_ROUND,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Programme,
    ProgrammeState,
    Round,
)
from app.security import new_id
from app.services import pace, suppression
from app.services.mail_policy import (
    ABOUT_A_ROUND,
    BACK_OFF,
    LEASE,
    MOST_DOUBTS,
    MOST_STUMBLES,
    USEFUL,
    has_words,
)
from app.services.resting import rest_programme

log = structlog.get_logger(__name__)

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


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed mail: what a worker needs to send it, and the token that proves the claim."""

    id: str
    token: str
    kind: MailKind
    programme_id: str
    occasion: str
    recipient: str
    recipient_key: str
    facts: dict[str, Any]
    released_at: datetime
    attempts: int
    rendered: bytes | None = None
    """The bytes of an earlier try, if there was one: this one is the same."""

    @property
    def dedup_key(self) -> str:
        """What makes this mail the only one of its kind; its Message-ID comes from it."""
        return dedup_key(self.programme_id, self.occasion, self.kind, self.recipient_key)


def dedup_key(programme_id: str, occasion: str, kind: MailKind, recipient_key: str) -> str:
    """The words that name one mail among all: the same as the unique key of its row."""
    return "/".join((programme_id, occasion, kind.value, recipient_key))


def write(
    session: Session,
    programme: Programme,
    kind: MailKind,
    occasion: str,
    facts: dict[str, Any],
    *,
    now: datetime,
    participant: Participant | None = None,
    address: str = "",
    round_: Round | None = None,
    released: bool = True,
) -> OutgoingMail:
    """One mail to a participant or an address. With `released=False` it waits until its round is sent."""
    mail = OutgoingMail(
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        round_id=round_.id if round_ else None,
        participant_id=participant.id if participant else None,
        kind=kind,
        occasion=occasion,
        recipient=participant.email if participant else address,
        recipient_key=participant.id if participant else address.casefold(),
        recipient_domain=(participant.email if participant else address).rpartition("@")[2].casefold(),
        facts=facts,
        created_at=now,
    )
    if released:
        release(mail, now)
    session.add(mail)
    return mail


def release(mail: OutgoingMail, now: datetime) -> None:
    """Let a waiting mail go: from this moment it is of use for as long as its kind says."""
    mail.released_at = mail.not_before = now
    mail.useful_until = now + USEFUL[mail.kind]


def release_round(session: Session, round_: Round, now: datetime) -> None:
    """Let the waiting mails of a round go."""
    for kind in OF_A_ROUND:
        session.exec(
            update(OutgoingMail)
            .where(col(OutgoingMail.round_id) == round_.id)
            .where(col(OutgoingMail.kind) == kind)
            .where(col(OutgoingMail.released_at).is_(None))
            .values(released_at=now, not_before=now, useful_until=now + USEFUL[kind])
        )


def claim(session: Session, worker: str, now: datetime, rules: Rules) -> Parcel | None:
    """Take the mail that is due longest, or None when nothing is due.

    Rows that must not go any more (left, suppressed, programme over, too late) are finished on the way, with the
    reason; those of a paused programme and of a domain that is ahead of its pace wait. A row over which we stumble is
    put back for a while, and given up after a few times: one row never stops the others.
    """
    while (mail := _next_due(session, now, rules)) is not None:
        try:
            with session.begin_nested():
                parcel = _examine(session, mail, worker, rules, now)
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


def _examine(session: Session, mail: OutgoingMail, worker: str, rules: Rules, now: datetime) -> Parcel | None:
    """The parcel of a row that may go; None when the row waits or is finished now."""
    programme = session.get_one(Programme, mail.programme_id)
    if programme.state == ProgrammeState.PAUSED and mail.kind in ABOUT_A_ROUND and not _too_late(mail, now):
        rest_programme(session, programme, now)
        return None
    refusal = _must_not_go(session, programme, mail, rules, now)
    if refusal is not None:
        _put_away(session, mail, *refusal, now)
        return None
    if not rules.revise(session, mail):
        session.flush()
        return None
    if rules.domain_rate:
        pace.note_domain(session, mail.recipient_domain, per_minute=rules.domain_rate, now=now)
    return _take(session, mail, worker, now)


def _stumble(session: Session, mail: OutgoingMail, error: Exception, now: datetime) -> None:
    """A fault of ours in one row: it is tried again later, shown when that does not help, and holds nothing up."""
    log.error("mail.stumbled", mail=mail.id, kind=mail.kind, error=type(error).__name__, exc_info=error)
    mail.attempts += 1
    words = f"A fault of ours kept it from being made ready: {type(error).__name__}."
    if mail.attempts >= MOST_STUMBLES:
        _put_away(session, mail, MailState.REJECTED, words, now)
        return
    mail.not_before, mail.answer = now + back_off(mail.id, mail.attempts), words
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


def _next_due(session: Session, now: datetime, rules: Rules) -> OutgoingMail | None:
    query = select(OutgoingMail).where(OutgoingMail.state == MailState.READY).where(col(OutgoingMail.not_before) <= now)
    return session.exec(
        (query.where(pace.may_go(now)) if rules.domain_rate else query)
        .order_by(col(OutgoingMail.not_before), col(OutgoingMail.id))
        .limit(1)
        # without skip_locked a second worker waits, finds the row changed and believes that all is done
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _take(session: Session, mail: OutgoingMail, worker: str, now: datetime) -> Parcel:
    token = new_id("try")
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
    )


def _too_late(mail: OutgoingMail, now: datetime) -> bool:
    return mail.useful_until is not None and mail.useful_until <= now


OPEN = (MailState.SENDING, MailState.DOT)
HAS_BYTES = col(OutgoingMail.rendered).is_not(None)
TOO_LATE = "It could not be sent while it was still of use."


def _must_not_go(
    session: Session, programme: Programme, mail: OutgoingMail, rules: Rules, now: datetime
) -> tuple[MailState, str] | None:
    if _too_late(mail, now):
        return MailState.EXPIRED, TOO_LATE
    if programme.state == ProgrammeState.CLOSED and mail.kind in (*ABOUT_A_ROUND, MailKind.CONFIRM_SIGN_UP):
        return MailState.SUPPRESSED, "The programme is over."
    if suppression.stops(session, mail, secret_key=rules.secret_key):
        rules.unreachable(session, mail)
        return MailState.SUPPRESSED, "Mail to this address came back, or is not wanted there."
    if mail.participant_id is None:
        return None
    person = session.get_one(Participant, mail.participant_id)
    if mail.kind in ABOUT_A_ROUND and person.state in (ParticipantState.LEFT, ParticipantState.PENDING):
        return MailState.SUPPRESSED, "The person has left."
    return None


def mark_dot(session: Session, parcel: Parcel, rendered: bytes, now: datetime) -> None:
    """Record the moment before the final dot, and the bytes that it ends. Raises LostLease."""
    keep = None if parcel.rendered is not None else {"rendered": _packed(rendered)}
    _move(session, parcel, (MailState.SENDING,), state=MailState.DOT, lease_until=now + LEASE, **(keep or {}))


KNOWS_BETTER = (MailState.DOT, MailState.UNCERTAIN, MailState.READY)
"""States in which whoever sent the dot may still write down the server's yes: the row was taken for one left behind,
and nobody has claimed it since.
"""


def mark_sent(session: Session, parcel: Parcel, reply: str, now: datetime) -> None:
    """The server has it. Raises LostLease when another worker has claimed the mail meanwhile."""
    _move(session, parcel, KNOWS_BETTER, state=MailState.SENT, finished_at=now, answer=_short(reply), rendered=None)


def mark_rejected(session: Session, parcel: Parcel, reply: str, now: datetime) -> None:
    """The server refuses this mail for good. Raises LostLease."""
    answer = _short(reply)
    _move(session, parcel, OPEN, state=MailState.REJECTED, finished_at=now, answer=answer, rendered=None)


def mark_uncertain(session: Session, parcel: Parcel, reason: str, now: datetime) -> None:
    """Nobody can prove whether the server has it: held, shown, never repeated by itself. Raises LostLease."""
    _move(session, parcel, OPEN, state=MailState.UNCERTAIN, finished_at=now, answer=_short(reason))
    _forget_scrubbed(session, [parcel.id])


def put_back(
    session: Session,
    parcel: Parcel,
    reason: str,
    now: datetime,
    rendered: bytes | None = None,
    *,
    counted: bool = True,
) -> None:
    """Proven not accepted: again after 1, 5, 15, 60 minutes, then hourly, until it is of no use. Raises LostLease.

    A try that is not `counted` meant us and not this mail: the channel rests, and the mail is first in line after it.
    """
    keep = {"rendered": _packed(rendered)} if rendered is not None and parcel.rendered is None else {}
    _move(
        session,
        parcel,
        OPEN,
        state=MailState.READY,
        attempt_token=None,
        claimed_by=None,
        lease_until=None,
        not_before=now + back_off(parcel.id, parcel.attempts) if counted else now,
        attempts=parcel.attempts if counted else parcel.attempts - 1,
        answer=_short(reason),
        **keep,
    )
    _forget_scrubbed(session, [parcel.id])


def _forget_scrubbed(session: Session, mails: Sequence[str]) -> None:
    """Drop the bytes of mails that name somebody who was erased while they were in hand."""
    for row in session.exec(select(OutgoingMail).where(col(OutgoingMail.id).in_(mails), HAS_BYTES)):
        if "scrubbed" in row.facts:
            row.rendered = None
            session.add(row)


def _packed(rendered: bytes) -> bytes:
    return zlib.compress(rendered, 1)


def back_off(key: str, attempts: int) -> timedelta:
    """How long to wait after attempt number `attempts`, spread by up to a fifth so that a crowd does not return at
    once.
    """
    step = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    spread = int.from_bytes(hashlib.sha256(f"{key}/{attempts}".encode()).digest()[:4]) / 2**32
    return step * (1 + 0.2 * spread)


def in_hand(session: Session, worker: str) -> bool:
    """Whether a worker has claimed mails and not let go of them."""
    held = select(OutgoingMail.id).where(OutgoingMail.claimed_by == worker, col(OutgoingMail.state).in_(OPEN))
    return session.exec(held.limit(1)).first() is not None


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
    _forget_scrubbed(session, left)
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
        .values(state=MailState.READY, answer=STOPPED, not_before=now, **free)
    )
    held = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.state) == MailState.DOT)
        .where(mine)
        .values(state=MailState.UNCERTAIN, finished_at=now, answer=STOPPED, **free)
    )
    return back.rowcount + again.rowcount, held.rowcount


def resend(session: Session, mail: OutgoingMail, now: datetime) -> None:
    """An organiser's word to send a held, rejected or expired mail again, with the same Message-ID. Raises Conflict."""
    if mail.state not in (MailState.UNCERTAIN, MailState.REJECTED, MailState.EXPIRED):
        raise Conflict(f"This mail is {mail.state.value}: only held, rejected or expired ones can be sent again.")
    if not has_words(mail):
        raise Conflict("The words of this mail are not kept any more, so that it cannot be sent again.")
    mail.state, mail.finished_at = MailState.READY, None
    mail.attempt_token = mail.claimed_by = mail.lease_until = None
    mail.not_before = now
    mail.useful_until = now + USEFUL[mail.kind]
    session.add(mail)


LEFT = "Left as it was, on an organiser's word."


def leave(session: Session, mail: OutgoingMail, now: datetime) -> None:
    """An organiser's word that a held mail is let be: it counts as suppressed and is never sent. Raises Conflict.

    Its facts stay until they are old: a report that comes later still knows whom the mail was to introduce.
    """
    if mail.state != MailState.UNCERTAIN:
        raise Conflict(f"This mail is {mail.state.value}: only held ones can be left as they are.")
    mail.state, mail.answer, mail.finished_at, mail.rendered = MailState.SUPPRESSED, LEFT, now, None
    mail.attempt_token = mail.claimed_by = mail.lease_until = None
    session.add(mail)


def _move(session: Session, parcel: Parcel, expected: tuple[MailState, ...], **values: Any) -> None:
    named = {f"new_{name}": value for name, value in values.items()}
    moved = session.execute(_moving(expected, tuple(values)), {"mail": parcel.id, "token": parcel.token} | named)
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease


@cache
def _moving(expected: tuple[MailState, ...], names: tuple[str, ...]) -> Update:
    """The statement behind `_move`, built once: it runs twice for each mail."""
    table = SQLModel.metadata.tables["outgoing_mail"]
    return (
        update(table)
        .where(table.c.id == bindparam("mail"))
        .where(table.c.attempt_token == bindparam("token"))
        .where(table.c.state.in_(expected))
        .values({name: bindparam(f"new_{name}") for name in names})
    )


def _short(text: str) -> str:
    return text if len(text) <= 500 else text[:499] + "…"
