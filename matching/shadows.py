"""Draws and their shadows: rounds that might as well have been the real one.

K further rounds are drawn in the same way, each apart from the pairs of the earlier ones where the rules allow it.
Then a lot picks the real one among those that are as good as the best in every tier; the others are its shadows.
A comparison of people who met with pairs who would as likely have met needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from matching.rng import Lot
from matching.table import Places, Table
from matching.types import Policy


@dataclass(frozen=True, slots=True)
class Draw:
    """One round as places, and the engine that drew it."""

    groups: tuple[Places, ...]
    engine: str


Engine = Callable[[Table, Policy, Lot, Iterable[int]], Draw]


def draw_all(
    table: Table, policy: Policy, lot: Lot, draw: Engine, tell: Callable[[str, float], None]
) -> tuple[Draw, list[Draw]]:
    """The real round and `policy.shadows` others."""
    draws: list[Draw] = []
    taken: set[int] = set()
    for number in range(policy.shadows + 1):
        tell("drawing", 0.1 + 0.8 * number / (policy.shadows + 1))
        draws.append(draw(table, policy, lot.stream(f"draw {number}"), frozenset(taken)))
        taken |= pair_keys(table, draws[-1].groups)
    costs = [tiers(table, one.groups) for one in draws]
    best = [number for number, cost in enumerate(costs) if cost == min(costs)]
    real = lot.stream("real").pick(best)
    return draws[real], [one for number, one in enumerate(draws) if number != real]


def pair_keys(table: Table, groups: Sequence[Places]) -> set[int]:
    return {table.key(a, b) for group in groups for a, b in combinations(group, 2)}


def tiers(table: Table, groups: Sequence[Places]) -> tuple[int, int, int, int]:
    """Left out, repeats, age of repeats, same team."""
    keys = pair_keys(table, groups)
    again = [table.met[key] for key in keys if key in table.met]
    same = sum(table.team[key // table.n] == table.team[key % table.n] for key in keys)
    return table.n - sum(map(len, groups)), len(again), sum(again), int(same)
