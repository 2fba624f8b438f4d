"""The best round of pairs, exactly: one matching whose weights carry every aim in order, and chance at the end.

Most pairs of a large board are hopeless. `duals.prices` says how far each falls short, a first matching among the
nearest says how much a round may fall short, and a second among those within that gap is the best of all: five times
less work than a matching among all pairs, and the same answer. 200 people: about 20 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.columns import Int64
from matching.rng import Lot
from matching.small.board import Bools, Places
from matching.small.duals import MISSING, prices
from matching.small.levels import ROOM, Level, Whole, exact_factors, pack
from matching.small.solver import Backend, heaviest

NEAR = 8  # pairs a person in the first matching
FEW = 600  # edges that are not worth sorting out
CHANCE = 24  # random bits below all aims


def chances(n: int, lot: Lot) -> Int64:
    """`CHANCE` random bits for every pair, a symmetric matrix."""
    numbers = (lot.numbers(n * n) >> np.uint64(64 - CHANCE)).astype(np.int64).reshape(n, n)
    upper = np.triu(numbers, 1)
    symmetric: Int64 = upper + upper.T
    return symmetric


def best_pairs(edges: Bools, levels: Sequence[Level], chance: Int64, backend: Backend | None = None) -> list[Places]:
    """The largest matching of these edges, of those the best in all levels, of those the one that chance prefers."""
    worth = pack(levels, exact_factors(levels), len(edges)).pair
    mix = room_for_chance(len(edges), int(np.abs(worth).max(initial=0)), worth.dtype == np.int64)
    weight = mix.of(worth, chance)
    if weight.dtype == np.int64 and int(edges.sum()) > 2 * FEW:
        found = _nearest(edges, weight, backend)
        if 2 * len(found) == len(edges):
            return list(found)
    return list(matched(edges, weight, backend))


@dataclass(frozen=True, slots=True)
class Mix:
    """How worth and chance become one weight: worth times `factor`, and chance, less `cut` of its bits, below."""

    factor: int
    cut: int
    kind: type

    def of(self, worth: Whole, chance: Int64) -> Whole:
        weight: Whole = worth.astype(self.kind) * self.factor + (chance >> self.cut)
        return weight


def room_for_chance(n: int, most: int, small: bool) -> Mix:
    """For worth up to `most`: in 64 bits if there is room for half of chance, else in Python's own whole numbers."""
    bits = min(CHANCE, (ROOM // (2 * n * most + 1)).bit_length() - n.bit_length() - 1)
    if small and bits >= CHANCE // 2:
        return Mix(n << bits, CHANCE - bits, np.int64)
    return Mix(n << CHANCE, 0, object)


def matched(edges: Bools, weight: Whole, backend: Backend | None = None) -> list[tuple[int, int]]:
    """The heaviest of the largest matchings; a matching of a given size does not mind where weights begin."""
    a, b = np.nonzero(np.triu(edges))
    if not len(a):
        return []
    weights = weight[a, b]
    return heaviest((a.tolist(), b.tolist(), (weights - weights.min()).tolist()), backend)


def _nearest(edges: Bools, weight: Whole, backend: Backend | None) -> list[tuple[int, int]]:
    """The heaviest perfect matching among the edges that can be in one; something smaller when there may be none."""
    y = prices(np.where(edges, weight, MISSING).astype(np.int64))
    slack = np.where(edges, y[:, None] + y[None, :] - 2 * weight, -MISSING).astype(np.int64)
    gap = int(np.partition(slack, 2 * NEAR * len(edges), axis=None)[2 * NEAR * len(edges)])
    while True:
        found = matched(slack <= gap, weight, backend)
        if 2 * len(found) < len(edges):
            return found
        short = int(y.sum()) - 2 * sum(int(weight[pair]) for pair in found)
        if short <= gap:
            return found
        gap = short
