"""One alternating tree at a time: from a free vertex to another, or to a price of 0.

The tree grows from one root (as in Blossom IV: Cook and Rohe, Computing minimum-weight perfect matchings, 1999): with
a start from `halves.py` only few trees are needed and most stay small. Lines instead of values (see `state.py`) and a
heap of moments make a tree cost O(edges at the tree * log n) plus the vertices of the blossoms made and opened.
"""

from __future__ import annotations

from matching.exact.blossoms import free_children, label_node, open_inner, rebase, shrink
from matching.exact.halves import FAR, INNER, NOBODY, NONE, NOUGHT, OUTER, REACH, ZERO, Graph, offer
from matching.exact.heap import heap_clear, heap_lower, heap_remove
from matching.exact.inner import inner
from matching.exact.state import (
    BEADS,
    BURST,
    FROM,
    GROWN,
    KIND,
    MEETS,
    NOW,
    TO,
    TOUCHED,
    Forest,
    drop_meet,
    list_leaves,
    push_meet,
)
from matching.kernels.leaf import leaf


@inner
def _scan(g: Graph, f: Forest, u: int) -> None:
    """What the edges of a new outer vertex lead to."""
    offer(f.note, f.y[u], ZERO, u, NOBODY)
    own = f.top[u]
    for at in range(g.start[u], g.start[u + 1]):
        v = g.head[at]
        node = f.top[v]
        label = f.label[node]
        if label == INNER or node == own:
            continue
        gap = f.y[u] + f.y[v] - g.twice[at]
        if label == OUTER:
            if (gap >> 1) < f.note[GROWN]:
                push_meet(f, gap >> 1, u, v)
        elif gap < f.note[GROWN]:
            _reach(f, gap, u, v, node)


@inner
def _reach(f: Forest, gap: int, u: int, v: int, node: int) -> None:
    if f.mate[f.base[node]] < 0:
        offer(f.note, gap, REACH, u, v)
    elif heap_lower(f.heap, f.place, f.key, f.size, node, gap):
        f.inside[node] = u
        f.door[node] = v


@inner
def _scan_back(g: Graph, f: Forest, v: int) -> None:
    """For a vertex that lost its label: the outer vertices that it can be reached from."""
    for at in range(g.start[v], g.start[v + 1]):
        u = g.head[at]
        if f.label[f.top[u]] == OUTER:
            gap = f.y[u] + f.y[v] - g.twice[at]
            if gap < f.note[GROWN]:
                _reach(f, gap, u, v, f.top[v])


@inner
def _scan_node(g: Graph, f: Forest, node: int) -> None:
    for at in range(list_leaves(f, node)):
        _scan(g, f, f.leaves[at])


@inner
def _grow(g: Graph, f: Forest) -> None:
    """The nearest node becomes inner, its partner outer."""
    node = f.heap[0]
    now = f.note[NOW]
    heap_remove(f.heap, f.place, f.key, f.size, node)
    label_node(f, node, INNER, -now, 2 * now)
    outer = f.top[f.mate[f.base[node]]]
    if f.place[outer] >= 0:
        heap_remove(f.heap, f.place, f.key, f.size, outer)
    label_node(f, outer, OUTER, now, -2 * now)
    _scan_node(g, f, outer)


@inner
def _meet(g: Graph, f: Forest) -> None:
    """Two outer nodes are joined by a tight edge: a blossom, unless they are in one already."""
    u, v = f.meet_u[0], f.meet_v[0]
    drop_meet(f)
    if f.top[u] == f.top[v]:
        return
    first = f.first[shrink(f, u, v)]
    child = first
    while True:
        if f.mark[child]:
            f.mark[child] = 0
            _scan_node(g, f, child)
        child = f.after[child]
        if child == first:
            break


