"""Named moments at which a test may kill, freeze or delay this process: around every commit, every step of a mail
conversation, every call to the outside. Without `COFFEE_CRASH_AT` and `COFFEE_CRASH_LOG` a moment costs one comparison.

`tests/crash/points.txt` lists every name, and a test compares the list with the code, so that no new step goes untried.
"""

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path


class Seam:
    """What the environment of this process asks for.

    `at` is `NAME` or `NAME#3` for the third time; `then` is `kill` (SIGKILL), `freeze` (SIGSTOP) or a number of seconds
    to sleep. `log` is a file that gets a line for each moment passed, so that a test can first see which there are.
    """

    def __init__(self, at: str = "", then: str = "kill", log: str = "") -> None:
        self._name, _, time_ = at.partition("#")
        self._time = int(time_ or 1)
        self._then = then
        self._log = Path(log) if log else None
        self._passed: Counter[str] = Counter()
        self._guard = threading.Lock()

    def passed(self, name: str) -> None:
        """Called at the moment `name`; may not return."""
        with self._guard:
            self._passed[name] += 1
            if self._log is not None:
                with self._log.open("a", encoding="utf-8") as file:
                    file.write(f"{name}#{self._passed[name]}\n")
            struck = name == self._name and self._passed[name] == self._time
        if struck:
            self._strike()

    def _strike(self) -> None:
        if self._then == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self._then == "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            time.sleep(float(self._then))


def from_environment(environment: "os._Environ[str] | dict[str, str]") -> Seam | None:
    """The seam that the environment asks for, or None: then nothing ever happens."""
    at, log = environment.get("COFFEE_CRASH_AT", ""), environment.get("COFFEE_CRASH_LOG", "")
    if not at and not log:
        return None
    return Seam(at, environment.get("COFFEE_CRASH_THEN", "kill"), log)


_seam = from_environment(os.environ)


def crashpoint(name: str) -> None:
    """Pass a named moment."""
    if _seam is not None:
        _seam.passed(name)
