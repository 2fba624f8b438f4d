"""Who may still meet for the first time: two people who share a language and a time, are not blocked and never met.

Degrees are counted without any matrix, by classes of equal choices: O(n + pairs + classes^2), so also for a million
people. The matrix itself is for small pools.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns, Int64, UInt64, pair_ends, pair_keys

Bools = NDArray[np.bool_]
DENSE = 2_500  # people for whom a matrix is made: 6 MB
CLASSES = 4_000_000  # kinds of languages times kinds of hours that are counted one by one
NO_PAIRS: Int64 = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Degrees:
    """With how many people each person may meet at all, and with how many of those for the first time."""

    lawful: Int64
    fresh: Int64
    exact: bool  # otherwise upper bounds: too many different choices to count


def fresh_partners(columns: Columns) -> Int64:
    """How many lawful partners nobody has met yet, for each person (n,): few is urgent. See `degrees`."""
    return degrees(columns).fresh


def degrees(columns: Columns) -> Degrees:
    """Counts of partners. O(n log n + blocks + met), and 30 MB for 2,000 x 2,000 kinds of choices."""
    willing = _willing(columns)
    met = columns.met[~_in_sorted(columns.met, columns.blocks)]
    if willing is None:
        lawful = np.full(columns.n, columns.n - 1, dtype=np.int64) - _ends(columns.blocks, columns.n)
        return Degrees(lawful, lawful - _ends(met, columns.n), exact=False)
    lawful = willing - _ends(_meeting(columns, columns.blocks), columns.n)
    return Degrees(lawful, lawful - _ends(_meeting(columns, met), columns.n), exact=True)


def _willing(columns: Columns) -> Int64 | None:
    """For each person, how many others share a language and a time; None when there are too many kinds."""
    tongues, tongue = _kinds(columns.languages)
    hours, hour = _kinds(columns.times)
    if len(tongues) * len(hours) > CLASSES or max(len(tongues), len(hours)) ** 2 > CLASSES:
        return None
    count = np.zeros((len(tongues), len(hours)), dtype=np.float64)  # exact: whole numbers far below 2^53
    np.add.at(count, (tongue, hour), 1.0)
    together = _share(tongues, tongues).astype(np.float64) @ count @ _share(hours, hours).astype(np.float64)
    oneself = columns.languages.any(axis=1) & columns.times.any(axis=1)
    return together[tongue, hour].astype(np.int64) - oneself


def _kinds(choices: UInt64) -> tuple[UInt64, Int64]:
    """The different rows, and which of them each person has."""
    if choices.shape[1] == 1:
        rows, kind = np.unique(choices[:, 0], return_inverse=True)
        return rows[:, None], kind.astype(np.int64)
    rows, kind = np.unique(choices, axis=0, return_inverse=True)
    return rows, kind.reshape(-1).astype(np.int64)


def _share(some: UInt64, others: UInt64) -> Bools:
    """Whether each of some has a bit in common with each of the others."""
    shared = np.zeros((len(some), len(others)), dtype=bool)
    for word in range(some.shape[1]):
        shared |= (some[:, None, word] & others[None, :, word]) != 0
    return shared


def _meeting(columns: Columns, keys: Int64) -> Int64:
    """Those of these pairs who share a language and a time."""
    a, b = pair_ends(keys, columns.n)
    tongues = (columns.languages[a] & columns.languages[b]).any(axis=1)
    return keys[tongues & (columns.times[a] & columns.times[b]).any(axis=1)]


def _ends(keys: Int64, n: int) -> Int64:
    low, high = pair_ends(keys, n)
    return np.bincount(low, minlength=n) + np.bincount(high, minlength=n)


def _in_sorted(keys: Int64, among: Int64) -> Bools:
    if not len(among):
        return np.zeros(len(keys), dtype=bool)
    found: Bools = among[np.minimum(np.searchsorted(among, keys), len(among) - 1)] == keys
    return found


def lawful_matrix(columns: Columns) -> Bools:
    """(n, n): who may meet at all. O(n^2) bytes and steps a word."""
    tongues, tongue = _kinds(columns.languages)
    hours, hour = _kinds(columns.times)
    matrix = _share(tongues, tongues)[np.ix_(tongue, tongue)] & _share(hours, hours)[np.ix_(hour, hour)]
    _clear(matrix, columns.blocks)
    np.fill_diagonal(matrix, False)
    return matrix


def fresh_matrix(columns: Columns, lawful: Bools) -> Bools:
    """(n, n): who may meet for the first time."""
    matrix = lawful.copy()
    _clear(matrix, columns.met)
    return matrix


def _clear(matrix: Bools, keys: Int64) -> None:
    a, b = pair_ends(keys, len(matrix))
    matrix[a, b] = matrix[b, a] = False


def across_matrix(columns: Columns, fresh: Bools) -> Bools:
    """(n, n): those of the fresh pairs who are not of one team."""
    team = columns.team
    across: Bools = fresh & ((team[:, None] != team[None, :]) | (team < 0))
    return across


def islands(matrix: Bools) -> list[Int64]:
    """The connected parts of a graph, each as sorted places; people without a partner are parts of one. O(n^2)."""
    left = np.ones(len(matrix), dtype=bool)
    parts: list[Int64] = []
    for place in range(len(matrix)):
        if left[place]:
            parts.append(_reached(matrix, place))
            left[parts[-1]] = False
    return parts


def _reached(matrix: Bools, place: int) -> Int64:
    seen = np.zeros(len(matrix), dtype=bool)
    seen[place] = True
    edge = np.array([place])
    while len(edge):
        near = matrix[edge].any(axis=0) & ~seen
        seen |= near
        edge = np.flatnonzero(near)
    return np.flatnonzero(seen)


def edges_of(matrix: Bools) -> Int64:
    """(m, 2): every pair of a symmetric matrix once, low to high."""
    return np.argwhere(np.triu(matrix, 1))


def keys_of(pairs: Int64, n: int) -> Int64:
    return pair_keys(pairs[:, 0], pairs[:, 1], n)
