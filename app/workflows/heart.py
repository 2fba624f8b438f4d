"""A worker's heartbeat, in a thread of its own: whatever else takes long, others can see that it lives."""

import socket
import threading
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.services import claims, workers
from app.workflows.work import Work

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0


class Heart:
    """Beats from `start()` to `stop()`, which says goodbye; also as a context manager."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heart", daemon=True)

    def start(self) -> None:
        """The first beat comes at once: whoever claims something must be known to live."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """The last word. Without it others would find this worker silent, and see that nothing is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        try:
            with self._work.database.writing("worker: stopped") as session:
                name = self._work.settings.worker_id
                if not claims.in_hand(session, name):  # otherwise it has not ended well, and others must look after it
                    workers.stopped(session, name, self._work.moment(session))
        except SQLAlchemyError:
            log.warning("worker.no_goodbye", exc_info=True)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _beat_on(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            try:
                self._beat()
            except SQLAlchemyError as error:
                log.warning("worker.beat_missed", error=type(error).__name__)

    def _beat(self) -> None:
        with self._work.database.writing("worker: beat") as session:
            name, now = self._work.settings.worker_id, self._work.moment(session)
            workers.beat(session, name, host=socket.gethostname(), version=__version__, now=now)
