"""All that the blossom algorithm knows, as arrays, so that small kernels can share it.

Vertices are 0 .. n - 1, blossoms n .. 2n - 1; "node" means either. The children of a blossom form a ring: `after` and
`before` lead around it, and the edge from node c to `after[c]` runs between vertices `near[c]` in c and `far[c]` in the
next. `first[b]` is the child that holds the base, the vertex whose partner is outside (or missing).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.columns import Int8, Int32, Int64
from matching.exact.heap import empty_heap
from matching.jit import jit

GROWN, KIND, FROM, TO, TOUCHED, BEADS, SPARES, MEETS, NOW, BURST = range(10)  # places in `note`


class Forest(NamedTuple):
    """Prices, partners, blossoms, and the one tree that is growing.

    While it grows, y and z of an outer node hold the value at `grown` = 0 of a line that falls (y) or rises (z) with
    `grown`, those of an inner node of the line that runs the other way.
    """

    y: Int64  # n: prices, for doubled weights
    mate: Int32  # n
    z: Int64  # 2n: prices of blossoms
    top: Int32  # n: the outermost node around each vertex
    up: Int32  # 2n: the blossom around each node, -1 at the top
    base: Int32  # 2n
    first: Int32  # 2n, and the ring of children:
    after: Int32
    before: Int32
    near: Int32
    far: Int32
    label: Int8  # 2n, for nodes at the top
    inside: Int32  # 2n: the outer vertex that an inner or waiting node is reached from,
    door: Int32  # 2n: and the vertex in it which is reached
    mark: Int8  # 2n
    seen: Int8  # n: whether a vertex is in `touched`
    note: Int64  # how the tree will end, counters, how far it has grown, when the first inner blossom has to be opened
    touched: Int32  # vertices in the tree
    beads: Int32  # inner blossoms, which may have to be opened
    spares: Int32  # unused blossom numbers
    leaves: Int32  # vertices of one node
    todo: Int32  # a stack
    todo_vertex: Int32
    heap: Int32
    place: Int32
    key: Int64
    size: Int64
    meet_key: Int64  # edges between outer nodes, a heap of their own
    meet_u: Int32
    meet_v: Int32


def new_forest(y: Int64, mate: Int32, edges: int) -> Forest:
    """No blossoms yet, around prices and mates that fit together; both are changed in place."""
    n = len(y)
    numbers = np.arange(n, dtype=np.int32)
    none = np.full((9, 2 * n), -1, dtype=np.int32)
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
        np.zeros(n, dtype=np.int32),
        np.zeros(2 * n, dtype=np.int32),
        (numbers + n)[::-1].copy(),
        np.zeros(n, dtype=np.int32),
        np.zeros(2 * n, dtype=np.int32),
        np.zeros(2 * n, dtype=np.int32),
        *empty_heap(2 * n),
        np.zeros(edges, dtype=np.int64),
        np.zeros(edges, dtype=np.int32),
        np.zeros(edges, dtype=np.int32),
    ]
    return Forest(*columns)


@jit
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


@jit
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


@jit
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
