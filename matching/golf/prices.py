"""What groups cost, in the contract's order, as numbers that can be added up and compared.

Definition: the price of a change packs the tiers into one whole number, each in a field wide enough for what the swap
of two people can change: hard rules, left out, repeats, age of repeats, same team, `apart`, seats. The sign of a sum
of such numbers is the sign of its first tier that changes. A second, gentler set of prices, the energy, trades the
tiers for each other: a search may climb over a repeat to get rid of two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns, Int32, Int64, pair_ends
from matching.golf.shapes import discomfort

SEAT, APART, SAME, AGE, REPEAT, OUT, HARD = 1, 1 << 16, 1 << 22, 1 << 28, 1 << 44, 1 << 50, 1 << 53
BENCH = 64  # the first step of having sat out, in units of SEAT
STEPS = 4  # steps of having sat out that count
Flags = NDArray[np.bool_]
Tiers = tuple[int, int, int, int, int, int]


class Prices(NamedTuple):
    """What one pair, one person left out and one seat cost."""

    hard: int  # a pair that may not meet, a group without a common language and time
    repeat: int
    age: int  # for each `by` of a repeat's age cost
    by: int
    same: int
    apart: int
    odd: int  # a group of another size than k
    out: Int64  # (n,) leaving this person out
    seat: Int64  # (n, 3) sitting in a group of k - 1, k, k + 1


def packed(columns: Columns, k: int) -> Prices:
    """Prices whose first tier decides."""
    out = OUT + SEAT * BENCH * bench(columns)
    return Prices(HARD, REPEAT, AGE, 1, SAME, APART, SEAT, out, SEAT * discomfort(columns, k))


def energy(columns: Columns, k: int) -> Prices:
    """Prices for annealing."""
    return Prices(40, 20, 1, 100, 5, 2, 1, np.full(columns.n, 60, dtype=np.int64), discomfort(columns, k))


def bench(columns: Columns) -> Int64:
    """4 to the number of steps of having sat out below: 1, 4, 16, ... for the fewest times, the next, ..."""
    steps = np.unique(columns.sat_out, return_inverse=True)[1].reshape(-1)
    return np.asarray(4 ** np.minimum(steps, STEPS), dtype=np.int64)


def matrix(columns: Columns, prices: Prices) -> Int64:
    """(n, n): the price of every pair but for languages and times, which belong to the group; for small pools."""
    n = columns.n
    alike = (columns.team[:, None] == columns.team[None, :]) & (columns.team >= 0)[:, None]
    costs: Int64 = alike.astype(np.int64) * prices.same
    for keys, cost in (
        (columns.blocks, prices.hard),
        (columns.met, prices.repeat + prices.age * columns.age.astype(np.int64) // prices.by),
        (columns.apart, prices.apart),
    ):
        low, high = pair_ends(keys, n)
        costs[low, high] += cost
        costs[high, low] += cost
    return costs


def measure(columns: Columns, seats: Int32, k: int) -> Tiers:
    """Left out, repeats, age of repeats, same team, apart, seats: what a lawful round costs. O(pairs log history)."""
    a, b = pairs_of(seats)
    keys = np.minimum(a, b) * columns.n + np.maximum(a, b)
    met = np.isin(columns.met, keys)
    same = int(((columns.team[a] == columns.team[b]) & (columns.team[a] >= 0)).sum())
    placed = np.zeros(columns.n, dtype=bool)
    placed[seats[seats >= 0]] = True
    apart = int(np.isin(columns.apart, keys).sum())
    seat = int(bench(columns)[~placed].sum()) * BENCH + _discomfort(columns, seats, k)
    return int((~placed).sum()), int(met.sum()), int(columns.age[met].sum()), same, apart, seat


def _discomfort(columns: Columns, seats: Int32, k: int) -> int:
    table = discomfort(columns, k)
    size = (seats >= 0).sum(axis=1)
    row, column = np.nonzero(seats >= 0)
    each = table[seats[row, column], size[row] - k + 1]
    in_group = np.bincount(row, weights=each, minlength=len(seats))
    return int(each.sum()) + int(((size != k) & (in_group > 0)).sum())


def pairs_of(seats: Int32) -> tuple[Int64, Int64]:
    """Both ends of every pair that sits together."""
    ends = [(seats[:, one], seats[:, two]) for one in range(seats.shape[1]) for two in range(one)]
    if not ends:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    a, b = (np.concatenate(side).astype(np.int64) for side in zip(*ends, strict=True))
    there = (a >= 0) & (b >= 0)
    return a[there], b[there]


def lawful(columns: Columns, seats: Int32) -> bool:
    """Whether no group holds a blocked pair and every group shares a language and a time."""
    return bool(lawful_groups(columns, seats).all())


def lawful_groups(columns: Columns, seats: Int32) -> Flags:
    """For each group whether it keeps the hard rules; its size is not looked at."""
    result = shares(columns, seats)
    for one in range(seats.shape[1]):
        for two in range(one):
            a, b = seats[:, one].astype(np.int64), seats[:, two].astype(np.int64)
            blocked = np.isin(np.minimum(a, b) * columns.n + np.maximum(a, b), columns.blocks)
            result &= ~(blocked & (a >= 0) & (b >= 0))
    return result


def shares(columns: Columns, seats: Int32) -> Flags:
    """For each group whether all its people share a language and a time."""
    result = np.ones(len(seats), dtype=bool)
    for bits in (columns.languages, columns.times):
        common = np.full((len(seats), bits.shape[1]), ~np.uint64(0))
        for column in range(seats.shape[1]):
            some = seats[:, column]
            common &= np.where((some >= 0)[:, None], bits[some], ~np.uint64(0))
        result &= common.any(axis=1)
    return result
