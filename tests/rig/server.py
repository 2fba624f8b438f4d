"""Real servers: an ASGI application in a thread, or the program itself in a process that can be killed."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn

from tests.rig.nursery import COFFEE, Child, own

ROOT = Path(__file__).parents[2]
TLS = ssl.create_default_context()
"""One for all clients, although none of them needs it: each would read all the certificates of the machine."""


@dataclass(frozen=True)
class Site:
    """Where an application is served."""

    port: int

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options: Any) -> httpx.Client:
        """An httpx client for it; close it, or use it with `with`."""
        return httpx.Client(base_url=self.url, timeout=10, verify=TLS, **options)


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[Site]:
    """Serve an ASGI application, with its start and stop, by uvicorn in a thread on a free port, or on that one."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=5, ws="none")
    server = _Server(config)
    thread = threading.Thread(target=server.run, name="uvicorn", daemon=True)
    thread.start()
    try:
        _wait(lambda: server.started or not thread.is_alive(), 20)
        if not server.started:
            raise RuntimeError("the application did not start; its log says why")
        yield Site(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(15)


class _Server(uvicorn.Server):
    """Leaves when it is told to: uvicorn's own looks ten times a second whether it should."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """`coffee WORDS` in a process of its own, as a context manager that waits until it is ready.

    `serve` gets a free port and is ready when `/readyz` answers 200; other words are ready at once, or when
    `ready_word` stands in the log. Output goes to a file in `folder`, which `log()` reads. Settings are `environment`
    and nothing else that begins with COFFEE_. After `kill()` or `stop()`, `start()` starts it again, on the same port.
    The nursery begins it; `fresh` takes a new interpreter, as outside of tests.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        name: str = "",
        ready_word: str = "",
        timeout: float = 30,
        fresh: bool = False,
    ) -> None:
        self.words = list(words)
        self.environment = dict(environment)
        self.port = free_port() if words[0] == "serve" else 0
        self.folder = folder
        self.log_file = folder / f"{name or words[0]}-{self.port or id(self)}.log"
        self.ready_word = ready_word
        self.timeout = timeout
        self.fresh = fresh
        self.process: subprocess.Popen[bytes] | Child | None = None

    @property
    def site(self) -> Site:
        """Where it serves."""
        return Site(self.port)

    def start(self) -> Self:
        """Start it and wait until it is ready; RuntimeError with its log when it ends or takes too long."""
        words = [*self.words, "--host", "127.0.0.1", "--port", str(self.port)] if self.port else self.words
        before = len(self.log())
        self.process = self._fresh(words) if self.fresh else self._child(words)
        try:
            _wait(lambda: self._ready(before), self.timeout)
        except TimeoutError as error:
            self.kill()
            raise RuntimeError(f"coffee {' '.join(words)} was not ready in {self.timeout} s:\n{self.log()}") from error
        except BaseException:
            self.kill()
            raise
        return self

    def _child(self, words: list[str]) -> Child:
        return begun(words, self.environment, self.folder, self.log_file)

    def _fresh(self, words: list[str]) -> subprocess.Popen[bytes]:
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app.cli", *words],
                cwd=self.folder,
                env=_outside() | {"PYTHONUNBUFFERED": "1", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _ready(self, log_before: int) -> bool:
        assert self.process
        if self.process.poll() is not None:
            raise RuntimeError(f"coffee {' '.join(self.words)} ended with {self.process.returncode}:\n{self.log()}")
        if self.port:
            try:
                return httpx.get(self.site.url + "/readyz", timeout=5).status_code == 200
            except httpx.HTTPError:
                return False
        return self.ready_word in self.log()[log_before:]

    def kill(self) -> None:
        """End it without a chance to tidy up, as `kill -9` does, with its children."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit code. Killed after 30 s."""
        return self._end(signal.SIGTERM)

    def _end(self, what: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            (os.killpg if what == signal.SIGKILL else os.kill)(process.pid, what)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    def log(self) -> str:
        """Everything it has printed, over all its starts."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def begun(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path, errors: Path | None = None
) -> Child:
    """`coffee WORDS` in a process of its own, begun by the nursery."""
    nursery = own()
    return Child(nursery, nursery.spawn(COFFEE, words, environment, folder, log, errors=errors))


def coffee(
    *words: str, environment: Mapping[str, str] | None = None, folder: Path, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `coffee WORDS` to its end in `folder`; look at `.returncode`, `.stdout` and `.stderr`.

    The nursery begins it; `fresh` takes a new interpreter, as outside of tests.
    """
    if fresh:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *words],
            cwd=folder,
            env=_outside() | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    with tempfile.TemporaryDirectory() as said:
        output, errors = Path(said, "out"), Path(said, "err")
        child = begun(words, environment or {}, folder, output, errors)
        try:
            code = child.wait(300)
        finally:
            child.end()
        return subprocess.CompletedProcess(words, code, output.read_text(), errors.read_text())


def _outside() -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("COFFEE_")}
    return outside | {"PYTHONPATH": str(ROOT)}


def _wait(true: Any, timeout: float) -> None:
    until = time.monotonic() + timeout
    while not true():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)
