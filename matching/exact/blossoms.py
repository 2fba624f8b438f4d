"""Shrink an odd cycle to one node, open it again, and turn around what lies inside.

Edmonds, Paths, trees, and flowers (1965). Shrinking and opening cost O(vertices in the blossom + their edges).
"""

from __future__ import annotations

from matching.exact.halves import INNER, NONE, NOUGHT, OUTER
from matching.exact.inner import inner
from matching.exact.state import BEADS, BURST, NOW, SPARES, TOUCHED, Forest, list_leaves


@inner
def rebase(f: Forest, node: int, vertex: int) -> None:
    """Make `vertex` the base of a node: partners inside change along its rings; the partner outside is not set here.

    A blossom within turns around by itself, in any order, so a list of what is still to do is enough.
    """
    n = len(f.y)
    f.todo[0] = node
    f.todo_vertex[0] = vertex
    waiting = 1
    while waiting > 0:
        waiting -= 1
        one, base = f.todo[waiting], f.todo_vertex[waiting]
        if one >= n and f.base[one] != base:
            waiting = _turn(f, one, base, waiting)


@inner
def _turn(f: Forest, node: int, base: int, waiting: int) -> int:
    """Pair up the children of one ring so that the child of the new base is left over."""
    child = base
    while f.up[child] != node:
        child = f.up[child]
    waiting = _later(f, child, base, waiting)
    at = child
    odd = _steps(f, node, child) & 1
    while at != f.first[node]:
        one = f.after[at] if odd else f.before[at]
        two = f.after[one] if odd else f.before[one]
        lower = one if odd else two
        x, v = f.near[lower], f.far[lower]
        f.mate[x] = v
        f.mate[v] = x
        waiting = _later(f, lower, x, waiting)
        waiting = _later(f, f.after[lower], v, waiting)
        at = two
    f.first[node] = child
    f.base[node] = base
    return waiting


@inner
def _later(f: Forest, node: int, vertex: int, waiting: int) -> int:
    f.todo[waiting] = node
    f.todo_vertex[waiting] = vertex
    return waiting + 1


@inner
def _steps(f: Forest, node: int, child: int) -> int:
    """How far around the ring from the first child to this one."""
    at, steps = f.first[node], 0
    while at != child:
        at = f.after[at]
        steps += 1
    return steps


@inner
def label_node(f: Forest, node: int, label: int, shift: int, z_shift: int) -> int:
    """Label a node; its vertices' prices move by `shift`, its own by `z_shift`. Its vertices stand in `leaves`."""
    f.label[node] = label
    count = list_leaves(f, node)
    for at in range(count):
        v = f.leaves[at]
        f.y[v] += shift
        if not f.seen[v]:
            f.seen[v] = 1
            f.touched[f.note[TOUCHED]] = v
            f.note[TOUCHED] += 1
    if node >= len(f.y):
        f.z[node] += z_shift
        if label == INNER:
            f.beads[f.note[BEADS]] = node
            f.note[BEADS] += 1
            f.note[BURST] = min(f.note[BURST], f.z[node] >> 1)
    return count


@inner
def _fork(f: Forest, u: int, v: int) -> int:
    """The last outer node that the paths from the root to nodes u and v share."""
    one = u
    while True:
        f.mark[one] = 1
        partner = f.mate[f.base[one]]
        if partner < 0:
            break
        one = f.top[f.inside[f.top[partner]]]
    fork = v
    while not f.mark[fork]:
        fork = f.top[f.inside[f.top[f.mate[f.base[fork]]]]]
    one = u
    while True:
        f.mark[one] = 0
        partner = f.mate[f.base[one]]
        if partner < 0:
            break
        one = f.top[f.inside[f.top[partner]]]
    return fork


@inner
def _link(f: Forest, one: int, two: int, near: int, far: int) -> None:
    """Node `two` follows `one` on a ring, along the edge near - far."""
    f.after[one] = two
    f.before[two] = one
    f.near[one] = near
    f.far[one] = far


@inner
def _ring(f: Forest, u: int, v: int) -> int:
    """The ring that edge u - v closes, linked: from the fork down to u, over to v and up again. The fork."""
    fork = _fork(f, f.top[u], f.top[v])
    node = f.top[u]
    while node != fork:
        base = f.base[node]
        inner = f.top[f.mate[base]]
        _link(f, inner, node, f.mate[base], base)
        node = f.top[f.inside[inner]]
        _link(f, node, inner, f.inside[inner], f.door[inner])
    _link(f, f.top[u], f.top[v], u, v)
    node = f.top[v]
    while node != fork:
        base = f.base[node]
        inner = f.top[f.mate[base]]
        _link(f, node, inner, base, f.mate[base])
        node = f.top[f.inside[inner]]
        _link(f, inner, node, f.door[inner], f.inside[inner])
    return fork


@inner
def shrink(f: Forest, u: int, v: int) -> int:
    """Make an outer blossom of the cycle that the tight edge u - v closes. Children that were inner stay marked."""
    now = f.note[NOW]
    fork = _ring(f, u, v)
    f.note[SPARES] -= 1
    node = int(f.spares[f.note[SPARES]])
    f.first[node] = fork
    f.base[node] = f.base[fork]
    f.up[node] = -1
    child = fork
    while True:
        inner = f.label[child] == INNER
        f.mark[child] = inner
        label_node(f, child, NONE, 2 * now if inner else NOUGHT, -2 * now if inner else 2 * now)
        f.up[child] = node
        child = f.after[child]
        if child == fork:
            break
    f.label[node] = OUTER
    f.z[node] = -2 * now
    for at in range(list_leaves(f, node)):
        f.top[f.leaves[at]] = node
    return node


@inner
def free_children(f: Forest, node: int) -> None:
    """The children of a node without a price of its own become nodes at the top; its number may be used again."""
    child = f.first[node]
    while True:
        f.up[child] = -1
        for at in range(list_leaves(f, child)):
            f.top[f.leaves[at]] = child
        child = f.after[child]
        if child == f.first[node]:
            break
    f.label[node] = NONE
    f.spares[f.note[SPARES]] = node
    f.note[SPARES] += 1


@inner
def open_inner(f: Forest, node: int) -> None:
    """Take an inner blossom whose price fell to 0 apart: the way from its door to its base stays in the tree.

    Afterwards the children on the way are inner and outer by turns; the others have no label.
    """
    now = f.note[NOW]
    child = f.door[node]
    while f.up[child] != node:
        child = f.up[child]
    odd = _steps(f, node, child) & 1
    free_children(f, node)
    f.inside[child] = f.inside[node]
    f.door[child] = f.door[node]
    label_node(f, child, INNER, NOUGHT, 2 * now)
    while child != f.first[node]:
        outer = f.after[child] if odd else f.before[child]
        label_node(f, outer, OUTER, 2 * now, -2 * now)
        child = f.after[outer] if odd else f.before[outer]
        f.inside[child] = f.near[outer] if odd else f.far[child]
        f.door[child] = f.far[outer] if odd else f.near[child]
        label_node(f, child, INNER, NOUGHT, 2 * now)
    child = f.first[node]
    while True:
        if f.label[child] == NONE:
            label_node(f, child, NONE, now, NOUGHT)
        child = f.after[child]
        if child == f.first[node]:
            break
