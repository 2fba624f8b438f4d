"""Race Coffee Trial against NetworkX, rustworkx, colette, Yelp Beans' rule and shuffles; write figures and pictures.

    python -m benchmarks.race                      everything, half an hour; writes docs/benchmark.md and its pictures
    python -m benchmarks.race --small              toy sizes, without colette, to see that it works; writes nothing
    python -m benchmarks.race --only scale         a part (single, rounds, horizon, scale) or contestant; writes nothing
    python -m benchmarks.race --render FILE.json   the document again from stored figures, without running anything

Each job is a process of its own, one after the other: keep the machine quiet meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.race import colette, contestants, plan
from benchmarks.race.jobs import Job, Result
from benchmarks.race.machine import machine
from benchmarks.race.scene import Missing
from benchmarks.race.worker import in_a_process

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "race.json"
SAY = Console(stderr=True)


def main() -> int:
    """Run or render; 1 when a job broke."""
    given = arguments(sys.argv[1:])
    if given.render:
        write_documents(json.loads(given.render.read_text(encoding="utf-8")))
        return 0
    outcome = race(given)
    complete = not given.small and not given.only
    out = given.out or (RESULTS if complete else None)
    if out:  # before anything else can go wrong
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(dumped(outcome), encoding="utf-8")
    print("\n".join(report(outcome)))
    if complete and "note" not in outcome:
        write_documents(outcome)
    broken = [result for result in outcome["results"] if "failed" in result]
    for result in broken:
        SAY.print(f"{result['contestant']}, {label(result)}: {result['failed']}", style="red", markup=False)
    return int(any(result["contestant"] != contestants.COLETTE for result in broken))


def arguments(words: list[str]) -> argparse.Namespace:
    """What was asked for. `--only` takes the beginning of a name."""
    parser = argparse.ArgumentParser(
        "benchmarks.race", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see that it works")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="a part or a contestant; repeatable"
    )
    parser.add_argument("--seeds", help="for example 1,2,3 (the default)")
    parser.add_argument("--out", type=Path, help="where the raw figures go (benchmarks/results/race.json)")
    parser.add_argument("--render", type=Path, metavar="FILE.json", help="write the document from stored figures")
    given = parser.parse_args(words)
    names = [*plan.PARTS, *contestants.EVERYBODY]
    given.only = [_named(word, names, parser) for word in given.only]
    return given


def _named(word: str, names: list[str], parser: argparse.ArgumentParser) -> str:
    found = next((name for name in names if name.casefold().startswith(word.casefold())), None)
    if found is None:
        parser.error(f"{word} is none of: {', '.join(names)}")
    return str(found)


def race(given: argparse.Namespace) -> dict[str, Any]:
    """All jobs, one after the other, with a bar."""
    chosen = plan.SMALL if given.small else plan.FULL
    if given.seeds:
        chosen = replace(chosen, seeds=tuple(int(seed) for seed in given.seeds.split(",")))
    todo = plan.jobs(chosen, given.only)
    if any(job["contestant"] == contestants.COLETTE for job in todo):
        _install()
    results = _all(todo)
    seeds = [f"--seeds {given.seeds}"] if given.seeds else []
    words = ["--small"] * given.small + seeds + [f"--only '{name}'" for name in given.only]
    outcome = {
        "made": datetime.now(UTC).date().isoformat(),
        "command": " ".join(["python -m benchmarks.race", *words]),
        "seeds": chosen.seeds,
        "machine": machine(),
        "results": results,
    }
    note = {"note": f"Interrupted after {len(results)} of {len(todo)} jobs."} if len(results) < len(todo) else {}
    return outcome | note


def _all(todo: list[Job]) -> list[Result]:
    """Their results, with the seconds that each took by the clock; as far as they got when somebody interrupts."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[Result] = []
    with Progress(*columns, console=SAY) as bar, contextlib.suppress(KeyboardInterrupt):
        task = bar.add_task("race", total=len(todo))
        for job in todo:
            bar.update(task, description=f"{job['contestant']}, {label(job)}")
            began = time.perf_counter()
            result = _skipped(job, results) or in_a_process(job)
            results.append({**result, "took": round(time.perf_counter() - began, 1)})
            bar.advance(task)
    return results


def _install() -> None:
    try:
        with SAY.status(f"installing colette {colette.VERSION} for itself"):
            colette.install()
    except Missing as reason:
        SAY.print(f"{reason}; the race goes on without it", markup=False)


def _skipped(job: Job, results: list[Result]) -> Result | None:
    """A job that is not done, since this contestant was stopped at this size or a smaller one."""
    for past in results if job["part"] == "single" else ():
        same = past["part"] == "single" and past["contestant"] == job["contestant"]
        if same and "stopped" in past and past["people"] <= job["people"]:
            reason = "stopped" if past["people"] == job["people"] else "skipped"
            return {**job, reason: past["stopped"] if reason == "stopped" else past["people"]}
    return None


def label(job: Job) -> str:
    """A job in a few words."""
    where = job.get("case") or f"{job['people']:,} people"
    teams = f", {job['teams']} teams" if job.get("teams", 1) > 1 else ""
    return f"{job['part']}: {where}{teams}, seed {job['seed']}"


def report(outcome: dict[str, Any]) -> list[str]:
    """The tables, for the terminal."""
    from benchmarks.race.document import tables

    return tables(outcome)


def write_documents(outcome: dict[str, Any]) -> None:
    """docs/benchmark.md and its pictures."""
    from benchmarks.race.bars import bars
    from benchmarks.race.curve import curve
    from benchmarks.race.document import document

    docs = ROOT / "docs"
    (docs / "benchmark.md").write_text(document(outcome), encoding="utf-8")
    (docs / "benchmark-time.svg").write_text(curve(outcome["results"]), encoding="utf-8")
    (docs / "benchmark-rounds.svg").write_text(bars(outcome["results"]), encoding="utf-8")


def dumped(outcome: dict[str, Any]) -> str:
    """JSON with one result a line, so that two runs can be compared by eye."""
    head = json.dumps({name: value for name, value in outcome.items() if name != "results"}, indent=1)
    lines = ",\n  ".join(json.dumps(result) for result in outcome["results"])
    return f'{head[:-2]},\n "results": [\n  {lines}\n ]\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
