"""A PostgreSQL that may be killed and started again under work; the machine lives on, and with it what was written."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

from tests.rig.postgres import NOBODY, _copied, _libpq, _runs_as, binaries

OPTIONS = ("-c", "listen_addresses=", "-c", "timezone=UTC", "-c", "fsync=off", "-c", "synchronous_commit=on")
PATIENCE = 120.0


class MortalPostgres:
    """The server, as a context manager."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="coffee-pg-", dir="/tmp"))
        self._user = NOBODY if os.geteuid() == 0 else None
        self._bin = binaries()
        if self._user is not None:
            if not _runs_as(self._user, self._bin / "postgres"):
                self._bin = _copied(self._bin, self.folder / "program")
            os.chown(self.folder, self._user, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the maintenance database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        data = self.folder / "data"
        words = [self._bin / "postgres", "-D", data, "-k", self.folder, *OPTIONS]
        (data / "postmaster.pid").unlink(missing_ok=True)
        self._process = self._begin(words)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(_libpq(self.url)).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None:  # the children of the one that was killed have yet to notice
                    self._process = self._begin(words)
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.1)

    def kill(self) -> None:
        """Kill it and all its children, as `kill -9` does."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _begin(self, words: list[object]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(word) for word in words],
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """Make its files and start it."""
        initdb = [self._bin / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        assert self._begin([*initdb, "--no-sync", "--locale=C"]).wait(PATIENCE) == 0
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, and take its files away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
