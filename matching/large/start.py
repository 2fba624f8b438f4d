"""A first round that meets the same-team bound by construction.

People stand team after team, the largest team first, in random order inside and between teams; number i meets number
i + n/2. Two of one team can meet only if the team has more than half of all, and then as seldom as can be. With an odd
number three people are seated first: those with the fewest trios behind them, then those who wish one, then by lot, as
far as the three may meet and cost nothing in the tiers. Cost: O(n), and O(n) to find the seats.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int32, Int64, UInt64
from matching.jit import jit
from matching.kernels.leaf import leaf, whole
from matching.kernels.lot import shuffle
from matching.kernels.pairs import SAME, TEAM, Facts, link_cost, trio_cost
from matching.seats import STEPS, WISH, WISHES

ALONE, SEATED = -1, -2  # mates of those left out, and of the three in the trio
POOL = 512  # people among whom the trio is looked for at first


@jit
def team_order(team: Int32, count: int, state: UInt64) -> Int32:
    """People team after team: largest first, the others in random order, who has no team last; random inside."""
    place = np.zeros(count + 2, dtype=np.int64)
    for one in team:
        place[one + 1] += 1
    turns = np.arange(1, count + 1).astype(np.int32)
    shuffle(state, turns)
    for turn in range(1, count):
        if place[turns[turn]] > place[turns[0]]:
            turns[0], turns[turn] = turns[turn], turns[0]
    first = 0
    for one in turns:
        first, place[one] = first + place[one], first
    place[0] = first
    people = np.arange(len(team)).astype(np.int32)
    shuffle(state, people)
    order = np.empty(len(team), dtype=np.int32)
    for one in people:
        order[place[team[one] + 1]] = one
        place[team[one] + 1] += 1
    return order


def seat_costs(columns: Columns, order: Int32) -> tuple[Int64, Int64]:
    """What a seat in the trio, and being left out, costs each place: as in `matching.seats`, in O(n)."""
    return _steps(columns.trios[order]) * WISH + WISHES[columns.size[order]], _steps(columns.sat_out[order])


def _steps(counts: Int32) -> Int64:
    if not counts.any():
        return np.ones(len(counts), dtype=np.int64)
    present = np.flatnonzero(np.bincount(counts)) if counts.max() < 1 << 20 else np.unique(counts)
    rank: Int64 = np.minimum(np.searchsorted(present, counts), STEPS)
    return np.left_shift(1, 2 * rank)


def choose_trio(facts: Facts, seat: Int64, state: UInt64) -> Int32:
    """Three places for the trio, or three times -1: looked for among the cheapest seats first, then among all."""
    n = len(seat)
    least = SAME if facts.heavy and bool((facts.card[:, TEAM] == facts.heavy).all()) else 0
    trio = np.full(3, -1, dtype=np.int32)
    for size in (min(POOL, n), n):
        pick_trio(facts, seat, _cheapest(seat, size, state), least, trio)
        if trio[0] >= 0:
            break
    return trio


def _cheapest(seat: Int64, size: int, state: UInt64) -> Int32:
    """That many people of the cheapest seats, by seat and then by lot."""
    limit = np.partition(seat, size - 1)[size - 1]
    below_limit = np.flatnonzero(seat < limit).astype(np.int32)
    equal = np.flatnonzero(seat == limit).astype(np.int32)
    shuffle(state, below_limit)
    shuffle(state, equal)
    pool = np.concatenate([below_limit, equal])[:size]
    return pool[np.argsort(seat[pool], kind="stable")]


@leaf
def pick_trio(facts: Facts, seat: Int64, pool: Int32, least: int, best: Int32) -> None:
    """The cheapest three seats of the pool whose group costs `least` in the tiers; ties go to the earlier ones.

    `best` becomes the three places, or stays as it is. At most 2,000,000 groups are looked at.
    """
    cheapest, looks = whole(1) << 60, 2_000_000
    for i in range(len(pool)):
        a = pool[i]
        if 3 * seat[a] >= cheapest or looks < 0:
            break
        for j in range(i + 1, len(pool)):
            b = pool[j]
            if seat[a] + 2 * seat[b] >= cheapest or looks < 0:
                break
            looks -= 1
            if link_cost(facts, a, b) != 0:
                continue
            for k in range(j + 1, len(pool)):
                c = pool[k]
                if seat[a] + seat[b] + seat[c] >= cheapest or looks < 0:
                    break
                looks -= 1
                if trio_cost(facts, a, b, c) <= least:
                    cheapest = seat[a] + seat[b] + seat[c]
                    best[0], best[1], best[2] = a, b, c
                    break


@jit
def deal_pairs(n: int, trio: Int32) -> Int32:
    """Mates by offset, beside the trio; with an odd number and no trio, the last of the first half is alone."""
    rest = np.empty(n, dtype=np.int32)
    count = 0
    mate = np.full(n, ALONE, dtype=np.int32)
    for place in range(n):
        if place == trio[0] or place == trio[1] or place == trio[2]:
            mate[place] = SEATED
        else:
            rest[count] = place
            count += 1
    half = count // 2
    for turn in range(half):
        a, b = rest[turn], rest[turn + count - half]
        mate[a], mate[b] = b, a
    return mate
