"""Why so many must stay single: a set whose removal leaves too many odd parts (Tutte 1947, Berge 1958).

Take a set of people, the cut, out of a graph. Whatever falls apart into parts without an edge between them needs, for
every odd part, one partner from the cut or a single. So every matching leaves at least `odd parts - cut` single.

`search` grows Edmonds' alternating trees (Paths, trees and flowers, 1965) from everyone who is single: either it finds
a way to pair two of them, or its inner people are a cut and its blossoms the odd parts (Gallai and Edmonds). Nothing
rests on the search being right: `deficiency` looks at every edge of every part again and counts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from matching.columns import Int64
from matching.proof.graph import Graph
from matching.proof.pairs import Mask

EFFORT = 30_000_000  # places of rows that a search may look at where the graph is no matrix
STEP = 100  # what a step of the search costs, in places of rows
SHORTCUTS = 8  # pairs across which a single is paired before a tree is grown
NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Barrier:
    """`cut` and `parts` are places; whoever is in neither is one more part."""

    cut: Int64
    parts: tuple[Int64, ...]


def deficiency(graph: Graph, barrier: Barrier) -> int:
    """How many stay single in every matching, by this barrier; 0 when it proves nothing. O(n) for each in a part."""
    part = np.full(graph.n, len(barrier.parts), dtype=np.int64)
    for number, members in enumerate(barrier.parts):
        part[members] = number
    part[barrier.cut] = NOBODY
    for number, members in enumerate(barrier.parts):
        inside = (part == number) | (part == NOBODY)
        if any((graph.row(int(one)) & ~inside).any() for one in members):
            return 0
    sizes = np.bincount(part[part != NOBODY], minlength=len(barrier.parts) + 1)
    return max(0, int((sizes % 2).sum()) - len(barrier.cut))


def search(graph: Graph, mate: Int64, roots: Int64) -> tuple[Barrier, Int64, bool]:
    """A barrier for these single people, the matching improved by whatever ways the search found to pair them, and
    whether it came to its end: where the graph is too large the barrier is the part that was found.

    Up to O(n^3), usually far less: a tree ends as soon as it reaches somebody single, and is never entered again when
    it does not.
    """
    forest = Forest(graph, mate.copy())
    done = all(forest.mate[root] != NOBODY or forest.grow(root) for root in roots.tolist())
    return Barrier(np.flatnonzero(forest.inner), tuple(forest.parts)), forest.mate, done


@dataclass(slots=True, eq=False)
class Forest:
    """Trees that found nothing are frozen: `inner` people of them are the cut, their blossoms the parts."""

    graph: Graph
    mate: Int64
    frozen: Mask = field(init=False)
    inner: Mask = field(init=False)
    parts: list[Int64] = field(default_factory=list)
    effort: int = 0

    def __post_init__(self) -> None:
        self.frozen = np.zeros(self.graph.n, dtype=bool)
        self.inner = np.zeros(self.graph.n, dtype=bool)

    def grow(self, root: int) -> bool:
        """Pair this single by a tree, or freeze the tree. False when that costs too much."""
        if self.graph.rows is None and self._shortcut(root):
            return True
        tree = Tree(self.mate, root)
        while tree.queue:
            one = tree.queue.popleft()
            near = np.flatnonzero(self.graph.row(one) & ~self.frozen & tree.open_to(one))
            self.effort += self.graph.n + STEP * len(near)
            if self.graph.rows is None and self.effort > EFFORT:
                return False
            if any(tree.reach(one, other) for other in near.tolist()):
                return True
        self._freeze(tree)
        return True

    def _shortcut(self, root: int) -> bool:
        """Pair this single directly, or across one of the first pairs: in a large graph that nearly always works."""
        open_ = self.graph.row(root) & ~self.frozen
        near = np.flatnonzero(open_)
        singles = near[self.mate[near] == NOBODY]
        if len(singles):
            self.mate[root], self.mate[singles[0]] = singles[0], root
            return True
        alone = np.flatnonzero((self.mate == NOBODY) & ~self.frozen)
        for one in near[:SHORTCUTS].tolist():
            other = int(self.mate[one])
            ends = alone[self.graph.row(other)[alone] & (alone != root)]
            if len(ends):
                self.mate[root], self.mate[one] = one, root
                self.mate[other], self.mate[ends[0]] = ends[0], other
                return True
        return False

    def _freeze(self, tree: Tree) -> None:
        outer = np.flatnonzero(tree.outer)
        inner = (tree.above != NOBODY) & ~tree.outer
        self.frozen |= tree.outer | inner
        self.inner |= inner
        order = outer[np.argsort(tree.base[outer], kind="stable")]
        cuts = np.flatnonzero(np.diff(tree.base[order])) + 1
        self.parts += np.split(order, cuts)


@dataclass(slots=True, eq=False)
class Tree:
    """One alternating tree: `outer` people are reached over an even number of edges, `above` leads to the root."""

    mate: Int64
    root: int
    outer: Mask = field(init=False)
    base: Int64 = field(init=False)
    above: Int64 = field(init=False)
    queue: deque[int] = field(init=False)

    def __post_init__(self) -> None:
        self.outer = np.zeros(len(self.mate), dtype=bool)
        self.outer[self.root] = True
        self.base = np.arange(len(self.mate))
        self.above = np.full(len(self.mate), NOBODY, dtype=np.int64)
        self.queue = deque([self.root])

    def open_to(self, one: int) -> Mask:
        """Whom an edge may lead to: not into one's own blossom, nor to inner people."""
        open_: Mask = (self.base != self.base[one]) & (self.outer | (self.above == NOBODY))
        open_[self.mate[one]] &= self.mate[one] == NOBODY
        return open_

    def reach(self, one: int, other: int) -> bool:
        """Look along an edge from somebody outer: true when it ended at a single, who is now paired."""
        if self.base[one] == self.base[other]:
            return False
        if self.outer[other]:
            self._contract(one, other)
        elif self.above[other] == NOBODY:
            self.above[other] = one
            if self.mate[other] == NOBODY:
                self._turn(other)
                return True
            self.outer[self.mate[other]] = True
            self.queue.append(int(self.mate[other]))
        return False

    def _turn(self, end: int) -> None:
        """Swap paired and unpaired edges from here up to the root."""
        while end != NOBODY:
            one = int(self.above[end])
            following = int(self.mate[one])
            self.mate[end], self.mate[one] = one, end
            end = following

    def _contract(self, one: int, other: int) -> None:
        """An odd circle: all of it becomes outer, under one base."""
        base = self._common_base(one, other)
        circle = np.zeros(len(self.mate), dtype=bool)
        self._mark(one, base, other, circle)
        self._mark(other, base, one, circle)
        members = circle[self.base]
        self.base[members] = base
        joined = np.flatnonzero(members & ~self.outer)
        self.outer[joined] = True
        self.queue.extend(joined.tolist())

    def _common_base(self, one: int, other: int) -> int:
        seen = set()
        while True:
            one = int(self.base[one])
            seen.add(one)
            if self.mate[one] == NOBODY or one == self.root:
                break
            one = int(self.above[self.mate[one]])
        while True:
            other = int(self.base[other])
            if other in seen:
                return other
            other = int(self.above[self.mate[other]])

    def _mark(self, one: int, base: int, child: int, circle: Mask) -> None:
        while self.base[one] != base:
            mate = int(self.mate[one])
            circle[self.base[one]] = circle[self.base[mate]] = True
            self.above[one] = child
            child = mate
            one = int(self.above[mate])
