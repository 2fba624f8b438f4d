"""Up to eight people: no round is better than the one drawn, in any tier, seat or score."""

from __future__ import annotations

from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Policy, Pool
from matching.types import Interests
from tests.matching import brute
from tests.matching.instances import pools
from tests.matching.small.helpers import Round, drawn

MODES = st.sampled_from(("ask-offer", "one-in-common", "jaccard"))


@settings(max_examples=150)
@given(pools(), MODES, st.integers(0, 1000))
def test_no_round_is_better_than_the_one_drawn_at_best_quality(pool: Pool, mode: str, seed: int) -> None:
    policy = Policy(interests=cast(Interests, mode))
    groups = drawn(pool, seed, policy.interests)
    assert _worth(pool, policy, groups) == min(_worth(pool, policy, one) for one in brute.lawful_rounds(pool, policy))
    assert all(brute.lawful(group, {frozenset(pair) for pair in pool.blocks}) for group in groups)


@settings(max_examples=100)
@given(pools(), st.sampled_from((0.0, 0.3, 0.8)), st.integers(0, 1000))
def test_chance_costs_nothing_in_tiers_and_seats(pool: Pool, quality: float, seed: int) -> None:
    groups, policy = drawn(pool, seed, quality=quality), Policy()
    best = min(_worth(pool, policy, one)[:2] for one in brute.lawful_rounds(pool, policy))
    assert _worth(pool, policy, groups)[:2] == best


def _worth(pool: Pool, policy: Policy, groups: Round) -> tuple[brute.Tiers, tuple[int, int], float]:
    return brute.tiers(pool, groups), brute.seats(pool, groups), round(-brute.score(policy, groups), 5)
