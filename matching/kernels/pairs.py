"""What a pair of people costs in the tiers, for one pair at a time, in a few dozen nanoseconds.

Everybody has a card, a row of 64-bit words that fits one cache line: team, a Bloom filter of everyone they are blocked
from, have met or should be kept apart from, and the choices. The filter answers nearly all questions without a look
into the lists (Bloom: Space/time trade-offs in hash coding with allowable errors, 1970). The lists are the rows of a
sparse matrix (start, other, code); the shorter of two is scanned.

A cost is one whole number, tier by tier, wide enough that a sum over a dozen pairs never runs from one tier into the
next: an unlawful pair, a repeat, the age of repeats, one team, a pair to keep apart.

A team of at least half of all cannot be mixed: some of its pairs stay inside. With H such a team, pairs inside less
pairs without any of H is a constant, (members of H) - (groups). So the cost counts the pairs without any of H instead:
whatever must be paid is no cost any more, the bound is always 0, and a pair is at fault exactly when it costs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Columns, Int32, Int64, UInt64
from matching.kernels.leaf import leaf, whole

APART, SAME, AGE, REPEAT, BAR = 1, 1 << 5, 1 << 10, 1 << 26, 1 << 40
DIGIT = 31  # of SAME and of APART
TEAM, FILTER, CHOICE = 0, 1, 2  # words of a card; choices are the rest
MET_CODE, APART_CODE, BLOCK_CODE, AGE_CODE = 1 << 11, 1 << 12, 1 << 20, (1 << 11) - 1
ONE, BITS = np.uint64(1), 63
LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


class Facts(NamedTuple):
    """What the tiers depend on. Place i of the facts is person `order[i]` of the columns."""

    card: UInt64  # n, 2 + words
    start: Int64  # n + 1
    other: Int32
    code: Int32
    heavy: int  # the word of a team with at least as many people as there are groups; 0 when there is none


def gather(columns: Columns, order: Int32) -> Facts:
    """The facts of people in this order. Costs O(n + pairs)."""
    n = columns.n
    choices = pack_choices(columns)
    card = np.zeros((n, CHOICE + choices.shape[1]), dtype=np.uint64)
    deal_cards(card, order, columns.team, choices)
    place = np.empty(n, dtype=np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    start = np.zeros(n + 2, dtype=np.int64)
    for keys in (columns.blocks, columns.met, columns.apart):
        count_ends(keys, n, place, start)
    np.cumsum(start, out=start)
    other, code = np.empty((2, int(start[-1])), dtype=np.int32)
    none = np.zeros(0, dtype=np.int32)
    fill_ends(columns.blocks, none, BLOCK_CODE, n, place, start, other, code, card)
    fill_ends(columns.met, columns.age, MET_CODE, n, place, start, other, code, card)
    fill_ends(columns.apart, none, APART_CODE, n, place, start, other, code, card)
    return Facts(card, start[: n + 1], other, code, heavy_team(columns.team))


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
def deal_cards(card: UInt64, order: Int32, team: Int32, choices: UInt64) -> None:
    """Team (0 for none) and choices of each place."""
    for place in range(len(order)):
        one = order[place]
        card[place, TEAM] = np.uint64(team[one] + 1)
        for word in range(choices.shape[1]):
            card[place, CHOICE + word] = choices[one, word]


@leaf
def count_ends(keys: Int64, n: int, place: Int32, start: Int64) -> None:
    """Add to `start[p + 2]` how many pairs hold place p."""
    for key in keys:
        low = key // n
        start[place[low] + 2] += 1
        start[place[key - low * n] + 2] += 1


@leaf
def fill_ends(
    keys: Int64, beside: Int32, kind: int, n: int, place: Int32, start: Int64, other: Int32, code: Int32, card: UInt64
) -> None:
    """Write every pair into both lists; `start[p + 1]` is where the next entry of place p goes."""
    for number in range(len(keys)):
        low = keys[number] // n
        a, b = place[low], place[keys[number] - low * n]
        what = kind + (beside[number] if len(beside) else 0)
        for one, two in ((a, b), (b, a)):
            other[start[one + 1]] = two
            code[start[one + 1]] = what
            start[one + 1] += 1
            card[one, FILTER] |= filter_bit(two)


@leaf
def filter_bit(place: int) -> np.uint64:
    """The bit of a place in the Bloom filters."""
    return ONE << np.uint64((place ^ (place >> 6) ^ (place >> 12)) & BITS)


@leaf
def links(facts: Facts, a: int, b: int) -> int:
    """The codes that join two people, added up: blocked, met (with its age), apart; 0 for strangers."""
    if facts.card[a, FILTER] & filter_bit(b) == 0 or facts.card[b, FILTER] & filter_bit(a) == 0:
        return 0
    one, two = a, b
    if facts.start[a + 1] - facts.start[a] > facts.start[b + 1] - facts.start[b]:
        one, two = b, a
    found = 0
    for entry in range(facts.start[one], facts.start[one + 1]):
        if facts.other[entry] == two:
            found += whole(facts.code[entry])
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
