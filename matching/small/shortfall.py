"""How far each pair and each trio falls short of a bound on what any round with a trio is worth.

Prices y of people and phantoms (`duals.py`) bound the worth of every cover: what a pair falls short of its two prices,
the round does. A trio in the score is a triangle of half edges in the fractional problem, and in the tiers it costs
more than that: so it falls short by D_ab + D_ac + D_bc, none of them below nought, and trios that fall short by less
than a gap are found among few pairs. Cost: O(n^3) for the prices; O(n^3) at worst for the triangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.columns import Int64
from matching.small.around import Search
from matching.small.board import Bools, Places
from matching.small.duals import MISSING, prices
from matching.small.levels import Worth
from matching.small.pairs import CHANCE, NEAR

FAR = 1 << 60


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Shortfalls, four times over: no round with a trio is worth more than `most` less those of its pairs and trio."""

    worth: Worth
    most: int
    pair: Int64  # (n, n), FAR where there is no edge
    trio: Int64

    def gap(self, groups: Sequence[Places]) -> int:
        """How far a round is below the bound."""
        return self.most - 2 * self.worth.of(groups)


def new_bound(search: Search, worth: Worth) -> Bound:
    """Prices of people and phantoms, and from them the shortfall of each pair, in a pair and in a trio."""
    n, size = search.board.n, search.board.n + search.out
    weight = np.full((size, size), MISSING, dtype=np.int64)
    weight[:n, :n] = np.where(search.edges, worth.pair, MISSING)
    weight[:n, n:] = weight[n:, :n] = 0
    y = prices(weight)
    both = y[:n, None] + y[None, :n]
    pair = np.where(search.edges, 2 * (both - 2 * worth.pair), FAR)
    trio = both - 2 * worth.trio + 2 * (worth.seat[:, None] + worth.seat[None, :])
    return Bound(worth, 2 * int(y.sum()), pair.astype(np.int64), np.where(search.open, trio, FAR).astype(np.int64))


def nearest(shortfall: Int64, chance: Int64) -> Bools:
    """The pairs that fall short least, some for each person; among equals chance decides."""
    count = min(2 * NEAR * len(shortfall), shortfall.size - 1)
    most = min(int(np.partition(shortfall, count, axis=None)[count]), FAR - 1)
    near: Bools = shortfall < most
    equal = shortfall == most
    share = (count - int(near.sum())) / max(1, int(equal.sum()))
    near |= equal & (chance <= int(share * (1 << CHANCE)))
    return near


def triangles(search: Search, shortfall: Int64, gap: int, enough: int = FAR) -> tuple[Int64, Int64]:
    """All lawful trios (rows a < b < c) that fall short by less than the gap, and by how much, in order."""
    rows, hopes = [np.zeros((0, 3), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for a in range(search.board.n):
        near = np.flatnonzero(shortfall[a, a + 1 :] < gap) + a + 1
        if len(near) < 2:
            continue
        beside = shortfall[a, near]
        sums = np.triu(gap - beside[:, None] - beside[None, :] - shortfall[np.ix_(near, near)], 1)
        b, c = np.nonzero(sums > 0)
        rows.append(np.column_stack([np.full(len(b), a), near[b], near[c]]))
        hopes.append(gap - sums[b, c])
        enough -= len(b)
        if enough <= 0:
            break
    trios, short = np.concatenate(rows), np.concatenate(hopes)
    if not search.board.easy:
        lawful = search.board.share(*trios.T)
        trios, short = trios[lawful], short[lawful]
    order = np.argsort(short, kind="stable")
    return trios[order], short[order]
