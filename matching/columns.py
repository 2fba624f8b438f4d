"""The pool as arrays: one column a fact, one place a person, so that a million people cost arrays and not objects.

People stand in order of id, which makes every answer independent of the order of the input; `take` renumbers them for a
draw. Pairs are whole numbers, `low * n + high`, sorted and unique. All arrays are read-only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Ids = tuple[str, ...] | NDArray[Any]  # texts, or whole numbers that are shown as texts
NO_TEAM = -1
WORD = 64  # bits in one word of a choice


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Topic numbers of each person: those of person i are `words[start[i] : start[i + 1]]`, sorted, each once."""

    start: Int64  # n + 1
    words: Int32

    def of(self, place: int) -> Int32:
        return self.words[self.start[place] : self.start[place + 1]]

    def take(self, order: Int64) -> Lists:
        """The lists of these people, in this order. Costs O(topics named)."""
        counts = np.diff(self.start)[order]
        start = np.zeros(len(order) + 1, dtype=np.int64)
        np.cumsum(counts, out=start[1:])
        source = np.repeat(self.start[:-1][order] - start[:-1], counts) + np.arange(start[-1])
        return Lists(*frozen(start, self.words[source]))


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Everything that an engine looks at.

    `languages` and `times` are bit sets, (n, words): two people share one when some bit is set in both, and all bits
    are set for somebody who takes any. `age` is what each pair of `met` costs for meeting again, 0 to 1000. `apart`
    are pairs that should not meet where no tier suffers by it.
    """

    ids: Ids
    team: Int32
    teams: tuple[str, ...]
    languages: UInt64
    times: UInt64
    interests: Lists
    asks: Lists
    offers: Lists
    topics: int
    size: Int8
    trios: Int32
    sat_out: Int32
    blocks: Int64
    met: Int64
    age: Int32
    apart: Int64

    @property
    def n(self) -> int:
        return len(self.team)

    def take(self, order: Int64) -> Columns:
        """These people only, person `order[i]` at place i. Costs O(n + topics + pairs log pairs)."""
        place = np.full(self.n, -1, dtype=np.int64)
        place[order] = np.arange(len(order))
        met, age = _renumbered(self.met, self.n, place, len(order), self.age)
        columns: dict[str, Any] = {
            name: frozen(getattr(self, name)[order])[0]
            for name in ("team", "languages", "times", "size", "trios", "sat_out")
        }
        lists = {name: getattr(self, name).take(order) for name in ("interests", "asks", "offers")}
        ids = self.ids[order] if isinstance(self.ids, np.ndarray) else tuple(self.ids[one] for one in order.tolist())
        return replace(
            self,
            ids=ids,
            **columns,
            **lists,
            blocks=_renumbered(self.blocks, self.n, place, len(order))[0],
            apart=_renumbered(self.apart, self.n, place, len(order))[0],
            met=met,
            age=age,
        )


def pair_keys(a: Int64, b: Int64, n: int) -> Int64:
    """Pairs as numbers, whichever way round they are given; neither sorted nor made unique."""
    return np.minimum(a, b).astype(np.int64) * n + np.maximum(a, b)


def pair_ends(keys: Int64, n: int) -> tuple[Int64, Int64]:
    """The lower and the higher place of each pair."""
    return keys // max(n, 1), keys % max(n, 1)


def _renumbered(keys: Int64, n: int, place: Int64, count: int, beside: Int32 | None = None) -> tuple[Int64, Any]:
    """Pairs between people who are still there, under their new places, sorted; `beside` follows its pair."""
    if not len(keys):
        return keys, beside
    low, high = pair_ends(keys, n)
    a, b = place[low], place[high]
    there = (a >= 0) & (b >= 0)
    fresh = pair_keys(a[there], b[there], count)
    if beside is None:
        return frozen(np.sort(fresh))[0], None
    order = np.argsort(fresh)
    return frozen(fresh[order])[0], frozen(beside[there][order])[0]


def frozen(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The same arrays, which nobody may write to any more."""
    for array in arrays:
        array.setflags(write=False)
    return arrays
