"""The swaps of the search, compiled: two chairs of different groups change people when that is not too dear.

A hall has `width` = k + 1 chairs a group and some beside, for those without a group; empty chairs hold -1. A swap of a
person with an empty chair changes two sizes, which stay within k - 1 and k + 1. Every two chairs are as likely to be
tried whichever way round, so that swaps which cost nothing lead to every such round alike. Cost of a swap: O(k) pairs.
(Dotu and Van Hentenryck, Scheduling social golfers locally, 2005; Metropolis et al., 1953.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int64, UInt64
from matching.golf.prices import Prices
from matching.kernels.leaf import leaf
from matching.kernels.lot import below
from matching.kernels.pairs import (
    AGE_CODE,
    APART_CODE,
    BLOCK_CODE,
    CHOICE,
    HALF,
    LOW,
    MET_CODE,
    TEAM,
    Facts,
    links,
    share,
)

DRAW = 1 << 30  # chances are out of this


class Hall(NamedTuple):
    """Who sits where. Group i has chairs i * width to i * width + width - 1."""

    chair: Int64  # groups * width and those beside
    size: Int64  # people in each group
    width: int


@leaf
def price(facts: Facts, prices: Prices, a: int, b: int) -> int:
    """What two people cost in one group."""
    cost = 0 if share(facts, a, b) else prices.hard
    if facts.card[a, TEAM] == facts.card[b, TEAM] and facts.card[a, TEAM] != 0:
        cost += prices.same
    found = links(facts, a, b)
    if found == 0:
        return cost
    if found >= BLOCK_CODE:
        cost += prices.hard
    if found & MET_CODE:
        cost += prices.repeat + (found & AGE_CODE) * prices.age // prices.by
    return cost + (prices.apart if found & APART_CODE else 0)


@leaf
def link(hall: Hall, facts: Facts, prices: Prices, one: int, group: int, skip: int) -> int:
    """What somebody costs with the people of a group, chair `skip` apart; nothing outside and for nobody."""
    cost = 0
    if one < 0 or group >= len(hall.size):
        return cost
    for chair in range(group * hall.width, (group + 1) * hall.width):
        if chair != skip and hall.chair[chair] >= 0:
            cost += price(facts, prices, one, hall.chair[chair])
    return cost


@leaf
def whole(hall: Hall, facts: Facts, prices: Prices, group: int, skip: int, one: int) -> int:
    """What a group costs as a whole, with `one` in chair `skip`: its size, and no common language and time."""
    groups = len(hall.size)
    if group >= groups:
        return 0 if one < 0 else prices.out[one]
    size, clash = 0, 1
    for chair in range(group * hall.width, (group + 1) * hall.width):
        size += int((one if chair == skip else hall.chair[chair]) >= 0)
    cost = 0 if size == hall.width - 1 else prices.odd
    common = np.uint64(0)
    for word in range(CHOICE, facts.card.shape[1]):
        shared = ~np.uint64(0)
        for chair in range(group * hall.width, (group + 1) * hall.width):
            other = one if chair == skip else hall.chair[chair]
            if other >= 0:
                shared &= facts.card[other, word]
        common |= shared
    if (common & LOW) != 0 and (common >> HALF) != 0:
        clash = 0
    for chair in range(group * hall.width, (group + 1) * hall.width):
        other = one if chair == skip else hall.chair[chair]
        if other >= 0:
            cost += prices.seat[other, size - hall.width + 2]
    return cost + clash * prices.hard


@leaf
def rise(hall: Hall, facts: Facts, prices: Prices, x: int, y: int, g: int, h: int) -> int:
    """What the round costs more when chairs x of group g and y of group h change people."""
    a, b = hall.chair[x], hall.chair[y]
    change = link(hall, facts, prices, b, g, x) - link(hall, facts, prices, a, g, x)
    change += link(hall, facts, prices, a, h, y) - link(hall, facts, prices, b, h, y)
    if a >= 0 and b >= 0:
        return change + instead(hall, facts, prices, g, x, b) + instead(hall, facts, prices, h, y, a)
    change += whole(hall, facts, prices, g, x, b) - whole(hall, facts, prices, g, x, a)
    return change + whole(hall, facts, prices, h, y, a) - whole(hall, facts, prices, h, y, b)


@leaf
def instead(hall: Hall, facts: Facts, prices: Prices, group: int, skip: int, one: int) -> int:
    """What a group costs more as a whole when `one` takes the place of whoever sits in chair `skip`."""
    gone = hall.chair[skip]
    if group >= len(hall.size):
        return int(prices.out[one] - prices.out[gone])
    old = new = np.uint64(0)
    for word in range(CHOICE, facts.card.shape[1]):
        shared = ~np.uint64(0)
        for chair in range(group * hall.width, (group + 1) * hall.width):
            if chair != skip and hall.chair[chair] >= 0:
                shared &= facts.card[hall.chair[chair], word]
        old |= shared & facts.card[gone, word]
        new |= shared & facts.card[one, word]
    size = hall.size[group] - hall.width + 2
    cost = prices.seat[one, size] - prices.seat[gone, size]
    if (old & LOW) == 0 or (old >> HALF) == 0:
        cost -= prices.hard
    return int(cost + (prices.hard if (new & LOW) == 0 or (new >> HALF) == 0 else 0))


@leaf
def change_chairs(hall: Hall, x: int, y: int, g: int, h: int) -> None:
    """Let two chairs change people."""
    a, b = hall.chair[x], hall.chair[y]
    hall.chair[x], hall.chair[y] = b, a
    step = int(b >= 0) - int(a >= 0)
    if g < len(hall.size):
        hall.size[g] += step
    if h < len(hall.size):
        hall.size[h] -= step


@leaf
def fits(hall: Hall, a: int, b: int, g: int, h: int) -> bool:
    """Whether person a of group g and b of group h may change chairs as far as sizes go."""
    step = int(b >= 0) - int(a >= 0)
    if step == 0:
        return a >= 0
    good = True
    if g < len(hall.size):
        good = hall.width - 2 <= hall.size[g] + step <= hall.width
    if h < len(hall.size):
        good = good and hall.width - 2 <= hall.size[h] - step <= hall.width
    return good


@leaf
def group_of(hall: Hall, chair: int) -> int:
    """The group of a chair; the number of groups for those beside."""
    return min(chair // hall.width, len(hall.size))


@leaf
def anneal(hall: Hall, facts: Facts, prices: Prices, steps: int, goal: int, state: UInt64, chances: Int64) -> int:
    """Try `steps` swaps; one that costs r more is made with chances[r] out of 2^30. What the round costs more then.

    Ends early when the cost has changed to `goal` or less.
    """
    total = 0
    for _ in range(steps):
        x, y = below(state, len(hall.chair)), below(state, len(hall.chair))
        g, h = group_of(hall, x), group_of(hall, y)
        if g == h or not fits(hall, hall.chair[x], hall.chair[y], g, h):
            continue
        change = rise(hall, facts, prices, x, y, g, h)
        if change > 0 and (change >= len(chances) or below(state, DRAW) >= chances[change]):
            continue
        change_chairs(hall, x, y, g, h)
        total += change
        if total <= goal:
            break
    return total


@leaf
def costly(hall: Hall, facts: Facts, prices: Prices, worth: int) -> bool:
    """Whether somebody costs `worth` or more with the people of their group, or stays out."""
    for chair in range(len(hall.chair)):
        one, group = hall.chair[chair], group_of(hall, chair)
        if one >= 0 and (group == len(hall.size) or link(hall, facts, prices, one, group, chair) >= worth):
            return True
    return False


@leaf
def mend(hall: Hall, facts: Facts, prices: Prices, worth: int, looks: int, state: UInt64) -> int:
    """Give the people of groups that cost `worth` or more the best swap of all, from a random group on.

    At most about `looks` swaps are looked at. How many were made.
    """
    groups, made = len(hall.size), 0
    first = below(state, max(1, groups))
    for step in range(groups):
        group = (first + step) % groups
        for x in range(group * hall.width, (group + 1) * hall.width):
            if looks <= 0 or hall.chair[x] < 0 or link(hall, facts, prices, hall.chair[x], group, x) < worth:
                continue
            looks -= len(hall.chair)
            best, least = -1, 0
            for y in range(len(hall.chair)):
                h = group_of(hall, y)
                if h != group and fits(hall, hall.chair[x], hall.chair[y], group, h):
                    change = rise(hall, facts, prices, x, y, group, h)
                    if change < least:
                        best, least = y, change
            if best >= 0:
                change_chairs(hall, x, best, group, group_of(hall, best))
                made += 1
    return made


@leaf
def ease(hall: Hall, facts: Facts, prices: Prices, each: int, looks: int, state: UInt64) -> int:
    """Give everybody who costs something the first swap that saves, of `each` random ones, from a random chair on.

    At most `looks` swaps are looked at. How many were made.
    """
    made, first = 0, below(state, len(hall.chair))
    for turn in range(len(hall.chair)):
        x = (first + turn) % len(hall.chair)
        one, group = hall.chair[x], group_of(hall, x)
        if one < 0 or (group < len(hall.size) and link(hall, facts, prices, one, group, x) == 0):
            continue
        for _ in range(min(each, looks)):
            looks -= 1
            y = below(state, len(hall.chair))
            h = group_of(hall, y)
            if h == group or not fits(hall, one, hall.chair[y], group, h):
                continue
            if rise(hall, facts, prices, x, y, group, h) < 0:
                change_chairs(hall, x, y, group, h)
                made += 1
                break
    return made


@leaf
def total_cost(hall: Hall, facts: Facts, prices: Prices) -> int:
    """What the round costs; only for prices small enough to be added up."""
    total = 0
    for chair in range(len(hall.chair)):
        one, group = hall.chair[chair], group_of(hall, chair)
        if group == len(hall.size):
            total += 2 * whole(hall, facts, prices, group, chair, one)
        else:
            total += link(hall, facts, prices, one, group, chair)
            if chair % hall.width == 0:
                total += 2 * whole(hall, facts, prices, group, chair, one)
    return total // 2
