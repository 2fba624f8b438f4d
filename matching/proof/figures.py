"""What a round costs in every tier, and its score, counted from the groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.proof.pairs import met_before, one_team, pair_scores
from matching.types import Interests

Tiers = tuple[int, int, int]  # repeats, cost of their age, same team


@dataclass(frozen=True, slots=True)
class Figures:
    """`score` is in millionths; `trio` says that pairs are joined by one group of three."""

    people: int
    groups: int
    left_out: int
    repeats: int
    repeat_cost: int
    same_team: int
    score: int

    @property
    def tiers(self) -> Tiers:
        return self.repeats, self.repeat_cost, self.same_team

    @property
    def trio(self) -> bool:
        return self.people - self.left_out == 2 * self.groups + 1


def count(columns: Columns, mode: Interests, seats: Int32) -> Figures:
    """The figures of these groups. Costs O(people log facts)."""
    sizes = (seats >= 0).sum(axis=1)
    totals = np.zeros(len(seats), dtype=np.int64)
    repeats = cost = same = 0
    for rows, a, b in map(_in_order, seat_pairs(seats)):
        met, age = met_before(columns, a, b)
        repeats, cost = repeats + int(met.sum()), cost + int(age.sum())
        same += int(one_team(columns, a, b).sum())
        totals[rows] += pair_scores(columns, mode, a, b)
    means = 2 * totals // np.maximum(sizes - 1, 1)
    return Figures(
        people=columns.n,
        groups=len(seats),
        left_out=columns.n - int(sizes.sum()),
        repeats=repeats,
        repeat_cost=cost,
        same_team=same,
        score=int(means.sum()),
    )


def _in_order(pairs: tuple[Int64, Int64, Int64]) -> tuple[Int64, Int64, Int64]:
    """By the lower place, so that what is looked up lies close together."""
    rows, a, b = pairs
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.argsort(low)
    return rows[order], low[order], high[order]


def seat_pairs(seats: Int32) -> Iterator[tuple[Int64, Int64, Int64]]:
    """Row, place and place of every two who sit together, column by column of the seats."""
    for left, right in combinations(range(seats.shape[1]), 2):
        a, b = seats[:, left].astype(np.int64), seats[:, right].astype(np.int64)
        rows = np.flatnonzero((a >= 0) & (b >= 0))
        if len(rows):
            yield rows, a[rows], b[rows]


def mates(columns: Columns, seats: Int32) -> Int64:
    """Who is paired with whom: -1 for nobody. A larger group counts as pairs of neighbours and perhaps one single."""
    mate = np.full(columns.n, -1, dtype=np.int64)
    for left in range(0, seats.shape[1] - 1, 2):
        a, b = seats[:, left].astype(np.int64), seats[:, left + 1].astype(np.int64)
        both = (a >= 0) & (b >= 0)
        mate[a[both]], mate[b[both]] = b[both], a[both]
    return mate
