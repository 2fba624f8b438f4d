"""colette 0.3.1, the published command, as a process of its own in an environment of its own.

It is under the AGPL: nothing of it is imported here, and nothing of it is kept here. We write the files that its manual
describes, call `colette pair`, and read the file that it writes. The environment is made from the package index in
`benchmarks/.cache/` (which git does not see) the first time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

from benchmarks.race.scene import Answer, Group, Missing, Pair, Scene, couple

VERSION = "0.3.1"
CACHE = Path(__file__).resolve().parents[1] / ".cache"
COMMAND = CACHE / f"colette-{VERSION}" / "bin" / "colette"


def install() -> None:
    """Make the environment unless it is there. Raises Missing with the reason when the index does not give it."""
    if COMMAND.exists():
        return
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n", encoding="utf-8")
    folder = COMMAND.parents[1]
    steps = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", f"colette=={VERSION}"],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
            raise Missing(f"colette {VERSION} could not be installed: {last[:200]}")


class Colette:
    """A contestant that keeps a working directory, as its users do. `cap` are seconds for one round; its own are 30."""

    def __init__(self, cap: float) -> None:
        if not COMMAND.exists():
            raise Missing(f"colette {VERSION} is not installed")
        self.cap = cap
        self.start = start(cap)
        self.folder = tempfile.TemporaryDirectory(prefix="colette-")

    def __call__(self, scene: Scene) -> Answer:
        """A round; the seconds are those that its user waits, the start of the program included."""
        folder = Path(self.folder.name)
        write_files(folder, scene)
        began = time.perf_counter()
        run(folder, self.cap)
        wall = time.perf_counter() - began
        groups, proven = read_groups(folder / f"solution_{scene.number:06}.toml")
        return Answer(groups, wall, 0.0, {"wall": wall, "start": self.start, "proven": float(proven)})


def start(cap: float) -> float:
    """Seconds for a round of two people: what starting it costs."""
    with tempfile.TemporaryDirectory(prefix="colette-") as folder:
        write_files(Path(folder), Scene(1, [0, 1], [0, 1], random.Random(0)))
        began = time.perf_counter()
        run(Path(folder), cap)
        return round(time.perf_counter() - began, 4)


def run(folder: Path, cap: float) -> None:
    """The command itself."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    words = [str(COMMAND), "--path", str(folder), "pair"]
    done = subprocess.run(words, env=environment, timeout=cap, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"colette ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def write_files(folder: Path, scene: Scene) -> None:
    """people.csv, a solution for each earlier round that it did not draw itself, and the new round."""
    people = "".join(f"p{one},team {team},,TRUE\n" for one, team in enumerate(scene.teams))
    (folder / "people.csv").write_text(f"name,organisation,email,active\n{people}", encoding="utf-8")
    (folder / f"solution_{scene.number:06}.toml").unlink(missing_ok=True)
    (folder / f"solution_{scene.number:06}.csv").unlink(missing_ok=True)
    for number in range(1, scene.number):
        file = folder / f"solution_{number:06}.toml"
        if not file.exists():
            file.write_text(solution(number, ((a, b) for when, a, b in scene.history if when == number)))
    here = set(scene.active)
    absent = [f'[[remove]]\nname = "p{one}"\n' for one in range(len(scene.teams)) if one not in here]
    window = "" if scene.window is None else f"cost_of_pairing_previous_partner_n = {scene.window}\n"
    text = f"number = {scene.number}\ndate = 2026-01-01\n{window}{''.join(absent)}"
    (folder / f"round_{scene.number:06}.toml").write_text(text, encoding="utf-8")


def solution(number: int, pairs: Iterable[Pair]) -> str:
    """A round of the past in its format."""
    return f"cost = 0\nround = {number}\n" + "".join(
        f'\n[[pair]]\nprimary = "p{a}"\nsecondary = "p{b}"\n' for a, b in pairs
    )


def read_groups(file: Path) -> tuple[list[Group], bool]:
    """Its pairs, without those who are paired with themselves (they sit out), and whether it calls them proven."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    pairs = [(int(pair["primary"][1:]), int(pair["secondary"][1:])) for pair in found.get("pair", [])]
    return [couple(a, b) for a, b in pairs if a != b], found.get("optimal", True)
