"""Mending by exchanges: whoever is in a pair at fault trades partners with strangers, if that costs less.

A pair is at fault when it costs anything in the tiers (`kernels.pairs`: what a heavy team must pay is no cost). Most
are mended by the first or second stranger. A trade takes the stranger's pair apart: the other half goes to the old
partner, or, in turn with that, to the other half of a second pair whose first half is a stranger to the old partner.
Cost: O(n) to find the faults, and at most `looks` trades tried for each of them.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int32, UInt64
from matching.kernels.leaf import leaf, whole
from matching.kernels.pairs import Facts, pair_cost
from matching.large.rare import Rare, rare_choices, stranger


def faults(facts: Facts, mate: Int32) -> Int32:
    """One place of each pair that costs, in order."""
    found = np.empty(len(mate) // 2 + 1, dtype=np.int32)
    return found[: find_faults(facts, mate, found)]


def repair(facts: Facts, mate: Int32, looks: int, state: UInt64) -> Int32:
    """Trade for everybody in a pair at fault and for those whom a trade leaves in one; who is stuck afterwards."""
    bad = faults(facts, mate)
    if not len(bad):
        return bad
    queue = np.empty(4 * len(bad) + 1000, dtype=np.int32)
    queue[: len(bad)] = bad
    return queue[: trade(facts, rare_choices(facts), mate, queue, len(bad), looks, state)].copy()


@leaf
def find_faults(facts: Facts, mate: Int32, found: Int32) -> int:
    """Write the lower place of each pair that costs; how many there are."""
    count = 0
    for a in range(len(mate)):
        if mate[a] > a and pair_cost(facts, a, mate[a]) != 0:
            found[count] = a
            count += 1
    return count


@leaf
def trade(facts: Facts, rare: Rare, mate: Int32, queue: Int32, count: int, looks: int, state: UInt64) -> int:
    """Work off a queue of `count` people, which grows as it goes; its beginning becomes those who are stuck."""
    stuck, turn = 0, 0
    while turn < count:
        a = whole(queue[turn])
        turn += 1
        cost = pair_cost(facts, a, mate[a])
        look = 0
        while look < looks and cost != 0:
            look += 1
            old = whole(mate[a])
            one, two = (a, old) if look & 2 else (old, a)
            if look & 1:
                left = two_pairs(facts, rare, mate, one, cost, state)
            else:
                left = three_pairs(facts, rare, mate, one, two, cost, state)
            if left < 0:
                continue
            cost = pair_cost(facts, a, mate[a])
            for other in (old, left):
                if count < len(queue) and pair_cost(facts, other, mate[other]) != 0:
                    queue[count] = other
                    count += 1
        if cost != 0:
            queue[stuck] = a
            stuck += 1
    return stuck


@leaf
def two_pairs(facts: Facts, rare: Rare, mate: Int32, a: int, cost: int, state: UInt64) -> int:
    """Match a with a stranger, and the two they leave behind; one of those two if that costs less, else -1."""
    c = stranger(facts, rare, a, state)
    b, d = whole(mate[a]), whole(mate[c])
    if d < 0 or c in (a, b):
        return -1
    mine = pair_cost(facts, a, c)
    if mine >= cost or mine + pair_cost(facts, b, d) >= cost + pair_cost(facts, c, d):
        return -1
    mate[a], mate[c] = c, a
    mate[b], mate[d] = d, b
    return b


@leaf
def three_pairs(facts: Facts, rare: Rare, mate: Int32, a: int, b: int, cost: int, state: UInt64) -> int:
    """Match a with a stranger, b with another, and the two they leave; one of those if that costs less, else -1."""
    c, e = stranger(facts, rare, a, state), stranger(facts, rare, b, state)
    d, f = whole(mate[c]), whole(mate[e])
    if d < 0 or f < 0 or c in (a, b, e, f) or e in (a, b):
        return -1
    new = pair_cost(facts, a, c)
    if new >= cost:
        return -1
    new += pair_cost(facts, b, e) + pair_cost(facts, d, f)
    if new >= cost + pair_cost(facts, c, d) + pair_cost(facts, e, f):
        return -1
    mate[a], mate[c] = c, a
    mate[b], mate[e] = e, b
    mate[d], mate[f] = f, d
    return d
