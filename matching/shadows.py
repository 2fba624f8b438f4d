"""Draws and their shadows: rounds that might as well have been the real one.

K further rounds are drawn in the same way, each apart from the pairs of the earlier ones where no tier suffers by it.
Then a lot picks the real one among those that are as good as the best in every tier; the others are its shadows. Which
of them was drawn first has no say, so the real round is to its shadows as any of them is to the rest: a comparison of
people who met with pairs who would as likely have met needs nothing else (a permutation test).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np

from matching.columns import Columns, Int32, Int64, pair_ends, pair_keys
from matching.drawn import Drawn, Progress
from matching.rng import Lot
from matching.types import Policy

Engine = Callable[[Columns, Policy, Lot, Progress], Drawn]


def draw_all(
    columns: Columns, policy: Policy, lot: Lot, draw: Engine, tell: Progress
) -> tuple[Drawn, tuple[Drawn, ...]]:
    """The real round, and up to `policy.shadows` others that equal it in every tier. Costs shadows + 1 draws."""
    shadows = policy.shadows
    draws: list[Drawn] = []
    apart = columns.apart
    for number in range(shadows + 1):

        def part(word: str, share: float, done: int = number) -> None:
            tell(word, (done + share) / (shadows + 1))

        draws.append(draw(replace(columns, apart=apart), policy, lot.stream(f"draw {number}"), part))
        if number < shadows:
            pairs = pairs_of(draws[-1].seats, columns.n)
            if number == 0 and 2 * np.isin(pairs, apart).sum() > len(pairs):
                apart = apart[:0]  # those of earlier rounds are used up: now these draws should differ at least
            apart = np.union1d(apart, pairs)
            apart.setflags(write=False)
    if not shadows:
        return draws[0], ()
    costs = [tiers(columns, one.seats) for one in draws]
    best = [number for number, cost in enumerate(costs) if cost == min(costs)]
    real = lot.stream("real").pick(best)
    return draws[real], tuple(draws[number] for number in best if number != real)


def pairs_of(seats: Int32, n: int) -> Int64:
    """Every two who share a group, as keys."""
    columns = range(seats.shape[1])
    keys = [
        pair_keys(seats[there, a].astype(np.int64), seats[there, b].astype(np.int64), n)
        for a, b in combinations(columns, 2)
        if (there := (seats[:, a] >= 0) & (seats[:, b] >= 0)).any()
    ]
    return np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)


def tiers(columns: Columns, seats: Int32) -> tuple[int, int, int, int]:
    """Left out, repeats, age of repeats, same team. Costs O(pairs log history)."""
    keys = pairs_of(seats, columns.n)
    found = np.minimum(np.searchsorted(columns.met, keys), max(len(columns.met) - 1, 0))
    again = columns.met[found] == keys if len(columns.met) else np.zeros(len(keys), dtype=bool)
    low, high = pair_ends(keys, columns.n)
    same = (columns.team[low] == columns.team[high]) & (columns.team[low] >= 0)
    age = int(columns.age[found[again]].sum()) if again.any() else 0
    return columns.n - int((seats >= 0).sum()), int(again.sum()), age, int(same.sum())
