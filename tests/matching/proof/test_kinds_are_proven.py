"""The best round of every kind of pool is proven best, and its score bound is its score or close to it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from matching import Policy, Pool, match
from matching.certify import certify, certify_groups
from tests.matching.kinds import KINDS
from tests.matching.proof.rounds import best_pairs

Kind = Callable[[int, random.Random], Pool]


@pytest.mark.parametrize("n", [8, 32, 60])
@pytest.mark.parametrize("kind", KINDS)
def test_the_oracle_s_round_of_pairs_is_proven_unless_a_trio_helps(kind: Kind, n: int) -> None:
    pool = kind(n, random.Random(n))
    figures = certify(pool.columns, Policy(), best_pairs(pool.columns), "oracle")
    assert figures.optimal_tiers == (figures.left_out == figures.left_out_bound)
    assert figures.left_out_bound >= figures.left_out - 1
    if figures.optimal_tiers:
        assert figures.score_bound == figures.score


@pytest.mark.parametrize("n", [9, 31])
@pytest.mark.parametrize("kind", KINDS)
def test_a_round_with_a_trio_is_proven(kind: Kind, n: int) -> None:
    pool = kind(n, random.Random(n))
    figures = certify_groups(pool, Policy(), match(pool, Policy(), 1).groups, "any")
    assert figures.optimal_tiers
    assert figures.score_bound <= 1.02 * figures.score + 0.01
