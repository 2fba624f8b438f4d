"""Three solvers, one answer: random bits below every aim leave only one best matching."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from matching import Policy, Pool
from matching.blossom import Solver, choose_solver, heaviest, in_order
from matching.board import build_board
from matching.pairs import best_pairs, pair_edges
from matching.rng import Lot
from matching.table import prepare
from tests.matching.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_solvers_agree_to_the_last_pair(kind: Callable[[int, random.Random], Pool]) -> None:
    table = prepare(kind(32, random.Random(1)), Policy(), Lot(5))
    board = build_board(table, 1.0, Lot(6))
    edges = pair_edges(board, range(32))
    light = max(weight for _, _, weight in edges) < 1 << 53
    solvers: list[Solver] = ["networkx", "rustworkx"]
    if light:
        solvers.append("nx-rustworkx")
    answers = [best_pairs(board, range(32), solver) for solver in solvers]
    assert all(answer == answers[0] for answer in answers)
    assert choose_solver(edges) == ("nx-rustworkx" if light else "rustworkx")


def test_the_backend_is_not_trusted_with_weights_that_floating_point_rounds() -> None:
    heavy = [(0, 1, 2**53), (1, 2, 2**53 + 1)]
    assert choose_solver(heavy) == "rustworkx"
    assert heaviest(heavy) == [(1, 2)]
    assert choose_solver([(0, 1, 2**53 - 1)]) == "nx-rustworkx"


def test_weights_are_whole_numbers_that_networkx_verifies() -> None:
    table = prepare(KINDS[0](16, random.Random(1)), Policy(), Lot(5))
    edges = pair_edges(build_board(table, 1.0, Lot(6)), range(16))
    assert {type(weight) for _, _, weight in edges} == {int}
    graph = nx.Graph()
    graph.add_weighted_edges_from(edges)
    expected = sorted((min(pair), max(pair)) for pair in nx.max_weight_matching(graph, maxcardinality=True))
    assert heaviest(edges) == expected


def test_an_earlier_level_outweighs_all_that_later_levels_add_up_to() -> None:
    first = np.array([1, 0, 0, 0], dtype=np.int64)
    later = np.array([0, 9, 9, 9], dtype=np.int64)
    weights = in_order([first, later, later], places=3)
    assert weights[0] > sum(weights[1:])


def test_nothing_of_the_proof_imports_the_solver() -> None:
    """`check` and `certify` share no code with `solve`."""
    proof = ("check", "certify", "bounds", "facts", "recompute")
    folder = Path(__file__).parents[2] / "matching"
    allowed = {"types", "pool", "rules", *proof}
    imports = {
        line.split()[1].removeprefix("matching.")
        for name in proof
        for line in (folder / f"{name}.py").read_text().splitlines()
        if line.startswith("from matching.")
    }
    assert imports <= allowed
