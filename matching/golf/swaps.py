"""Swaps in plain Python, for the first round of a small pool: nothing to load, and some thousand swaps are enough.

Same moves as `kernels.climb`: two people of different groups change places when that costs less, or nothing and the
score rises, or falls as the temperature of the policy's quality allows. Cost of a swap: O(k).
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int64, UInt64
from matching.golf.deal import Groups
from matching.rng import Lot
from matching.temperature import accepted


def swap_about(
    columns: Columns, groups: Groups, costs: Int64, scores: Int64, table: Int64, steps: int, lot: Lot
) -> None:
    """Try `steps` swaps a person. `costs`, `scores` (n, n) of pairs; groups change in place, sizes stay as they are."""
    room = _Room(columns, groups, costs, scores)
    seats = [(number, seat) for number, group in enumerate(groups) for seat in range(len(group))]
    numbers = lot.numbers(2 * steps * len(seats)).tolist()
    for first, chance in zip(numbers[::2], numbers[1::2], strict=True):
        (g, x), (h, y) = seats[(first & 0xFFFFFFFF) * len(seats) >> 32], seats[(first >> 32) * len(seats) >> 32]
        if g != h:
            room.try_swap(g, x, h, y, table, chance)


class _Room:
    """Rows of the matrices as lists, choices as whole numbers."""

    def __init__(self, columns: Columns, groups: Groups, costs: Int64, scores: Int64) -> None:
        self.groups = groups
        self.costs, self.scores = costs.tolist(), scores.tolist()
        self.choices = (whole_numbers(columns.languages), whole_numbers(columns.times))
        self.free = all(len(set(bits)) == 1 for bits in self.choices)
        self.hard = 1 << 60

    def try_swap(self, g: int, x: int, h: int, y: int, table: Int64, chance: int) -> None:
        mine, yours = self.groups[g], self.groups[h]
        a, b = mine[x], yours[y]
        ours, theirs = mine[:x] + mine[x + 1 :], yours[:y] + yours[y + 1 :]
        cost_a, cost_b, score_a, score_b = self.costs[a], self.costs[b], self.scores[a], self.scores[b]
        change = sum(cost_b[c] - cost_a[c] for c in ours) + sum(cost_a[c] - cost_b[c] for c in theirs)
        if not self.free:
            change += self.hard * (self._clash([*ours, b]) + self._clash([*theirs, a]))
            change -= self.hard * (self._clash(mine) + self._clash(yours))
        if change > 0:
            return
        if change == 0:
            loss = 2 * sum(score_a[c] - score_b[c] for c in ours) // max(1, len(ours))
            loss += 2 * sum(score_b[c] - score_a[c] for c in theirs) // max(1, len(theirs))
            if not accepted(table, loss, chance):
                return
        mine[x], yours[y] = b, a

    def _clash(self, members: list[int]) -> bool:
        for bits in self.choices:
            common = -1
            for one in members:
                common &= bits[one]
            if not common:
                return True
        return False


def whole_numbers(bits: UInt64) -> list[int]:
    """Each row as one whole number."""
    return [sum(int(word) << 64 * place for place, word in enumerate(row)) for row in bits.tolist()]


def as_seats(groups: Groups, k: int) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Rows of places, padded with -1, k + 1 wide."""
    seats = np.full((len(groups), k + 1), -1, dtype=np.int32)
    for number, group in enumerate(groups):
        seats[number, : len(group)] = group
    return seats
