"""The interest score of a pair inside compiled loops: whole millionths, equal to `matching.rules.pair_score`.

Everybody has signatures of 64 bits (likes, asks, offers, and likes in another way), a bit for each topic. Two lists
whose signatures have no bit in common have no topic in common; otherwise the sorted lists are walked. All that belongs
to one person lies together, so that a stranger costs three cache lines and not nine.
Cost: some nanoseconds when nothing is shared, O(topics of two people) otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Columns, Int32, Int64, Lists, UInt64
from matching.kernels.leaf import leaf, whole
from matching.rules import HELP, SHARED, UNIT
from matching.types import Interests

ASK_OFFER, ONE_IN_COMMON, JACCARD = 1, 2, 3
MODES: dict[Interests, int] = {"ask-offer": ASK_OFFER, "one-in-common": ONE_IN_COMMON, "jaccard": JACCARD}
LIKES, ASKS, OFFERS, LIKES_TOO = 0, 1, 2, 3  # signatures; the first three are kinds of lists, too
KINDS = 3
ONE = np.uint64(1)
M1, M2, M4 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
S1, S2, S4, S8, S16, S32 = (np.uint64(1 << power) for power in range(6))
COUNT = np.uint64(127)
SPREAD = 2654435761  # scatters topics over the second signature of likes


class Tastes(NamedTuple):
    """Topics of everybody. Place i is person `order[i]`; list k of place i starts at `start[3 i + k]`."""

    mode: int  # 0 when scores do not matter
    sign: UInt64  # n, 4
    start: Int64  # 3 n + 1
    words: Int32


def no_tastes() -> Tastes:
    """For a draw in which nobody's topics count."""
    return Tastes(0, np.zeros((0, 4), np.uint64), np.zeros(1, np.int64), np.zeros(0, np.int32))


def gather_tastes(columns: Columns, mode: Interests, order: Int32) -> Tastes:
    """The topics of people in this order. Costs O(n + topics named)."""
    n, lists = columns.n, (columns.interests, columns.asks, columns.offers)
    sign = np.zeros((n, 4), dtype=np.uint64)
    start = np.zeros(KINDS * n + 1, dtype=np.int64)
    for kind, one in enumerate(lists):
        start[1 + kind :: KINDS] = np.diff(one.start)[order]
    np.cumsum(start, out=start)
    words = np.empty(int(start[-1]), dtype=np.int32)
    for kind, one in enumerate(lists):
        move_lists(kind, one.start, one.words, order, sign, start, words)
    return Tastes(MODES[mode], sign, start, words)


def counts(columns: Columns, mode: Interests) -> bool:
    """Whether anybody's topics can make a difference."""
    lists: tuple[Lists, ...] = (columns.interests,)
    if mode == "ask-offer" and len(columns.asks.words) and len(columns.offers.words):
        return True
    return all(len(one.words) > 0 for one in lists)


@leaf
def move_lists(kind: int, old: Int64, topics: Int32, order: Int32, sign: UInt64, start: Int64, words: Int32) -> None:
    """Copy one kind of lists in the new order, and sign them."""
    for place in range(len(order)):
        at = start[KINDS * place + kind]
        for entry in range(old[order[place]], old[order[place] + 1]):
            topic = whole(topics[entry])
            words[at] = topic
            at += 1
            sign[place, kind] |= ONE << np.uint64(topic & 63)
            if kind == LIKES:
                sign[place, LIKES_TOO] |= ONE << np.uint64((topic * SPREAD >> 24) & 63)


@leaf
def popcount(bits: np.uint64) -> int:
    """How many bits are set (by halves, quarters and so on; additions only)."""
    bits = (bits & M1) + ((bits >> S1) & M1)
    bits = (bits & M2) + ((bits >> S2) & M2)
    bits = (bits & M4) + ((bits >> S4) & M4)
    bits += bits >> S8
    bits += bits >> S16
    bits += bits >> S32
    return whole(bits & COUNT)


@leaf
def any_common(tastes: Tastes, kind: int, a: int, other: int, b: int) -> bool:
    """Whether a topic of list `kind` of a is in list `other` of b."""
    if tastes.sign[a, kind] & tastes.sign[b, other] == 0:
        return False
    if kind == LIKES and tastes.sign[a, LIKES_TOO] & tastes.sign[b, LIKES_TOO] == 0:
        return False
    i, j = tastes.start[KINDS * a + kind], tastes.start[KINDS * b + other]
    last, end = tastes.start[KINDS * a + kind + 1], tastes.start[KINDS * b + other + 1]
    while i < last and j < end:
        one, two = tastes.words[i], tastes.words[j]
        if one == two:
            return True
        i += int(one < two)
        j += int(two < one)
    return False


@leaf
def overlap(tastes: Tastes, a: int, b: int) -> int:
    """How many likes two people share."""
    if (tastes.sign[a, LIKES] & tastes.sign[b, LIKES]) == 0:
        return 0
    i, j = tastes.start[KINDS * a], tastes.start[KINDS * b]
    last, end = tastes.start[KINDS * a + 1], tastes.start[KINDS * b + 1]
    shared = 0
    while i < last and j < end:
        one, two = tastes.words[i], tastes.words[j]
        shared += int(one == two)
        i += int(one <= two)
        j += int(two <= one)
    return shared


@leaf
def pair_score(tastes: Tastes, a: int, b: int) -> int:
    """0 to 1,000,000; 0 as well when scores do not matter."""
    if tastes.mode == ASK_OFFER:
        helps = int(any_common(tastes, ASKS, a, OFFERS, b)) + int(any_common(tastes, ASKS, b, OFFERS, a))
        return HELP * helps + SHARED * int(any_common(tastes, LIKES, a, LIKES, b))
    if tastes.mode == ONE_IN_COMMON:
        return UNIT * int(any_common(tastes, LIKES, a, LIKES, b))
    if tastes.mode != JACCARD:
        return 0
    shared = overlap(tastes, a, b)
    if shared == 0:
        return 0
    mine = tastes.start[KINDS * a + 1] - tastes.start[KINDS * a]
    together = mine + tastes.start[KINDS * b + 1] - tastes.start[KINDS * b] - shared
    return whole((2 * UNIT * shared + together) // (2 * together))
