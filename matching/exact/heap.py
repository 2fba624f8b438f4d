"""A binary heap of numbered items by whole keys, as plain arrays, so that kernels can carry it.

`heap` holds items, `place[item]` where it stands in the heap (-1: not in it), `key[item]` its key; `count[0]` is the
size. Every operation costs O(log size). Ties are decided by the history of the heap: the same on every machine.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int64
from matching.exact.inner import inner


def empty_heap(items: int) -> tuple[Int64, Int64, Int64, Int64]:
    """Room for items 0 .. items - 1: heap, place, key, count."""
    place = np.full(items, -1, dtype=np.int64)
    return np.zeros(items, dtype=np.int64), place, np.zeros(items, dtype=np.int64), np.zeros(1, dtype=np.int64)


@inner
def _rise(heap: Int64, place: Int64, key: Int64, at: int) -> None:
    item = heap[at]
    value = key[item]
    while at > 0:
        above = (at - 1) >> 1
        other = heap[above]
        if key[other] <= value:
            break
        heap[at] = other
        place[other] = at
        at = above
    heap[at] = item
    place[item] = at


@inner
def _sink(heap: Int64, place: Int64, key: Int64, at: int, size: int) -> None:
    item = heap[at]
    value = key[item]
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and key[heap[below + 1]] < key[heap[below]]:
            below += 1
        other = heap[below]
        if key[other] >= value:
            break
        heap[at] = other
        place[other] = at
        at = below
    heap[at] = item
    place[item] = at


@inner
def heap_lower(heap: Int64, place: Int64, key: Int64, count: Int64, item: int, value: int) -> bool:
    """Put an item in, or lower its key; False when it is there with a key as low."""
    at = place[item]
    if at < 0:
        at = count[0]
        heap[at] = item
        count[0] += 1
    elif key[item] <= value:
        return False
    key[item] = value
    _rise(heap, place, key, at)
    return True


@inner
def heap_remove(heap: Int64, place: Int64, key: Int64, count: Int64, item: int) -> None:
    """Take an item out, wherever it stands."""
    at = place[item]
    place[item] = -1
    count[0] -= 1
    size = count[0]
    if at < size:
        moved = heap[size]
        heap[at] = moved
        place[moved] = at
        _rise(heap, place, key, at)
        _sink(heap, place, key, place[moved], size)


@inner
def heap_clear(heap: Int64, place: Int64, count: Int64) -> None:
    for at in range(count[0]):
        place[heap[at]] = -1
    count[0] = 0
