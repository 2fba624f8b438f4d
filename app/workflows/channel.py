"""The way out for mail: it rests when the server refuses us, and lets no more through than it may."""

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, update

from app.models import Channel
from app.services import claims, guard, pace
from app.workflows.work import Work

log = structlog.get_logger(__name__)

CHANNEL, INBOUND = "mail", "inbound"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)
LONGEST_WAIT = 10.0
"""Seconds that a batch waits for a leave before it ends; the foreman begins another when there is one."""


def channel(session: Session) -> Channel | None:
    """How the way out is doing."""
    return session.get(Channel, CHANNEL)


def due(session: Session, now: datetime, *, paced: bool = False) -> bool:
    """Whether a batch would find something to send: mail is due, the channel does not rest, nor does the guard."""
    if guard.paused(session) is not None:
        return False
    way_out = channel(session)
    resting = way_out is not None and way_out.paused_until is not None and way_out.paused_until > now
    return not resting and claims.anything_due(session, now, paced=paced)


def rest(work: Work, words: str) -> None:
    """Pause the channel: a quarter of a minute at first, twice as long each time, up to a quarter of an hour."""
    with work.database.writing("channel: rest") as session:
        now = work.moment(session)
        way_out = channel(session) or Channel(name=CHANNEL)
        since = way_out.trouble_since or now
        way_out.trouble, way_out.trouble_since = words[:500], since
        way_out.paused_until = now + min(max(FIRST_PAUSE, now - since), LONGEST_PAUSE)
        session.add(way_out)
    log.warning("mail.channel_rests", words=words[:200])


def clear(work: Work) -> None:
    """The server talks to us again."""
    with work.database.reading() as session:
        way_out = channel(session)
    if way_out is None or way_out.trouble is None:
        return
    with work.database.writing("channel: clear") as session:
        session.exec(
            update(Channel)
            .where(col(Channel.name) == CHANNEL)
            .values(trouble=None, trouble_since=None, paused_until=None)
        )


class Purse:
    """Leaves to send a mail, taken from the bucket that all workers share a few at a time."""

    def __init__(self, work: Work) -> None:
        settings = work.settings
        self._work = work
        self._rate, self._burst = settings.mail_rate, settings.mail_burst
        self._at_once = max(1, min(100, int(self._rate / 4)))  # a quarter of a second's worth: fair among workers
        self._leaves = 0

    @property
    def empty(self) -> bool:
        """Whether the next leave has to be fetched."""
        return self._leaves == 0

    def leave(self) -> bool:
        """One leave, waited for if need be; False when there is none for a long while, or the process is to end."""
        step = min(1.0, self._at_once / self._rate)
        waited = 0.0
        while self.empty and not self._work.stopping.is_set():
            self._fetch()
            if self.empty:
                if waited >= LONGEST_WAIT:
                    return False
                self._work.rest(step)
                waited += step
        if self.empty:
            return False
        self._leaves -= 1
        return True

    def put_back(self) -> None:
        """The last leave was not needed."""
        self._leaves += 1

    def close(self) -> None:
        """Give back what was not used."""
        spare, self._leaves = self._leaves, 0
        if spare:
            with self._work.database.writing("channel: leaves back") as session:
                pace.give_back(session, CHANNEL, spare, burst=self._burst)

    def _fetch(self) -> None:
        with self._work.database.writing("channel: leaves") as session:
            now = self._work.moment(session)
            self._leaves = pace.take(session, CHANNEL, self._at_once, rate=self._rate, burst=self._burst, now=now)
