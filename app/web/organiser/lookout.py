"""One look at a round for all who watch it, at most once a second: they hold no connection to the database, and a crowd
of them asks no more often than one.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.db import Database
from app.errors import TooMany
from app.queries import moving
from app.queries.moving import Glimpse
from emails import phrase

EVERY = 1.0
"""Seconds between two looks."""
MOST = 200
"""So many watch at once in a process; whoever comes then looks again by hand, or their page does it less often."""
MOMENT = 10.0
"""Seconds for which a place is kept for whoever was let in and may never begin to watch."""


class Lookout:
    """Belongs to one application; made before it serves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[str, tuple[float, Glimpse]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._watching: Counter[str] = Counter()
        self._coming: dict[object, float] = {}
        self._counting = threading.Lock()
        self._closed = False
        self.looks = 0

    @property
    def watching(self) -> int:
        """How many watch at this moment."""
        return self._watching.total()

    @property
    def closed(self) -> bool:
        """Whether the process is about to end."""
        return self._closed

    def close(self) -> None:
        """Let everybody go: whoever watches comes back by themselves, to the process that follows."""
        self._closed = True

    def come(self) -> object:
        """A place to watch from: counted at once, and kept for a moment until `watch` takes it. Raises TooMany."""
        now, place = time.monotonic(), object()
        with self._counting:
            self._coming = {one: until for one, until in self._coming.items() if until > now}
            if self.watching + len(self._coming) >= MOST:
                raise TooMany(phrase("Too many people watch at this moment. The page looks again by itself."))
            self._coming[place] = now + MOMENT
        return place

    @contextmanager
    def watch(self, round_id: str, place: object) -> Iterator[None]:
        """From now until the end somebody watches from that place; afterwards nothing is kept of it."""
        with self._counting:
            self._coming.pop(place, None)
            self._watching[round_id] += 1
        try:
            yield
        finally:
            self._leave(round_id)

    def _leave(self, round_id: str) -> None:
        with self._counting:
            self._watching[round_id] -= 1
            if not self._watching[round_id]:
                del self._watching[round_id]
                self._seen.pop(round_id, None)
                self._turns.pop(round_id, None)

    async def look(self, round_id: str) -> Glimpse | None:
        """How far the round is, as of a second ago at most; None while the database is away."""
        async with self._turns.setdefault(round_id, asyncio.Lock()):
            at, glimpse = self._seen.get(round_id, (-EVERY, moving.GONE))
            if time.monotonic() - at < EVERY:
                return glimpse
            try:
                glimpse = await run_in_threadpool(self._look, round_id)
            except SQLAlchemyError:
                return None
            self._seen[round_id] = (time.monotonic(), glimpse)
            return glimpse

    def _look(self, round_id: str) -> Glimpse:
        self.looks += 1
        with self._database.reading() as session:
            return moving.glimpse(session, round_id)
