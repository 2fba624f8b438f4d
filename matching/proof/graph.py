"""Who may be paired, row by row: the lawful pairs, or only those that cost nothing in some tier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import NO_TEAM, Columns, Int64, UInt64
from matching.proof.matrix import lawful_rows, met_rows, team_rows
from matching.proof.pairs import Mask

DENSE = 2_500  # people whose graph is kept as a matrix


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Lawful pairs; with `fresh` only of people who have not met, with `cross` only of different teams.

    Rows cost O(n) each; up to `DENSE` people all of them are made at once.
    """

    columns: Columns
    fresh: bool
    cross: bool
    barred: tuple[Int64, Int64]  # pairs that are taken out, by their first end: start of each person's list, other ends
    rows: Mask | None

    @classmethod
    def of(cls, columns: Columns, fresh: bool = False, cross: bool = False) -> Graph:
        n = columns.n
        if n > DENSE:
            return cls(columns, fresh, cross, _barred(columns, fresh), None)
        rows = lawful_rows(columns, 0, n)
        if fresh:
            rows &= ~met_rows(columns, 0, n)
        if cross:
            rows &= ~team_rows(columns, 0, n)
        return cls(columns, fresh, cross, (np.zeros(0, dtype=np.int64),) * 2, rows)

    @property
    def n(self) -> int:
        return self.columns.n

    def row(self, one: int) -> Mask:
        """With whom this person may be paired."""
        if self.rows is not None:
            row: Mask = self.rows[one]
            return row
        columns = self.columns
        row = _common(columns.languages, one) & _common(columns.times, one)
        if self.cross and columns.team[one] != NO_TEAM:
            row &= columns.team != columns.team[one]
        start, others = self.barred
        row[others[start[one] : start[one + 1]]] = False
        row[one] = False
        return row


def _common(bits: UInt64, one: int) -> Mask:
    found: Mask = (bits[:, 0] & bits[one, 0]) != 0
    for word in range(1, bits.shape[1]):
        found |= (bits[:, word] & bits[one, word]) != 0
    return found


def _barred(columns: Columns, fresh: bool) -> tuple[Int64, Int64]:
    keys = np.concatenate([columns.blocks, columns.met]) if fresh else columns.blocks
    a, b = keys // max(columns.n, 1), keys % max(columns.n, 1)
    ends, others = np.concatenate([a, b]), np.concatenate([b, a])
    start = np.zeros(columns.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=columns.n), out=start[1:])
    return start, others[np.argsort(ends, kind="stable")]
