"""The heaviest matching of the complete graph from a few of its edges: price and repair.

Solve on the best few partners of everybody; then hold all pairs against the prices; pairs that weigh more than their
prices allow are added, and the matching is repaired. When no pair is left that does, the matching is the heaviest of
the complete graph, and the prices prove it (Cook and Rohe, Computing minimum-weight perfect matchings, 1999; Derigs and
Metz 1991). Halves are priced first, since they are cheaper to repair and end close to the final prices.

Costs O(n^2) simple steps for each look at all pairs, of which about four to eight are needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int64
from matching.exact.blossom import link_both_ways
from matching.exact.halves import NOBODY, NOUGHT, Graph, best_halves, in_pairs, new_halves, settle
from matching.exact.inner import inner
from matching.exact.rows import Facts, Rates, fill_row, may_meet
from matching.exact.search import best_whole
from matching.exact.state import Forest, list_leaves, new_forest
from matching.jit import jit
from matching.kernels.leaf import leaf

PARTNERS = 12  # of everybody in the first graph
MORE = 6  # new partners of a person in one repair


class Edges(NamedTuple):
    a: Int64
    b: Int64
    weight: Int64


class Solved(NamedTuple):
    """The heaviest matching in the complete graph, with the prices of everybody and of odd sets (doubled weights)."""

    mate: Int64
    y: Int64
    forest: Forest
    edges: Edges
    looks: int


@inner
def _keep(value: int, b: int, values: Int64, who: Int64, least: int) -> int:
    """Put b in the place of the least; where the least is now."""
    values[least] = value
    who[least] = b
    for at in range(len(values)):
        if values[at] < values[least]:
            least = at
    return least


@inner
def _best_of_row(f: Facts, a: int, row: Int64, team: int, values: Int64, who: Int64) -> None:
    """The heaviest partners of a (of this team only, unless -1), those who come after a first where many are equal."""
    n = len(row)
    values[:] = 0
    who[:] = -1
    least = NOUGHT
    for step in range(1, n):
        b = a + step if a + step < n else a + step - n
        if row[b] > values[least] and (team < 0 or f.team[b] == team) and may_meet(f, a, b):
            least = _keep(row[b], b, values, who, least)


@inner
def _store(a: int, values: Int64, who: Int64, keys: Int64, weight: Int64, count: int) -> int:
    n = len(keys)
    for at in range(len(who)):
        if who[at] >= 0 and count < n:
            b = who[at]
            keys[count] = (min(a, b) << 32) + max(a, b)
            weight[count] = values[at]
            count += 1
    return count


@jit
def best_partners(f: Facts, r: Rates, partners: int, large: int) -> tuple[Int64, Int64, Int64]:
    """Keys (low << 32 + high) and weights of the first graph, and the most that anybody's pair weighs.

    Members of team `large` get half as many partners of that team on top: they need them where it is over half.
    """
    n = len(f.team)
    keys = np.zeros(n * (partners + partners // 2), dtype=np.int64)
    weight = np.zeros_like(keys)
    top = np.zeros(n, dtype=np.int64)
    row, flags = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    values, who = np.zeros(partners, dtype=np.int64), np.zeros(partners, dtype=np.int64)
    count = NOUGHT
    for a in range(n):
        fill_row(f, r, a, NOUGHT, flags, row)
        _best_of_row(f, a, row, NOBODY, values, who)
        top[a] = values.max()
        count = _store(a, values, who, keys, weight, count)
        if large >= 0 and f.team[a] == large:
            _best_of_row(f, a, row, large, values[: partners // 2], who[: partners // 2])
            count = _store(a, values[: partners // 2], who[: partners // 2], keys, weight, count)
    return keys[:count], weight[:count], top


@jit
def _spans(forest: Forest) -> tuple[Int64, Int64, Int64]:
    """An order of the vertices in which every odd set stands together: place of each, first and end of each node."""
    n = len(forest.y)
    place = np.zeros(n, dtype=np.int64)
    first, end = np.zeros(2 * n, dtype=np.int64), np.zeros(2 * n, dtype=np.int64)
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
    return place, first, end


@inner
def _cover(forest: Forest, first: Int64, end: Int64, a: int, covered: Int64) -> None:
    """For everyone in a set with a, at their places: the prices of all odd sets that hold both."""
    total = 0
    node = forest.up[a]
    while node >= 0:
        total += forest.z[node]
        node = forest.up[node]
    inner = a
    node = forest.up[a]
    while node >= 0:
        covered[first[node] : first[inner]] = total
        covered[end[inner] : end[node]] = total
        total -= forest.z[node]
        inner = node
        node = forest.up[node]


@jit
def too_heavy(f: Facts, r: Rates, y: Int64, forest: Forest, more: int) -> tuple[Int64, Int64]:
    """Pairs that weigh more than their prices allow: up to `more` for each lower end, the worst of them."""
    n = len(y)
    keys = np.zeros(n * more, dtype=np.int64)
    weight = np.zeros_like(keys)
    row, covered, flags = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    values, who = np.zeros(more, dtype=np.int64), np.zeros(more, dtype=np.int64)
    place, first, end = _spans(forest)
    count = NOUGHT
    for a in range(n):
        fill_row(f, r, a, a + 1, flags, row)
        _cover(forest, first, end, a, covered)
        _worst_of_row(f, y, forest, a, row, place, covered, values, who)
        for at in range(more):
            if who[at] >= 0:
                values[at] = row[who[at]]
        count = _store(a, values, who, keys, weight, count)
    return keys[:count], weight[:count]


@inner
def _worst_of_row(
    f: Facts, y: Int64, forest: Forest, a: int, row: Int64, place: Int64, covered: Int64, values: Int64, who: Int64
) -> None:
    values[:] = 0
    who[:] = -1
    least = NOUGHT
    for b in range(a + 1, len(y)):
        over = 2 * row[b] - y[a] - y[b]
        if over > values[least]:
            if forest.top[a] == forest.top[b]:
                over -= covered[place[b]]
            if over > values[least] and may_meet(f, a, b):
                least = _keep(over, b, values, who, least)


@leaf
def melt(f: Forest) -> None:
    """Fold the prices of odd sets into those of their members: still prices for every edge, but looser."""
    n = len(f.y)
    for v in range(n):
        node = f.up[v]
        while node >= 0:
            f.y[v] += f.z[node] >> 1
            node = f.up[node]


def _edges(keys: Int64, weight: Int64) -> Edges:
    keys, at = np.unique(keys, return_index=True)
    return Edges((keys >> 32).astype(np.int64), (keys & 0xFFFFFFFF).astype(np.int64), weight[at])


def _graph(n: int, edges: Edges) -> Graph:
    return link_both_ways(n, edges.a, edges.b, edges.weight)


def _added(edges: Edges, keys: Int64, weight: Int64) -> Edges:
    more = Edges((keys >> 32).astype(np.int64), (keys & 0xFFFFFFFF).astype(np.int64), weight)
    return joined(edges, more)


def joined(one: Edges, two: Edges) -> Edges:
    """Both lists, one after the other."""
    return Edges(
        np.concatenate((one.a, two.a)), np.concatenate((one.b, two.b)), np.concatenate((one.weight, two.weight))
    )


def first_edges(f: Facts, r: Rates, large: int) -> tuple[Edges, Int64]:
    """The best partners of everybody as edges, and prices that all pairs fit under."""
    n = len(f.team)
    keys, weight, y = best_partners(f, r, min(PARTNERS, max(n - 1, 1)), large)
    return _edges(keys, weight), y


def best_complete(f: Facts, r: Rates, large: int = -1) -> Solved:
    """The heaviest matching of all pairs who may meet. `large` is a team with more than about half of all people."""
    edges, y = first_edges(f, r, large)
    return improve(f, r, edges, y, np.full(len(y), -1, dtype=np.int64))


def improve(f: Facts, r: Rates, edges: Edges, y: Int64, mate: Int64) -> Solved:
    """The heaviest matching of all pairs, from any edges, prices and partners, which are changed in place."""
    looks = 0
    forest = new_forest(y, mate, 0)
    while True:
        _halves(_graph(len(y), edges), y, mate)
        keys, weight = too_heavy(f, r, y, forest, MORE)
        looks += 1
        if len(keys) == 0:
            break
        edges = _added(edges, keys, weight)
    while True:
        g = _graph(len(y), edges)
        forest = new_forest(y, mate, len(g.head))
        best_whole(g, forest)
        keys, weight = too_heavy(f, r, y, forest, MORE)
        looks += 1
        if len(keys) == 0:
            return Solved(mate, y, forest, edges, looks)
        edges = _added(edges, keys, weight)
        melt(forest)
        _halves(_graph(len(y), edges), y, mate)


def _halves(g: Graph, y: Int64, mate: Int64) -> None:
    settle(g, y, mate)
    halves = new_halves(y, mate)
    best_halves(g, halves)
    in_pairs(halves)
