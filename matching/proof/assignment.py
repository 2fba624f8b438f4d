"""A bound on the score from prices: half of what an assignment of everybody to somebody could score.

Give everyone a price p. Whoever sits with b gains at most the score with b less p_b, so that no round scores more than
the sum over people of p and of the best score less price. That holds for pairs, for trios and for larger groups alike:
a group of k is an assignment in which everyone is given to each other member by 1/(k-1).

Good prices come from softened best choices: a matrix of exp(score / heat), scaled until rows and columns sum to one,
colder step by step (Sinkhorn 1967; Cuturi, Sinkhorn distances, 2013). Any prices give a bound, so nothing rests on it:
the bound itself is counted in whole numbers. Entries of the matrix are whole numbers too, and so are their sums, so
that every machine finds the same prices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.columns import Int64

Floats = NDArray[np.float64]
NEVER = -(1 << 50)  # the score of a pair that may not be
STEPS = 64  # steps of the table of powers within one heat
WARM, COLD = 11, 4  # heats are STEPS << 11 to STEPS << 4 millionths of a score; warmer where scores lie far apart
SWEEPS = 25, 12  # scalings at each heat, up to `MANY` people and above
MANY = 1_000
FINE = 1 << 16  # fineness of the scaled matrix and of the scales
FURTHEST = 1 << 8  # no scale moves further, so that sums for 3,000 people stay below 2**53 and are exact
ROWS = 32  # rows softened together, to stay in the cache
DEEP = 16 * STEPS  # e**-16 of the largest is nothing


def score_bound(worth: Int64, placed: int) -> int:
    """The most that `placed` of these people can score; `worth` holds twice the score of each pair, symmetric, `NEVER`
    where it may not be. O(n^2) for each of some two hundred sweeps: 0.1 s for 1,600 people.
    """
    if placed < 2:
        return 0
    return min(_bound(worth, placed, np.zeros(len(worth), dtype=np.int64)), _bound(worth, placed, _prices(worth)))


def _bound(worth: Int64, placed: int, price: Int64) -> int:
    """Half of prices and best choices, of those who have most of both."""
    best = (worth - price[None, :]).max(axis=1) + price
    dearest = np.sort(best)[len(best) - placed :]
    return int(dearest.sum()) // 2


def _prices(worth: Int64) -> Int64:
    price = np.full(len(worth), int(worth.max(initial=0)) // 2, dtype=np.int64)
    open_ = worth[worth > NEVER]
    spread = int(np.ptp(open_)) if len(open_) else 0
    for heat in range(max(WARM, (spread // (16 * STEPS)).bit_length()), COLD - 1, -1):
        matrix = _softened(worth, price, heat)
        scale = np.ones(len(worth))
        for _ in range(SWEEPS[len(worth) > MANY]):
            rows = np.maximum(np.einsum("ij,j->i", matrix, np.rint(scale * FINE)), 1)
            scale = np.minimum(np.sqrt(scale * (float(FINE) * FINE) / rows), FURTHEST)
        price -= np.rint((STEPS << heat) * np.log(scale)).astype(np.int64)
    return price


def _softened(worth: Int64, price: Int64, heat: int) -> Floats:
    """exp((worth - prices) / (STEPS << heat)) from a table, as whole numbers up to e * `FINE`; some rows at a time."""
    table = np.rint(FINE * np.exp(np.arange(-DEEP, STEPS + 1) / STEPS))
    matrix = np.empty(worth.shape)
    for low in range(0, len(worth), ROWS):
        depth = worth[low : low + ROWS] - price[None, :]
        depth -= price[low : low + ROWS, None]
        depth >>= heat
        np.clip(depth, -DEEP, STEPS, out=depth)
        depth += DEEP
        np.take(table, depth, out=matrix[low : low + ROWS])
    return matrix
