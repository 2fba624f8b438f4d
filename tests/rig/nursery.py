"""Begins real processes in milliseconds: a process that has imported the program once, and forks.

A child is `coffee WORDS` in a process, session and folder of its own, killed like any other; only the two seconds of
importing are saved. The nursery has one thread, so that a fork is safe; when its standard input closes, however the
test run ended, it kills its children and ends. One is enough for a test process: `own()`.
"""

import atexit
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
COFFEE = "app.cli:main"
WARM = (
    "app.cli",
    "app.main",
    "app.commands.people",
    "app.commands.rounds_here",
    "app.commands.serving",
    "app.workflows.engine",
    "app.workflows.foreman",
    "tests.crash.child",
    "uvicorn",
)


class Nursery:
    """The near end: `spawn` a child, `code` tells how it ended. Close it, or use it with `with`."""

    def __init__(self) -> None:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("COFFEE_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.nursery"],
            cwd=ROOT,
            # a thread of a library before the fork could hold a lock for ever after it
            env={**outside, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._turn = threading.Lock()
        self._ask()

    def spawn(
        self,
        target: str,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        *,
        errors: Path | None = None,
        prepared: str = "",
    ) -> int:
        """Begin `target` (`module:function`) with these words as its command line; its process id.

        What it prints goes to `log`, or what it says of errors to `errors`; its settings are `environment` and nothing
        else that begins with COFFEE_. What `prepared` names is called in the child before.
        """
        order = {"target": target, "words": list(words), "environment": dict(environment), "prepared": prepared}
        return int(self._ask(**order, folder=str(folder), log=str(log), errors=str(errors or log))["pid"])

    def code(self, pid: int) -> int | None:
        """The exit code of a child, minus the signal that ended it; None while it runs."""
        code: int | None = self._ask(look=pid)["code"]
        return code

    def end(self, pid: int) -> None:
        """Kill a child with its own children, and wait for its end."""
        if self.code(pid) is None:
            _kill(pid)
            self._ask(wait=pid)

    def close(self) -> None:
        """End the nursery and all its children."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(30)

    def _ask(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        with self._turn:
            if order:
                self._process.stdin.write(json.dumps(order) + "\n")
                self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the nursery has ended; its words are on standard error")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        """It runs since it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


class Child:
    """One that `spawn` began, with the methods of a `Popen` that are needed."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        """As `poll`."""
        return self.poll()

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._nursery.code(self.pid)

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end. Raises TimeoutExpired after so many seconds."""
        latest = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > latest:
                raise subprocess.TimeoutExpired(COFFEE, timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, what: int) -> None:
        """Where it still runs."""
        if self.poll() is None:
            os.kill(self.pid, what)

    def end(self) -> None:
        """Kill it with its own children."""
        self._nursery.end(self.pid)


@cache
def own() -> Nursery:
    """The nursery of this process; it goes with it."""
    made = Nursery()
    atexit.register(made.close)
    return made


# The far end


def main() -> None:
    """Import, then fork a child for each line on standard input, until it closes."""
    for name in WARM:
        importlib.import_module(name)
    _say(ready=True)
    codes: dict[int, int | None] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "target" in order:
            codes[pid := _forked(order)] = None
            _say(pid=pid)
        else:
            pid = order.get("look") or order["wait"]
            if codes[pid] is None:
                done, status = os.waitpid(pid, 0 if "wait" in order else os.WNOHANG)
                codes[pid] = os.waitstatus_to_exitcode(status) if done else None
            _say(code=codes[pid])
    for pid, code in codes.items():
        if code is None:
            _kill(pid)


def _kill(pid: int) -> None:
    """Kill a child and its own children; also one just forked, that leads no group yet."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def _forked(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        _settle_in(order)
        _called(order["target"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle_in(order: dict[str, Any]) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log, errors = (os.open(order[name], os.O_CREAT | os.O_APPEND | os.O_WRONLY) for name in ("log", "errors"))
    for source, target in ((nothing, 0), (log, 1), (errors, 2)):
        os.dup2(source, target)
    os.closerange(3, 64)
    os.chdir(order["folder"])
    for name in [name for name in os.environ if name.startswith("COFFEE_")]:
        del os.environ[name]
    os.environ.update(order["environment"])
    sys.argv = ["coffee", *order["words"]]
    from app import crashpoints

    crashpoints._seam = crashpoints.from_environment(os.environ)  # it was read at import, in another process
    if order["prepared"]:
        _called(order["prepared"])


def _called(name: str) -> None:
    module, _, function = name.partition(":")
    getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    main()
