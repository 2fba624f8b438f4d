"""The durable engine (DBOS): the only place that imports it.

What it adds: a draw or a delivery that a crash interrupted is taken up again when its worker comes back, step by step.
What it must never hold: state that matters. That lives in our rows; the engine's tables can be thrown away, and the
foreman starts anew.

Two defaults of DBOS are dangerous and are set here: the executor id (ours is the worker's fixed name) and the
application version (by default a hash of the source, which strands interrupted work after an upgrade).

What DBOS leaves open is closed here too: nobody takes up the work of a worker that never comes back (`take_over`), and
finished workflows are kept for ever (`forget`).
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig
from sqlalchemy import make_url

from app.clock import now
from app.db import BUSY_SECONDS, log_ahead
from app.workflows import delivery, duties, importing, inbound, rounds
from app.workflows.work import Work

APPLICATION_VERSION = "1"
"""Changes only with the shape of the workflows below; then old ones need `DBOS.patch`."""

_delivering = threading.Lock()
"""Held while this process carries mail. What DBOS wrote down about it may be wrong: a full disk, a lost commit."""

_work: list[Work] = []  # workflows are functions known by name, so what they work with must be found, not passed


@DBOS.step(name="draw_round")
def _draw_round(round_id: str, claim: str) -> bool:
    return rounds.draw_round(_work[-1], round_id, claim)


@DBOS.step(name="deliver_batch")
def _deliver_batch() -> int:
    return delivery.deliver_batch(_work[-1])


@DBOS.workflow(name="draw")
def _draw(round_id: str, claim: str) -> bool:
    return _draw_round(round_id, claim)


@DBOS.step(name="carry_on_import")
def _carry_on_import(job_id: str) -> bool:
    return importing.carry_on(_work[-1], job_id)


@DBOS.workflow(name="import")
def _import(job_id: str) -> bool:
    return _carry_on_import(job_id)


@DBOS.workflow(name="deliver")
def _deliver() -> int:
    return _deliver_if_idle()


def _deliver_if_idle() -> int:
    """One at a time in a process: one that DBOS takes up again after a crash must not double the rate."""
    if not _delivering.acquire(blocking=False):
        return 0
    try:
        total = 0
        while done := _deliver_batch():
            total += done
        return total
    finally:
        _delivering.release()


@DBOS.step(name="each_minute")
def _each_minute() -> None:
    duties.each_minute(_work[-1])


@DBOS.step(name="ask")
def _ask_step() -> None:
    duties.ask(_work[-1])


@DBOS.step(name="look_into_mailbox")
def _look_into_mailbox() -> None:
    inbound.poll(_work[-1])


@DBOS.step(name="each_day")
def _each_day() -> None:
    duties.each_day(_work[-1])
    forget()


@DBOS.workflow(name="minute")
def _minute(_scheduled: datetime, _context: Any) -> None:
    _each_minute()


@DBOS.workflow(name="ask")
def _ask(_scheduled: datetime, _context: Any) -> None:
    _ask_step()


@DBOS.workflow(name="mailbox")
def _mailbox(_scheduled: datetime, _context: Any) -> None:
    _look_into_mailbox()


@DBOS.workflow(name="day")
def _day(_scheduled: datetime, _context: Any) -> None:
    _each_day()


KEEP = timedelta(days=7)
MOST_FORGOTTEN = 10_000


def forget() -> int:
    """Delete workflows that ended a week ago: our rows know what came of them. Returns how many."""
    before = (now() - KEEP).isoformat()
    old = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before,
        limit=MOST_FORGOTTEN,
        load_input=False,
        load_output=False,
    )
    if old:
        DBOS.delete_workflows([one.workflow_id for one in old])
    return len(old)


class Engine:
    """Starts, stops and feeds DBOS for one worker. One at a time in a process."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def start(self) -> None:
        """Launch, and take up what this worker left unfinished in an earlier life."""
        _work[:] = [self._work]
        DBOS(config=self._config())
        DBOS.launch()
        DBOS.apply_schedules(
            [
                {"schedule_name": "minute", "workflow_fn": _minute, "schedule": "* * * * *"},
                {"schedule_name": "ask", "workflow_fn": _ask, "schedule": "*/5 * * * *"},
                {"schedule_name": "mailbox", "workflow_fn": _mailbox, "schedule": "* * * * *"},
                {"schedule_name": "day", "workflow_fn": _day, "schedule": "17 3 * * *", "automatic_backfill": False},
            ]
        )

    def _config(self) -> DBOSConfig:
        logging.getLogger("dbos").setLevel(logging.WARNING)
        return DBOSConfig(
            name="coffee-trial",
            system_database_url=_system_database(self._work.settings.database_url),
            application_version=APPLICATION_VERSION,
            executor_id=self._work.settings.worker_id,
            log_level="WARNING",
            enable_otlp=False,
            notification_listener_polling_interval_sec=1.0,
        )

    def draw(self, round_id: str, claim: str) -> None:
        """Begin to draw a round that was claimed under this name."""
        DBOS.start_workflow(_draw, round_id, claim)

    def carry_on_import(self, job_id: str) -> None:
        """Begin to write an import that was taken up, or go on with it."""
        DBOS.start_workflow(_import, job_id)

    @property
    def delivers(self) -> bool:
        """Whether this process is carrying mail."""
        return _delivering.locked()

    def while_idle(self, action: Callable[[], None]) -> None:
        """Do something that must not meet a delivery of this process: it happens now, before any, or not at all."""
        if not _delivering.acquire(blocking=False):
            return
        try:
            action()
        finally:
            _delivering.release()

    def deliver(self) -> None:
        """Begin to carry mail, unless this process is at it."""
        if not self.delivers:
            DBOS.start_workflow(_deliver)

    def take_over(self, gone: Sequence[str]) -> int:
        """Take up what workers that never came back had begun. Returns how many workflows.

        Without this they would wait for ever for their own worker (in DBOS that is a paid service). Each is guarded by
        our rows: a draw by its claim, a mail by its token.
        """
        left = DBOS.list_workflows(status="PENDING", executor_id=list(gone), load_input=False)
        for one in left:
            DBOS.resume_workflow(one.workflow_id)
        return len(left)

    def stop(self, seconds: int = 25) -> None:
        """Let running steps end, then stop."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        _work.clear()


def _system_database(url: str) -> str:
    """Beside the file for SQLite, in a schema of its own for PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return url
    path = Path(parsed.database or "coffee.db")
    beside = str(path.with_name(f"{path.stem}-work.db"))
    with closing(sqlite3.connect(beside)) as connection:
        log_ahead(connection, BUSY_SECONDS)  # DBOS leaves the default journal
    return f"sqlite:///{beside}"
