"""The start reaches the same-team bound by construction, before any repair."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from matching import Policy, Pool
from matching.rng import Lot
from matching.start import fewest_same, first_pairs
from matching.table import prepare
from tests.matching.kinds import giant_team, many_teams, single_team


@pytest.mark.parametrize("kind", [many_teams, giant_team, single_team])
@pytest.mark.parametrize("seed", range(5))
def test_the_start_holds_no_more_pairs_of_one_team_than_it_must(
    kind: Callable[[int, random.Random], Pool], seed: int
) -> None:
    table = prepare(kind(60, random.Random(seed)), Policy(), Lot(seed))
    pairs = first_pairs(table, range(60))
    assert sorted(place for pair in pairs for place in pair) == list(range(60))
    assert sum(table.team[a] == table.team[b] for a, b in pairs) == fewest_same(table, range(60))
