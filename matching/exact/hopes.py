"""Which three could be the trio: all triples whose prices leave less slack than a gap (`threes.py`).

When the best round known weighs `gap` less than the prices allow, only triples with slack < gap can do better. With
h = y_a + y_b - 2 * pair + 2 * tier cost, slack(abc) >= (h_ab + h_ac + h_bc) / 2. Least values of h, for pairs inside,
across and outside a team of more than half of all people, say how far above the least all three may be together; the
two lower ones are below half of that, and triples are found as neighbours of a common member. Costs O(n^2) for the
pairs, and O(1) for each two near pairs at one person.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int64
from matching.exact.blossom import link_both_ways
from matching.exact.halves import FAR, Graph
from matching.exact.inner import inner
from matching.exact.rows import BASE, NEVER, SAME, TWICE, Facts, Rates, Room, clear_row, fill_row, new_room
from matching.exact.rows import may_meet as share_choices
from matching.exact.state import Forest
from matching.exact.threes import sets_with_two, triple_key, twice_trio
from matching.kernels.leaf import leaf


@inner
def _more_of_h(r: Rates, y: Int64, a: int) -> int:
    """What a adds to h in every pair, but for the team; scores, and twice what links cost, stand in the row."""
    return int(y[a] - 2 * r.rates[BASE] - 2 * r.bonus[a])


@inner
def _team_of_h(f: Facts, r: Rates, a: int, b: int) -> int:
    return 4 * int(r.rates[SAME]) if f.team[a] == f.team[b] and f.team[a] >= 0 else 0


class Hs(NamedTuple):
    """Prices, prices less bonuses, and the least h of pairs of which 0, 1, 2 are in the large team."""

    y: Int64
    low: Int64
    least: Int64


def least_h(f: Facts, r: Rates, y: Int64, large: int) -> Hs:
    """The least h of each kind of pairs."""
    h = Hs(y, y - 2 * r.bonus, np.full(3, FAR >> 3, dtype=np.int64))
    _least_h(f, r, h, large, int((f.team == large).any()), new_room(len(y)))
    return h


@leaf
def _least_h(f: Facts, r: Rates, h: Hs, large: int, others: int, room: Room) -> None:
    least = h.least
    for a in range(len(h.y)):
        hits = fill_row(f, r, a, a + 1, TWICE, room)
        more = _more_of_h(r, h.y, a)
        own = 1 if f.team[a] == large else 0
        enough = max(least[own], least[own + others]) - more
        for b in range(a + 1, len(h.y)):
            if h.low[b] - 2 * room.row[b] < enough:
                kind = own + (1 if f.team[b] == large else 0)
                value = more + h.low[b] - 2 * room.row[b] + _team_of_h(f, r, a, b)
                if value < least[kind] and share_choices(f, a, b):
                    least[kind] = value
                    enough = max(least[own], least[own + others]) - more
        clear_row(f, a, room, hits)


class Near(NamedTuple):
    """Pairs, and how far h is above the least of their kind."""

    a: Int64
    b: Int64
    excess: Int64


def near_pairs(f: Facts, r: Rates, h: Hs, large: int, limit: int, most: int) -> tuple[Near, bool]:
    """Pairs whose h is less than `limit` above the least of their kind, in order; whether all had room."""
    n = len(h.y)
    found = Near(*np.zeros((3, min(most, n * (n - 1) // 2)), dtype=np.int64))
    count = _near_pairs(f, r, h, large, int((f.team == large).any()), limit, new_room(n), found)
    return Near(*(column[:count] for column in found)) if count >= 0 else found, count >= 0


@leaf
def _near_pairs(f: Facts, r: Rates, h: Hs, large: int, others: int, limit: int, room: Room, found: Near) -> int:
    """How many; -1 when there is no room for all."""
    count, least = 0, h.least
    for a in range(len(h.y)):
        hits = fill_row(f, r, a, a + 1, TWICE, room)
        more = _more_of_h(r, h.y, a)
        own = 1 if f.team[a] == large else 0
        enough = limit + max(least[own], least[own + others]) - more
        for b in range(a + 1, len(h.y)):
            if h.low[b] - 2 * room.row[b] >= enough:
                continue
            above = more + h.low[b] - 2 * room.row[b] + _team_of_h(f, r, a, b)
            above -= least[own + (1 if f.team[b] == large else 0)]
            if above < limit and share_choices(f, a, b):
                if count == len(found.a):
                    return -1
                found.a[count], found.b[count], found.excess[count] = a, b, above
                count += 1
        clear_row(f, a, room, hits)
    return count


@leaf
def near_triples(
    f: Facts,
    r: Rates,
    seat: Int64,
    y: Int64,
    forest: Forest,
    g: Graph,
    spare: Int64,
    large: int,
    gap: int,
    keys: Int64,
    slacks: Int64,
) -> tuple[int, bool]:
    """Triples with slack < gap around the pairs in g (`twice` is twice their excess, in order), into keys and slacks.

    `spare[k]` is what the excesses of a triple with k members of team `large` must stay below. Some triples come more
    than once. Returns how many, and whether there was room, in results and in steps, for all.
    """
    most = len(keys)
    count, steps, widest = 0, 0, spare[0]
    for k in range(1, len(spare)):  # in a leaf, numba may fail to compile .max()
        widest = max(widest, spare[k])
    for a in range(len(y)):
        for at in range(g.start[a], g.start[a + 1]):
            if steps > 20 * most + 1_000_000 or count == most:
                return count, False
            for to in range(at + 1, g.start[a + 1]):
                excess = (g.twice[at] + g.twice[to]) >> 1
                if excess >= widest:
                    break
                steps += 1
                b, c = int(g.head[at]), int(g.head[to])
                if excess >= spare[_members(f, large, a, b, c)] or count == most:
                    continue
                weight = twice_trio(f, r, seat, a, b, c)
                slack = y[a] + y[b] + y[c] - weight
                if weight == NEVER or slack >= gap:  # prices of sets only add to it
                    continue
                slack += sets_with_two(forest, a, b, c)
                if slack < gap:
                    keys[count] = triple_key(len(y), a, b, c)
                    slacks[count] = slack
                    count += 1
    return count, count < most


@inner
def _members(f: Facts, team: int, a: int, b: int, c: int) -> int:
    return (1 if f.team[a] == team else 0) + (1 if f.team[b] == team else 0) + (1 if f.team[c] == team else 0)


def hopeful_triples(
    f: Facts, r: Rates, seat: Int64, y: Int64, forest: Forest, gap: int, most: int, large: int
) -> tuple[Int64, Int64, bool]:
    """All triples with slack < gap, least slack first: keys, slacks; False when there were too many to list.

    An excess is h less the least h of pairs of that kind. Three excesses stay below 2 gap less the least h of the
    kinds in the triple, so two of them stay below half of that.
    """
    with_seats = y + 2 * seat  # a seat in the trio counts at both pairs of its member
    h = least_h(f, r, with_seats, large)
    none, one, both = h.least.tolist()
    spare = np.array([3 * none, none + 2 * one, 2 * one + both, 3 * both], dtype=np.int64)
    spare = 2 * gap - spare
    nothing = np.zeros(0, dtype=np.int64)
    if spare.max() <= 0:
        return nothing, nothing, True
    limit = (int(spare.max()) + 1) // 2
    near, all_pairs = near_pairs(f, r, h, large, limit, 10 * most + 1_000_000)
    order = np.argsort(near.excess, kind="stable")
    g = link_both_ways(len(y), near.a[order], near.b[order], near.excess[order])
    keys, slacks = np.zeros((2, most), dtype=np.int64)
    count, all_triples = near_triples(f, r, seat, y, forest, g, spare, large, gap, keys, slacks)
    keys, first = np.unique(keys[:count], return_index=True)
    slacks = slacks[first]
    order = np.argsort(slacks, kind="stable")
    return keys[order], slacks[order], all_pairs and all_triples
