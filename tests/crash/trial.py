"""One trial: a story on one database, cut short at one point or at two, and judged."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.crash.judge import Verdict
from tests.crash.stage import Kill, Stage
from tests.crash.stories import STORIES
from tests.crash.world import World
from tests.rig.nursery import Nursery

DOTTED, ANSWERED = "after commit: mail: dot", "after commit: mail: answer"
CARRIERS = ("smtp: ", "before commit: mail: answer", "before commit: mail: dot", "before commit: mail: claim")


@dataclass
class Outcome:
    """How a trial ended. `window` is whether the kill fell between dot mark and answer, as far as the log can tell."""

    verdict: Verdict
    passed: dict[str, Counter[str]]
    struck: bool
    dotted: int
    window: int | None
    seconds: float

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        faults = list(self.verdict.faults)
        if not self.struck:
            faults.append("the kill never fell: the point was not passed so often")
        if self.window is not None and self.dotted != self.window:
            faults.append(
                f"{self.dotted} mails were past their dot when it fell, and {self.window} were to be expected"
            )
        return faults


@contextmanager
def staged(nursery: Nursery, world: World, *, empty: bool = False, **more: Any) -> Iterator[Stage]:
    """A stage on a copy of the world, or on an empty database; cleared afterwards."""
    with ExitStack() as tidy:
        folder = Path(tidy.enter_context(TemporaryDirectory(prefix="coffee-crash-", ignore_cleanup_errors=True)))
        url = tidy.enter_context(world.empty(folder) if empty else world.copied(folder))
        stage = Stage(nursery, folder, url, **more)
        tidy.callback(stage.close)
        yield stage


def run(nursery: Nursery, world: World, story: str, kill: Kill | None = None, **more: Any) -> Outcome:
    """Play the story once. Raises AssertionError when it does not come to its end."""
    began = time.monotonic()
    with staged(nursery, world, empty=story == "migrate", kill=kill, **more) as stage:
        verdict = STORIES[story](stage, world.key)
        passed = {role: _passed(stage.folder, role) for role in ("serve", "worker", "command")}
        window = _window(stage.folder, kill) if kill and not kill.again else None
        return Outcome(verdict, passed, stage.struck(), len(stage.dotted), window, time.monotonic() - began)


def _passed(folder: Path, role: str) -> Counter[str]:
    """How often each point came by in one process of that role, in the one in which it came by most."""
    most: Counter[str] = Counter()
    for file in folder.glob(f"passed-{role}-*"):
        most |= Counter(line.rpartition("#")[0] for line in file.read_text().splitlines())
    return most


def _window(folder: Path, kill: Kill) -> int | None:
    """1 when the one who was killed had marked a dot and not yet its answer; None when it was not the one who carries
    mail, whose moments nobody knows.
    """
    if not kill.at.startswith(CARRIERS):
        return None
    for file in folder.glob(f"passed-{kill.role}-*"):
        lines = file.read_text().splitlines()
        if kill.at not in lines[-3:]:  # the last but for what other threads passed in that instant
            continue  # another life passed that moment too, and lived on
        open_ = 0
        for line in lines:
            open_ = {DOTTED: 1, ANSWERED: 0}.get(line.rpartition("#")[0], open_)
        return open_
    return None
