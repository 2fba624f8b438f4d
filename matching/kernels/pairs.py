"""What a pair of people costs in the tiers, for one pair at a time, in a few dozen nanoseconds.

Everybody has a card, a row of 64-bit words that fits one cache line: team, a Bloom filter of everyone they are blocked
from, have met or should be kept apart from, their place in the columns, and the choices. The filter answers nearly all
questions without a look into the lists (Bloom: Space/time trade-offs in hash coding with allowable errors, 1970). The
lists are the sorted keys of the columns themselves, not copied: pairs of one lower place stand together, and where they
begin is all that is added.

A cost is one whole number, tier by tier, wide enough that a sum over a dozen pairs never runs from one tier into the
next: an unlawful pair, a repeat, the age of repeats, one team, a pair to keep apart.

A team of at least half of all cannot be mixed: some of its pairs stay inside. With H such a team, pairs inside less
pairs without any of H is a constant, (members of H) - (groups). So the cost counts the pairs without any of H instead:
whatever must be paid is no cost any more, the bound is always 0, and a pair is at fault exactly when it costs.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np

from matching.columns import Columns, Int32, Int64, UInt64
from matching.kernels.leaf import leaf, whole

APART, SAME, AGE, REPEAT, BAR = 1, 1 << 5, 1 << 10, 1 << 26, 1 << 40
DIGIT = 31  # of SAME and of APART
TEAM, FILTER, WHO, CHOICE = 0, 1, 2, 3  # words of a card; choices are the rest
MET_CODE, APART_CODE, BLOCK_CODE, AGE_CODE = 1 << 11, 1 << 12, 1 << 20, (1 << 11) - 1
ONE, BITS = np.uint64(1), 63
LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


Numbers = TypeVar("Numbers", Int32, Int64)


class Pairs(NamedTuple):
    """Pairs of the columns: those whose lower place is p are `keys[start[p] : start[p + 1]]`. Empty when none are."""

    keys: Int64
    start: Int32


class Facts(NamedTuple):
    """What the tiers depend on. Place i of the facts is person `order[i]` of the columns, which is on their card."""

    card: UInt64  # n, 3 + words
    met: Pairs
    age: Int32
    blocks: Pairs
    apart: Pairs
    heavy: int  # the word of a team with at least as many people as there are groups; 0 when there is none


def gather(columns: Columns, order: Int32) -> Facts:
    """The facts of people in this order. Costs O(n + pairs)."""
    n = columns.n
    filters = np.zeros(n, dtype=np.uint64)
    met, blocks, apart = (_indexed(keys, n, filters) for keys in (columns.met, columns.blocks, columns.apart))
    choices = pack_choices(columns)
    card = np.empty((n, CHOICE + choices.shape[1]), dtype=np.uint64)
    deal_cards(card, order, columns.team, filters, choices)
    return Facts(card, met, _still(columns.age), blocks, apart, heavy_team(columns.team))


def _indexed(keys: Int64, n: int, filters: UInt64) -> Pairs:
    """Sorted keys with their rows; both places of each pair get the other one's bit."""
    start = np.zeros(n + 1 if len(keys) else 0, dtype=np.int32)
    if len(keys):
        index_pairs(_still(keys), n, start, filters)
    return Pairs(_still(keys), start)


def _still(array: Numbers) -> Numbers:
    """A view that cannot be written to, as all columns should be: kernels are compiled for one kind only."""
    view: Numbers = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


