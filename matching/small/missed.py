"""Whom some largest matching misses: the first of the three sets of Gallai and Edmonds.

Definition: grow trees of alternating paths from everyone whom one largest matching leaves out, shrinking odd cycles to
their base. Who is reached over an even number of pairs can be left out instead; nobody else ever is. (Edmonds, Paths,
trees, and flowers, 1965.) Cost: O(n^3) at worst, a few milliseconds for 200 people.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matching.small.board import Bools


def missed(edges: Bools, largest: Iterable[tuple[int, int]]) -> Bools:
    """Who is left out by some largest matching, given one of them."""
    forest = _Forest(edges, largest)
    while forest.waiting:
        forest.look(forest.waiting.pop())
    return forest.even


class _Forest:
    """Trees with their roots left out: `even` people, the pair partners between them, the bases of odd cycles."""

    def __init__(self, edges: Bools, largest: Iterable[tuple[int, int]]) -> None:
        n = len(edges)
        self.edges, self.base, self.mate, self.parent = edges, np.arange(n), [-1] * n, [-1] * n
        for a, b in largest:
            self.mate[a], self.mate[b] = b, a
        self.even: Bools = np.array(self.mate, dtype=np.int64) < 0
        self.waiting: list[int] = np.flatnonzero(self.even).tolist()

    def look(self, one: int) -> None:
        """All edges of somebody even: a partner's partner becomes even too, or a cycle closes."""
        for other in np.flatnonzero(self.edges[one] & (self.base != self.base[one])).tolist():
            if self.base[other] == self.base[one]:
                continue
            if self.even[other]:
                self._shrink(one, other)
            elif self.parent[other] < 0:
                self.parent[other] = one
                self._add(self.mate[other])

    def _add(self, one: int) -> None:
        self.even[one] = True
        self.waiting.append(one)

    def _up(self, one: int) -> list[int]:
        """The bases from here to the root, those of odd places in between."""
        path = [int(self.base[one])]
        while (odd := self.mate[path[-1]]) >= 0:
            path += [odd, int(self.base[self.parent[odd]])]
        return path

    def _shrink(self, one: int, other: int) -> None:
        """Both ways up to where they meet become one, and everybody there even."""
        left, right = self._up(one), self._up(other)
        joint = next(place for place in left if place in right)
        cycle = {*left[: left.index(joint)], *right[: right.index(joint)]}
        inside = np.isin(self.base, list(cycle))
        self.base[inside] = joint
        for place in np.flatnonzero(inside & ~self.even).tolist():
            self._add(place)
