"""Where a story plays: folder, database, mail server, and the processes of the service, one of which may be killed.

The stage does what a machine and a patient client do: it starts again what has died, and asks again what got no answer.
It also keeps what the judge needs: what the rows said at the moment of each death.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import inspect
from sqlmodel import Session, col, select, update

from app.clock import now
from app.db import Database
from app.models import KeptAnswer, MailState, OutgoingMail
from tests.conftest import SECRET_KEY
from tests.crash import wrong
from tests.crash.child import PREPARED
from tests.rig.nursery import COFFEE, Nursery
from tests.rig.server import free_port
from tests.rig.smtp import Delivery, read_journal

PATIENCE = 120.0
"""Seconds after which something that should happen by itself has not happened; the machine may be very busy."""
SERVE, WORKER, COMMAND = "serve", "worker", "command"
TAKEN_OVER_AFTER = timedelta(seconds=61)


@dataclass(frozen=True)
class Kill:
    """Kill the process of that role at a point, written `NAME#3` for the third passing; `again` kills its successor."""

    role: str
    at: str
    again: str = ""
    then: str = "kill"

    def after(self, role: str, deaths: int) -> str:
        """The point at which a process of this role is killed next, when so many have been killed already."""
        return "" if role != self.role else (self.at, self.again, "")[min(deaths, 2)]


SOON = 3.0
"""Seconds in which a process that was killed can be seen to be dead, on a busy machine too."""


@dataclass
class Stage:
    """One story on one database. `close()` it, whatever happened."""

    nursery: Nursery
    folder: Path
    database_url: str
    kill: Kill | None = None
    strategy: str = ""
    patience: float = PATIENCE
    workers: int = 1
    """How many workers there are beside the pages' process, on PostgreSQL."""
    deaths: list[str] = field(default_factory=list)
    dotted: set[str] = field(default_factory=set)
    """Ids of the mails that were past their dot mark when a process died."""
    at_death: Callable[[], object] = lambda: None
    _pids: dict[str, int] = field(default_factory=dict)
    _lives: dict[str, int] = field(default_factory=dict)
    _up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(self.database_url)
        self.port = free_port()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        self._mail_server = self.nursery.spawn(
            "tests.crash.mail_server:main", [str(self.folder)], {}, self.folder, self.folder / "mail-server.log"
        )
        there = self.folder / "mail-server.json"
        self.until(there.exists)
        mail = json.loads(there.read_text())
        self.environment = {
            "COFFEE_DATABASE_URL": self.database_url,
            "COFFEE_SECRET_KEY": SECRET_KEY,
            "COFFEE_SMTP_URL": f"smtp://coffee:let-me-in@localhost:{mail['port']}?starttls=required&ca={mail['ca']}",
            "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
            "COFFEE_AUTO_MIGRATE": "false",
            "COFFEE_MAIL_RATE": "1000",
            "COFFEE_MAIL_BURST": "1000",
            wrong.VARIABLE: self.strategy,
        }
        self._remove = mail["ca"]

    def pid(self, role: str) -> int:
        """The process of that role."""
        return self._pids[role]

    @property
    def on_sqlite(self) -> bool:
        """Whether one process is the whole service."""
        return self.database_url.startswith("sqlite")

    @property
    def journal(self) -> list[Delivery]:
        """What the mail server has accepted."""
        return read_journal(self.folder / "mail.journal")

    def struck(self) -> bool:
        """Whether every kill that was planned has fallen. One at the very end is waited for: the line to a process that
        is dying breaks before anybody may ask how it ended.
        """
        planned = [] if self.kill is None else [at for at in (self.kill.at, self.kill.again) if at]
        deadline = time.monotonic() + SOON
        while len(self.deaths) < len(planned) and time.monotonic() < deadline:
            time.sleep(0.05)
            self.look_after()
        return len(self.deaths) == len(planned)

    # Processes

    def open(self) -> None:
        """Start what a service consists of: one process on SQLite, page and worker on PostgreSQL."""
        self._up = [SERVE] if self.on_sqlite else [SERVE, *map(worker, range(1, self.workers + 1))]
        for role in self._up:
            self._start(role)

    def look_after(self) -> None:
        """Start again what has been killed. Raises AssertionError for a process that has ended by itself."""
        for role in self._up:
            code = self.nursery.code(self._pids[role])
            if code is not None:
                self._note_death(role, code)
                self._start(role)

    def _note_death(self, role: str, code: int) -> None:
        assert code == -signal.SIGKILL, f"{role} ended with {code}:\n{self.log(role)}"
        self.deaths.append(role)
        with self.database.reading() as session:
            if inspect(session.connection()).has_table("outgoing_mail"):
                query = select(OutgoingMail.id).where(OutgoingMail.state == MailState.DOT)
                theirs = col(OutgoingMail.claimed_by).startswith(self._claims_as(role), autoescape=True)
                self.dotted |= set(session.exec(query.where(theirs)))
        self.at_death()

    def _claims_as(self, role: str) -> str:
        """How the name begins under which a process of this role claims mails; others may be alive."""
        if role == COMMAND:
            return "cli_"
        return name_of(WORKER if self.on_sqlite else role)

    def _start(self, role: str) -> None:
        words = ["serve", "--port", str(self.port)] if role == SERVE else ["worker", "--id", name_of(role)]
        self._pids[role] = self._spawn(role, words)

    def _spawn(self, role: str, words: Sequence[str], target: str = COFFEE) -> int:
        life = self._lives[role] = self._lives.get(role, -1) + 1
        seam = {"COFFEE_CRASH_LOG": str(self.passed_file(role, life))}
        if self.kill is not None and (at := self.kill.after(role, len(self.deaths))):
            seam |= {"COFFEE_CRASH_AT": at, "COFFEE_CRASH_THEN": self.kill.then}
        environment = {**self.environment, **seam}
        log = self.folder / f"{role}.log"
        return self.nursery.spawn(target, words, environment, self.folder, log, prepared=PREPARED)

    def passed_file(self, role: str, life: int) -> Path:
        """Which points the process of that role has passed in that life."""
        return self.folder / f"passed-{role}-{life}"

    def command(self, *words: str, target: str = COFFEE) -> tuple[int, str]:
        """Run `coffee WORDS` to its end, again when it is killed; its code and all that it printed."""
        while True:
            before = len(self.log(COMMAND))
            pid = self._spawn(COMMAND, words, target)
            code = self.until_known(pid)
            if code != -signal.SIGKILL:
                return code, self.log(COMMAND)[before:]
            self._note_death(COMMAND, code)

    def log(self, role: str) -> str:
        """What the processes of a role have printed."""
        file = self.folder / f"{role}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def bow_out(self) -> None:
        """Ask the service to end, as a service manager does; one that is killed meanwhile has ended too."""
        for role in self._up:
            os.kill(self._pids[role], signal.SIGTERM)
        for role in self._up:
            code = self.until_known(self._pids[role])
            if code != 0:
                self._note_death(role, code)
        self._up = []

    def until_known(self, pid: int) -> int:
        """The code with which a process ends."""
        deadline = time.monotonic() + PATIENCE
        while (code := self.nursery.code(pid)) is None:
            assert time.monotonic() < deadline, "a process did not end"
            time.sleep(0.02)
        return code

    def close(self) -> None:
        """End everything."""
        for pid in (*self._pids.values(), self._mail_server):
            self.nursery.end(pid)
        self.client.close()
        self.database.close()
        with suppress(FileNotFoundError):
            os.unlink(self._remove)  # noqa: PTH108 - the certificate of the mail server, which was killed

    # Patience

    def until(self, met: Callable[[], Any], what: str = "it") -> Any:
        """What is true at last; the service is looked after meanwhile. AssertionError when it takes too long."""
        deadline = time.monotonic() + self.patience
        while not (found := met()):
            if time.monotonic() > deadline:
                logs = "\n".join(f"--- {role}\n{self.log(role)[-3000:]}" for role in (*self._up, COMMAND))
                raise AssertionError(f"{what} did not come about\n{logs}")
            self.look_after()
            time.sleep(0.02)
        return found

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The answer to a call, which is made again as long as nobody answers or the answer is "later"."""

        def answered() -> httpx.Response | None:
            try:
                answer = self.client.request(method, path, **given)
            except httpx.TransportError:
                return None
            if answer.status_code == 409 and "still-running" in answer.text:
                self._let_time_pass()
                return None
            return None if answer.status_code == 503 else answer

        found: httpx.Response = self.until(answered, f"an answer to {method} {path}")
        return found

    def true(self, done: Callable[[Session], Any]) -> Any:
        """What a look at the rows finds."""
        with self.database.reading() as session:
            return done(session)

    def due_now(self, session: Session) -> None:
        """Every mail that waits for its next try is due."""
        session.exec(
            update(OutgoingMail)
            .where(col(OutgoingMail.state) == MailState.READY)
            .where(col(OutgoingMail.not_before) > now())
            .values(not_before=now())
        )

    def _let_time_pass(self) -> None:
        """A minute later a call that was cut off may be taken over. Whoever made it is dead, or this does harm."""
        with self.database.writing() as session:
            session.exec(
                update(KeptAnswer).where(col(KeptAnswer.status).is_(None)).values(created_at=now() - TAKEN_OVER_AFTER)
            )


def worker(number: int) -> str:
    """The role of a worker: `worker`, `worker2` …"""
    return WORKER if number == 1 else f"{WORKER}{number}"


def name_of(role: str) -> str:
    """The fixed name of the worker in that role."""
    return f"worker-{role.removeprefix(WORKER) or 1}"
