"""How fast mail leaves: one token bucket for all workers together, and a pace for each recipient domain.

The bucket is the row of the channel, filled by time at `rate` up to `burst` (RFC 2697 calls it a committed rate and
burst). Domains are paced by virtual scheduling (GCRA, ITU-T I.371 annex A): a row says when the next mail is due.
"""

from datetime import datetime, timedelta

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, or_, select

from app.db import insert_unless_there
from app.models import Channel, DomainPace, OutgoingMail

AHEAD = timedelta(seconds=10)
"""How far a domain may run ahead of its pace: a small burst is no flood."""


def take(session: Session, channel: str, wanted: int, *, rate: float, burst: int, now: datetime) -> int:
    """Up to `wanted` leaves to send a mail, now; 0 when the bucket is empty. Locks the channel's row."""
    row = _locked(session, channel)
    level = _level(row, rate, burst, now)
    granted = min(wanted, int(level))
    row.allowance, row.allowance_at = level - granted, now
    session.add(row)
    return granted


def give_back(session: Session, channel: str, unused: int, *, burst: int) -> None:
    """Leaves that were not used."""
    row = _locked(session, channel)
    row.allowance = min(float(burst), (row.allowance or 0.0) + unused)
    session.add(row)


def _locked(session: Session, channel: str) -> Channel:
    insert_unless_there(session, Channel, name=channel)
    return session.exec(
        select(Channel).where(Channel.name == channel).with_for_update().execution_options(populate_existing=True)
    ).one()


def _level(row: Channel, rate: float, burst: int, now: datetime) -> float:
    if row.allowance is None or row.allowance_at is None:
        return float(burst)
    passed = max(0.0, (now - row.allowance_at).total_seconds())  # a clock set back fills nothing
    return min(float(burst), row.allowance + passed * rate)


def may_go(now: datetime) -> ColumnElement[bool]:
    """Whether the domain of a mail is within its pace."""
    ahead = select(DomainPace.domain).where(DomainPace.next_at > now + AHEAD)
    return or_(col(OutgoingMail.recipient_domain) == "", col(OutgoingMail.recipient_domain).not_in(ahead))


def note_domain(session: Session, domain: str, *, per_minute: float, now: datetime) -> None:
    """A mail to this domain is on its way: the next is due a step later."""
    insert_unless_there(session, DomainPace, domain=domain, next_at=now)
    row = session.exec(
        select(DomainPace)
        .where(DomainPace.domain == domain)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.next_at = max(row.next_at, now) + timedelta(minutes=1 / per_minute)
    session.add(row)
