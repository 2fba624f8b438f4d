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
from matching.exact.halves import Graph, best_halves, in_pairs, new_halves, settle
from matching.exact.looks import best_partners, too_heavy
from matching.exact.rows import Facts, Rates
from matching.exact.search import best_whole
from matching.exact.state import Forest, new_forest
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
    """Each pair once, in order. Both ends give it the same weight, so that any of its lines will do."""
    order = np.argsort(keys)
    keys = keys[order]
    fresh = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    keys = keys[fresh]
    return Edges((keys >> 32).astype(np.int64), (keys & 0xFFFFFFFF).astype(np.int64), weight[order[fresh]])


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
