"""The exact engine for pairs: one matching in the graph of everyone who may meet.

The weight of an edge carries every aim in order, so that the heaviest of the largest matchings is the best round.
Cost: O(n^3) time and O(n^2) memory; about 0.4 s for 400 people, 3 s for 1,000. Odd numbers go on to `trio.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matching.blossom import Solver, heaviest, in_order
from matching.board import Board, group_cost
from matching.table import Ints, Places


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """What a round is worth, in the order of aims: the smaller the better."""

    left_out: int
    cost: int
    bench: int
    seat: int
    loss: int


def rank(board: Board, groups: Sequence[Places]) -> Rank:
    """The worth of any round of pairs and trios."""
    placed = {member for group in groups for member in group}
    out = [place for place in range(board.n) if place not in placed]
    return Rank(
        left_out=len(out),
        cost=sum(group_cost(board, group) for group in groups),
        bench=int(board.bench[out].sum()),
        seat=sum(int(board.seat[list(group)].sum()) for group in groups if len(group) == 3),
        loss=-sum(group_good(board, group) for group in groups),
    )


def group_good(board: Board, members: Sequence[int]) -> int:
    """The sum over the members of their mean pair score: twice the sum over pairs, shared by size - 1."""
    return 2 * sum(int(board.good[a, b]) for a, b in combinations(members, 2)) // (len(members) - 1)


def best_pairs(board: Board, people: Sequence[int], solver: Solver | None = None) -> list[Places]:
    """The best round of pairs among some of the people, exactly."""
    return list(heaviest(pair_edges(board, people), solver))


def pair_edges(board: Board, people: Sequence[int]) -> list[tuple[int, int, int]]:
    a, b = edges_among(board, people)
    weights = in_order([*pair_levels(board, a, b), board.tie[a, b]], len(people) // 2)
    return list(zip(a.tolist(), b.tolist(), weights, strict=True))


def pair_levels(board: Board, a: Ints, b: Ints) -> list[Ints]:
    """The aims of a pair, each to be maximised: tiers, past times left out, interest."""
    return [-board.cost[a, b], board.bench[a] + board.bench[b], 2 * board.good[a, b]]


def edges_among(board: Board, people: Sequence[int]) -> tuple[Ints, Ints]:
    """Every pair of these people who may meet, low to high."""
    who = np.sort(np.asarray(people, dtype=np.int64))
    a, b = np.nonzero(np.triu(board.allowed[np.ix_(who, who)]))
    return who[a], who[b]
