"""Which jobs the race has, full and small, in the order in which they run.

Every contestant gets the same instances. Where one was stopped at its cap, larger sizes are not tried, and the result
says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.race.contestants import BEANS_OPEN, COLETTE, OURS, ROUNDS, SINGLE
from benchmarks.race.jobs import Job
from benchmarks.race.worlds import CASES, Case

PARTS = ("single", "rounds", "horizon", "scale")
SLACK = 5.0  # seconds for stating the problem, on top of the cap
LARGE_CASE = 60  # people from which colette plays one seed only: half of its rounds take 30 s
LONGEST = 32  # people up to whom it plays on until the first repeat: beyond, that takes it hours


@dataclass(frozen=True)
class Plan:
    """Sizes and limits. `cap` are CPU seconds of one round, `budget` seconds of all rounds of one case."""

    seeds: tuple[int, ...]
    sizes: tuple[int, ...]
    cases: tuple[Case, ...]
    horizons: tuple[int, ...]
    large: tuple[int, ...]
    runs: int
    cap: float
    budget: float
    rounds: int | None = None
    without: tuple[str, ...] = ()


FULL = Plan(
    seeds=(1, 2, 3),
    sizes=(50, 100, 200, 400, 800, 1600),
    cases=CASES,
    horizons=(16, 32, 64),
    large=(10_000, 100_000, 1_000_000),
    runs=3,
    cap=60,
    budget=60,
)
SMALL = Plan(
    seeds=(1,),
    sizes=(50,),
    cases=(CASES[0],),
    horizons=(8,),
    large=(1_000,),
    runs=1,
    cap=20,
    budget=20,
    rounds=3,
    without=(COLETTE, BEANS_OPEN),  # a test asks no package index
)


def jobs(plan: Plan, only: Sequence[str] = ()) -> list[Job]:
    """All of it, or the parts and contestants that are named."""
    everything = [*_single(plan), *_rounds(plan), *_horizon(plan), *_scale(plan)]
    parts = [name for name in only if name in PARTS]
    names = [name for name in only if name not in PARTS]
    return [
        job
        for job in everything
        if job["contestant"] not in plan.without
        and (not parts or job["part"] in parts)
        and (not names or job["contestant"] in names)
    ]


def _single(plan: Plan) -> Iterator[Job]:
    for people in plan.sizes:
        for contestant in SINGLE:
            for seed in plan.seeds:
                patience = (plan.runs + 1) * plan.cap + 60
                yield _job("single", contestant, seed, plan, patience, people=people, runs=plan.runs)


def _rounds(plan: Plan) -> Iterator[Job]:
    for case in plan.cases:
        for contestant in ROUNDS:
            for seed in _seeds(plan, contestant, case.people):
                length = min(case.rounds, plan.rounds or case.rounds)
                patience = plan.budget + plan.cap + 60
                yield _job("rounds", contestant, seed, plan, patience, case=case.name, rounds=length)


def _horizon(plan: Plan) -> Iterator[Job]:
    for people in plan.horizons:
        for teams in (1, 4):
            for contestant in ROUNDS:
                if contestant == COLETTE and people > LONGEST:
                    continue
                for seed in _seeds(plan, contestant, people):
                    patience = plan.budget + plan.cap + 60
                    yield _job("horizon", contestant, seed, plan, patience, people=people, teams=teams)


def _scale(plan: Plan) -> Iterator[Job]:
    for people in plan.large:
        yield _job("scale", OURS, plan.seeds[0], plan, 1800, people=people, runs=plan.runs)


def _seeds(plan: Plan, contestant: str, people: int) -> Sequence[int]:
    return plan.seeds[:1] if contestant == COLETTE and people >= LARGE_CASE else plan.seeds


def _job(part: str, contestant: str, seed: int, plan: Plan, patience: float, **rest: object) -> Job:
    limits = {"cap": plan.cap, "slack": SLACK, "budget": plan.budget, "patience": patience}
    return {"part": part, "contestant": contestant, "seed": seed, **limits, **rest}
