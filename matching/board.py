"""Every pair of a small pool at once: matrices of what is allowed, what it costs and what it is good for.

Memory is 26 bytes a pair, so a board is for at most about 2,500 people. Topics are spread by their holders
(`matrix[ix_(asking, offering)] = True`), which costs one write for each pair that a topic joins.

Costs are one whole number, the tiers in mixed radix: a step in an earlier tier outweighs all that the later tiers of a
whole round can add up to. What they decide comes after a forbidden pair: that is a missing edge, never a cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching.rng import Lot
from matching.rules import HELP, SHARED, UNIT
from matching.table import ANY, Ints, Table, pairs_of

Bools = NDArray[np.bool_]
SEAT_STEPS = 6  # how many different counts of past seats are told apart


@dataclass(frozen=True, slots=True)
class Board:
    """Symmetric matrices over places; `cost` packs the tiers, `good` is the interest score bent by the lottery."""

    table: Table
    allowed: Bools
    cost: Ints
    good: Ints
    tie: Ints
    seat: Ints  # what a seat in the trio costs each person
    bench: Ints  # what being left out costs each person

    @property
    def n(self) -> int:
        return self.table.n


def build_board(table: Table, quality: float, lot: Lot, avoid: Iterable[int] = ()) -> Board:
    """All pairs of the table. `avoid` are pairs that earlier draws of this round hold (see `shadows.py`)."""
    counters = [(person.trios, person.size) for person in table.people]
    return Board(
        table=table,
        allowed=_allowed(table),
        cost=_costs(table, avoid),
        good=_good(table, quality, lot.stream("lottery")),
        tie=_symmetric(table.n, lot.stream("tie")) >> 40,
        seat=_seats([trios for trios, _ in counters]) * 8 + np.array([_wish(size) for _, size in counters], np.int64),
        bench=_seats([person.sat_out for person in table.people]),
    )


def _allowed(table: Table) -> Bools:
    allowed = _meet(table.languages) & _meet(table.times)
    a, b = pairs_of(table.blocked, table.n)
    allowed[a, b] = allowed[b, a] = False
    np.fill_diagonal(allowed, False)
    return allowed


def _meet(masks: Sequence[int]) -> Bools:
    """Who shares a choice with whom; everyone of one mask has the same row."""
    rows: dict[int, list[int]] = {}
    for place, mask in enumerate(masks):
        rows.setdefault(mask, []).append(place)
    matrix = np.zeros((len(masks), len(masks)), dtype=bool)
    for one, those in rows.items():
        for other, these in rows.items():
            if one & other or one == ANY or other == ANY:
                matrix[np.ix_(those, these)] = True
    return matrix


def _costs(table: Table, avoid: Iterable[int]) -> Ints:
    """Pairs to avoid, repeats, age of repeats, same team: one number, the earlier the heavier."""
    n, places = table.n, table.n // 2 + 2
    again, age, avoided = np.zeros((3, n, n), dtype=np.int64)
    a, b = pairs_of(table.met, n)
    again[a, b] = again[b, a] = 1
    age[a, b] = age[b, a] = np.fromiter(table.met.values(), dtype=np.int64)
    a, b = pairs_of(avoid, n)
    avoided[a, b] = avoided[b, a] = 1
    same = (table.team[:, None] == table.team[None, :]).astype(np.int64)
    packed = avoided
    for tier in (again, age, same):
        packed = packed * (int(tier.max(initial=0)) * places + 1) + tier
    np.fill_diagonal(packed, 0)
    return packed


def _good(table: Table, quality: float, lot: Lot) -> Ints:
    """The score to climb: true score and a random one, mixed in thousandths of `quality`.

    At 1 it is the interest score, at 0 only chance, which treats all pairs alike.
    """
    share = round(quality * 1000)
    score = _scores(table) if share else np.zeros((table.n, table.n), dtype=np.int64)
    if share == 1000:
        return score
    chance = _symmetric(table.n, lot) % (UNIT + 1)
    return (score * share + chance * (1000 - share)) // 1000


def _scores(table: Table) -> Ints:
    likes = _joined(table.likes, table.likes, table.n)
    if table.mode == "ask-offer":
        helps = (_joined(table.asks, table.offers, table.n) > 0).astype(np.int64)
        return HELP * (helps + helps.T) + SHARED * (likes > 0)
    if table.mode == "one-in-common":
        return UNIT * (likes > 0).astype(np.int64)
    count = np.array([len(one) for one in table.likes], dtype=np.int64)
    together = count[:, None] + count[None, :] - likes
    return np.where(together > 0, (2 * UNIT * likes + together) // np.maximum(2 * together, 1), 0)


def _joined(left: Sequence[frozenset[int]], right: Sequence[frozenset[int]], n: int) -> Ints:
    """How many topics of the left person are among those of the right, for every pair."""
    matrix = np.zeros((n, n), dtype=np.int64)
    holders = _holders(right)
    for word, having in _holders(left).items():
        if word in holders:
            matrix[np.ix_(having, holders[word])] += 1
    return matrix


def _holders(lists: Sequence[frozenset[int]]) -> dict[int, list[int]]:
    holders: dict[int, list[int]] = {}
    for place, words in enumerate(lists):
        for word in words:
            holders.setdefault(word, []).append(place)
    return holders


def _symmetric(n: int, lot: Lot) -> Ints:
    """63 random bits for every pair."""
    numbers = (lot.numbers(n * n) >> np.uint64(1)).astype(np.int64).reshape(n, n)
    upper = np.triu(numbers, 1)
    return upper + upper.T


def _seats(counts: Sequence[int]) -> Ints:
    """Fewest so far first: a seat costs four times as much for each step in the ranking of past seats."""
    ranks = {count: min(rank, SEAT_STEPS) for rank, count in enumerate(sorted(set(counts)))}
    return np.array([4 ** ranks[count] for count in counts], dtype=np.int64)


def _wish(size: int | None) -> int:
    """Between people with as many trios behind them, one who wishes a trio goes before one who wishes a pair."""
    return {3: 0, None: 1, 2: 2}[size]


def group_cost(board: Board, members: Sequence[int]) -> int:
    """The packed tier cost of one group: every pair in it counts."""
    return sum(int(board.cost[a, b]) for a, b in combinations(members, 2))
