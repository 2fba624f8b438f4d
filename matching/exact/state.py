"""All that the blossom algorithm knows, as arrays, so that small kernels can share it.

Vertices are 0 .. n - 1, blossoms n .. 2n - 1; "node" means either. The children of a blossom form a ring: `after` and
`before` lead around it, and the edge from node c to `after[c]` runs between vertices `near[c]` in c and `far[c]` in the
next. `first[b]` is the child that holds the base, the vertex whose partner is outside (or missing).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.columns import Int8, Int64
from matching.exact.heap import empty_heap
from matching.exact.inner import inner
from matching.kernels.leaf import leaf

GROWN, KIND, FROM, TO, TOUCHED, BEADS, SPARES, MEETS, NOW, BURST = range(10)  # places in `note`


class Forest(NamedTuple):
    """Prices, partners, blossoms, and the one tree that is growing.

    While it grows, y and z of an outer node hold the value at `grown` = 0 of a line that falls (y) or rises (z) with
    `grown`, those of an inner node of the line that runs the other way.
    """

    y: Int64  # n: prices, for doubled weights
    mate: Int64  # n
    z: Int64  # 2n: prices of blossoms
    top: Int64  # n: the outermost node around each vertex
    up: Int64  # 2n: the blossom around each node, -1 at the top
    base: Int64  # 2n
    first: Int64  # 2n, and the ring of children:
    after: Int64
    before: Int64
    near: Int64
    far: Int64
    label: Int8  # 2n, for nodes at the top
    inside: Int64  # 2n: the outer vertex that an inner or waiting node is reached from,
    door: Int64  # 2n: and the vertex in it which is reached
    mark: Int8  # 2n
    seen: Int8  # n: whether a vertex is in `touched`
    note: Int64  # how the tree will end, counters, how far it has grown, when the first inner blossom has to be opened
    touched: Int64  # vertices in the tree
    beads: Int64  # inner blossoms, which may have to be opened
    spares: Int64  # unused blossom numbers
    leaves: Int64  # vertices of one node
    todo: Int64  # a stack
    todo_vertex: Int64
    heap: Int64
    place: Int64
    key: Int64
    size: Int64
    meet_key: Int64  # edges between outer nodes, a heap of their own
    meet_u: Int64
    meet_v: Int64


def new_forest(y: Int64, mate: Int64, edges: int) -> Forest:
    """No blossoms yet, around prices and mates that fit together; both are changed in place."""
    n = len(y)
    numbers = np.arange(n, dtype=np.int64)
    none = np.full((9, 2 * n), -1, dtype=np.int64)
    none[1, :n] = numbers
    note = np.zeros(10, dtype=np.int64)
    note[SPARES] = n
    columns: list[Any] = [
        y,
        mate,
        np.zeros(2 * n, dtype=np.int64),
        numbers.copy(),
        *none[:7],
        np.zeros(2 * n, dtype=np.int8),
        *none[7:],
        np.zeros(2 * n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
        note,
        np.zeros(n, dtype=np.int64),
        np.zeros(2 * n, dtype=np.int64),
        (numbers + n)[::-1].copy(),
        np.zeros(n, dtype=np.int64),
        np.zeros(2 * n, dtype=np.int64),
        np.zeros(2 * n, dtype=np.int64),
        *empty_heap(2 * n),
        np.zeros(edges, dtype=np.int64),
        np.zeros(edges, dtype=np.int64),
        np.zeros(edges, dtype=np.int64),
    ]
    return Forest(*columns)


@leaf
def list_leaves(f: Forest, node: int) -> int:
    """Write the vertices of a node into `leaves`; how many."""
    n = len(f.y)
    f.todo[0] = node
    waiting, found = 1, 0
    while waiting > 0:
        waiting -= 1
        one = f.todo[waiting]
        if one < n:
            f.leaves[found] = one
            found += 1
            continue
        child = f.first[one]
        while True:
            f.todo[waiting] = child
            waiting += 1
            child = f.after[child]
            if child == f.first[one]:
                break
    return found


@inner
def push_meet(f: Forest, key: int, u: int, v: int) -> None:
    """Remember an edge between two outer nodes, by the moment it becomes tight."""
    at = f.note[MEETS]
    f.note[MEETS] += 1
    while at > 0:
        above = (at - 1) >> 1
        if f.meet_key[above] <= key:
            break
        f.meet_key[at] = f.meet_key[above]
        f.meet_u[at] = f.meet_u[above]
        f.meet_v[at] = f.meet_v[above]
        at = above
    f.meet_key[at] = key
    f.meet_u[at] = u
    f.meet_v[at] = v


@inner
def drop_meet(f: Forest) -> None:
    """Forget the first of them."""
    f.note[MEETS] -= 1
    size = f.note[MEETS]
    key, u, v = f.meet_key[size], f.meet_u[size], f.meet_v[size]
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and f.meet_key[below + 1] < f.meet_key[below]:
            below += 1
        if f.meet_key[below] >= key:
            break
        f.meet_key[at] = f.meet_key[below]
        f.meet_u[at] = f.meet_u[below]
        f.meet_v[at] = f.meet_v[below]
        at = below
    f.meet_key[at] = key
    f.meet_u[at] = u
    f.meet_v[at] = v
