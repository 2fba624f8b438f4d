"""Larger rounds against an oracle that tries every trio and solves the rest with whole numbers of any size."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from matching import Pool
from matching.rng import Lot
from matching.small.board import Board, Places, build_board
from matching.small.duals import MISSING, prices
from matching.small.engine import best_round, draw
from matching.small.solver import heaviest
from matching.types import Interests
from tests.matching.kinds import KINDS, many_teams
from tests.matching.small.helpers import shuffled, silent

Kind = Callable[[int, random.Random], Pool]
Worth = tuple[int, int, int, int, int, int, int, int]


@pytest.mark.parametrize("mode", ["ask-offer", "jaccard"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_round_of_pairs_equals_the_oracle_in_every_tier_and_the_score(kind: Kind, mode: Interests) -> None:
    board = build_board(shuffled(kind(40, random.Random(5)), 5), mode)
    groups = best_round(board, True, Lot(1))
    if all(len(group) == 2 for group in groups):
        assert _worth(board, groups) == _worth(board, _oracle(board, range(board.n)))


@pytest.mark.parametrize("mode", ["ask-offer", "jaccard"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_round_with_a_trio_equals_the_best_over_all_trios(kind: Kind, mode: Interests) -> None:
    board = build_board(shuffled(kind(13, random.Random(6)), 6), mode)
    assert _worth(board, best_round(board, True, Lot(1))) == _best_over_all_trios(board)


@pytest.mark.long
@pytest.mark.parametrize(("n", "mode"), [(21, "ask-offer"), (26, "one-in-common"), (25, "jaccard"), (31, "jaccard")])
@pytest.mark.parametrize("kind", KINDS)
def test_larger_rounds_with_a_trio_equal_the_best_over_all_trios(kind: Kind, n: int, mode: Interests) -> None:
    board = build_board(shuffled(kind(n, random.Random(1)), 1), mode)
    assert _worth(board, best_round(board, True, Lot(1))) == _best_over_all_trios(board)


def test_both_backends_give_the_same_round() -> None:
    for n in (26, 27):
        columns = shuffled(many_teams(n, random.Random(3)), 3)
        one, other = (draw(columns, "jaccard", 1.0, Lot(4), silent, name).seats for name in ("networkx", "rustworkx"))
        assert one.tolist() == other.tolist()


def test_weights_beyond_64_bits_are_not_rounded() -> None:
    heavy = 1 << 100
    edges = ([0, 1, 2, 0], [1, 2, 3, 3], [heavy, 2 * heavy + 1, heavy, 1])
    assert heaviest(edges, "rustworkx") == heaviest(edges, "networkx") == [(0, 3), (1, 2)]


def test_prices_bound_every_pair_and_are_close() -> None:
    weight = np.random.default_rng(1).integers(0, 1000, (30, 30))
    weight = weight + weight.T
    np.fill_diagonal(weight, MISSING)
    y = prices(weight)
    graph = nx.Graph()
    graph.add_weighted_edges_from((a, b, int(weight[a, b])) for a, b in combinations(range(30), 2))
    best = sum(int(weight[pair]) for pair in nx.max_weight_matching(graph, maxcardinality=True))
    assert (y[:, None] + y[None, :] >= 2 * weight).all()
    assert 2 * best <= y.sum() <= 2 * best * 1.02


def _best_over_all_trios(board: Board) -> Worth:
    """A trio for every lawful three, and none."""
    rounds = [_oracle(board, range(board.n))]
    for trio in combinations(range(board.n), 3):
        if board.may_meet(trio):
            rounds.append([trio, *_oracle(board, [one for one in range(board.n) if one not in trio])])
    return min(_worth(board, groups) for groups in rounds)


def _worth(board: Board, groups: list[Places]) -> Worth:
    """Left out, repeats, age, same team, apart, bench, trio seats, score: counted afresh."""
    seated = {one for group in groups for one in group}
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    repeats, age, same, apart = (sum(int(tier[pair]) for pair in pairs) for tier in board.tiers)
    bench = sum(int(board.bench[one]) for one in range(board.n) if one not in seated)
    trio = sum(int(board.trio[one]) for group in groups if len(group) == 3 for one in group)
    score = sum(int(board.score[pair]) * (4 - len(group)) for group in groups for pair in combinations(group, 2))
    return board.n - len(seated), repeats, age, same, apart, bench, trio, -score


def _oracle(board: Board, people: range | list[int]) -> list[Places]:
    """The best pairs among some, one level below the other by a factor that nothing reaches."""
    edges: tuple[list[int], list[int], list[int]] = ([], [], [])
    for a, b in combinations(people, 2):
        if board.allowed[a, b]:
            weight = 0
            for tier in board.tiers:
                weight = weight * 10**6 - int(tier[a, b])
            weight = weight * 10**6 + int(board.bench[a] + board.bench[b])
            weight = weight * 10**9 + 2 * int(board.score[a, b])
            for column, value in zip(edges, (a, b, weight + 10**36), strict=True):
                column.append(value)
    return list(heaviest(edges))
