"""The best round of up to ten people, by looking at all of them, and a fair lot among equals.

Definition: for every set of people the best way to group it, from the ways for smaller sets: the lowest person stays
out or sits in one of the groups that hold them. Tiers, then seats, come first; among rounds equal in both, a round is
drawn with a weight exp(score / T) as `temperature.py` defines it, all equal for quality 0, only the best for quality
1. Cost: O(2^n * groups of one person), some ten milliseconds.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from matching.columns import Columns, Int64
from matching.golf.deal import Groups
from matching.golf.prices import BENCH, OUT, bench, lawful_groups, matrix, packed
from matching.golf.swaps import as_seats
from matching.rng import Lot
from matching.rules import UNIT
from matching.temperature import DIGIT, STEPS, temperature

MOST = 10


class Way(NamedTuple):
    """The best cost of a set of people, the least loss of score, and the weight of all rounds that cost this."""

    cost: tuple[int, int]
    loss: int
    weight: int


def best_of_all(columns: Columns, scores: Int64, k: int, quality: float, lot: Lot) -> Groups:
    """The groups; whoever is in none is left out."""
    table = _Table(columns, scores, k, quality)
    return table.draw(lot)


class _Table:
    def __init__(self, columns: Columns, scores: Int64, k: int, quality: float) -> None:
        self.n, self.quality = columns.n, quality
        self.table = temperature(quality)
        self.bench = (BENCH * bench(columns)).tolist()
        self.options = _options(columns, scores, k)
        self.ways: dict[int, Way] = {0: Way((0, 0), 0, 1)}

    def best(self, people: int) -> Way:
        """The way for a set, given as bits."""
        if people not in self.ways:
            ways = [self._after(people, members, cost, loss) for members, cost, loss in self._choices(people)]
            cost = min(way.cost for way in ways)
            equal = [way for way in ways if way.cost == cost]
            self.ways[people] = self._together(cost, equal)
        return self.ways[people]

    def _together(self, cost: tuple[int, int], equal: list[Way]) -> Way:
        loss = min(way.loss for way in equal)
        if self.quality >= 1:
            equal = [way for way in equal if way.loss == loss]
        return Way(cost, loss, sum(way.weight for way in equal))

    def _choices(self, people: int) -> list[tuple[int, tuple[int, int], int]]:
        """What may become of the lowest person: the set taken, its cost, the score it falls short of."""
        lowest = (people & -people).bit_length() - 1
        stays = (1 << lowest, (OUT, self.bench[lowest]), 0)
        return [stays, *(option for option in self.options[lowest] if option[0] & ~people == 0)]

    def _after(self, people: int, members: int, cost: tuple[int, int], loss: int) -> Way:
        rest = self.best(people & ~members)
        total = (cost[0] + rest.cost[0], cost[1] + rest.cost[1])
        return Way(total, loss + rest.loss, self._weight(loss) * rest.weight)

    def _weight(self, loss: int) -> int:
        if self.quality >= 1:
            return 1
        return int(self.table[loss & STEPS - 1]) * int(self.table[STEPS + min(loss >> DIGIT, STEPS - 1)])

    def _as_good(self, way: Way, best: Way) -> bool:
        return way.cost == best.cost and (self.quality < 1 or way.loss == best.loss)

    def draw(self, lot: Lot) -> Groups:
        people, groups = (1 << self.n) - 1, []
        while people:
            best = self.best(people)
            ways = [(option[0], self._after(people, *option)) for option in self._choices(people)]
            equal = [(members, way.weight) for members, way in ways if self._as_good(way, best)]
            members = _pick(equal, lot)
            if members.bit_count() > 1:
                groups.append([one for one in range(self.n) if members >> one & 1])
            people &= ~members
        return groups


def _pick(ways: list[tuple[int, int]], lot: Lot) -> int:
    """A set, each as likely as its weight says."""
    total = sum(weight for _, weight in ways)
    if total == 0:
        return lot.pick([members for members, _ in ways])
    number = _below(total, lot)
    for members, weight in ways:
        number -= weight
        if number < 0:
            return members
    raise AssertionError("a number below the total falls into one of the ways")


def _below(limit: int, lot: Lot) -> int:
    """A whole number below a limit of any length, each as likely within 2^-64."""
    words = limit.bit_length() // 64 + 2
    number = 0
    for _ in range(words):
        number = number << 64 | lot.next()
    return number * limit >> 64 * words


def _options(columns: Columns, scores: Int64, k: int) -> list[list[tuple[int, tuple[int, int], int]]]:
    """For each person the lawful groups in which they are the lowest: members, cost, what the score falls short of."""
    prices = packed(columns, k)
    costs = matrix(columns, prices)
    options: list[list[tuple[int, tuple[int, int], int]]] = [[] for _ in range(columns.n)]
    for size in range(k - 1, min(k + 1, columns.n) + 1):
        seat = prices.seat[:, size - k + 1]
        groups = list(combinations(range(columns.n), size))
        seats = as_seats([list(group) for group in groups], k)
        for group, good in zip(groups, lawful_groups(columns, seats).tolist(), strict=True):
            if good:
                main = sum(int(costs[a, b]) for a, b in combinations(group, 2))
                praise = 2 * sum(int(scores[a, b]) for a, b in combinations(group, 2)) // (size - 1)
                comfort = int(seat[list(group)].sum()) + prices.odd * int(size != k)
                members = sum(1 << one for one in group)
                options[group[0]].append((members, (main, comfort), size * UNIT - praise))
    return options
