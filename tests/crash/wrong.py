"""Delivery loops that are wrong on purpose, each like one that people have shipped, so that the judge can be judged.

The rows, the mail server and the rest of the service stay as they are; only who carries the mail is another.
"""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, or_, select, update

import emails
from app.models import MailKind, MailState, OutgoingMail
from app.security import new_id
from app.services import composing, mail_policy, outbox
from app.services.outbox import Parcel
from app.workflows import delivery
from app.workflows.work import Work

VARIABLE = "COFFEE_CRASH_WRONG"
BATCH = 4


def mark_then_send(work: Work) -> int:
    """Healthchecks' order: what is marked and not sent when the process dies is lost."""
    return _carry(work, 1, marked_first=True)


def checkpoint_at_fetch(work: Work) -> int:
    """Listmonk's order: the mark moves when a batch is fetched, so the rest of the batch is lost."""
    return _carry(work, BATCH, marked_first=True)


def send_a_batch_then_mark(work: Work) -> int:
    """Send-then-mark: what is sent and not marked when the process dies is sent again."""
    return _carry(work, BATCH, marked_first=False)


def lease_of_nothing(work: Work) -> int:
    """A claim that is over before the mail has left: another worker sends it too."""
    return _carry(work, 1, marked_first=False, also_claimed=True)


def retry_after_the_dot() -> None:
    """What may have arrived goes again: an old favourite."""
    setattr(mail_policy, "repeated_in_doubt", lambda _settings: list(MailKind))  # noqa: B010 - a seam for no one else


def no_fence() -> None:
    """Whoever once claimed a mail may go on with it, whatever has happened since."""

    def move(session: Session, parcel: Parcel, _expected: Any, **values: Any) -> None:
        anew = {"finished_at": None, "attempt_token": parcel.token} | values
        session.exec(update(OutgoingMail).where(col(OutgoingMail.id) == parcel.id).values(**anew))

    setattr(outbox, "_move", move)  # noqa: B010


LOOPS: dict[str, Callable[[Work], int]] = {
    loop.__name__: loop for loop in (mark_then_send, checkpoint_at_fetch, send_a_batch_then_mark, lease_of_nothing)
}
CHANGES: dict[str, Callable[[], None]] = {change.__name__: change for change in (retry_after_the_dot, no_fence)}


def install(name: str) -> None:
    """Put the wrong loop of that name in the place of ours, in this process. Nothing happens without a name."""
    if name in LOOPS:
        setattr(delivery, "deliver_batch", lambda work, *_more: LOOPS[name](work))  # noqa: B010
    elif name:
        CHANGES[name]()


def _carry(work: Work, size: int, *, marked_first: bool, also_claimed: bool = False) -> int:
    """Claim up to `size` mails, send them, and say so in the rows, before or after; how many there were."""
    if work.stopping.is_set() or work.transport is None:
        return 0
    with work.database.writing() as session:
        parcels = [_claimed(session, work, row) for row in _due(session, work, size, also_claimed)]
    if not parcels:
        return 0
    if marked_first:
        _mark(work, parcels)
    with work.transport.open() as connection:
        gone = [parcel for parcel in parcels if _sent(work, connection, parcel)]
    if not marked_first:
        _mark(work, gone)
    return len(parcels)


def _due(session: Session, work: Work, size: int, also_claimed: bool) -> list[OutgoingMail]:
    free = col(OutgoingMail.state) == MailState.READY
    late = (col(OutgoingMail.state) == MailState.SENDING) & (col(OutgoingMail.lease_until) <= work.clock())
    return list(
        session.exec(
            select(OutgoingMail)
            .where(or_(free, late) if also_claimed else free)
            .where(col(OutgoingMail.not_before) <= work.clock())
            .order_by(col(OutgoingMail.not_before), col(OutgoingMail.id))
            .limit(size)
            .with_for_update(skip_locked=True)
        )
    )


def _claimed(session: Session, work: Work, row: OutgoingMail) -> Parcel:
    row.state, row.attempt_token, row.claimed_by = MailState.SENDING, new_id("try"), work.settings.worker_id
    row.lease_until = work.clock() - timedelta(seconds=1)
    row.attempts += 1
    session.add(row)
    session.flush()
    kept = row.model_dump() | {"token": row.attempt_token, "rendered": None, "locale": ""}
    return Parcel(**{field.name: kept[field.name] for field in dataclasses.fields(Parcel)})


def _sent(work: Work, connection: emails.Connection, parcel: Parcel) -> bool:
    answer = connection.send(composing.envelope(parcel, work.settings), lambda: None)
    if isinstance(answer, emails.Refused):
        _mark(work, [parcel], MailState.REJECTED)
    return isinstance(answer, emails.Accepted)


def _mark(work: Work, parcels: list[Parcel], state: MailState = MailState.SENT) -> None:
    with work.database.writing() as session:
        for parcel in parcels:
            session.exec(
                update(OutgoingMail)
                .where(col(OutgoingMail.id) == parcel.id)
                .where(col(OutgoingMail.attempt_token) == parcel.token)
                .values(state=state, finished_at=work.clock(), answer="by the wrong loop")
            )
