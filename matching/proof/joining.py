"""What it costs at least that somebody becomes the third of a trio: the price of the phantom's pair with them."""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int64
from matching.proof.matrix import age_rows, lawful_rows, team_rows
from matching.proof.pairs import Mask, blocked, share

BLOCK = 1 << 20  # pairs looked at together
NEAREST = 16  # partners, the cheapest first, of whom every two are looked at
NEVER = 1 << 61
Rates = tuple[int, int, int]  # what a repeat, a unit of its age, and a pair of one team weigh


def least_joining(columns: Columns, rates: Rates) -> Int64:
    """For each person a price that no trio around them undercuts, -1 for whoever fits into none.

    Exact when the cheapest two lie among the `NEAREST` partners, otherwise still a bound: any two outside cost at
    least the nearest and the first beyond. O(n^2) time, blocks of memory.
    """
    prices = np.full(columns.n, -1, dtype=np.int64)
    step = max(1, BLOCK // max(columns.n, 1))
    for low in range(0, columns.n, step):
        high = min(columns.n, low + step)
        prices[low:high] = _prices(columns, rates, low, high)
    return prices


def cost_rows(columns: Columns, rates: Rates, low: int, high: int) -> tuple[Int64, Mask]:
    """What each pair of these rows weighs in the tiers, and which of them are lawful."""
    met, age = age_rows(columns, low, high)
    cost = rates[0] * met + rates[1] * age + rates[2] * team_rows(columns, low, high)
    return cost, lawful_rows(columns, low, high)


def _prices(columns: Columns, rates: Rates, low: int, high: int) -> Int64:
    cost, lawful = cost_rows(columns, rates, low, high)
    cost[~lawful] = NEVER
    width = min(NEAREST + 1, columns.n)
    near = np.argpartition(cost, width - 1, axis=1)[:, :width]
    rates_near = np.take_along_axis(cost, near, axis=1)
    order = np.argsort(rates_near, axis=1, kind="stable")
    near, paid = np.take_along_axis(near, order, axis=1), np.take_along_axis(rates_near, order, axis=1)
    beyond = paid[:, 0] + paid[:, -1] if width == NEAREST + 1 else np.full(high - low, NEVER)
    best = beyond.copy()
    for left in range(width - 1):
        for right in range(left + 1, min(width, NEAREST)):
            both = paid[:, left] + paid[:, right]
            open_ = np.flatnonzero(both < best)
            fits = _fits(columns, open_ + low, near[open_, left], near[open_, right])
            best[open_[fits]] = both[open_[fits]]
    best[best >= NEVER] = -1
    return best


def _fits(columns: Columns, one: Int64, a: Int64, b: Int64) -> Mask:
    """Whether these are lawful trios, when a and b may both meet the first."""
    found: Mask = share(columns.languages, one, a, b) & share(columns.times, one, a, b) & ~blocked(columns, a, b)
    return found
