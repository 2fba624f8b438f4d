"""Outgoing mail as rows: written with the fact it announces, marked, finished. Policy: `mail_policy`; how a worker
takes one to send it: `claims`; what is done about those that are left: `second_tries`.

Any of these may run twice: every write after the claim carries the attempt token, and zero rows changed means that the
lease is lost. Sources: transactional outbox; delivery states and outcomes after RFC 5321 4.5.3 and RFC 1047 (the window
after the final dot).
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Update, bindparam, or_
from sqlmodel import Session, SQLModel, col, select, update

from app.errors import LostLease
from app.models import (
    OF_A_ROUND,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    Programme,
    Round,
)
from app.services.mail_policy import (
    BACK_OFF,
    LEASE,
    USEFUL,
)

log = structlog.get_logger(__name__)


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
    locale: str = ""
    """The language that its reader has chosen, if any."""

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
    columns = columns_of(
        programme,
        kind,
        occasion,
        facts,
        now=now,
        recipient=participant.email if participant else address,
        participant_id=participant.id if participant else None,
    )
    mail = OutgoingMail(**columns, round_id=round_.id if round_ else None)
    if released:
        release(mail, now)
    session.add(mail)
    return mail


def columns_of(
    programme: Programme,
    kind: MailKind,
    occasion: str,
    facts: dict[str, Any],
    *,
    now: datetime,
    recipient: str,
    participant_id: str | None,
) -> dict[str, Any]:
    """A new mail as the columns of its row, for whoever writes many at once: it waits to be released."""
    return {
        "organisation_id": programme.organisation_id,
        "programme_id": programme.id,
        "participant_id": participant_id,
        "kind": kind,
        "occasion": occasion,
        "recipient": recipient,
        "recipient_key": participant_id or recipient.casefold(),
        "recipient_domain": recipient.rpartition("@")[2].casefold(),
        "facts": facts,
        "created_at": now,
    }


def release(mail: OutgoingMail, now: datetime) -> None:
    """Let a waiting mail go: from this moment it is of use for as long as its kind says."""
    for name, moment in release_of(mail.kind, now).items():
        setattr(mail, name, moment)


def release_of(kind: MailKind, now: datetime) -> dict[str, datetime]:
    """The columns that let a mail of this kind go."""
    return {"released_at": now, "not_before": now, "useful_until": now + USEFUL[kind]}


def release_round(session: Session, round_: Round, now: datetime, *only: ColumnElement[bool]) -> None:
    """Let the waiting mails of a round go, or `only` some of them; those that are kept back are of use as long."""
    waiting = (
        col(OutgoingMail.round_id) == round_.id,
        col(OutgoingMail.state) == MailState.READY,
        col(OutgoingMail.released_at).is_(None),
        *only,
    )
    for kind in OF_A_ROUND:
        mails = update(OutgoingMail).where(*waiting).where(col(OutgoingMail.kind) == kind)
        mails = mails.execution_options(synchronize_session="fetch")
        late = mails.where(col(OutgoingMail.kept).is_(True), col(OutgoingMail.useful_until).is_(None))
        session.exec(late.values(useful_until=now + USEFUL[kind]))
        session.exec(mails.where(col(OutgoingMail.kept).is_(False)).values(**release_of(kind, now)))


OPEN = (MailState.SENDING, MailState.DOT)
HAS_BYTES = col(OutgoingMail.rendered).is_not(None)


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
    _move(session, parcel, OPEN, state=MailState.UNCERTAIN, finished_at=now, answer=_short(reason), doubted=True)
    forget_scrubbed(session, [parcel.id])


def put_back(
    session: Session,
    parcel: Parcel,
    reason: str,
    now: datetime,
    rendered: bytes | None = None,
    *,
    counted: bool = True,
    doubted: bool = False,
) -> None:
    """Proven not accepted, or `doubted`: again after 1, 5, 15, 60 minutes, then hourly, until it is of no use. Raises
    LostLease.

    A try that is not `counted` meant us and not this mail: the channel rests, and the mail is first in line after it.
    """
    keep: dict[str, Any] = {"rendered": _packed(rendered)} if rendered is not None and parcel.rendered is None else {}
    keep |= {"doubted": True} if doubted else {}
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
    forget_scrubbed(session, [parcel.id])


def forget_scrubbed(session: Session, mails: Sequence[str]) -> None:
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


def _move(session: Session, parcel: Parcel, expected: tuple[MailState, ...], **values: Any) -> None:
    named = {f"new_{name}": value for name, value in values.items()}
    known = {"mail": parcel.id, "token": parcel.token}
    moved = session.connection().execute(_moving(expected, tuple(values)), known | named)
    if moved.rowcount != 1:
        raise LostLease


@cache
def _moving(expected: tuple[MailState, ...], names: tuple[str, ...]) -> Update:
    """The statement behind `_move`, built once: it runs twice for each mail."""
    table = SQLModel.metadata.tables["outgoing_mail"]
    return (
        update(table)
        .where(table.c.id == bindparam("mail"))
        .where(table.c.attempt_token == bindparam("token"))
        .where(or_(*(table.c.state == state for state in expected)))  # a list would be spelt out anew each time
        .values({name: bindparam(f"new_{name}") for name in names})
    )


def _short(text: str) -> str:
    return text if len(text) <= 500 else text[:499] + "…"
