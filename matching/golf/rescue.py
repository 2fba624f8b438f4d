"""Groups from scratch where the rules are so tight that swaps cannot seat everybody.

Definition: whoever has the fewest possible partners left opens a group and takes, of those who fit, again who has the
fewest, with some chance in every choice; who is left joins a group with a chair. The best of many tries by how few stay
out. Cost: O(n^2) a try, in bit sets. Only for small pools in which somebody is left out.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, pair_ends
from matching.golf.deal import Groups
from matching.golf.finish import Rules
from matching.rng import Lot

MOST, EFFORT = 120, 60_000  # tries, and squares of people in all of them


def rescue(columns: Columns, k: int, out: int, lot: Lot) -> Groups:
    """Lawful groups that leave as few out as the tries allow; ends when only `out` are."""
    room = _Room(columns, k)
    best: Groups = []
    for number in range(min(MOST, max(4, EFFORT // columns.n**2))):
        groups = room.one_try(lot.stream(f"try {number}"))
        if sum(map(len, groups)) > sum(map(len, best)):
            best = groups
        if columns.n - sum(map(len, best)) <= out:
            break
    return best


class _Room:
    """Who may meet whom, as bit sets."""

    def __init__(self, columns: Columns, k: int) -> None:
        self.n, self.k = columns.n, k
        self.rules = Rules(columns)
        allowed = np.ones((self.n, self.n), dtype=bool)
        for bits in (columns.languages, columns.times):
            allowed &= (bits[:, None, :] & bits[None, :, :]).any(axis=2)
        low, high = pair_ends(columns.blocks, self.n)
        allowed[low, high] = allowed[high, low] = False
        np.fill_diagonal(allowed, False)
        self.near = [sum(1 << int(other) for other in np.flatnonzero(row)) for row in allowed]

    def one_try(self, lot: Lot) -> Groups:
        free = (1 << self.n) - 1
        noise = lot.numbers(self.n).tolist()
        groups: Groups = []
        waiting: list[int] = []
        while free:
            group = self._group(free, noise, self.k - (lot.below(3) == 0))
            for one in group:
                free &= ~(1 << one)
            if len(group) >= self.k - 1:
                groups.append(group)
            else:
                free |= sum(1 << one for one in group[1:])
                waiting.append(group[0])
        for one in waiting:
            self._join(groups, one)
        return groups

    def _group(self, free: int, noise: list[int], size: int) -> list[int]:
        """A group around whoever has the fewest partners among those who are free, of those who have few themselves."""
        people = [one for one in range(self.n) if free >> one & 1]
        people.sort(key=lambda one: ((self.near[one] & free).bit_count() + noise[one] % 3, noise[one]))
        group, fit = people[:1], self.near[people[0]]
        for one in people[1:]:
            if len(group) < size and fit >> one & 1 and self.rules.common([*group, one]):
                group.append(one)
                fit &= self.near[one]
        return group

    def _join(self, groups: Groups, one: int) -> None:
        for group in groups:
            if len(group) <= self.k and self.rules.may_meet([*group, one]):
                group.append(one)
                return
