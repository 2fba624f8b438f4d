"""The foreman: a thread that looks at our rows every moment and sees to it that work which is due is begun.

Because it goes by rows, nothing is lost when a call to the engine is: doors only write, and the next look finds it.
"""

import threading
import time
from typing import TYPE_CHECKING

import structlog

from app.queries import rounds as queries
from app.security import new_id
from app.services import signups
from app.workflows import delivery, rounds
from app.workflows.work import Work

if TYPE_CHECKING:
    from app.workflows.engine import Engine

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.3
TIDY_SECONDS = 60.0


class Foreman:
    """Runs the engine and the look-out of one worker; `start()`, `stop()`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._engine: Engine | None = None
        self._thread = threading.Thread(target=self._watch, name="foreman", daemon=True)
        self._tidied = 0.0
        self.failures = 0

    def start(self) -> None:
        """Put right what an earlier life left, and begin to look."""
        delivery.first_light(self._work)
        self._thread.start()

    def stop(self) -> None:
        """Ask everything to end after the mail that is being sent, and wait for it."""
        self._work.stopping.set()
        self._thread.join(timeout=30)
        if self._engine is not None:
            self._engine.stop()

    @property
    def healthy(self) -> bool:
        """False once three looks in a row have failed, or the thread is gone."""
        return self._thread.is_alive() and self.failures < 3

    def _watch(self) -> None:
        while not self._work.stopping.is_set():
            try:
                self.look()
                self.failures = 0
            except Exception:
                self.failures += 1
                log.exception("foreman.look_failed", in_a_row=self.failures)
            self._work.rest(LOOK_SECONDS * min(2**self.failures, 60))

    def look(self) -> None:
        """One look: begin the draws and the deliveries that are due, close what is complete."""
        work, engine = self._work, self._launched()
        with work.database.reading() as session:
            due = [round_.id for round_ in queries.to_draw(session, work.clock())]
            mail_due = work.transport is not None and delivery.due(session, work.clock())
            complete = bool(queries.fully_sent(session))
        for round_id in due:
            # Ours in our own rows before the engine hears of it: those are the truth.
            claim = f"{work.settings.worker_id}/{new_id('drw')}"
            if rounds.claim_draw(work, round_id, claim):
                engine.draw(round_id, claim)
        if mail_due:
            engine.deliver()
        if complete:
            delivery.finish(work)
        self._tidy()

    def _launched(self) -> "Engine":
        """The engine, launched at the first look: its library takes two seconds to import, and pages need not wait."""
        if self._engine is None:
            from app.workflows.engine import Engine

            engine = Engine(self._work)
            try:
                engine.start()
            except Exception:
                engine.stop(seconds=0)
                raise
            self._engine = engine
        return self._engine

    def _tidy(self) -> None:
        moment = time.monotonic()
        if self._tidied and moment - self._tidied < TIDY_SECONDS:
            return
        self._tidied = moment
        delivery.take_back(self._work)
        if self._engine is not None and not self._engine.delivers:
            delivery.take_back_own(self._work)
        with self._work.database.writing() as session:
            signups.forget_unconfirmed(session, self._work.clock())
        self._work.database.checkpoint()
