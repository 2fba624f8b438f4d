"""The heaviest matching in a graph, with the proof that none is heavier.

Definition: a set of edges no two of which share a vertex, of the largest total weight; it need not touch everyone. Add
a bonus larger than any sum of differences to every edge, and it is the heaviest of the largest matchings.

Method: prices and halves first (`halves.py`), then Edmonds' blossoms for the vertices that odd cycles leave free
(`search.py`). All in whole numbers. In practice O(edges * log n) for the first part; the second grows one tree, of at
most O(edges * log n), for each of the few per cent of vertices on odd cycles.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int32, Int64
from matching.exact.halves import Graph, best_halves, in_pairs, new_halves, settle
from matching.exact.search import best_whole
from matching.exact.state import Forest, list_leaves, new_forest
from matching.jit import jit

Proven = tuple[Int64, Int64, tuple[Int64, ...], Int64]


@jit
def link_both_ways(n: int, a: Int64, b: Int64, weight: Int64) -> Graph:
    """Each edge at both of its ends, with twice its weight: a counting sort, O(n + edges)."""
    start = np.zeros(n + 1, dtype=np.int64)
    for at in range(len(a)):
        start[a[at] + 1] += 1
        start[b[at] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    to = start[:-1].copy()
    head = np.empty(2 * len(a), dtype=np.int64)
    twice = np.empty(2 * len(a), dtype=np.int64)
    for at in range(len(a)):
        u, v, value = a[at], b[at], 2 * weight[at]
        head[to[u]] = v
        head[to[v]] = u
        twice[to[u]] = value
        twice[to[v]] = value
        to[u] += 1
        to[v] += 1
    return Graph(start, head, twice)


def sets_of(f: Forest) -> tuple[tuple[Int64, ...], Int64]:
    """All blossoms with a price, each as its sorted vertices, and the prices."""
    n = len(f.y)
    found = []
    waiting = np.unique(f.top[f.top >= n]).tolist()
    while waiting:
        node = waiting.pop()
        if f.z[node] > 0:
            count = list_leaves(f, node)
            found.append((np.sort(f.leaves[:count]), f.z[node]))
        child = first = int(f.first[node])
        while True:
            if child >= n:
                waiting.append(child)
            child = int(f.after[child])
            if child == first:
                break
    return tuple(one for one, _ in found), np.array([price for _, price in found], dtype=np.int64)


def solve_graph(g: Graph, y: Int64, mate: Int64) -> Forest:
    """The heaviest matching of a graph, from any prices and partners, which are changed in place."""
    settle(g, y, mate)
    halves = new_halves(y, mate)
    best_halves(g, halves)
    in_pairs(halves)
    forest = new_forest(y, mate, len(g.head))
    best_whole(g, forest)
    return forest


def heaviest_matching(n: int, a: Int32 | Int64, b: Int32 | Int64, weight: Int64) -> Proven:
    """Partners (int64[n], -1 is free), prices y (int64[n]), odd sets and their prices z (int64).

    Edges are pairs a[i] != b[i] of vertices 0 .. n - 1, in any order; weights are whole and > 0 (below 2^60 / n). The
    proof is in doubled weights: y_a + y_b + (z of every set that holds both) >= 2 w for each edge, y and z >= 0, and
    sum(y) + sum(z * (len(set) - 1) / 2) is twice the weight of the matching.
    """
    mate = np.full(n, -1, dtype=np.int64)
    y = np.zeros(n, dtype=np.int64)
    if not len(a):
        return mate, y, (), np.zeros(0, dtype=np.int64)
    a, b = np.ascontiguousarray(a, dtype=np.int64), np.ascontiguousarray(b, dtype=np.int64)
    g = link_both_ways(n, a, b, np.ascontiguousarray(weight, dtype=np.int64))
    y[:] = np.maximum.reduceat(np.append(g.twice, 0), g.start[:-1]) // 2 * (np.diff(g.start) > 0)
    sets, z = sets_of(solve_graph(g, y, mate))
    return mate, y, sets, z
