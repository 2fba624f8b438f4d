"""Looks at all pairs: the best partners of everybody, and pairs that weigh more than their prices allow.

A look costs O(n^2) at most, half a nanosecond a pair where most pairs score nothing: those are passed over in a row, or
not looked at at all where no two prices are too low for a pair without a score. Whatever a look returns does not depend
on that: it is always in order of people, ties included.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int64
from matching.exact.halves import NOBODY, NOUGHT
from matching.exact.inner import inner
from matching.exact.rows import BASE, ONCE, Facts, Rates, Room, clear_row, fill_row, may_meet, new_room, shared_weight
from matching.exact.state import Forest, list_leaves
from matching.kernels.leaf import leaf, whole

SOME, MANY = 40, whole(-1)  # people of a row who are looked at one by one; more: the whole row


class Best(NamedTuple):
    """The heaviest pairs of one row so far."""

    values: Int64
    who: Int64


class Found(NamedTuple):
    """Pairs as low << 32 + high, and their weights."""

    keys: Int64
    weight: Int64


@inner
def _keep(value: int, b: int, best: Best, least: int) -> int:
    """Put b in the place of the least; where the least is now."""
    values = best.values
    values[least] = value
    best.who[least] = b
    for at in range(len(values)):
        if values[at] < values[least]:
            least = at
    return least


@inner
def _best_of_row(f: Facts, r: Rates, a: int, row: Int64, team: int, best: Best) -> None:
    """The heaviest partners of a (of this team only, unless -1), those who come after a first where many are equal."""
    values = best.values
    values[:] = 0
    best.who[:] = -1
    least = NOUGHT
    own = r.rates[BASE] + r.bonus[a]
    enough = -own
    for part in range(2):
        for b in range(a + 1 if part == 0 else 0, len(row) if part == 0 else a):
            if row[b] + r.bonus[b] > enough and (team < 0 or f.team[b] == team):
                value = row[b] + shared_weight(f, r, a, b)
                if value > values[least] and may_meet(f, a, b):
                    least = _keep(value, b, best, least)
                    enough = values[least] - own


@inner
def _store(a: int, best: Best, found: Found, count: int) -> int:
    for at in range(len(best.who)):
        b = best.who[at]
        if b >= 0 and count < len(found.keys):
            found.keys[count] = (min(a, b) << 32) + max(a, b)
            found.weight[count] = best.values[at]
            count += 1
    return count


def best_partners(f: Facts, r: Rates, partners: int, large: int) -> tuple[Int64, Int64, Int64]:
    """Keys (low << 32 + high) and weights of the first graph, and the most that anybody's pair weighs.

    Members of team `large` get half as many partners of that team on top: they need them where it is over half.
    """
    n = len(f.team)
    found = Found(*np.zeros((2, n * (partners + partners // 2)), dtype=np.int64))
    top = np.zeros(n, dtype=np.int64)
    all_, own = Best(*np.zeros((2, partners), dtype=np.int64)), Best(*np.zeros((2, partners // 2), dtype=np.int64))
    count = _best_partners(f, r, large, new_room(n), all_, own, top, found)
    return found.keys[:count], found.weight[:count], top


@leaf
def _best_partners(f: Facts, r: Rates, large: int, room: Room, best: Best, own: Best, top: Int64, found: Found) -> int:
    count = NOUGHT
    for a in range(len(top)):
        hits = fill_row(f, r, a, NOUGHT, ONCE, room)
        _best_of_row(f, r, a, room.row, NOBODY, best)
        for value in best.values:
            top[a] = max(top[a], value)
        count = _store(a, best, found, count)
        if large >= 0 and f.team[a] == large:
            _best_of_row(f, r, a, room.row, large, own)
            count = _store(a, own, found, count)
        clear_row(f, a, room, hits)
    return count


@leaf
def _spans(forest: Forest, place: Int64, first: Int64, end: Int64) -> None:
    """An order of the vertices in which every odd set stands together: place of each, first and end of each node."""
    n = len(forest.y)
    done = 0
    for v in range(n):
        if forest.base[forest.top[v]] != v:
            continue
        for at in range(list_leaves(forest, forest.top[v])):
            one = forest.leaves[at]
            place[one] = done
            first[one] = done
            done += 1
            end[one] = done
    for v in range(n):
        node = forest.up[v]
        while node >= 0:
            first[node] = place[v] if end[node] == 0 else min(first[node], place[v])
            end[node] = max(end[node], place[v] + 1)
            node = forest.up[node]


@inner
def _cover(look: Look, a: int) -> None:
    """For everyone in a set with a, at their places: the prices of all odd sets that hold both."""
    up, z = look.forest.up, look.forest.z
    total = 0
    node = up[a]
    while node >= 0:
        total += z[node]
        node = up[node]
    inner = a
    node = up[a]
    while node >= 0:
        look.covered[look.first[node] : look.first[inner]] = total
        look.covered[look.end[inner] : look.end[node]] = total
        total -= z[node]
        inner = node
        node = up[node]


class Look(NamedTuple):
    """Prices that all pairs are held against, and room for the look.

    `low` holds everybody's price less their bonus, `lowest` the least of those of this person and everybody after.
    """

    y: Int64
    forest: Forest
    place: Int64
    first: Int64
    end: Int64
    covered: Int64
    low: Int64
    lowest: Int64
    some: Int64


def too_heavy(f: Facts, r: Rates, y: Int64, forest: Forest, more: int) -> tuple[Int64, Int64]:
    """Pairs that weigh more than their prices allow: up to `more` for each lower end, the worst of them."""
    n = len(y)
    low = y - 2 * r.bonus
    lowest = np.minimum.accumulate(low[::-1])[::-1].copy()
    place, covered = np.zeros((2, n), dtype=np.int64)
    first, end = np.zeros((2, 2 * n), dtype=np.int64)
    _spans(forest, place, first, end)
    look = Look(y, forest, place, first, end, covered, low, lowest, np.zeros(SOME, dtype=np.int64))
    found, best = Found(*np.zeros((2, n * more), dtype=np.int64)), Best(*np.zeros((2, more), dtype=np.int64))
    count = _too_heavy(f, r, look, new_room(n), best, found)
    return found.keys[:count], found.weight[:count]


@leaf
def _too_heavy(f: Facts, r: Rates, look: Look, room: Room, best: Best, found: Found) -> int:
    count = NOUGHT
    n = len(look.y)
    for a in range(n):
        hits = fill_row(f, r, a, a + 1, ONCE, room)
        _cover(look, a)
        own = look.y[a] - 2 * (r.rates[BASE] + r.bonus[a])
        all_ = a + 1 < n and -look.lowest[a + 1] > own
        chosen = MANY if all_ else _above(room, look, own, hits)
        _worst_of_row(f, r, look, a, room.row, chosen, best)
        for at in range(len(best.who)):
            b = best.who[at]
            if b >= 0:
                best.values[at] = room.row[b] + shared_weight(f, r, a, b)
        count = _store(a, best, found, count)
        clear_row(f, a, room, hits)
    return count


@inner
def _above(room: Room, look: Look, own: int, hits: int) -> int:
    """Those of the hits who may weigh too much, in order; `MANY` when there are more than `some` holds."""
    some, count = look.some, NOUGHT
    for at in range(hits):
        b = room.hits[at]
        if 2 * room.row[b] - look.low[b] > own:
            if count == len(some):
                return MANY
            to = count
            while to > 0 and some[to - 1] > b:
                some[to] = some[to - 1]
                to -= 1
            some[to] = b
            count += 1
    return count


@inner
def _worst_of_row(f: Facts, r: Rates, look: Look, a: int, row: Int64, chosen: int, best: Best) -> None:
    """The worst pairs among the chosen, or among all who come after a."""
    values = best.values
    values[:] = 0
    best.who[:] = -1
    least = NOUGHT
    own = look.y[a] - 2 * (r.rates[BASE] + r.bonus[a])
    enough = own
    for at in range(chosen if chosen >= 0 else len(row) - a - 1):
        b = look.some[at] if chosen >= 0 else a + 1 + at
        if 2 * row[b] - look.low[b] > enough:
            over = 2 * (row[b] + shared_weight(f, r, a, b)) - look.y[a] - look.y[b]
            if over > values[least] and look.forest.top[a] == look.forest.top[b]:
                over -= look.covered[look.place[b]]
            if over > values[least] and may_meet(f, a, b):
                least = _keep(over, b, best, least)
                enough = own + values[least]
