"""The kinds of pools that break matchers, against plain NetworkX with big whole numbers, by both engines for pairs."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from matching import Policy, Pool, check, match, solve
from tests.matching import oracle
from tests.matching.kinds import KINDS

Kind = Callable[[int, random.Random], Pool]


@pytest.mark.parametrize("engine", ["exact", "sparse"])
@pytest.mark.parametrize("n", [30, 45])
@pytest.mark.parametrize("kind", KINDS)
def test_tiers_are_proven_and_equal_the_oracle(
    kind: Kind, n: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "sparse":
        monkeypatch.setattr(solve, "EXACT", 0)
    pool, policy = kind(n, random.Random(n)), Policy()
    matching = match(pool, policy, seed=3)
    figures = matching.certificate
    assert check(pool, policy, matching) == ()
    assert figures.optimal_tiers
    tiers = (figures.left_out, figures.repeats, figures.repeat_cost, figures.same_team)
    pairs_only = oracle.best_pair_tiers(pool)
    if any(len(group) == 3 for group in matching.groups):
        assert figures.left_out == pairs_only[0] - 1
    else:
        assert tiers == pairs_only


@pytest.mark.parametrize("kind", KINDS)
def test_the_sparse_engine_comes_close_to_the_exact_score(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = kind(60, random.Random(60))
    exact = match(pool, Policy(), seed=3).certificate
    monkeypatch.setattr(solve, "EXACT", 0)
    sparse = match(pool, Policy(), seed=3).certificate
    assert sparse.score >= 0.97 * exact.score
