"""Mending by alternating paths: free one pair at fault and walk, mate by mate, to somebody else who is free.

Breadth-first search over pairs (Berge: Two theorems in graph theory, 1957): from a free person to everyone they may
meet, on to the mates of those, and so on until somebody is reached who is free, too. Each pair is entered once, which
overlooks paths that need both directions around an odd cycle: the exact engines are for rounds where that decides.
Cost: a scan of all n people for each pair entered; nearly always a part of one is enough, since the mates of a first
ring are compared with free people at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Int32, Int64, UInt64
from matching.kernels.leaf import leaf, whole
from matching.kernels.lot import below
from matching.kernels.pairs import BAR, REPEAT, SAME, Facts, pair_cost
from matching.large.start import ALONE


class Search(NamedTuple):
    """What a search needs beside the mates; allocated once and left as it was found."""

    came: Int32  # of each person entered: who led there; otherwise -1
    entered: Int32  # who was entered, in order
    left: Int64  # one number: pairs that may still be looked at, all told


def new_search(n: int, looks: int) -> Search:
    """Room to search among n people, and how long."""
    return Search(np.full(n, -1, np.int32), np.empty(n // 2 + 1, np.int32), np.array([looks], np.int64))


@leaf
def flip(mate: Int32, came: Int32, end: int, free: int, root: int) -> None:
    """Match `end` with `free`, the mate that `end` had with the one before, and so on back to the root."""
    while True:
        before = mate[end]
        mate[end], mate[free] = free, end
        if end == root:
            return
        free, end = before, came[before]


@leaf
def find_mate(facts: Facts, mate: Int32, root: int, other: int, worth: int, search: Search, state: UInt64) -> bool:
    """A path for somebody alone, over pairs of the lowest tier that will do, if it is lower than `worth`.

    `other` is somebody who may be alone, too, and is looked for first.
    """
    for ceiling in (1, SAME, REPEAT, BAR):
        if ceiling <= worth:
            count = walk(facts, mate, root, other, ceiling, search, state)
            for turn in range(count if count >= 0 else -count - 1):
                search.came[search.entered[turn]] = -1
            if count < 0:
                return True
    return False


@leaf
def walk(facts: Facts, mate: Int32, root: int, other: int, ceiling: int, search: Search, state: UInt64) -> int:
    """Match `root` along a path of pairs that cost less than `ceiling`.

    How many people were entered; with a minus sign and one more when a path was found.
    """
    n, came, entered = len(mate), search.came, search.entered
    end, count, turn = whole(root), 0, 0
    while search.left[0] > 0:
        offset = below(state, n)
        for step in range(n):
            b = step + offset if step + offset < n else step + offset - n
            search.left[0] -= 1
            if came[b] >= 0 or b in (end, whole(root)) or mate[b] < ALONE or pair_cost(facts, end, b) >= ceiling:
                continue
            if mate[b] == ALONE:
                flip(mate, came, end, b, root)
                return -count - 1
            if came[mate[b]] >= 0 or mate[b] == end:
                continue
            came[b] = end
            entered[count] = b
            count += 1
            if mate[other] == ALONE and other != root and pair_cost(facts, mate[b], other) < ceiling:
                flip(mate, came, mate[b], other, root)
                return -count - 1
        if turn == count:
            break
        end = whole(mate[entered[turn]])
        turn += 1
    return count
