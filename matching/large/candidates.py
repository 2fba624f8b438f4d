"""The best partners of everybody, a handful each, found by what they share and without a look at all pairs.

Buckets: people are filed under what they could be found by, and asked for by what is sought. For ask-offer that is
(an ask, an offer) sought as (that offer asked, that ask offered), then an offer, an ask, a like alone; for jaccard two
likes, then one. Scarce keys first; later ones only for those whose list is not yet as good as a key can make it. In a
bucket, a window of people from a random place on is looked at, signatures first (they lie in the bucket, one after
another); whoever may do is scored exactly and must cost nothing in the tiers.
A pair is scored once and enters both lists.
Cost: O(n (window + keys)) time, 24 bytes a key, 8 K bytes a person for lists of K.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int32, UInt64
from matching.kernels.leaf import leaf, whole
from matching.kernels.lot import below
from matching.kernels.pairs import HALF, LOW, Facts, pair_cost
from matching.kernels.tastes import (
    ASK_OFFER,
    ASKS,
    JACCARD,
    KINDS,
    LIKES,
    LIKES_TOO,
    OFFERS,
    Tastes,
    pair_score,
    popcount,
)
from matching.rules import HELP, SHARED, UNIT

SHOW = 0
KINDS_OVERRIDE = None
MANY, FEW = 5_000, 100  # among many people, keys that less than one in FEW still needs are left out
SWAP, TWO_LIKES = 4, 5  # kinds of keys beside LIKES, ASKS and OFFERS
MANY, FEW = 5_000, 100  # among many people, keys that less than one in FEW still needs are left out
MOST = 16  # keys of one kind for one person
ZERO = np.uint64(0)
FACTOR_1, FACTOR_2, SHIFT = 2654435761, 2246822519, 11


class Wishes(NamedTuple):
    """Up to K partners of everybody, best first; -1 and a score of 0 where there are fewer."""

    who: Int32  # n, K
    score: Int32  # n, K
    worst: Int32  # n: the last score, once more, because it is asked for most often


class Buckets(NamedTuple):
    """Who is filed under each key, hashed: bucket k is `start[k] : start[k + 1]`."""

    start: Int32
    row: UInt64  # signatures of likes, and of the other side of what they are found by; person, and what they seek


def find_wishes(facts: Facts, tastes: Tastes, length: int, window: int, state: UInt64) -> Wishes:
    """Lists of `length` partners each, by looking at `window` people of a bucket."""
    n = len(facts.card)
    wishes = Wishes(np.full((n, length), -1, np.int32), np.zeros((n, length), np.int32), np.zeros(n, np.int32))
    for kind, enough, floor in kinds_of(tastes.mode):
        if n > MANY and np.count_nonzero(wishes.worst < enough) * FEW < n:
            continue
        go_through = search_together if kind > OFFERS else search
        go_through(facts, tastes, fill(tastes, kind), kind, enough, floor, window, wishes, state)
    return wishes


def kinds_of(mode: int) -> tuple[tuple[int, int, int], ...]:
    """Kinds of keys in order; the score from which on a full list needs no more of them; and what is too little."""
    if mode == ASK_OFFER:
        good = (SWAP, UNIT, 0), (OFFERS, 2 * HELP, HELP), (ASKS, HELP + SHARED, HELP)
        return (*good, (OFFERS, SHARED, 0), (ASKS, SHARED, 0), (LIKES, SHARED, 0))
    return ((TWO_LIKES, UNIT, 0), (LIKES, UNIT // 4, 0)) if mode == JACCARD else ((LIKES, UNIT, 0),)


def fill(tastes: Tastes, kind: int) -> Buckets:
    """File everybody under their keys of this kind."""
    n = len(tastes.sign)
    size = 1 << max(6, int(n).bit_length() + (1 if kind > OFFERS else -1))
    start = np.zeros(size + 2, dtype=np.int32)
    file_people(tastes, kind, size - 1, start, np.empty((0, 3), np.uint64))
    np.cumsum(start, out=start)
    row = np.empty((int(start[-1]), 3), dtype=np.uint64)
    file_people(tastes, kind, size - 1, start, row)
    return Buckets(start, row)


@leaf
def length(tastes: Tastes, kind: int, a: int) -> int:
    """How many topics somebody has in one list."""
    return whole(tastes.start[KINDS * a + kind + 1] - tastes.start[KINDS * a + kind])


@leaf
def topic(tastes: Tastes, kind: int, a: int, turn: int) -> int:
    """Topic number `turn` of a list."""
    return whole(tastes.words[tastes.start[KINDS * a + kind] + turn])


@leaf
def key_count(tastes: Tastes, kind: int, a: int) -> int:
    """How many keys somebody has, at most MOST."""
    if kind == SWAP:
        return min(MOST, length(tastes, ASKS, a) * length(tastes, OFFERS, a))
    if kind == TWO_LIKES:
        return min(MOST, length(tastes, LIKES, a) * (length(tastes, LIKES, a) - 1) // 2)
    return min(MOST, length(tastes, kind, a))


@leaf
def key_of(tastes: Tastes, kind: int, a: int, turn: int, mask: int, sought: bool) -> int:
    """The bucket under which somebody is filed for their key number `turn`, or seeks others."""
    if kind == SWAP:
        offers = length(tastes, OFFERS, a)
        ask, offer = topic(tastes, ASKS, a, turn // offers), topic(tastes, OFFERS, a, turn % offers)
        if sought:
            ask, offer = offer, ask
        return ((ask * FACTOR_1 + offer * FACTOR_2) >> SHIFT) & mask
    if kind == TWO_LIKES:
        high = 1
        while high * (high + 1) // 2 <= turn:
            high += 1
        one, two = topic(tastes, LIKES, a, turn - high * (high - 1) // 2), topic(tastes, LIKES, a, high)
        return ((one * FACTOR_1 + two * FACTOR_2) >> SHIFT) & mask
    return topic(tastes, kind, a, turn) & mask


@leaf
def file_people(tastes: Tastes, kind: int, mask: int, start: Int32, row: UInt64) -> None:
    """Count into `start[k + 2]` when there are no rows; otherwise write, next of bucket k to `start[k + 1]`."""
    beside = LIKES_TOO if kind > OFFERS else OFFERS if kind == ASKS else ASKS
    for a in range(len(tastes.sign)):
        for turn in range(key_count(tastes, kind, a)):
            key = key_of(tastes, kind, a, turn, mask, False)
            if len(row) == 0:
                start[key + 2] += 1
                continue
            at = start[key + 1]
            start[key + 1] += 1
            row[at, 0], row[at, 1] = tastes.sign[a, LIKES], tastes.sign[a, beside]
            sought = np.uint64(key_of(tastes, kind, a, turn, mask, True) if kind > OFFERS else 0)
            row[at, 2] = np.uint64(a) | (sought << HALF)


@leaf
def search(
    facts: Facts,
    tastes: Tastes,
    buckets: Buckets,
    kind: int,
    enough: int,
    floor: int,
    window: int,
    wishes: Wishes,
    state: UInt64,
) -> None:
    """Go through the buckets of everybody's keys, person after person."""
    mask, seek = len(buckets.start) - 3, ASKS if kind == OFFERS else OFFERS if kind == ASKS else kind
    beside = ASKS if kind == ASKS else OFFERS
    for a in range(len(tastes.sign)):
        likes, other = tastes.sign[a, LIKES], tastes.sign[a, beside]
        for turn in range(key_count(tastes, seek, a)):
            if wishes.worst[a] >= enough:
                break
            key = key_of(tastes, seek, a, turn, mask, True)
            look(facts, tastes, buckets, kind, key, a, likes, other, floor, window, wishes, state)


