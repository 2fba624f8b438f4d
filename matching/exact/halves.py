"""The heaviest matching of whole and half edges: pairs, and odd cycles whose edges count one half each.

The linear programme without Edmonds' odd sets has half-whole vertices (Balinski 1965), and its optimum is found by
shortest alternating paths in the graph itself: a path that closes an odd cycle leaves that cycle behind as halves, and
a path that reaches such a cycle takes it apart again (Derigs and Metz, On the use of optimal fractional matchings for
solving the (integer) matching problem, 1986; Applegate and Cook, Solving large-scale matching problems, 1993). A few
per cent of all people are left on odd cycles; only those need blossoms.

Prices (dual values) `y` stand for doubled weights: y_a + y_b >= 2 w for every edge, equality on all edges in use, and
y >= 0 with equality for whoever stays free. While a tree grows, y of an outer vertex holds y + grown, of an inner one
y - grown, so that nothing needs to be touched as `grown` rises. One tree costs O(edges at the tree * log n).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int8, Int64
from matching.exact.heap import empty_heap, heap_clear, heap_lower, heap_remove
from matching.exact.inner import inner
from matching.kernels.leaf import leaf, whole

NONE, OUTER, INNER = whole(0), whole(1), whole(2)
REACH, ZERO, MEET = (
    whole(0),
    whole(1),
    whole(2),
)  # how a tree ends: a free vertex or a cycle, a price of 0, an odd cycle of its own
FAR = whole(1 << 62)
NOUGHT, NOBODY = whole(0), whole(-1)


class Graph(NamedTuple):
    """Edges both ways: those of v are `head[start[v] : start[v + 1]]` with twice their weight in `twice`."""

    start: Int64
    head: Int64
    twice: Int64


class Halves(NamedTuple):
    """A matching of halves and the tree that is growing; `after[v]` is the next on v's odd cycle, or -1."""

    y: Int64
    mate: Int64
    after: Int64
    label: Int8
    source: Int64
    touched: Int64
    best: Int64  # how the tree will end: grown so far, kind, two vertices; number of vertices touched
    heap: Int64
    place: Int64
    key: Int64
    size: Int64


def new_halves(y: Int64, mate: Int64) -> Halves:
    """No cycles yet, around prices and mates that fit together; both are changed in place."""
    n = len(y)
    none = np.full((2, n), -1, dtype=np.int64)
    label = np.zeros(n, dtype=np.int8)
    return Halves(y, mate, none[0], label, none[1], np.zeros(n, np.int64), np.zeros(5, np.int64), *empty_heap(n))


@leaf
def settle(g: Graph, y: Int64, mate: Int64) -> None:
    """Make any prices and mates a fair start: raise what is too low, part pairs with slack, lower who is free."""
    n = len(y)
    for v in range(n):
        for at in range(g.start[v], g.start[v + 1]):
            y[v] = max(y[v], g.twice[at] - y[g.head[at]])
    for v in range(n):
        if mate[v] >= 0 and not _tight(g, y, v, mate[v]):
            mate[mate[v]] = -1
            mate[v] = -1
    for v in range(n):
        if mate[v] < 0:
            _lower(g, y, mate, v)


@inner
def _tight(g: Graph, y: Int64, v: int, other: int) -> bool:
    tight = False
    for at in range(g.start[v], g.start[v + 1]):
        tight = tight or (g.head[at] == other and y[v] + y[other] == g.twice[at])
    return tight


@inner
def _lower(g: Graph, y: Int64, mate: Int64, v: int) -> None:
    """The lowest price that v may have; matched at once where that is tight with somebody free."""
    least = 0
    for at in range(g.start[v], g.start[v + 1]):
        least = max(least, g.twice[at] - y[g.head[at]])
    y[v] = least
    for at in range(g.start[v], g.start[v + 1]):
        other = g.head[at]
        if mate[other] < 0 and least + y[other] == g.twice[at]:
            mate[v] = other
            mate[other] = v
            break


@inner
def offer(best: Int64, grown: int, kind: int, u: int, v: int) -> None:
    """Keep the end that comes first."""
    if grown < best[0]:
        best[0] = grown
        best[1] = kind
        best[2] = u
        best[3] = v


