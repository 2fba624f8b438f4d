"""The search for the best trio: who can be in it at all, and that few matchings find it."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from matching import Pool
from matching.rng import Lot
from matching.small import around, pairs, relaxed
from matching.small.board import build_board
from matching.small.engine import best_round
from matching.small.missed import missed
from matching.small.pairs import matched
from matching.small.solver import Backend, Edges, heaviest
from tests.matching.kinds import giant_team, many_teams, six_partners, two_odd_cliques
from tests.matching.small.helpers import shuffled

Kind = Callable[[int, random.Random], Pool]


def test_whom_a_largest_matching_can_miss_is_who_can_be_taken_away_for_nothing() -> None:
    for seed in range(150):
        dice = np.random.default_rng(seed)
        n = int(dice.integers(2, 14))
        upper = np.triu(dice.random((n, n)) < dice.choice([0.1, 0.2, 0.3, 0.5]), 1)
        edges, none = upper | upper.T, np.zeros((n, n), dtype=np.int64)
        largest = matched(edges, none)
        without = [edges & (np.arange(n) != one) & (np.arange(n)[:, None] != one) for one in range(n)]
        found = missed(edges, largest)
        assert found.tolist() == [len(matched(rest, none)) == len(largest) for rest in without]


@pytest.mark.parametrize(
    ("kind", "seed", "count"),
    [(two_odd_cliques, 2_199, 25), (many_teams, 104_199, 12), (giant_team, 1_199, 15), (six_partners, 106_199, 15)],
)
def test_rounds_that_once_took_a_second_or_two_take_few_matchings(
    kind: Kind, seed: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These took up to 200 matchings, nearly all for trios that a relaxation rules out."""
    asked = []

    def counted(edges: Edges, backend: Backend | None = None) -> list[tuple[int, int]]:
        asked.append(len(edges[0]))
        return heaviest(edges, backend)

    for module in (around, pairs, relaxed):
        monkeypatch.setattr(module, "heaviest", counted)
    board = build_board(shuffled(kind(199, random.Random(seed)), seed // 1000), "jaccard")
    best_round(board, True, Lot(seed // 1000).stream("small").stream("ties"))
    assert len(asked) <= count
