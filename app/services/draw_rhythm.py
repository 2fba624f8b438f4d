"""Rounds that open themselves, on the days of their programme's rhythm; an organiser looks at them before anything
leaves, unless they chose otherwise.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.clock import local_date
from app.models import DrawEvery, Programme, ProgrammeState, Round, RoundState
from app.queries import pools
from app.queries import rounds as queries
from app.services import audit, draw_days

FEWEST = 2
WAITING = (RoundState.DRAFT, RoundState.MATCHED, RoundState.APPROVED)
DAY = timedelta(days=1)


def counts_as_drawn(programme: Programme, today: date) -> None:
    """A round is opened, by whomever: where the next draw is near, it is that one, and the one after it is next."""
    day = programme.next_draw_on
    if programme.draw_every == DrawEvery.BY_HAND or day is None:
        return
    if day - today < draw_days.half_of(programme.draw_every):
        _move_on(programme, today)


def due(session: Session, now: datetime) -> list[str]:
    """The ids of programmes whose day has come, or comes within hours, wherever they are."""
    return list(
        session.exec(
            select(Programme.id)
            .where(Programme.state == ProgrammeState.OPEN)
            .where(Programme.draw_every != DrawEvery.BY_HAND)
            .where(col(Programme.next_draw_on) <= (now + DAY).date())
            .order_by(Programme.id)
        )
    )


def period_due(session: Session, programme: Programme, now: datetime, *, actor: str) -> str | None:
    """The period for which a round is to be opened now, by the programme's own clock; None where none is.

    A round that an organiser still has to look at comes first. A day that nobody could keep is let go once the next one
    is as near, and so is one on which nobody could meet. The caller holds the programme's lock.
    """
    day, local = programme.next_draw_on, now.astimezone(ZoneInfo(programme.time_zone))
    today = local.date()
    if programme.state != ProgrammeState.OPEN or programme.draw_every == DrawEvery.BY_HAND or day is None:
        return None
    if today < day or local.hour < programme.mail_from_hour or draw_days.rests(today, draw_days.pauses_of(programme)):
        return None
    if today - day >= draw_days.half_of(programme.draw_every):
        _let_go(session, programme, now, actor, "late")
    elif len(pools.eligible(session, programme, today, queries.next_number(session, programme))) < FEWEST:
        _let_go(session, programme, now, actor, "too few people")
    elif not _waits(session, programme):
        return queries.free_week(session, programme, day)
    return None


def _let_go(session: Session, programme: Programme, now: datetime, actor: str, why: str) -> None:
    day = programme.next_draw_on
    _move_on(programme, local_date(now, programme.time_zone))
    session.add(programme)
    audit.note(
        session,
        programme,
        now=now,
        actor=actor,
        action="programme.no_draw",
        subject=programme.id,
        day=str(day),
        why=why,
    )


def _move_on(programme: Programme, today: date) -> None:
    found = draw_days.following(programme, today)
    programme.next_draw_on = found.day if found else None


def _waits(session: Session, programme: Programme) -> bool:
    """Whether a round of the programme is not sent yet."""
    waiting = select(Round.id).where(Round.programme_id == programme.id).where(col(Round.state).in_(WAITING))
    return session.exec(waiting.limit(1)).first() is not None
