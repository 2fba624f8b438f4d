"""What each pair weighs, a row of the complete graph at a time, so that the graph itself is never kept.

A pair weighs `base - repeat * [met] - age * age cost - same * [one team] - apart * [to keep apart] + 2 * score / unit`
and the bonus of both; pairs that may not meet weigh `NEVER`. A row begins as noughts and costs a step for each topic in
common, found in lists of who holds a topic, and for each meeting: most pairs have neither. What all pairs have, base,
bonuses and teams (`shared_weight`), is added only for pairs that may matter, and so are languages and times
(`may_meet`). A look at a row then takes half a nanosecond a pair.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Columns, Int32, Int64, Lists, UInt64, pair_ends
from matching.exact.blossom import link_both_ways
from matching.exact.halves import NOUGHT, Graph
from matching.exact.inner import inner
from matching.jit import jit
from matching.kernels.leaf import leaf, whole
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests

NEVER = whole(-(1 << 61))
ONCE, TWICE = whole(1), whole(2)
FROM_THEM, FROM_ME, IN_COMMON = whole(1), whole(2), whole(4)  # flags of a pair
BASE, REPEAT, AGE, SAME, APART, UNIT_AT = range(6)  # places in `rates`


class Holders(NamedTuple):
    """Topics of each person, and the people of each topic, both as lists in one array."""

    start: Int64
    words: Int64
    holders_start: Int64
    holders: Int64


class Facts(NamedTuple):
    """All that a row is made of. `table` turns flags (1, 2: help each way, 4: shared) into twice the score."""

    team: Int64
    languages: UInt64
    times: UInt64
    asks: Holders
    offers: Holders
    likes: Holders
    blocks: Graph
    met: Graph
    apart: Graph
    table: Int64
    jaccard: int


class Rates(NamedTuple):
    """What a row costs: `rates` holds base, repeat, age, same, apart, unit of the score (0: no score); and bonuses."""

    rates: Int64
    bonus: Int64


class Room(NamedTuple):
    """A row, flags of each pair in it, and who has any: all noughts before a row is filled and after it is cleared."""

    row: Int64
    flags: Int64
    hits: Int64


def new_room(n: int) -> Room:
    return Room(*np.zeros((3, n), dtype=np.int64))


@jit
def _holders_of(topics: int, start: Int64, words: Int64) -> tuple[Int64, Int64]:
    """Who holds each topic: a counting sort."""
    at = np.zeros(topics + 1, dtype=np.int64)
    for word in words:
        at[word + 1] += 1
    for topic in range(topics):
        at[topic + 1] += at[topic]
    to = at[:-1].copy()
    holders = np.empty(len(words), dtype=np.int64)
    for person in range(len(start) - 1):
        for place in range(start[person], start[person + 1]):
            holders[to[words[place]]] = person
            to[words[place]] += 1
    return at, holders


def _lists(lists: Lists, topics: int) -> Holders:
    start, words = lists.start.astype(np.int64), lists.words.astype(np.int64)
    return Holders(start, words, *_holders_of(topics, start, words))


def _linked(n: int, keys: Int64, beside: Int32 | None = None) -> Graph:
    low, high = pair_ends(keys, n)
    weight = np.zeros(len(keys), dtype=np.int64) if beside is None else beside.astype(np.int64)
    return link_both_ways(n, low.astype(np.int64), high.astype(np.int64), weight)


def score_unit(mode: Interests) -> int:
    """What every pair score of this mode is a multiple of, in millionths."""
    return {"ask-offer": int(np.gcd(HELP, SHARED)), "one-in-common": UNIT}.get(mode, 1)


def facts_of(columns: Columns, mode: Interests) -> Facts:
    """Columns as what kernels read. Costs O(n + topics + pairs of the history)."""
    n, unit = columns.n, score_unit(mode)
    flags = np.arange(8)
    ways = HELP * ((flags & 1) + (flags >> 1 & 1)) + SHARED * (flags >> 2)
    scores = {"ask-offer": ways, "one-in-common": UNIT * (flags >> 2)}.get(mode, 0 * flags)
    return Facts(
        columns.team.astype(np.int64),
        columns.languages.astype(np.uint64),
        columns.times.astype(np.uint64),
        _lists(columns.asks, columns.topics),
        _lists(columns.offers, columns.topics),
        _lists(columns.interests, columns.topics),
        _linked(n, columns.blocks),
        _linked(n, columns.met, columns.age),
        _linked(n, columns.apart),
        (2 * scores // unit).astype(np.int64),
        int(mode == "jaccard"),
    )


@leaf
def may_meet(f: Facts, a: int, b: int) -> bool:
    """Whether two people share a language and a time; blocks are in the row."""
    language = f.languages[a, 0] & f.languages[b, 0]
    for word in range(1, f.languages.shape[1]):
        language |= f.languages[a, word] & f.languages[b, word]
    time = f.times[a, 0] & f.times[b, 0]
    for word in range(1, f.times.shape[1]):
        time |= f.times[a, word] & f.times[b, word]
    return bool(language != 0) and bool(time != 0)


@inner
def _flag(f: Facts, mine: Holders, theirs: Holders, a: int, first: int, room: Room, bit: int, count: int) -> int:
    """Flag everybody from `first` on who holds, in the lists `theirs`, a topic that a holds in `mine`; score them."""
    for at in range(mine.start[a], mine.start[a + 1]):
        word = mine.words[at]
        for place in range(theirs.holders_start[word + 1] - 1, theirs.holders_start[word] - 1, -1):
            b = theirs.holders[place]
            if b < first:
                break
            if room.flags[b] == 0:
                room.hits[count] = b
                count += 1
            room.flags[b] |= bit
            room.row[b] = f.table[room.flags[b]]
    return count


@inner
def _jaccard(f: Facts, a: int, first: int, room: Room) -> int:
    """Twice the share of topics in common, in millionths, rounded as in `rules.jaccard`; flags count the topics."""
    likes = f.likes
    mine, count = likes.start[a + 1] - likes.start[a], NOUGHT
    for at in range(likes.start[a], likes.start[a + 1]):
        word = likes.words[at]
        for place in range(likes.holders_start[word + 1] - 1, likes.holders_start[word] - 1, -1):
            b = likes.holders[place]
            if b < first:
                break
            if room.flags[b] == 0:
                room.hits[count] = b
                count += 1
            room.flags[b] += 1
            shared = room.flags[b]
            together = mine + likes.start[b + 1] - likes.start[b] - shared
            room.row[b] = 2 * ((2 * UNIT * shared + together) // (2 * together))
    return count


@inner
def fill_scores(f: Facts, a: int, first: int, room: Room) -> int:
    """Twice the score of a with everybody from `first` on, in units of the mode; how many have one."""
    if f.jaccard:
        return _jaccard(f, a, first, room)
    count = NOUGHT
    if f.table[1] > 0:
        count = _flag(f, f.asks, f.offers, a, first, room, FROM_THEM, count)
        count = _flag(f, f.offers, f.asks, a, first, room, FROM_ME, count)
    return _flag(f, f.likes, f.likes, a, first, room, IN_COMMON, count)


@inner
def fill_links(f: Facts, r: Rates, a: int, times: int, row: Int64) -> None:
    """Take off, so many times, what it costs to have met or to be kept apart; `NEVER` where a block forbids."""
    for at in range(f.met.start[a], f.met.start[a + 1]):
        row[f.met.head[at]] -= times * (r.rates[REPEAT] + r.rates[AGE] * (f.met.twice[at] >> 1))
    for at in range(f.apart.start[a], f.apart.start[a + 1]):
        row[f.apart.head[at]] -= times * r.rates[APART]
    for at in range(f.blocks.start[a], f.blocks.start[a + 1]):
        row[f.blocks.head[at]] = NEVER
    row[a] = NEVER


@inner
def fill_row(f: Facts, r: Rates, a: int, first: int, times: int, room: Room) -> int:
    """What a weighs with everybody, less base, bonuses and team (`shared_weight`); how many score, from `first` on.

    Costs of links count so many `times`. Scores with those before `first` are not looked at.
    """
    count = fill_scores(f, a, first, room) if r.rates[UNIT_AT] > 0 else NOUGHT
    fill_links(f, r, a, times, room.row)
    return count


@inner
def clear_row(f: Facts, a: int, room: Room, count: int) -> None:
    """Noughts again wherever the row was filled."""
    for at in range(count):
        room.row[room.hits[at]] = 0
        room.flags[room.hits[at]] = 0
    for at in range(f.met.start[a], f.met.start[a + 1]):
        room.row[f.met.head[at]] = 0
    for at in range(f.apart.start[a], f.apart.start[a + 1]):
        room.row[f.apart.head[at]] = 0
    for at in range(f.blocks.start[a], f.blocks.start[a + 1]):
        room.row[f.blocks.head[at]] = 0
    room.row[a] = 0


@inner
def shared_weight(f: Facts, r: Rates, a: int, b: int) -> int:
    """The rest of what a pair weighs."""
    same = r.rates[SAME] if f.team[a] == f.team[b] and f.team[a] >= 0 else NOUGHT
    weight: int = r.rates[BASE] + r.bonus[a] + r.bonus[b] - same
    return weight
