"""The parts of a community whose last rounds are worth planning.

A piece is a connected part of the graph of first meetings in which everybody can have a partner and few rounds are
left. Where everybody has equally many fresh partners of other teams, the piece holds those pairs only: rounds across
teams come before rounds inside. Many rounds left need no plan: a regular graph of degree >= n / 2 always splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.columns import Columns, Int64
from matching.horizon.fresh import Bools, across_matrix, edges_of, fresh_matrix, fresh_partners, islands, lawful_matrix

MOST = 1_000  # people: above, a plan would cost more than the round
HALF = 100  # up to so many people everything below the theorem's half is planned
UNEVEN = 64  # people among whom also an irregular graph is planned
LAST = 16  # rounds that are planned among more people
LARGE, FEW = 500, 8  # above so many people only so few


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """People (k,) by place; pairs (m, 2) by position among the people; which pairs are colleagues; rounds to plan.

    `regular`: everybody has equally many partners.
    """

    people: Int64
    pairs: Int64
    same: Bools
    rounds: int
    regular: bool

    @property
    def n(self) -> int:
        return len(self.people)

    @property
    def mixed(self) -> bool:
        """Whether some rounds would hold more colleagues than others."""
        return bool(self.same.any() and not self.same.all())


def reach(people: int) -> int:
    """How many rounds before the end planning begins."""
    if people <= HALF:
        return max(LAST, people // 2)
    return LAST if people <= LARGE else FEW


def pieces(columns: Columns, uneven: bool = False) -> list[Piece]:
    """The parts to plan; none in an everyday round. O(n^2) bytes and steps, n <= 1,000.

    Where some have more fresh partners than others, a plan is made only if `uneven`, for up to 64 people: comings and
    goings soon overturn it, and it may cost interest score.
    """
    if not 2 <= columns.n <= MOST or not _soon(columns):
        return []
    fresh = fresh_matrix(columns, lawful_matrix(columns))
    across = across_matrix(columns, fresh)
    found = [piece for people in islands(fresh) for piece in _of_island(people, fresh, across)]
    return [piece for piece in found if piece.regular or (uneven and piece.n <= UNEVEN)]


def _soon(columns: Columns) -> bool:
    """Whether somebody may have few fresh partners of other teams left: a bound by counting only, O(n + met)."""
    team = columns.team
    members = np.bincount(team[team >= 0], minlength=len(columns.teams) + 1)
    mates = np.where(team >= 0, members[team] - 1, 0)
    return bool((fresh_partners(columns) - mates <= reach(columns.n)).any())


def _of_island(people: Int64, fresh: Bools, across: Bools) -> Iterator[Piece]:
    if len(people) % 2:
        return
    here = np.ix_(people, people)
    degree = across[here].sum(axis=1)
    if 0 < degree.min() == degree.max():
        parts = islands(across[here])
        if not any(len(part) % 2 for part in parts):
            for part in parts:
                yield from _planned(people[part], across, across)
            return
    yield from _planned(people, fresh, across)


def _planned(people: Int64, graph: Bools, across: Bools) -> Iterator[Piece]:
    here = np.ix_(people, people)
    degree = graph[here].sum(axis=1)
    rounds = int(degree.min())
    if not 0 < rounds <= reach(len(people)):
        return
    pairs = edges_of(graph[here])
    same = ~across[people[pairs[:, 0]], people[pairs[:, 1]]]
    yield Piece(people, pairs, same, rounds, regular=rounds == int(degree.max()))
