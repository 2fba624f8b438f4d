"""The lottery: a chain of random exchanges between rounds that are equal in the tiers.

A step picks two people at random (one time in four three) and lets them take each other's places: in pairs, in the
trio, or outside. It happens when every total stays as it is (unlawful, repeats, their age, same team, pairs to keep
apart, past trios and wishes of the trio, past sit-outs of those left out) and, below quality 1, with the probability
of Metropolis for the interest score. Proposals are symmetric, so the limit is uniform over the rounds it can reach
(quality 0), or proportional to exp(score / T) with the T of `matching.temperature`.
Cost: 0.1 to 0.4 microseconds a step; 5 n steps are needed and enough for uniformity (measured by chi-squared).
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int32, Int64, UInt64
from matching.kernels.leaf import leaf, whole
from matching.kernels.lot import below, number
from matching.kernels.pairs import TEAM, Facts, pair_cost, trio_cost
from matching.kernels.tastes import Tastes, pair_score
from matching.large.start import ALONE, SEATED

DIGITS, STEP_BITS, TOP = 4096, 12, 4095  # of the tables of `matching.temperature`


@leaf
def accepted(table: Int64, loss: int, state: UInt64) -> bool:
    """Whether a change that loses so many millionths is made (`matching.temperature.accepted`)."""
    if loss <= 0:
        return True
    chance = table[loss & TOP] * table[DIGITS + min(loss >> STEP_BITS, TOP)]
    return bool(whole(number(state) >> np.uint64(2)) < chance)


@leaf
def chain(
    facts: Facts,
    tastes: Tastes,
    mate: Int32,
    trio: Int32,
    seat: Int64,
    bench: Int64,
    table: Int64,
    steps: int,
    state: UInt64,
) -> int:
    """That many steps from `mate` and `trio`, in place; how many of them changed something."""
    n, changed = len(mate), 0
    for _ in range(steps):
        a, b = below(state, n), below(state, n)
        if a == b or mate[a] == b:
            continue
        if mate[a] < 0 or mate[b] < 0:
            changed += int(trade_seat(facts, tastes, mate, trio, seat, bench, table, a, b, state))
        elif number(state) & np.uint64(3):
            changed += int(trade_two(facts, tastes, mate, table, a, b, state))
        else:
            changed += int(trade_three(facts, tastes, mate, table, a, b, below(state, n), state))
    return changed


@leaf
def trade_two(facts: Facts, tastes: Tastes, mate: Int32, table: Int64, a: int, b: int, state: UInt64) -> bool:
    """Two people of two pairs take each other's places, if that is as good."""
    p, q = mate[a], mate[b]
    if pair_cost(facts, a, q) + pair_cost(facts, b, p) != pair_cost(facts, a, p) + pair_cost(facts, b, q):
        return False
    if tastes.mode:
        loss = pair_score(tastes, a, p) + pair_score(tastes, b, q)
        loss -= pair_score(tastes, a, q) + pair_score(tastes, b, p)
        if not accepted(table, 2 * loss, state):
            return False
    mate[a], mate[q] = q, a
    mate[b], mate[p] = p, b
    return True


@leaf
def trade_three(facts: Facts, tastes: Tastes, mate: Int32, table: Int64, a: int, b: int, c: int, state: UInt64) -> bool:
    """Three people of three pairs move on by one place, if that is as good."""
    p, q, r = whole(mate[a]), whole(mate[b]), whole(mate[c])
    if r < 0 or c in (a, b, p, q):
        return False
    new = pair_cost(facts, a, q) + pair_cost(facts, b, r) + pair_cost(facts, c, p)
    if new != pair_cost(facts, a, p) + pair_cost(facts, b, q) + pair_cost(facts, c, r):
        return False
    if tastes.mode:
        loss = pair_score(tastes, a, p) + pair_score(tastes, b, q) + pair_score(tastes, c, r)
        loss -= pair_score(tastes, a, q) + pair_score(tastes, b, r) + pair_score(tastes, c, p)
        if not accepted(table, 2 * loss, state):
            return False
    mate[a], mate[q] = q, a
    mate[b], mate[r] = r, b
    mate[c], mate[p] = p, c
    return True


@leaf
def trade_seat(
    facts: Facts,
    tastes: Tastes,
    mate: Int32,
    trio: Int32,
    seat: Int64,
    bench: Int64,
    table: Int64,
    a: int,
    b: int,
    state: UInt64,
) -> bool:
    """Two people take each other's places, one of whom is in the trio or alone, if that is as good."""
    if mate[a] == mate[b]:
        return False
    if (mate[a] == SEATED or mate[b] == SEATED) and seat[a] != seat[b]:
        return False
    if mate[a] == ALONE or mate[b] == ALONE:
        heavy = np.uint64(facts.heavy)
        if bench[a] != bench[b] or (facts.card[a, TEAM] == heavy) != (facts.card[b, TEAM] == heavy):
            return False
    change, gain = whole(0), whole(0)
    for one, other in ((a, b), (b, a)):
        if mate[one] >= 0:
            change += pair_cost(facts, other, mate[one]) - pair_cost(facts, one, mate[one])
            gain += 2 * (pair_score(tastes, other, mate[one]) - pair_score(tastes, one, mate[one]))
        elif mate[one] == SEATED:
            p, q = beside(trio, one)
            change += trio_cost(facts, other, p, q) - trio_cost(facts, one, p, q)
            gain += pair_score(tastes, other, p) + pair_score(tastes, other, q)
            gain -= pair_score(tastes, one, p) + pair_score(tastes, one, q)
    if change != 0 or not accepted(table, -gain, state):
        return False
    take_places(mate, trio, a, b)
    return True


@leaf
def beside(trio: Int32, one: int) -> tuple[int, int]:
    """The other two of the trio."""
    if trio[0] == one:
        return trio[1], trio[2]
    return trio[0], trio[2] if trio[1] == one else trio[1]


@leaf
def take_places(mate: Int32, trio: Int32, a: int, b: int) -> None:
    """Swap two people of different groups, wherever they are."""
    first, second = mate[a], mate[b]
    for turn in range(3):
        if trio[turn] == a:
            trio[turn] = b
        elif trio[turn] == b:
            trio[turn] = a
    mate[a], mate[b] = second, first
    if first >= 0:
        mate[first] = b
    if second >= 0:
        mate[second] = a
