"""Who has chosen what few choose: lists of the people with each rare language and each rare time.

Somebody all of whose languages are rare finds one partner in a thousand by asking at random, and at once by asking on
the list. Choices are the 64 bits of the first choice word of the cards: languages below, times above; whoever takes
any has all bits. Cost: O(n) and 4 bytes for each rare choice made.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int32, Int64, UInt64
from matching.kernels.leaf import leaf, whole
from matching.kernels.lot import below
from matching.kernels.pairs import CHOICE, Facts

SHARE = 6  # a choice made by less than one in so many people is rare
BITS, HALF = 64, 32
ONE, LOWER, UPPER = np.uint64(1), np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFFFF00000000)


class Rare(NamedTuple):
    """The people of choice k are `people[start[k] : start[k + 1]]`; empty for choices that are not rare."""

    common: UInt64  # one word: the choices that are not rare
    start: Int64  # 65
    people: Int32


def rare_choices(facts: Facts) -> Rare:
    """The lists for these facts."""
    count = np.zeros(BITS, dtype=np.int64)
    count_choices(facts, count)
    rare = np.where(count * SHARE < len(facts.card), count, 0)
    start = np.zeros(BITS + 1, dtype=np.int64)
    np.cumsum(rare, out=start[1:])
    common = np.array([sum(1 << bit for bit in range(BITS) if rare[bit] == 0)], dtype=np.uint64)
    people = np.empty(int(start[-1]), dtype=np.int32)
    list_choices(facts, common, start[:-1].copy(), people)
    return Rare(common, start, people)


@leaf
def count_choices(facts: Facts, count: Int64) -> None:
    """How many have made each choice; most take any time, or any language, and are counted together."""
    any_lower, any_upper = 0, 0
    for place in range(len(facts.card)):
        word = facts.card[place, CHOICE]
        if word & LOWER == LOWER:
            any_lower += 1
            word &= UPPER
        if word & UPPER == UPPER:
            any_upper += 1
            word &= LOWER
        bit = 0
        while word != 0:
            if word & ONE:
                count[bit] += 1
            word >>= ONE
            bit += 1
    for bit in range(HALF):
        count[bit] += any_lower
        count[bit + HALF] += any_upper


@leaf
def list_choices(facts: Facts, common: UInt64, at: Int64, people: Int32) -> None:
    """Write everybody into the lists of their rare choices, the next one of choice k to `at[k]`."""
    for place in range(len(facts.card)):
        word = facts.card[place, CHOICE] & ~common[0]
        bit = 0
        while word != 0:
            if word & ONE:
                people[at[bit]] = place
                at[bit] += 1
            word >>= ONE
            bit += 1


@leaf
def stranger(facts: Facts, rare: Rare, one: int, state: UInt64) -> int:
    """Somebody at random whom `one` may well meet."""
    word = facts.card[one, CHOICE]
    lower, upper = word & LOWER, word & UPPER
    scarce = np.uint64(0)
    if lower & rare.common[0] == 0:
        scarce = lower
    elif upper & rare.common[0] == 0:
        scarce = upper
    if scarce == 0:
        return below(state, len(facts.card))
    while True:  # a choice of theirs: each set bit is as likely
        bit = below(state, BITS)
        if (scarce >> np.uint64(bit)) & ONE:
            break
    turn = rare.start[bit] + below(state, rare.start[bit + 1] - rare.start[bit])
    return whole(rare.people[turn])