@inner
def _scan(g: Graph, s: Halves, u: int) -> None:
    """What the edges of a new outer vertex lead to."""
    offer(s.best, s.y[u], ZERO, u, NOBODY)
    for at in range(g.start[u], g.start[u + 1]):
        v = g.head[at]
        if s.label[v] == INNER:
            continue
        gap = s.y[u] + s.y[v] - g.twice[at]
        if s.label[v] == OUTER:
            offer(s.best, gap >> 1, MEET, u, v)
        elif gap >= s.best[0]:
            continue
        elif s.mate[v] < 0:
            offer(s.best, gap, REACH, u, v)
        elif heap_lower(s.heap, s.place, s.key, s.size, v, gap):
            s.source[v] = u


@inner
def _join(s: Halves, v: int, label: int, shift: int) -> None:
    s.label[v] = label
    s.y[v] += shift
    s.touched[s.best[4]] = v
    s.best[4] += 1


@inner
def half_tree(g: Graph, s: Halves, root: int) -> None:
    """One shortest alternating path from a free vertex, and what becomes of it."""
    s.best[0] = FAR
    s.best[4] = 0
    _join(s, root, OUTER, NOUGHT)
    _scan(g, s, root)
    while s.size[0] > 0:
        v = s.heap[0]
        grown = s.key[v]
        if grown >= s.best[0]:
            break
        heap_remove(s.heap, s.place, s.key, s.size, v)
        outer = s.mate[v]
        if s.place[outer] >= 0:
            heap_remove(s.heap, s.place, s.key, s.size, outer)
        _join(s, v, INNER, -grown)
        _join(s, outer, OUTER, grown)
        _scan(g, s, outer)
    heap_clear(s.heap, s.place, s.size)
    _end(s, s.best[1], s.best[2], s.best[3])


@inner
def _end(s: Halves, kind: int, u: int, v: int) -> None:
    for at in range(s.best[4]):
        one = s.touched[at]
        s.y[one] += -s.best[0] if s.label[one] == OUTER else s.best[0]
    if kind == MEET:
        _close(s, u, v)
    elif kind == ZERO:
        _flip(s, u, NOBODY)
    else:
        if s.after[v] >= 0:
            open_cycle(s.after, s.mate, v)
        s.mate[v] = u
        _flip(s, u, v)
    for at in range(s.best[4]):
        s.label[s.touched[at]] = NONE


@inner
def _flip(s: Halves, u: int, partner: int) -> None:
    """Give outer vertex u a new partner (-1: none) and turn the path back to the root around."""
    while True:
        inner = s.mate[u]
        s.mate[u] = partner
        if inner < 0:
            break
        partner = inner
        u = s.source[inner]
        s.mate[inner] = u


@inner
def open_cycle(after: Int64, mate: Int64, v: int) -> None:
    """Take an odd cycle apart: all but v in pairs."""
    one = after[v]
    after[v] = -1
    while one != v:
        two = after[one]
        further = after[two]
        mate[one] = two
        mate[two] = one
        after[one] = -1
        after[two] = -1
        one = further


@inner
def _fork(s: Halves, u: int, v: int) -> int:
    """The last outer vertex that the paths from the root to u and v share. Labels on the way of u are negated."""
    one = u
    while True:
        s.label[one] = -OUTER
        if s.mate[one] < 0:
            break
        one = s.source[s.mate[one]]
    two = v
    while s.label[two] > 0:
        two = s.source[s.mate[two]]
    return two


@inner
def _close(s: Halves, u: int, v: int) -> None:
    """Edge u - v closes an odd cycle: it becomes halves, and the path to it is turned around."""
    fork = _fork(s, u, v)
    s.after[u] = v
    below = u
    while below != fork:
        inner = s.mate[below]
        s.after[inner] = below
        s.mate[below] = -1
        below = s.source[inner]
        s.after[below] = inner
        s.mate[inner] = -1
    below = v
    while below != fork:
        inner = s.mate[below]
        s.after[below] = inner
        s.mate[below] = -1
        below = s.source[inner]
        s.after[inner] = below
        s.mate[inner] = -1
    _flip(s, fork, NOBODY)


@leaf
def best_halves(g: Graph, s: Halves) -> None:
    """A tree from everyone who is free, on no cycle and has a price left."""
    for root in range(len(s.y)):
        if s.mate[root] < 0 and s.after[root] < 0 and s.y[root] > 0:
            half_tree(g, s, root)


@leaf
def in_pairs(s: Halves) -> int:
    """Every odd cycle in pairs and one free vertex each, which `search.py` then takes up; how many cycles."""
    cycles = 0
    for v in range(len(s.y)):
        if s.after[v] >= 0:
            open_cycle(s.after, s.mate, v)
            cycles += 1
    return cycles
