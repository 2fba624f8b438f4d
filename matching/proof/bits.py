"""What people share with each other as rows of bits: sixty-four pairs in one step of the processor.

A row belongs to one person and has a bit for everybody, in an order that the caller chooses. Costs O(n^2 / 64) words
for each topic that one person names, so that all pairs of 1,600 people take parts of a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from matching.columns import WORD, Columns, Int32, Int64, Lists, UInt64
from matching.proof.pairs import Mask, jaccard_scores, lengths
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests

CELLS = 1 << 22  # bits that stand as bytes together
NARROW = 1 << 16  # numbers up to here are sorted by their digits, in a fifth of the time
NO_BITS = np.uint64(0)
Class = tuple[UInt64, Int64]  # rows of bits, and what the score of a pair in them is at most, row by row


def words_for(n: int) -> int:
    return -(-n // WORD)


def packed(table: Mask) -> UInt64:
    """Rows of bytes as rows of bits; the width is a multiple of 64."""
    return np.packbits(table, axis=1, bitorder="little").view(np.uint64)


def unpacked(rows: UInt64) -> tuple[Int64, Int64]:
    """Row and place of every bit that is set."""
    row, word = np.nonzero(rows)
    bits = np.unpackbits(rows[row, word].view(np.uint8), bitorder="little").reshape(-1, WORD)
    which, bit = np.nonzero(bits)
    return row[which], word[which] * WORD + bit


def first_bits(n: int) -> UInt64:
    """Row c has the first c of n bits set: n + 1 rows."""
    few = packed(np.tri(WORD + 1, WORD, -1, dtype=bool))[:, 0]
    over = np.arange(n + 1)[:, None] - WORD * np.arange(words_for(n))[None, :]
    rows: UInt64 = few[np.clip(over, 0, WORD)]
    return rows


def pair_bits(rows: Int32 | Int64, others: Int64, count: int, n: int) -> UInt64:
    """`count` rows with a bit for each of these places."""
    table = np.zeros((count, WORD * words_for(n)), dtype=bool)
    table[rows, others] = True
    return packed(table)


class Holders:
    """For each topic a row of those who name it; the last row is empty."""

    def __init__(self, lists: Lists, topics: int, place: Int64) -> None:
        n = len(place)
        narrow = lists.words.astype(np.uint16) if topics <= NARROW else lists.words
        order = np.argsort(narrow, kind="stable")
        words = lists.words[order]
        who = place[np.repeat(np.arange(n), lengths(lists, np.arange(n)))][order]
        step = max(1, CELLS // max(n, 1))
        parts = [np.zeros((0, words_for(n)), dtype=np.uint64)]
        for low in range(0, topics + 1, step):
            first, end = np.searchsorted(words, (low, low + step))
            count = min(step, topics + 1 - low)
            parts.append(pair_bits(words[first:end] - low, who[first:end], count, n))
        self.rows = np.concatenate(parts)

    def of(self, lists: Lists, people: Int64) -> Iterator[tuple[Int64, UInt64]]:
        """The first topic of each of these people, then the second and so on: which of them have one, and its rows."""
        counts = lengths(lists, people)
        for number in range(int(counts.max(initial=0))):
            there = np.flatnonzero(counts > number)
            yield there, self.rows[lists.words[lists.start[people[there]] + number]]

    def any_of(self, lists: Lists, people: Int64) -> UInt64:
        """Who names a topic that stands in the lists of these people."""
        found = np.zeros((len(people), self.rows.shape[1]), dtype=np.uint64)
        for there, rows in self.of(lists, people):
            if len(there) == len(people):
                found |= rows
            else:
                found[there] |= rows
        return found


class Scores:
    """Classes of pairs by what they score at most; a pair in none of them scores nothing."""

    def __init__(self, columns: Columns, mode: Interests, place: Int64) -> None:
        self.columns, self.mode = columns, mode
        self._likes = Holders(columns.interests, columns.topics, place)
        if mode == "ask-offer":
            self._asks = Holders(columns.asks, columns.topics, place)
            self._offers = Holders(columns.offers, columns.topics, place)

    def of(self, people: Int64) -> Sequence[Class]:
        """The classes among the pairs of these people with everybody."""
        columns, one = self.columns, np.ones(len(people), dtype=np.int64)
        if self.mode == "jaccard":
            return self._jaccard(people)
        liked = self._likes.any_of(columns.interests, people)
        if self.mode == "one-in-common":
            return [(liked, UNIT * one)]
        helped = self._offers.any_of(columns.asks, people)
        helping = self._asks.any_of(columns.offers, people)
        some, both = helped | helping, helped & helping
        plain = [(liked, SHARED * one), (some, HELP * one), (both, 2 * HELP * one)]
        return [*plain, (some & liked, (HELP + SHARED) * one), (both & liked, (2 * HELP + SHARED) * one)]

    def _jaccard(self, people: Int64) -> Sequence[Class]:
        """By how many topics two share, and the shortest list that the other may have."""
        likes = self.columns.interests
        planes: list[UInt64] = []
        for there, rows in self._likes.of(likes, people):
            more = np.zeros((len(people), rows.shape[1]), dtype=np.uint64)
            more[there] = rows
            _add(planes, more)
        own = lengths(likes, people)
        named = np.diff(likes.start)
        shortest = int(named[named > 0].min(initial=1 << 30))
        numbers = range(1, int(own.max(initial=0)) + 1)
        return [(_equal(planes, k), jaccard_scores(np.full(len(own), k), own + max(k, shortest))) for k in numbers]


def _add(planes: list[UInt64], more: UInt64) -> None:
    """One more for each bit set, where plane p holds the bit p of a number for each pair."""
    for plane in planes:
        carry = plane & more
        plane ^= more
        more = carry
    if more.any():
        planes.append(more)


def _equal(planes: list[UInt64], number: int) -> UInt64:
    """Where the planes hold just this number."""
    if number >> len(planes):
        return np.zeros_like(planes[0])
    found = np.full_like(planes[0], ~NO_BITS)
    for power, plane in enumerate(planes):
        found &= plane if number >> power & 1 else ~plane
    return found
