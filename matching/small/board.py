"""Every pair of a small pool at once: matrices of what is allowed, what it costs and what it is good for.

Memory is about 60 bytes a pair, time O(n^2 words of bits): for at most some hundreds of people. Topics become bit sets,
so that what two people have in common is one AND and one count of bits for each 64 topics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching.columns import WORD, Columns, Int64, Lists, UInt64, pair_ends
from matching.rules import HELP, SHARED, UNIT
from matching.seats import bench_costs, trio_costs
from matching.types import Interests

Bools = NDArray[np.bool_]
Places = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Symmetric (n, n) matrices over places, and what the seats cost that nobody likes."""

    columns: Columns
    allowed: Bools
    repeat: Int64
    age: Int64
    same: Int64
    apart: Int64
    score: Int64  # millionths
    trio: Int64  # what a seat in the trio costs each person
    bench: Int64  # what being left out costs each person
    easy: bool  # any three who may meet two by two share a language and a time

    @property
    def n(self) -> int:
        return len(self.allowed)

    @property
    def tiers(self) -> tuple[Int64, Int64, Int64, Int64]:
        """What pairs cost, the heaviest aim first: repeats, age of repeats, same team, pairs to keep apart."""
        return self.repeat, self.age, self.same, self.apart

    def may_meet(self, members: Sequence[int]) -> bool:
        """Every hard rule for one group."""
        if not all(self.allowed[a, b] for a, b in combinations(members, 2)):
            return False
        return len(members) < 3 or self.easy or bool(self.share(*np.array(members)[:, None])[0])

    def share(self, a: Int64, b: Int64, c: Int64) -> Bools:
        """For three columns of places: whether the three have a language and a time in common."""
        languages, times = self.columns.languages, self.columns.times
        tongue = (languages[a] & languages[b] & languages[c]).any(axis=-1)
        hour = (times[a] & times[b] & times[c]).any(axis=-1)
        return np.asarray(tongue & hour)


def build_board(columns: Columns, mode: Interests) -> Board:
    """The matrices of these people."""
    n = columns.n
    team = columns.team
    same = ((team[:, None] == team[None, :]) & (team >= 0)[:, None]).astype(np.int64)
    np.fill_diagonal(same, 0)
    return Board(
        columns=columns,
        allowed=_allowed(columns),
        repeat=_spread(columns.met, n, np.ones(len(columns.met), dtype=np.int64)),
        age=_spread(columns.met, n, columns.age.astype(np.int64)),
        same=same,
        apart=_spread(columns.apart, n, np.ones(len(columns.apart), dtype=np.int64)),
        score=_scores(columns, mode),
        trio=trio_costs(columns.trios, columns.size),
        bench=bench_costs(columns.sat_out),
        easy=_in_common(columns.languages) and _in_common(columns.times),
    )


def _allowed(columns: Columns) -> Bools:
    allowed = _meet(columns.languages) & _meet(columns.times)
    low, high = pair_ends(columns.blocks, columns.n)
    allowed[low, high] = allowed[high, low] = False
    np.fill_diagonal(allowed, False)
    return allowed


def _meet(choices: UInt64) -> Bools:
    """Who shares a choice with whom, a word of bits at a time."""
    shared = np.zeros((len(choices), len(choices)), dtype=bool)
    for word in choices.T:
        shared |= (word[:, None] & word[None, :]) != 0
    return shared


def _in_common(choices: UInt64) -> bool:
    """Whether all share one choice, so that no three can fail to."""
    return bool(np.bitwise_and.reduce(choices, axis=0).any()) if len(choices) else True


def _spread(keys: Int64, n: int, values: Int64) -> Int64:
    """A matrix with these values at these pairs."""
    matrix = np.zeros((n, n), dtype=np.int64)
    low, high = pair_ends(keys, n)
    matrix[low, high] = matrix[high, low] = values
    return matrix


def _scores(columns: Columns, mode: Interests) -> Int64:
    """`rules.pair_score` of all pairs."""
    likes = _bits(columns.interests, columns.topics)
    if mode == "ask-offer":
        asks, offers = _bits(columns.asks, columns.topics), _bits(columns.offers, columns.topics)
        helps = (_shared(asks, offers) > 0).astype(np.int64)
        score: Int64 = HELP * (helps + helps.T) + SHARED * (_shared(likes, likes) > 0)
    elif mode == "one-in-common":
        score = UNIT * (_shared(likes, likes) > 0).astype(np.int64)
    else:
        shared = _shared(likes, likes)
        count = np.diff(columns.interests.start)
        together = count[:, None] + count[None, :] - shared
        score = np.where(together > 0, (2 * UNIT * shared + together) // np.maximum(2 * together, 1), 0)
    np.fill_diagonal(score, 0)
    return score


def _bits(lists: Lists, topics: int) -> UInt64:
    """A bit for each topic, (n, words)."""
    counts = np.diff(lists.start)
    bits = np.zeros((len(counts), topics // WORD + 1), dtype=np.uint64)
    bit = np.uint64(1) << (lists.words % WORD).astype(np.uint64)
    np.bitwise_or.at(bits, (np.repeat(np.arange(len(counts)), counts), lists.words // WORD), bit)
    return bits


def _shared(left: UInt64, right: UInt64) -> Int64:
    """How many topics of each person on the left are among those of each on the right, a word of bits at a time."""
    count = np.zeros((len(left), len(right)), dtype=np.int64)
    for mine, yours in zip(left.T, right.T, strict=True):
        count += np.bitwise_count(mine[:, None] & yours[None, :])
    return count