@leaf
def search_together(
    facts: Facts,
    tastes: Tastes,
    buckets: Buckets,
    kind: int,
    enough: int,
    floor: int,
    window: int,
    wishes: Wishes,
    state: UInt64,
) -> None:
    """The same for keys of two topics, bucket after bucket: those who seek in one bucket find it in the cache.

    A swap is found from both of its sides, and written into both lists: the lower key alone asks.
    """
    for key in range(len(buckets.start) - 2):
        for at in range(buckets.start[key], buckets.start[key + 1]):
            word = buckets.row[at, 2]
            a, sought = whole(word & LOW), whole(word >> HALF)
            if sought >= key and wishes.worst[a] < enough:
                likes, too = buckets.row[at, 0], buckets.row[at, 1]
                look(facts, tastes, buckets, kind, sought, a, likes, too, floor, window, wishes, state)


@leaf
def look(
    facts: Facts,
    tastes: Tastes,
    buckets: Buckets,
    kind: int,
    key: int,
    a: int,
    likes: np.uint64,
    other: np.uint64,
    floor: int,
    window: int,
    wishes: Wishes,
    state: UInt64,
) -> None:
    """Look at a window of one bucket for a, whose signatures are given."""
    first, end = whole(buckets.start[key]), whole(buckets.start[key + 1])
    size, least = end - first, max(floor, whole(wishes.worst[a]))
    if size == 0:
        return
    at = first + (below(state, size) if size > window else 0)
    for _ in range(min(size, window)):
        same, too = likes & buckets.row[at, 0], other & buckets.row[at, 1]
        if guess(tastes.mode, kind, same, likes | buckets.row[at, 0], too) > least:
            b = whole(buckets.row[at, 2] & LOW)
            if b != a and not deceived(tastes, kind, a, b, too, least):
                wish(facts, tastes, wishes, a, b)
                least = max(floor, whole(wishes.worst[a]))
        at += 1
        if at == end:
            at = first


