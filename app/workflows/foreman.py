"""The foreman: a thread that looks at our rows every moment and sees to it that work which is due is begun.

Because it goes by rows, nothing is lost when a call to the engine is: doors only write, and the next look finds it.
"""

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import structlog

from app.queries import imports as import_queries
from app.queries import rounds as queries
from app.security import new_id
from app.services import guard, mail_requests, workers
from app.workflows import answering, channel, delivery, guarding, importing, rounds
from app.workflows.heart import Heart
from app.workflows.work import Work

if TYPE_CHECKING:
    from app.workflows.engine import Engine

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.3
TIDY_SECONDS = 10.0
CHECKPOINT_SECONDS = 60.0


class Foreman:
    """Runs the engine and the look-out of one worker; `start()`, `stop()`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._engine: Engine | None = None
        self._thread = threading.Thread(target=self._watch, name="foreman", daemon=True)
        self._tidied = self._emptied = 0.0
        self._heart = Heart(work)
        self.failures = 0

    def start(self) -> None:
        """Put right what an earlier life left, and begin to look."""
        self._heart.start()
        guarding.look(self._work)
        delivery.first_light(self._work)
        self._thread.start()

    def stop(self) -> None:
        """Ask everything to end after the mail that is being sent, and wait for it."""
        self._work.stopping.set()
        self._thread.join(timeout=30)
        if self._engine is not None:
            self._engine.stop()
        self._heart.stop()

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
            now = work.moment(session)
            # While sending rests nothing is drawn either: it may have been drawn and sent after this copy was made.
            due = [] if guard.paused(session) else [round_.id for round_ in queries.to_draw(session, now)]
            mail_due = work.transport is not None and channel.due(
                session, now, paced=work.settings.mail_domain_rate > 0
            )
            complete = bool(queries.fully_sent(session))
            asked = bool(mail_requests.due(session, now))
            imports = import_queries.due(session, now)
        for round_id in due:
            # Ours in our own rows before the engine hears of it: those are the truth.
            claim = f"{work.settings.worker_id}/{new_id('drw')}"
            if rounds.claim_draw(work, round_id, claim):
                engine.draw(round_id, claim)
        for job_id in imports:
            if importing.take_up(work, job_id):
                engine.carry_on_import(job_id)
        if asked:
            answering.answer_requests(work)
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
        if self._engine is not None:
            self._engine.while_idle(partial(delivery.take_back_own, self._work))
        self._take_over()
        if moment - self._emptied >= CHECKPOINT_SECONDS:
            self._work.database.checkpoint()
            self._emptied = moment

    def _take_over(self) -> None:
        """What workers that fell silent had in hand goes on here: their mails, their draws, their workflows."""
        with self._work.database.reading() as session:
            gone = workers.gone(session, self._work.moment(session))
        for name in gone:
            delivery.take_over(self._work, name)
        if gone and self._engine is not None:
            taken = self._engine.take_over(gone)
            log.warning("worker.gone", workers=gone, workflows=taken)
