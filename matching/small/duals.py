"""Prices of people that bound every round: duals of the fractional matching problem, by one assignment.

Definition: whole numbers y with y_a + y_b >= 2 w_ab for every edge. Then twice the weight of any perfect matching is at
most sum(y); in one that weighs sum(y) - gap (doubled), no edge has a slack y_a + y_b - 2 w_ab above gap, and all other
edges can be forgotten. The smallest such sum is the optimum of the assignment of everybody to
somebody else; it exceeds the heaviest matching by half a percent or less, the price of odd cycles.

Cost: O(n^3), each inner step one row of numpy; about 10 ms for 200 people. Source: Kuhn, The Hungarian method for the
assignment problem, 1955, as shortest augmenting paths (Jonker and Volgenant, A shortest augmenting path algorithm for
dense and sparse linear assignment problems, 1987).
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int64

FAR = 1 << 62
MISSING = -(1 << 58)  # the weight of an edge that does not exist; all real ones of a matching add up to far less
NOWHERE = 1 << 57


def prices(weight: Int64) -> Int64:
    """The y of a symmetric matrix of weights, `MISSING` where there is no edge and on the diagonal.

    Where no assignment covers everybody, whoever cannot be assigned is passed over; y is still a bound.
    """
    if not len(weight):
        return np.zeros(0, dtype=np.int64)
    cost = -weight
    rows = cost.min(axis=1)
    columns = (cost - rows[:, None]).min(axis=0)
    row_of, column_of = _tight(cost - rows[:, None] - columns[None, :])
    for free in np.flatnonzero(column_of < 0).tolist():
        _augment(cost, rows, columns, row_of, column_of, free)
    y: Int64 = -(rows + columns)
    return y


def _tight(reduced: Int64) -> tuple[Int64, Int64]:
    """As many rows as one greedy look assigns to columns at no reduced cost."""
    row_of = np.full(len(reduced), -1, dtype=np.int64)
    column_of = row_of.copy()
    for row, column in zip(*(ends.tolist() for ends in np.nonzero(reduced == 0)), strict=True):
        if column_of[row] < 0 and row_of[column] < 0:
            row_of[column], column_of[row] = row, column
    return row_of, column_of


def _augment(cost: Int64, rows: Int64, columns: Int64, row_of: Int64, column_of: Int64, free: int) -> None:
    """Assign one more row along the shortest path to a free column, and move the prices of what was passed."""
    n = len(cost)
    distance = cost[free] - rows[free] - columns
    open_ = distance.copy()
    before = np.full(n, free, dtype=np.int64)
    passed: list[int] = []
    while True:
        column = int(open_.argmin())
        length = int(open_[column])
        if length > NOWHERE:
            return
        if row_of[column] < 0:
            break
        passed.append(column)
        open_[column] = FAR
        row = int(row_of[column])
        through = cost[row] - columns
        through += length - rows[row]
        better = (through < distance) & (open_ < FAR)
        distance[better] = open_[better] = through[better]
        before[better] = row
    rows[row_of[passed]] += length - distance[passed]
    columns[passed] -= length - distance[passed]
    rows[free] += length
    while True:
        row = int(before[column])
        row_of[column] = row
        column_of[row], column = column, int(column_of[row])
        if row == free:
            return
