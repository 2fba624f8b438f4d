"""What one process does: a job is a plain dictionary, and so is its result, so that both travel as JSON.

single    one round of one instance, several times: seconds, tiers, score
rounds    many rounds of one community: the sums of `metrics.Tally` and the seconds of each round
horizon   a community that stays as it is, until the first repeat, empty chair or needless pair inside a team
scale     ourselves alone, at sizes where nobody else ends
"""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.race import metrics, worlds
from benchmarks.race.contestants import COLETTE, make
from benchmarks.race.scene import Answer, Scene

Job = dict[str, Any]
Result = dict[str, Any]
QUICK = 10.0  # seconds: what takes longer is run once


def run(job: Job) -> Result:
    """Do it, and say how much memory the process held at most."""
    begin = peak_mb()
    result = {"single": single, "rounds": rounds, "horizon": horizon, "scale": scale}[job["part"]](job)
    return {**job, **result, "import_mb": begin, "peak_mb": max(peak_mb(), _colette_mb(job))}


def single(job: Job) -> Result:
    """The same instance up to `runs` times more; the first run is told apart, for what it loads and compiles."""
    scene = worlds.single(job["people"], job["seed"])
    contestant = make(job["contestant"], job["cap"])
    answers: list[Answer] = []
    while len(answers) <= job["runs"] and (not answers or answers[-1].solve < QUICK):
        _limit(job["cap"] + job["slack"])
        scene.lot = random.Random(f"lot {job['seed']} {len(answers)}")
        try:
            answers.append(contestant(scene))
        except subprocess.TimeoutExpired:
            return {"stopped": job["cap"]}
    _limit(0)
    last, warm = answers[-1], answers[1:] or answers
    metrics.verify(scene, last.groups)
    return {
        "first": _seconds(answers[0]),
        "seconds": [_seconds(one) for one in warm],
        "build": [round(one.build, 6) for one in warm],
        "tiers": metrics.tiers(scene, last.groups),
        "score": metrics.score(scene, last.groups),
        **last.notes,
    }


def rounds(job: Job) -> Result:
    """Every round of a case, until the budget of seconds is used up."""
    case = next(case for case in worlds.CASES if case.name == job["case"])
    world = worlds.world(case, job["seed"])
    contestant = make(job["contestant"], job["cap"])
    scene = Scene(1, [], world.teams, random.Random(f"lot {job['case']} {job['seed']}"))
    tally, seconds, unproven, stopped, start = metrics.Tally(), [], 0, {}, {}
    began = time.perf_counter()
    for number, there in enumerate(world.there[: job["rounds"]], start=1):
        scene.number, scene.active = number, there
        try:
            answer = contestant(scene)
        except subprocess.TimeoutExpired:
            stopped = {"stopped": job["cap"]}
            break
        tally.add(scene, answer.groups)
        scene.store(answer.groups)
        seconds.append(round(answer.notes.get("wall", answer.solve + answer.build), 6))
        unproven += answer.notes.get("proven") == 0
        start = {"start": answer.notes["start"]} if "start" in answer.notes else {}
        if time.perf_counter() - began > job["budget"]:
            break
    return {**tally.as_dict(), "planned": job["rounds"], "seconds": seconds, "unproven": unproven, **stopped, **start}


def horizon(job: Job) -> Result:
    """How many rounds were right before the first that was not; `possible` is what no matcher can beat."""
    scene = worlds.fixed(job["people"], job["teams"], job["seed"])
    contestant = make(job["contestant"], job["cap"])
    team = job["people"] // job["teams"] if job["teams"] > 1 else 1
    possible = job["people"] - team
    began = time.perf_counter()
    good = 0
    while good < possible and time.perf_counter() - began < job["budget"]:
        answer = contestant(scene)
        if not _good(scene, answer.groups, job["teams"]):
            break
        good += 1
        scene.store(answer.groups)
        scene.number += 1
    return {"good": good, "possible": possible, "ran_out": time.perf_counter() - began >= job["budget"]}


def _good(scene: Scene, groups: list[tuple[int, ...]], teams: int) -> bool:
    metrics.verify(scene, groups)
    left_out, repeats, _, same = metrics.tiers(scene, groups)
    return not (left_out or repeats or (teams > 1 and same))


def scale(job: Job) -> Result:
    """Our own tiers and total at this size; the first run is told apart."""
    from benchmarks.race.large import large

    return large(job["people"], job["seed"], job["runs"])


# The process


def _seconds(answer: Answer) -> float:
    """CPU seconds of the engine; of a program of its own, the seconds that its user waits."""
    return round(answer.notes.get("wall", answer.solve), 6)


def _limit(seconds: float) -> None:
    """The kernel ends this process after so many seconds; 0 calls it off. Compiled code cannot be asked to stop.

    (A limit on CPU seconds would do as well, but Linux then counts them in steps of 4 ms.)
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def peak_mb() -> float:
    """The most memory this process has held so far, in MB; Linux counts it by address space, as we want it."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return round(int(lines["VmHWM"].split()[0]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _colette_mb(job: Job) -> float:
    if job["part"] == "scale" or job["contestant"] != COLETTE:
        return 0.0
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1)
