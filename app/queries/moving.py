"""How far a round has come, as a few letters that change with it: for whoever waits until there is something to see."""

import hashlib
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from app.models import OF_A_ROUND, MailState, OutgoingMail, Round, RoundState
from app.queries import outbox

OVER = (RoundState.INTRODUCED, RoundState.CLOSED)
ON_ITS_WAY = (MailState.READY, MailState.SENDING, MailState.DOT)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """`version` is another one as soon as a page of the round would say something else; `moves`: it may by itself."""

    version: str
    moves: bool


GONE = Glimpse("", moves=False)


def glimpse(session: Session, round_id: str) -> Glimpse:
    """One round at this moment; `GONE` for one that there is not any more."""
    round_ = session.exec(select(Round).where(Round.id == round_id)).one_or_none()
    if round_ is None:
        return GONE
    mails = session.exec(
        select(OutgoingMail.state, func.count(), func.max(OutgoingMail.finished_at), func.sum(OutgoingMail.attempts))
        .where(OutgoingMail.round_id == round_id)
        .where(col(OutgoingMail.kind).in_(OF_A_ROUND))
        .group_by(OutgoingMail.state)
        .order_by(OutgoingMail.state)
    ).all()
    waiting = sum(number for state, number, *_ in mails if MailState(state) in ON_ITS_WAY)
    kept = outbox.kept(session, round_)
    seen = (round_.state, round_.redraw, round_.progress, round_.trouble, kept, [tuple(row) for row in mails])
    return Glimpse(hashlib.sha256(repr(seen).encode()).hexdigest()[:16], _moves(round_, waiting, kept))


def _moves(round_: Round, waiting: int, kept: int) -> bool:
    """While it is drawn, and while mails of it are on their way, also those that go again; not those kept back."""
    if round_.state == RoundState.DRAFT or round_.redraw is not None or round_.send_at is not None:
        return True
    if round_.state == RoundState.SENDING:
        return waiting > kept or waiting == 0
    return round_.state in OVER and waiting > 0
