"""What the columns say about a list of pairs, all of them at once: may they meet, have they met, what do they share?

Pairs are two arrays of places. Everything costs O(pairs log facts); a million pairs take tenths of a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.columns import NO_TEAM, Columns, Int32, Int64, Lists, UInt64, pair_keys
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests

Mask = NDArray[np.bool_]
SHORT = 8  # lists up to here are compared word by word
CHUNK = 1 << 16  # pairs at a time, so that what is compared stays in the cache


def listed(keys: Int64, wanted: Int64) -> tuple[Mask, Int64]:
    """Which of the wanted pairs stand among sorted keys, and where they do (or would)."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool), np.zeros(len(wanted), dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    there: Mask = keys[at] == wanted
    return there, at


def share(bits: UInt64, *members: Int64) -> Mask:
    """Whether all members have a bit in common: one answer for each row of places."""
    found = np.zeros(len(members[0]), dtype=bool)
    for word in range(bits.shape[1]):
        common = bits[members[0], word]
        for others in members[1:]:
            common = common & bits[others, word]
        found |= common != 0
    return found


def blocked(columns: Columns, a: Int64, b: Int64) -> Mask:
    return listed(columns.blocks, pair_keys(a, b, columns.n))[0]


def may_meet(columns: Columns, a: Int64, b: Int64) -> Mask:
    """Every hard rule for two people."""
    others: Mask = a != b
    return share(columns.languages, a, b) & share(columns.times, a, b) & ~blocked(columns, a, b) & others


def met_before(columns: Columns, a: Int64, b: Int64) -> tuple[Mask, Int64]:
    """Whether they have met, and what meeting again costs by its age (0 for those who have not)."""
    met, at = listed(columns.met, pair_keys(a, b, columns.n))
    age = np.zeros(len(met), dtype=np.int64)
    age[met] = columns.age[at[met]]
    return met, age


def one_team(columns: Columns, a: Int64, b: Int64) -> Mask:
    mine: Mask = (columns.team[a] == columns.team[b]) & (columns.team[a] != NO_TEAM)
    return mine


def pair_scores(columns: Columns, mode: Interests, a: Int64, b: Int64) -> Int64:
    """Interest scores in millionths, as `rules.pair_score` defines them."""
    if not len(columns.interests.words) and (mode != "ask-offer" or not len(columns.asks.words)):
        return np.zeros(len(a), dtype=np.int64)
    parts = [_scores(columns, mode, a[at : at + CHUNK], b[at : at + CHUNK]) for at in range(0, len(a), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _scores(columns: Columns, mode: Interests, a: Int64, b: Int64) -> Int64:
    likes = columns.interests
    shared = common_words(likes, a, likes, b)
    if mode == "one-in-common":
        return (shared > 0) * np.int64(UNIT)
    if mode == "jaccard":
        return jaccard_scores(shared, lengths(likes, a) + lengths(likes, b))
    asks, offers = columns.asks, columns.offers
    helps = (common_words(asks, a, offers, b) > 0).astype(np.int64) + (common_words(asks, b, offers, a) > 0)
    return helps * HELP + (shared > 0) * np.int64(SHARED)


def jaccard_scores(shared: Int64, both: Int64) -> Int64:
    """From the number of shared topics and the sum of both lengths; 0 when both have none."""
    together = both - shared
    scores: Int64 = (2 * UNIT * shared + together) // np.maximum(2 * together, 1)
    return scores


def lengths(lists: Lists, places: Int64) -> Int64:
    return lists.start[places + 1] - lists.start[places]


def common_words(left: Lists, a: Int64, right: Lists, b: Int64) -> Int64:
    """How many words of a's left list stand in b's right list."""
    found = np.zeros(len(a), dtype=np.int64)
    mine, yours = lengths(left, a), lengths(right, b)
    some = (mine > 0) & (yours > 0)
    short = some & (mine <= SHORT) & (yours <= SHORT)
    if short.any():
        found[short] = _word_by_word(left, a[short], right, b[short])
    if (long := some & ~short).any():
        found[long] = _by_keys(left, a[long], right, b[long])
    return found


def _word_by_word(left: Lists, a: Int64, right: Lists, b: Int64) -> Int64:
    mine, yours = _padded(left, a, -1), _padded(right, b, -2)
    found = np.zeros(len(a), dtype=np.int64)
    for one in mine:
        for other in yours:
            found += one == other
    return found


def _padded(lists: Lists, places: Int64, missing: int) -> list[Int32]:
    """The first, second ... word of each of these people, as many as the longest list has."""
    counts = lengths(lists, places)
    columns = []
    for number in range(int(counts.max())):
        there = number < counts
        at = np.where(there, lists.start[places] + number, 0)
        columns.append(np.where(there, lists.words[at], np.int32(missing)))
    return columns


def _by_keys(left: Lists, a: Int64, right: Lists, b: Int64) -> Int64:
    """The same for lists of any length: words numbered by pair, looked up in sorted keys."""
    words = 1 + max(int(left.words.max()), int(right.words.max()))
    mine, yours = _numbered(left, a, words), _numbered(right, b, words)
    hits = mine[listed(yours, mine)[0]] // words
    return np.bincount(hits, minlength=len(a)).astype(np.int64)


def _numbered(lists: Lists, places: Int64, words: int) -> Int64:
    chosen = lists.take(places)
    rows = np.repeat(np.arange(len(places)), np.diff(chosen.start))
    keys: Int64 = rows * words + chosen.words
    return keys
