"""Several rounds that lie on top of each other, taken apart: pairs to groups, groups to rounds.

Definition: given the pairs of some rounds that share none, find rounds of groups that hold each of these pairs once.
The lowest person who has no group yet takes one of the groups that are all pairs among those who are free, until
everybody has one; then the same for the next round with the pairs that remain; with backtracking, given up after
`STEPS` groups. Shadow draws have no date, so nothing else tells them apart. Rounds that fall into the same parts may be
put together wrongly: then they are recognised as no rounds of a schedule. Cost: some groups for each person and round,
where groups of pairs are mostly groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from matching.columns import Int64, pair_ends

STEPS = 20_000
Sets = list[int]


def resolved(pairs: Int64, n: int, k: int) -> Int64 | None:
    """(rounds, n): the group of each person, named by its lowest; in no order. None when no rounds are found.

    Everybody sits in every round, in ceil(n / k) groups of k or k - 1.
    """
    g = -(-n // k)
    small = g * k - n
    each = (g - small) * comb(k, 2) + small * comb(k - 1, 2)
    count, more = divmod(len(pairs), max(each, 1))
    if small > g or more or not count:
        return None
    near = [0] * n
    for low, high in zip(*(ends.tolist() for ends in pair_ends(pairs, n)), strict=True):
        near[low] |= 1 << high
        near[high] |= 1 << low
    rounds = _Search(n, k, small).rounds(near, count)
    if rounds is None:
        return None
    names = np.empty((count, n), dtype=np.int64)
    for number, groups in enumerate(rounds):
        for group in groups:
            members = [one for one in range(n) if group >> one & 1]
            names[number, members] = members[0]
    return names


class _Search:
    """People's companions and groups as bit sets."""

    def __init__(self, n: int, k: int, small: int) -> None:
        self.n, self.k, self.small, self.steps = n, k, small, STEPS

    def rounds(self, near: Sets, count: int) -> list[Sets] | None:
        if not count:
            return []
        for groups in self._round(near, (1 << self.n) - 1, self.small):
            rest = list(near)
            for group in groups:
                for one in range(self.n):
                    if group >> one & 1:
                        rest[one] &= ~group
            others = self.rounds(rest, count - 1)
            if others is not None:
                return [groups, *others]
        return None

    def _round(self, near: Sets, free: int, small: int) -> Iterator[Sets]:
        """Every way to seat those who are free, with so many groups of one less."""
        if not free:
            yield []
            return
        first = free & -free
        room = near[first.bit_length() - 1] & free
        for size in (self.k, self.k - 1) if small else (self.k,):
            for group in _cliques(near, first, room, size - 1):
                self.steps -= 1
                if self.steps < 0:
                    return
                for others in self._round(near, free & ~group, small - (size < self.k)):
                    yield [group, *others]


def _cliques(near: Sets, group: int, room: int, more: int) -> Iterator[int]:
    """The group with `more` people of the room who all are companions."""
    if not more:
        yield group
        return
    while room.bit_count() >= more:
        one = room & -room
        room &= ~one
        yield from _cliques(near, group | one, room & near[one.bit_length() - 1], more - 1)
