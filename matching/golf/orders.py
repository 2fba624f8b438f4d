"""Which round of a schedule each round of a history may have been: its rounds can be played in any order.

Definition: two rounds cross in a table, groups of the one by groups of the other, of how many people sat in both. How
many walks over two or three such tables come back to each group does not change when people are renamed, so a round of
the history fits only those rounds of the schedule that cross the others in as many ways. A search with backtracking
gives each round of the history one of the schedule, first of all the one whose turn it would have been, and looks at
the colours of the people (`colours`) for the first few; `recognise` then has the last word. Cost: O(g^3) for two or
three rounds that are compared, mostly (rounds of the history)^2 times; given up after `LOOKS` comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.columns import Int64
from matching.golf.colours import same_colours
from matching.golf.past import ABSENT

LOOKS = 40_000
BACK = 3  # rounds before with which three are compared
COLOURED = 7  # so many rounds are compared person by person as well: after that, hardly two orders are left


def orders(past: Int64, schedule: Int64, older: int = 0, free: Sequence[int] = ()) -> Iterator[tuple[int, ...]]:
    """For every round of the past (r, n) one of the schedule, likely ones first, as many ways as anybody asks for.

    So many `older` rounds were played before. Nobody sits in a place of `free`. Where people were absent or have left,
    rounds cannot be compared, and the only order is that of the schedule.
    """
    kept = [place for place in range(schedule[0].size) if place not in free]
    if len(kept) != past.shape[1] or (past == ABSENT).any():
        return iter([tuple(range(older, older + len(past)))])
    return _Search(_Crossings(past), _Crossings(groups_by_place(schedule)[:, kept]), older).run()


def groups_by_place(schedule: Int64) -> Int64:
    """(rounds, places): the number of each place's group."""
    group = np.empty((len(schedule), schedule[0].size), dtype=np.int64)
    for number, groups in enumerate(schedule):
        group[number, groups] = np.arange(len(groups))[:, None]
    return group


class _Crossings:
    """How the rounds of a history or of a schedule cross, computed when somebody asks."""

    def __init__(self, rounds: Int64) -> None:
        self.count = len(rounds)
        self.rounds = [np.unique(row, return_inverse=True)[1].reshape(-1) for row in rounds]
        self.tables: dict[tuple[int, int], NDArray[np.float64]] = {}
        self.twos: dict[tuple[int, int], bytes] = {}
        self.threes: dict[tuple[int, int, int], bytes] = {}

    def table(self, one: int, two: int) -> NDArray[np.float64]:
        if (one, two) not in self.tables:
            a, b = self.rounds[one], self.rounds[two]
            wide = int(b.max()) + 1
            flat = np.bincount(a * wide + b, minlength=(int(a.max()) + 1) * wide)
            self.tables[one, two] = flat.reshape(-1, wide).astype(np.float64)  # small whole numbers: exact
        return self.tables[one, two]

    def of_two(self, one: int, two: int) -> bytes:
        """Walks of 4, 6 and 8 steps that come back to the groups of the first."""
        if (one, two) not in self.twos:
            step = self.table(one, two) @ self.table(one, two).T
            twice = step @ step
            ways = np.stack([np.diagonal(twice), np.einsum("ij,ji->i", twice, step), (twice * twice).sum(axis=1)])
            self.twos[one, two] = _sorted(ways)
        return self.twos[one, two]

    def of_three(self, one: int, two: int, three: int) -> bytes:
        """Walks round through three rounds, by the group of the first where they begin."""
        if (one, two, three) not in self.threes:
            ways = (self.table(one, two) @ self.table(two, three)) * self.table(one, three)
            self.threes[one, two, three] = _sorted(np.stack([ways.sum(axis=1), (ways * ways).sum(axis=1)]))
        return self.threes[one, two, three]


def _sorted(ways: NDArray[np.float64]) -> bytes:
    """The columns in order, whatever the order of the groups."""
    return ways[:, np.lexsort(ways)].tobytes()


class _Search:
    def __init__(self, past: _Crossings, schedule: _Crossings, older: int) -> None:
        self.past, self.schedule, self.older, self.looks = past, schedule, older, LOOKS

    def run(self) -> Iterator[tuple[int, ...]]:
        stack: list[tuple[int, ...]] = [()]
        while stack and self.looks > 0:
            order = stack.pop()
            if len(order) == self.past.count:
                yield order
            else:
                stack += [(*order, one) for one in reversed(self._next(order))]

    def _next(self, order: tuple[int, ...]) -> list[int]:
        """Rounds of the schedule that fit behind these: that of the turn, those after the last, those before."""
        turn, last = self.older + len(order), order[-1] if order else -1
        unused = [one for one in range(self.schedule.count) if one not in order]
        unused.sort(key=lambda one: (one != turn, one < last, one))
        return [one for one in unused if self._fits(order, one)]

    def _fits(self, order: tuple[int, ...], one: int) -> bool:
        me = len(order)
        for other, place in enumerate(order):
            self.looks -= 1
            if self.past.of_two(other, me) != self.schedule.of_two(place, one):
                return False
        for other in range(max(0, me - BACK), me - 1):
            self.looks -= 1
            if self.past.of_three(other, other + 1, me) != self.schedule.of_three(order[other], order[other + 1], one):
                return False
        return not 2 <= me < COLOURED or self._same_colours((*order, one))

    def _same_colours(self, order: tuple[int, ...]) -> bool:
        self.looks -= len(order) ** 2
        held, played = self.past.rounds[: len(order)], [self.schedule.rounds[one] for one in order]
        return same_colours(np.stack(held), np.stack(played)) is not None
