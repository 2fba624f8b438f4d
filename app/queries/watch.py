"""Reads for those who watch the service: how much mail there is in each state, what waits, who works. Counts only."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from app.models import (
    Cap,
    CapRefusal,
    MailKind,
    MailRequest,
    MailState,
    OutgoingMail,
    Programme,
    Round,
    RoundState,
    Worker,
)
from app.queries.outbox import SHOWN_AS, seen_by_organisers


def mails(session: Session, organisation_id: str) -> dict[tuple[MailKind, str], int]:
    """How many mails of each kind are in each state as shown (`accepted`, `waiting`, `held` and so on)."""
    found: dict[tuple[MailKind, str], int] = {}
    for kind, state, number in session.exec(
        select(OutgoingMail.kind, OutgoingMail.state, func.count())
        .where(OutgoingMail.organisation_id == organisation_id, seen_by_organisers())
        .group_by(OutgoingMail.kind, OutgoingMail.state)
    ):
        key = (MailKind(kind), SHOWN_AS[MailState(state)])
        found[key] = found.get(key, 0) + number
    return found


def due_since(session: Session, now: datetime) -> datetime | None:
    """Since when the mail that is due longest has been due; None when none is."""
    return session.exec(
        select(func.min(OutgoingMail.not_before))
        .where(OutgoingMail.state == MailState.READY)
        .where(col(OutgoingMail.not_before) <= now)
    ).one()


def asked_since(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest form that asks for a mail could have been answered; None when none waits."""
    return session.exec(select(func.min(MailRequest.not_before)).where(MailRequest.not_before <= now)).one()


def refusals(session: Session) -> list[CapRefusal]:
    """How often each cap has held something back; those that never did are left out."""
    return list(session.exec(select(CapRefusal).order_by(CapRefusal.cap)))


def held_back_since(session: Session, since: datetime) -> list[Cap]:
    """The caps that have held something back since a moment."""
    return [refusal.cap for refusal in refusals(session) if refusal.last_at >= since]


def last_finished(session: Session) -> datetime | None:
    """When a mail last met its fate."""
    return session.exec(select(func.max(OutgoingMail.finished_at))).one()


def rounds(session: Session, organisation_id: str) -> dict[RoundState, int]:
    """How many rounds are in each state."""
    rows = session.exec(
        select(Round.state, func.count()).where(Round.organisation_id == organisation_id).group_by(Round.state)
    )
    return {RoundState(state): number for state, number in rows}


def undrawn_since(session: Session) -> datetime | None:
    """When the oldest round was opened that nobody draws and that is not in trouble which its organiser can see."""
    waiting = select(func.min(Round.opened_at)).where(Round.state == RoundState.DRAFT, col(Round.drawn_by).is_(None))
    return session.exec(waiting.where(col(Round.trouble).is_(None))).one()


def workers(session: Session) -> list[Worker]:
    """Every worker that has not said goodbye."""
    return list(session.exec(select(Worker).where(col(Worker.stopped_at).is_(None)).order_by(Worker.name)))


def programmes(session: Session, organisation_id: str) -> int:
    """How many programmes there are."""
    query = select(func.count()).select_from(Programme).where(Programme.organisation_id == organisation_id)
    return session.exec(query).one()
