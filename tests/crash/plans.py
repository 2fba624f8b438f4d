"""Which kills are made: one for each point, some of them in every run of the tests, and double ones from a seed."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.crash import points
from tests.crash.points import Passing, Point
from tests.crash.stage import SERVE, WORKER, Kill

KINDS = ("sqlite", "postgresql")
AROUND_THE_DOT = (
    "before commit: mail: dot",
    "after commit: mail: dot",
    "smtp: before DOT",
    "smtp: within DOT",
    "smtp: after DOT",
    "before commit: mail: answer",
    "after commit: mail: answer",
)
MANY = 6
"""A point that comes by so often in a story does so whatever the timing."""


@dataclass(frozen=True)
class Plan:
    """A kill in a story on one kind of database."""

    kind: str
    story: str
    kill: Kill

    def __str__(self) -> str:
        """As the name of a test."""
        again = f", {self.kill.again}" if self.kill.again else ""
        return f"{self.kind}, {self.story}: {self.kill.at}{again}"


def one_each(kind: str) -> list[Plan]:
    """A kill for each point, in a story that differs from point to point."""
    walked = [point for point in points.listed() if point.passings]
    return [_plan(kind, point, number, number % len(point.passings)) for number, point in enumerate(walked)]


def sample(kind: str) -> list[Plan]:
    """Those of every run: all around the dot, and of the others a sixth, on each kind of database another."""
    turn = KINDS.index(kind)
    return [
        plan
        for number, plan in enumerate(one_each(kind))
        if number % 6 == turn or plan.kill.at.partition("#")[0] in AROUND_THE_DOT
    ]


def everywhere(kind: str) -> list[Plan]:
    """A kill for each point in every story that passes it."""
    return [
        _plan(kind, point, number, which)
        for number, point in enumerate(points.listed())
        for which in range(len(point.passings))
    ]


def double(kind: str, seed: int) -> Plan:
    """A kill, and another of whoever takes over: any two points of one process."""
    chance = random.Random(seed)
    where: dict[tuple[str, str], list[tuple[str, Passing]]] = defaultdict(list)
    for point in points.listed():
        for one in point.passings:
            where[one.story, role_on(kind, one.role)].append((point.name, one))
    (story, role), there = chance.choice([(place, found) for place, found in where.items() if place[0] != "migrate"])
    (first, passing), (second, _) = chance.choice(there), chance.choice(there)
    return Plan(kind, story, Kill(role, f"{first}#{_nth(passing, chance.randrange(1000))}", f"{second}#1"))


def role_on(kind: str, role: str) -> str:
    """On SQLite the pages' process is the worker too."""
    return SERVE if kind == "sqlite" and role == WORKER else role


def _plan(kind: str, point: Point, number: int, which: int) -> Plan:
    passing = point.passings[which]
    return Plan(kind, passing.story, Kill(role_on(kind, passing.role), f"{point.name}#{_nth(passing, number)}"))


def _nth(passing: Passing, number: int) -> int:
    return 1 + number % passing.count if passing.count >= MANY else 1


def doubles(kind: str, seeds: int) -> Iterator[Plan]:
    """So many double kills."""
    return (double(kind, seed) for seed in range(seeds))
