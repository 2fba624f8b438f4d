"""How often strangers may make us write mails: per mailbox, per domain, per network they ask from, and in all.

The rates ("4/hour;10/day"), the windows and the arithmetic are those of the library `limits`; the hits stand in a table
of ours, so that all processes count together. A hit belongs to the transaction of what it counts: rolled back with it,
and kept with it. Windows move: in any hour there is at most what the rate says, not twice that around a full hour.

Addresses and networks are kept as keyed hashes, until their window is over and no longer (`forget`).
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog
from limits import RateLimitItem, parse_many
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, delete, func, select, text, update

from app.db import insert_unless_there
from app.models import Cap, CapHit, CapRefusal
from app.security import derive_key, keyed_hash
from app.settings import Settings

log = structlog.get_logger(__name__)

DOTLESS = ("gmail.com", "googlemail.com")
"""One mailbox, however many dots are typed into its name."""


@dataclass(frozen=True, slots=True)
class Full:
    """A cap that is reached, and when there is room for one more."""

    cap: Cap
    until: datetime


class Hits(Storage, MovingWindowSupport):
    """The hits as `limits` wants to see them, within one transaction and at one moment.

    It is made for a transaction and not by an address, so it has no scheme in the registry of `limits`. Only the moving
    window of that library is used; whoever counts holds the lock of the cap (`_lock`), because to look and to add are
    two statements.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        super().__init__()
        self._session, self._now = session, now

    @property
    def base_exceptions(self) -> type[Exception]:
        """What our storage may raise by itself."""
        return SQLAlchemyError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Add hits, if so many have room."""
        if self.get_moving_window(key, limit, expiry)[1] + amount > limit:
            return False
        self._add(key, expiry, amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit fell that still counts, and how many there are."""
        del limit  # all are counted
        since = self._now - timedelta(seconds=expiry)
        query = select(func.min(CapHit.at), func.count()).where(CapHit.key == key).where(CapHit.at > since)
        found: tuple[datetime | None, int] = self._session.exec(query).one()
        return (found[0] or self._now).timestamp(), found[1]

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add hits whether or not they have room; how many there are then."""
        self._add(key, expiry, amount)
        return self.get(key)

    def get(self, key: str) -> int:
        """How many hits there are."""
        query = select(func.count()).select_from(CapHit).where(CapHit.key == key).where(CapHit.until > self._now)
        return self._session.exec(query).one()

    def get_expiry(self, key: str) -> float:
        """When the first of them does not count any more."""
        query = select(func.min(CapHit.until)).where(CapHit.key == key).where(CapHit.until > self._now)
        first: datetime | None = self._session.exec(query).one()
        return (first or self._now).timestamp()

    def check(self) -> bool:
        """Whether the table is there."""
        return self._session.exec(select(func.count()).select_from(CapHit)).one() >= 0

    def reset(self) -> int:
        """Forget all hits."""
        return self._session.exec(delete(CapHit)).rowcount

    def clear(self, key: str) -> None:
        """Forget the hits of one key."""
        self._session.exec(delete(CapHit).where(col(CapHit.key) == key))

    def _add(self, key: str, expiry: int, amount: int) -> None:
        until = self._now + timedelta(seconds=expiry)
        self._session.add_all(CapHit(key=key, at=self._now, until=until) for _ in range(amount))
        self._session.flush()


def take(session: Session, settings: Settings, counted: Sequence[tuple[Cap, str]], *, now: datetime) -> Full | None:
    """Count one more against each cap, of this address, domain or source; against none of them when one is full.

    What is full is noted for the organiser, without saying whose it was.
    """
    limiter = MovingWindowRateLimiter(Hits(session, now))
    named = [(cap, _name(settings, cap, whose)) for cap, whose in counted]
    for cap, name in named:
        _lock(session, f"{cap.value}/{name}")
        for rate in rates(settings, cap):
            if not limiter.test(rate, cap.value, name):
                _note(session, cap, now)
                until = limiter.get_window_stats(rate, cap.value, name).reset_time
                return Full(cap, datetime.fromtimestamp(until, UTC))
    for cap, name in named:
        for rate in rates(settings, cap):
            limiter.hit(rate, cap.value, name)
    return None


def rates(settings: Settings, cap: Cap) -> tuple[RateLimitItem, ...]:
    """What the settings say of a cap."""
    said = {
        Cap.ADDRESS: settings.requests_per_address,
        Cap.DOMAIN: settings.requests_per_domain,
        Cap.SOURCE: settings.requests_per_source,
        Cap.ALL: settings.requests_in_all,
    }
    return _parsed(said[cap])


@cache
def _parsed(text: str) -> tuple[RateLimitItem, ...]:
    return tuple(dict.fromkeys(parse_many(text)))


def of_mail(address_key: str) -> list[tuple[Cap, str]]:
    """What a mail to this address counts against: its mailbox and its domain."""
    mailbox = mailbox_of(address_key)
    return [(Cap.ADDRESS, mailbox), (Cap.DOMAIN, mailbox.rpartition("@")[2])]


def of_request(host: str | None) -> list[tuple[Cap, str]]:
    """What a form from this client counts against: its network, and all forms together."""
    return [(Cap.SOURCE, source_of(host)), (Cap.ALL, "")]


def mailbox_of(address_key: str) -> str:
    """The mailbox behind a canonical address: what stands behind a + is one's own choice, and lands in the same one."""
    local, at, domain = address_key.rpartition("@")
    bare = local.partition("+")[0] or local
    if domain in DOTLESS:
        bare, domain = bare.replace(".", ""), DOTLESS[0]
    return f"{bare}{at}{domain}"


def source_of(host: str | None) -> str:
    """The network of a client: an address of IPv4, the /64 of one of IPv6, which is what one customer is given."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


def forget(session: Session, now: datetime) -> int:
    """Remove the hits whose window is over; returns how many."""
    return session.exec(delete(CapHit).where(col(CapHit.until) <= now)).rowcount


def _name(settings: Settings, cap: Cap, whose: str) -> str:
    return keyed_hash(derive_key(settings.secret, "caps"), f"{cap.value}/{whose}") if whose else "all"


def _lock(session: Session, name: str) -> None:
    """Let those who count the same thing go one after the other; SQLite lets writers do so anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(f"cap/{name}".encode()).digest()[:8], signed=True)
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _note(session: Session, cap: Cap, now: datetime) -> None:
    insert_unless_there(session, CapRefusal, cap=cap, number=0, last_at=now)
    session.exec(
        update(CapRefusal).where(col(CapRefusal.cap) == cap).values(number=col(CapRefusal.number) + 1, last_at=now)
    )
    log.warning("cap.reached", cap=cap.value)
