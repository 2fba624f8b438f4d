"""One trio when the number is odd: which three, so that the whole round stays best, with proof.

Begin with the best round of pairs and the best way to join whoever is left out. Solve the pairs around that trio
exactly; the prices of that matching rule out nearly all other triples (`threes.py`). Those that remain are solved in
turn, the most hopeful first; every one of them brings prices of its own, which rule out more. When none remains, no
round is better. One triple costs a repair of the matching and some looks at all pairs (`pricing.py`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int64
from matching.exact.halves import FAR, NOUGHT
from matching.exact.hopes import hopeful_triples
from matching.exact.pricing import Edges, Solved, improve, joined, melt
from matching.exact.rows import (
    BASE,
    NEVER,
    ONCE,
    Facts,
    Rates,
    Room,
    clear_row,
    fill_row,
    may_meet,
    new_room,
    shared_weight,
)
from matching.exact.state import Forest
from matching.exact.threes import (
    best_join,
    slacks_of,
    tier_cost,
    triple_of,
    twice_score,
    twice_trio,
)
from matching.kernels.leaf import leaf

GONE = -(1 << 60)  # a bonus that keeps somebody out of every pair
FEW, ROOM = 2_000, 200_000  # triples that are listed at first, and at most
LOOKS = 6  # at few triples, before the look at most
WORK = 120_000  # people in all repairs: 300 triples of 400 people, 60 of 2,000


class Prices(NamedTuple):
    """Prices under which all pairs fit, and what they allow a round to weigh (doubled)."""

    y: Int64
    forest: Forest
    ceiling: int


class Round(NamedTuple):
    """Pairs, at most one trio, what they weigh (doubled), prices, and whether no round weighs more."""

    mate: Int64
    trio: tuple[int, ...]
    worth: int
    prices: Prices
    proven: bool


class Question(NamedTuple):
    """The round to be found: facts, rates, what a seat in the trio costs each person."""

    facts: Facts
    rates: Rates
    seat: Int64
    large: int  # a team with more than about half of all people, or -1


@leaf
def ceiling_of(forest: Forest) -> int:
    """The most that a matching can weigh (doubled): sum(y) + sum(z * (len(set) - 1) / 2)."""
    total = 0
    for v in range(len(forest.y)):
        total += forest.y[v]
        node = forest.up[v]
        while node >= 0:  # z / 2 for each member, and z / 2 too much for each set
            total += (forest.z[node] >> 1) - ((forest.z[node] >> 1) if forest.base[node] == v else 0)
            node = forest.up[node]
    return total


@leaf
def _fit(f: Facts, r: Rates, y: Int64, one: int, trio: Int64, room: Room) -> None:
    """The lowest price of one person, who is in no odd set, for whom all pairs with others than `trio` fit."""
    hits = fill_row(f, r, one, NOUGHT, ONCE, room)
    for other in trio:
        room.row[other] = NEVER
    y[one] = 0
    for b in range(len(y)):
        value = 2 * (room.row[b] + shared_weight(f, r, one, b))
        if value > y[one] + y[b] and may_meet(f, one, b):
            y[one] = value - y[b]
    for other in trio:
        room.row[other] = 0
    clear_row(f, one, room, hits)


def _fit_three(f: Facts, r: Rates, y: Int64, trio: tuple[int, int, int]) -> None:
    """Prices of three people, who are in no odd set, under which all their pairs fit; low, though not the lowest."""
    members, room = np.array(trio, dtype=np.int64), new_room(len(y))
    for one in trio:
        _fit(f, r, y, one, members, room)
    short = [_lack(f, r, y, one, two) for one, two in ((trio[1], trio[2]), (trio[0], trio[2]), (trio[0], trio[1]))]
    for at, one in enumerate(trio):  # half of each lack at both ends, and what triangles of unequal sides need
        y[one] += max(0, (sum(short) - 2 * short[at] + 1) // 2)
    for one, two in ((trio[0], trio[1]), (trio[0], trio[2]), (trio[1], trio[2])):
        y[one] += _lack(f, r, y, one, two)


def _lack(f: Facts, r: Rates, y: Int64, a: int, b: int) -> int:
    """By how much a pair outweighs its prices."""
    cost = tier_cost(f, r, a, b)
    if cost == FAR or not may_meet(f, a, b):
        return 0
    weight = r.rates[BASE] - cost + twice_score(f, r, a, b) + r.bonus[a] + r.bonus[b]
    return int(max(0, 2 * weight - y[a] - y[b]))


def best_round(ask: Question, pairs: Solved) -> Round:
    """The best round with at most one trio, from the best round of pairs."""
    prices = Prices(pairs.y, pairs.forest, ceiling_of(pairs.forest))
    best = Round(pairs.mate, (), prices.ceiling, prices, True)
    if (pairs.mate >= 0).all():
        return best
    search = _Search(ask, pairs, best)
    key, _ = best_join(ask.facts, ask.rates, ask.seat, pairs.mate)
    if key >= 0:
        search.try_triple(key)
    for room in (*[FEW] * LOOKS, ROOM):
        if search.left > 0 and not search.proven and (room == ROOM or search.hopeful):
            search.hopeful = search.look(room)
    return search.best._replace(proven=search.proven)


class _Search:
    """The best round so far, and how much work is left."""

    def __init__(self, ask: Question, pairs: Solved, best: Round) -> None:
        self.ask = ask
        self.best = best
        self.left = max(20, WORK // len(pairs.y))
        self.proven = False
        self.hopeful = True  # the last look found something better
        y = pairs.y.copy()
        melt(pairs.forest._replace(y=y))
        self._edges, self._y, self._mate = pairs.edges, y, pairs.mate

    def try_triple(self, key: int) -> Prices:
        """Solve the pairs around one trio; keep the round if it is the best."""
        self.left -= 1
        f, r, seat, _ = self.ask
        trio = triple_of(len(self._y), key)
        solved = self._around(list(trio))
        worth = ceiling_of(solved.forest) + twice_trio(f, r, seat, *trio)
        mate, y = solved.mate, solved.y
        _fit_three(f, r, y, trio)
        prices = Prices(y, solved.forest, ceiling_of(solved.forest))
        if worth > self.best.worth:
            self.best = Round(mate, trio, worth, prices, False)
        return prices

    def _around(self, trio: list[int]) -> Solved:
        """The best pairs of all others, from the prices of the best pairs of all."""
        bonus, y, mate = self.ask.rates.bonus.copy(), self._y.copy(), self._mate.copy()
        bonus[trio] = GONE
        y[trio] = 0
        mate[mate[trio][mate[trio] >= 0]] = -1
        mate[trio] = -1
        old = self._edges
        kept = ~(np.isin(old.a, trio) | np.isin(old.b, trio))
        start = Edges(old.a[kept], old.b[kept], old.weight[kept])
        solved = improve(self.ask.facts, self.ask.rates._replace(bonus=bonus), start, y, mate)
        count = len(start.a)
        fresh = Edges(solved.edges.a[count:], solved.edges.b[count:], solved.edges.weight[count:])
        self._edges = joined(old, fresh)
        return solved

    def look(self, room: int) -> bool:
        """Try triples that the prices of the best round do not rule out; whether it is worth to look again like this.

        When there are more than `room`, those that were listed are tried until one of them is better.
        """
        f, r, seat, large = self.ask
        before = self.best
        self.left -= 3  # looking costs about as much as a few tries
        y, forest, ceiling = before.prices
        keys, slacks, complete = hopeful_triples(f, r, seat, y, forest, ceiling - before.worth, room, large)
        hopes = ceiling - slacks
        tries = self.left if complete else min(5, self.left)
        while len(keys) and tries > 0:
            tries -= 1
            at = int(np.argmax(hopes))
            prices = self.try_triple(int(keys[at]))
            hopes = np.minimum(hopes, prices.ceiling - slacks_of(f, r, seat, prices.y, prices.forest, keys))
            hopes[at] = self.best.worth
            if not complete and self.best is not before:
                return True
            keys, hopes = keys[hopes > self.best.worth], hopes[hopes > self.best.worth]
        self.proven = complete and not len(keys)
        return False
