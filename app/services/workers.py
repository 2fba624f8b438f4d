"""Workers as rows: each says every few seconds that it lives, so that others can take up what a dead one left."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from app.models import Worker

GONE_AFTER = timedelta(seconds=40)
"""A worker beats every few seconds; one that was not seen for so long is taken for dead, so that what it had in hand is
free or shown within a minute. Should it only have slept, the fence stops it: what it held has a new token by then.
"""

FORGET_AFTER = timedelta(days=30)


def beat(session: Session, name: str, *, host: str, version: str, now: datetime) -> None:
    """Say that the worker of this name lives."""
    row = session.get(Worker, name)
    if row is None:
        row = Worker(name=name, started_at=now, seen_at=now)
    elif row.stopped_at is not None or row.host != host:
        row.started_at, row.stopped_at = now, None
    row.host, row.version, row.seen_at = host[:100], version, now
    session.add(row)


def stopped(session: Session, name: str, now: datetime) -> None:
    """Say that the worker of this name has ended of its own accord, and left nothing."""
    row = session.get(Worker, name)
    if row is not None:
        row.stopped_at = row.seen_at = now
        session.add(row)


def gone(session: Session, now: datetime) -> list[str]:
    """Workers that ended without a word."""
    silent = (
        select(Worker.name)
        .where(col(Worker.stopped_at).is_(None))
        .where(col(Worker.seen_at) < now - GONE_AFTER)
        .order_by(Worker.name)
    )
    return list(session.exec(silent))


def forget_old(session: Session, now: datetime) -> int:
    """Drop the rows of workers that nobody has seen for a month. Returns how many."""
    old = session.exec(delete(Worker).where(col(Worker.seen_at) < now - FORGET_AFTER))
    return old.rowcount
