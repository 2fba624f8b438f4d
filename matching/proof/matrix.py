"""What the columns say about all pairs, in rows: for proofs that look at every pair there could be.

A block holds the rows `low` to `high`, every column, and costs O(rows * n); keep rows * n below some millions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.columns import NO_TEAM, Columns, Int32, Int64, Lists, UInt64, pair_ends
from matching.proof.pairs import Mask, jaccard_scores
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests

JOIN_COST = 80  # one hit in an index costs as much as this many multiplications in a product


def lawful_rows(columns: Columns, low: int, high: int) -> Mask:
    """Who may meet whom."""
    allowed = _overlap(columns.languages, low, high) & _overlap(columns.times, low, high)
    allowed[_block(columns.blocks, columns.n, low, high)] = False
    allowed[np.arange(high - low), np.arange(low, high)] = False
    return allowed


def age_rows(columns: Columns, low: int, high: int) -> tuple[Mask, Int64]:
    """Who has met whom, and what the age of it costs."""
    met = np.zeros((high - low, columns.n), dtype=bool)
    age = np.zeros((high - low, columns.n), dtype=np.int64)
    a, b = pair_ends(columns.met, columns.n)
    for rows, others in ((a, b), (b, a)):
        inside = (rows >= low) & (rows < high)
        met[rows[inside] - low, others[inside]] = True
        age[rows[inside] - low, others[inside]] = columns.age[inside]
    return met, age


def met_rows(columns: Columns, low: int, high: int) -> Mask:
    met = np.zeros((high - low, columns.n), dtype=bool)
    met[_block(columns.met, columns.n, low, high)] = True
    return met


def team_rows(columns: Columns, low: int, high: int) -> Mask:
    mine = columns.team[low:high, None]
    same: Mask = (mine == columns.team[None, :]) & (mine != NO_TEAM)
    return same


def score_rows(columns: Columns, mode: Interests, low: int, high: int) -> Int64:
    """Pair scores in millionths; the diagonal means nothing."""
    likes = Index.of(columns.interests, columns.topics)
    shared = _hits(columns.interests, likes, low, high, columns.n)
    if mode == "one-in-common":
        return (shared > 0) * np.int64(UNIT)
    if mode == "jaccard":
        size = np.diff(columns.interests.start)
        return jaccard_scores(shared, size[low:high, None] + size[None, :])
    helped = _hits(columns.asks, Index.of(columns.offers, columns.topics), low, high, columns.n) > 0
    helping = _hits(columns.offers, Index.of(columns.asks, columns.topics), low, high, columns.n) > 0
    return (helped.astype(np.int64) + helping) * HELP + (shared > 0) * np.int64(SHARED)


@dataclass(frozen=True, slots=True)
class Index:
    """For each topic the people who name it."""

    start: Int64
    people: Int32
    lists: Lists

    @classmethod
    def of(cls, lists: Lists, topics: int) -> Index:
        who = np.repeat(np.arange(len(lists.start) - 1, dtype=np.int32), np.diff(lists.start))
        start = np.zeros(topics + 1, dtype=np.int64)
        np.cumsum(np.bincount(lists.words, minlength=topics), out=start[1:])
        return cls(start, who[np.argsort(lists.words, kind="stable")], lists)


def _hits(mine: Lists, index: Index, low: int, high: int, n: int) -> Int64:
    """How many words each of the rows shares with everybody: by index where words are rare, by product otherwise."""
    words = mine.words[mine.start[low] : mine.start[high]]
    counts = index.start[words + 1] - index.start[words]
    total, rows, topics = int(counts.sum()), high - low, len(index.start) - 1
    if total * JOIN_COST > rows * n * topics:
        product: NDArray[np.float32] = _incidence(mine, low, high, topics) @ _incidence(index.lists, 0, n, topics).T
        return product.astype(np.int64)
    row = np.repeat(np.arange(rows), np.diff(mine.start[low : high + 1]))
    first = np.cumsum(counts) - counts
    at = np.arange(total) + np.repeat(index.start[words] - first, counts)
    keys = np.repeat(row * n, counts) + index.people[at]
    return np.bincount(keys, minlength=rows * n).reshape(rows, n)


def _incidence(lists: Lists, low: int, high: int, topics: int) -> NDArray[np.float32]:
    table = np.zeros((high - low, topics), dtype=np.float32)
    row = np.repeat(np.arange(high - low), np.diff(lists.start[low : high + 1]))
    table[row, lists.words[lists.start[low] : lists.start[high]]] = 1
    return table


def _overlap(bits: UInt64, low: int, high: int) -> Mask:
    """Who shares a bit: by kinds of bits when there are few of them."""
    kinds, kind = np.unique(bits, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    if len(kinds) == 1:
        return np.ones((high - low, len(bits)), dtype=bool)
    together = np.zeros((len(kinds), len(kinds)), dtype=bool)
    for word in range(bits.shape[1]):
        together |= (kinds[:, None, word] & kinds[None, :, word]) != 0
    rows: Mask = together[kind[low:high]][:, kind]
    return rows


def _block(keys: Int64, n: int, low: int, high: int) -> tuple[Int64, Int64]:
    """Pairs as places in the block, both ways round."""
    a, b = pair_ends(keys, n)
    rows, others = np.concatenate([a, b]), np.concatenate([b, a])
    inside = (rows >= low) & (rows < high)
    return rows[inside] - low, others[inside]