@inner
def _burst(g: Graph, f: Forest) -> None:
    """Open one inner blossom whose price is 0 by now; when there is none, find out when the next one will be."""
    least = FAR
    kept = 0
    found = NOBODY
    for at in range(f.note[BEADS]):
        node = f.beads[at]
        if f.up[node] >= 0 or f.label[node] != INNER:
            continue
        if found < 0 and (f.z[node] >> 1) <= f.note[NOW]:
            found = node
            continue
        f.beads[kept] = node
        kept += 1
        least = min(least, f.z[node] >> 1)
    f.note[BEADS] = kept
    f.note[BURST] = least
    if found >= 0:
        open_inner(f, found)
        _scan_opened(g, f, found)


@inner
def _scan_opened(g: Graph, f: Forest, node: int) -> None:
    """New outer children look out; children that lost their label look back."""
    first = f.first[node]
    child = first
    while True:
        if f.label[child] == NONE:
            for at in range(list_leaves(f, child)):
                _scan_back(g, f, f.leaves[at])
        child = f.after[child]
        if child == first:
            break
    while True:
        if f.label[child] == OUTER:
            _scan_node(g, f, child)
        child = f.after[child]
        if child == first:
            break


@inner
def _flip(f: Forest, u: int, partner: int) -> None:
    """Give outer vertex u a new partner (-1: none) and turn the path back to the root around."""
    while True:
        node = f.top[u]
        old = f.mate[f.base[node]]
        rebase(f, node, u)
        f.mate[u] = partner
        if old < 0:
            break
        inner = f.top[old]
        partner, u = f.door[inner], f.inside[inner]
        rebase(f, inner, partner)
        f.mate[partner] = u


@inner
def _end(f: Forest) -> None:
    """Lines become values again, the path turns around, and blossoms without a price are opened."""
    grown = f.note[GROWN]
    for at in range(f.note[TOUCHED]):
        v = f.touched[at]
        label = f.label[f.top[v]]
        f.y[v] += 0 if label == NONE else (grown if label == INNER else -grown)
        f.seen[v] = 0
    if f.note[KIND] == REACH:
        rebase(f, f.top[f.note[TO]], f.note[TO])
        f.mate[f.note[TO]] = f.note[FROM]
    _flip(f, f.note[FROM], f.note[TO])
    for at in range(f.note[TOUCHED]):
        node = f.top[f.touched[at]]
        if node >= len(f.y) and f.label[node] != NONE:
            f.z[node] += 2 * grown if f.label[node] == OUTER else -2 * grown
        f.label[node] = NONE
    for at in range(f.note[TOUCHED]):
        while f.top[f.touched[at]] >= len(f.y) and f.z[f.top[f.touched[at]]] == 0:
            free_children(f, f.top[f.touched[at]])


@inner
def tree(g: Graph, f: Forest, root: int) -> None:
    """Grow a tree from a free vertex with a price until the matching can be improved or the price is 0."""
    f.note[GROWN] = f.note[BURST] = FAR
    f.note[TOUCHED] = f.note[BEADS] = f.note[MEETS] = f.note[NOW] = 0
    label_node(f, f.top[root], OUTER, NOUGHT, NOUGHT)
    _scan_node(g, f, f.top[root])
    while True:
        reach = f.key[f.heap[0]] if f.size[0] > 0 else FAR
        meet = f.meet_key[0] if f.note[MEETS] > 0 else FAR
        now = min(reach, meet, f.note[BURST])
        if now >= f.note[GROWN]:
            break
        f.note[NOW] = now
        if meet == now:
            _meet(g, f)
        elif reach == now:
            _grow(g, f)
        else:
            _burst(g, f)
    heap_clear(f.heap, f.place, f.size)
    _end(f)


@leaf
def best_whole(g: Graph, f: Forest) -> int:
    """A tree from every free vertex that has a price left; how many."""
    trees = 0
    for root in range(len(f.y)):
        if f.mate[root] < 0 and f.y[root] > 0:
            tree(g, f, root)
            trees += 1
    return trees