def heavy_team(team: Int32) -> int:
    """The word on the cards of the largest team, when it has a member for every group; otherwise 0."""
    sizes = np.bincount(team + 1)[1:]
    return int(sizes.argmax()) + 1 if sizes.max(initial=0) >= max(len(team) // 2, 1) else 0


def pack_choices(columns: Columns) -> UInt64:
    """Languages in the low and times in the high halves of words: two may meet when both halves have a common bit."""
    low, high = columns.languages, columns.times
    if low.shape[1] == high.shape[1] == 1 and _narrow(low) and _narrow(high):
        return (low & LOW) | (high << HALF)
    words = max(low.shape[1], high.shape[1])
    packed = np.zeros((columns.n, 2 * words), dtype=np.uint64)
    for word in range(low.shape[1]):
        packed[:, 2 * word] |= low[:, word] & LOW
        packed[:, 2 * word + 1] |= low[:, word] >> HALF
    for word in range(high.shape[1]):
        packed[:, 2 * word] |= high[:, word] << HALF
        packed[:, 2 * word + 1] |= high[:, word] & ~LOW
    return packed


def _narrow(bits: UInt64) -> bool:
    """Whether nobody chooses one of the bits above the lower half; who takes any has them all."""
    return not bool(((bits > LOW) & (bits != ALL)).any())


@leaf
def deal_cards(card: UInt64, order: Int32, team: Int32, filters: UInt64, choices: UInt64) -> None:
    """Team (0 for none), filter, place in the columns and choices, in this order."""
    for place in range(len(order)):
        one = order[place]
        card[place, TEAM] = np.uint64(team[one] + 1)
        card[place, FILTER] = filters[one]
        card[place, WHO] = np.uint64(one)
        for word in range(choices.shape[1]):
            card[place, CHOICE + word] = choices[one, word]


@leaf
def index_pairs(keys: Int64, n: int, start: Int32, filters: UInt64) -> None:
    """Where the pairs of each lower place begin, and the bits of both ends."""
    at = 0
    for low in range(n):
        start[low] = at
        first, bit, bits = low * n, filter_bit(low), filters[low]
        while at < len(keys) and keys[at] < first + n:
            high = keys[at] - first
            bits |= filter_bit(high)
            filters[high] |= bit
            at += 1
        filters[low] = bits
    start[n] = at


@leaf
def filter_bit(place: int) -> np.uint64:
    """The bit of a place in the Bloom filters."""
    return ONE << np.uint64((place ^ (place >> 6) ^ (place >> 12)) & BITS)


@leaf
def find(pairs: Pairs, low: int, key: int) -> int:
    """Where a pair stands among the keys; -1 when it does not."""
    if len(pairs.keys) == 0:
        return -1
    at, end = whole(pairs.start[low]), whole(pairs.start[low + 1])
    last = end
    while at < end:
        middle = (at + end) // 2
        if pairs.keys[middle] < key:
            at = middle + 1
        else:
            end = middle
    return at if at < last and pairs.keys[at] == key else -1


@leaf
def links(facts: Facts, a: int, b: int) -> int:
    """The codes that join two people, added up: blocked, met (with its age), apart; 0 for strangers."""
    one, two = whole(facts.card[a, WHO]), whole(facts.card[b, WHO])
    if facts.card[a, FILTER] & filter_bit(two) == 0 or facts.card[b, FILTER] & filter_bit(one) == 0:
        return 0
    low, high = min(one, two), max(one, two)
    key, found = low * len(facts.card) + high, 0
    if find(facts.blocks, low, key) >= 0:
        found += BLOCK_CODE
    at = find(facts.met, low, key)
    if at >= 0:
        found += MET_CODE + whole(facts.age[at])
    if find(facts.apart, low, key) >= 0:
        found += APART_CODE
    return found


@leaf
def share(facts: Facts, a: int, b: int) -> bool:
    """Whether two people have a language and a time in common."""
    common = facts.card[a, CHOICE] & facts.card[b, CHOICE]
    for word in range(CHOICE + 1, facts.card.shape[1]):
        common |= facts.card[a, word] & facts.card[b, word]
    return bool((common & LOW) != 0 and (common >> HALF) != 0)


@leaf
def share_three(facts: Facts, a: int, b: int, c: int) -> bool:
    """Whether three people have one language and one time in common."""
    common = np.uint64(0)
    for word in range(CHOICE, facts.card.shape[1]):
        common |= facts.card[a, word] & facts.card[b, word] & facts.card[c, word]
    return bool((common & LOW) != 0 and (common >> HALF) != 0)


@leaf
def same_team(facts: Facts, a: int, b: int) -> int:
    """What two people cost for their teams, in steps: 0, 1, or 2 for one team in a pair that lacks the heavy one."""
    one, two = whole(facts.card[a, TEAM]), whole(facts.card[b, TEAM])
    if facts.heavy == 0:
        return 1 if one == two and one != 0 else 0
    if one == facts.heavy or two == facts.heavy:
        return 0
    return 2 if one == two and one != 0 else 1


@leaf
def link_cost(facts: Facts, a: int, b: int) -> int:
    """What two people cost whatever their teams; at least BAR when they may not meet."""
    if not share(facts, a, b):
        return BAR
    found = links(facts, a, b)
    if found == 0:
        return 0
    if found >= BLOCK_CODE:
        return BAR
    cost = REPEAT + AGE * (found & AGE_CODE) if found & MET_CODE else 0
    return cost + (APART if found & APART_CODE else 0)


@leaf
def pair_cost(facts: Facts, a: int, b: int) -> int:
    """The cost of a pair in the tiers; at least BAR when it may not meet."""
    return link_cost(facts, a, b) + SAME * same_team(facts, a, b)


@leaf
def trio_cost(facts: Facts, a: int, b: int, c: int) -> int:
    """The cost of three in one group: every pair counts."""
    if not share_three(facts, a, b, c):
        return BAR
    cost = link_cost(facts, a, b) + link_cost(facts, a, c) + link_cost(facts, b, c)
    one, two, three = facts.card[a, TEAM], facts.card[b, TEAM], facts.card[c, TEAM]
    same = int(one == two and one != 0) + int(one == three and one != 0) + int(two == three and two != 0)
    if facts.heavy != 0:
        inside = int(one == facts.heavy) + int(two == facts.heavy) + int(three == facts.heavy)
        same += 1 - inside
    return cost + SAME * same