@leaf
def deceived(tastes: Tastes, kind: int, a: int, b: int, too: np.uint64, least: int) -> bool:
    """Whether likes only seemed to be shared, as their other signature shows, and the rest is not enough."""
    if tastes.mode != ASK_OFFER or kind > OFFERS or tastes.sign[a, LIKES_TOO] & tastes.sign[b, LIKES_TOO] != 0:
        return False
    return guess(tastes.mode, kind, ZERO, ZERO, too) <= least


@leaf
def guess(mode: int, kind: int, shared: np.uint64, together: np.uint64, too: np.uint64) -> int:
    """About the score of somebody found under a key of this kind, from the bits they have in common with the seeker."""
    if mode == JACCARD:
        return UNIT * popcount(shared) // max(popcount(together), 1)
    if mode != ASK_OFFER:
        return UNIT
    if kind == SWAP:
        return 2 * HELP + (SHARED if shared != 0 and too != 0 else 0)
    known = 0 if kind == LIKES else HELP
    return known + (SHARED if shared != 0 else 0) + (HELP if too != 0 else 0)


@leaf
def wish(facts: Facts, tastes: Tastes, wishes: Wishes, a: int, b: int) -> None:
    """Put a and b into each other's lists, where they are good enough and not there yet, if they cost nothing."""
    score, last = pair_score(tastes, a, b), wishes.who.shape[1] - 1
    mine, yours = score > wishes.worst[a], score > wishes.worst[b]
    for turn in range(last + 1):
        mine = mine and wishes.who[a, turn] != b
        yours = yours and wishes.who[b, turn] != a
    if not (mine or yours) or pair_cost(facts, a, b) != 0:
        return
    if mine:
        enter(wishes, a, b, score)
    if yours:
        enter(wishes, b, a, score)


@leaf
def enter(wishes: Wishes, a: int, b: int, score: int) -> None:
    """Put b into the list of a in order of score, behind those who are as good; the last one falls out."""
    turn = wishes.who.shape[1] - 1
    while turn > 0 and wishes.score[a, turn - 1] < score:
        wishes.who[a, turn], wishes.score[a, turn] = wishes.who[a, turn - 1], wishes.score[a, turn - 1]
        turn -= 1
    wishes.who[a, turn], wishes.score[a, turn] = b, score
    wishes.worst[a] = wishes.score[a, wishes.score.shape[1] - 1]
