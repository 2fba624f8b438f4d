"""Small pools against every round there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Certificate, Policy, Pool, check, match
from tests.matching import brute
from tests.matching.instances import pools

MODES = st.sampled_from(("ask-offer", "one-in-common", "jaccard"))


def tiers(figures: Certificate) -> brute.Tiers:
    return figures.left_out, figures.repeats, figures.repeat_cost, figures.same_team


@settings(max_examples=300, deadline=None)
@given(pool=pools(), mode=MODES, seed=st.integers(0, 2**63 - 1))
def test_a_round_of_pairs_is_the_best_of_all_rounds(pool: Pool, mode: str, seed: int) -> None:
    policy = Policy(interests=mode)  # type: ignore[arg-type]
    matching = match(pool, policy, seed)
    assert check(pool, policy, matching) == ()
    assert tiers(matching.certificate) == brute.best_tiers(pool, policy)
    assert matching.certificate.optimal_tiers
    assert matching.certificate.score == pytest.approx(brute.best_score(pool, policy), abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(pool=pools(most=7), quality=st.floats(0, 1), seed=st.integers(0, 2**63 - 1))
def test_the_lottery_moves_within_the_best_tiers(pool: Pool, quality: float, seed: int) -> None:
    policy = Policy(quality=quality)
    matching = match(pool, policy, seed)
    assert check(pool, policy, matching) == ()
    assert tiers(matching.certificate) == brute.best_tiers(pool, policy)


@settings(max_examples=100, deadline=None)
@given(pool=pools(most=8), size=st.integers(3, 6), seed=st.integers(0, 2**63 - 1))
def test_larger_groups_keep_every_rule_and_no_bound_is_beaten(pool: Pool, size: int, seed: int) -> None:
    policy = Policy(size=size)
    matching = match(pool, policy, seed)
    figures, best = matching.certificate, brute.best_tiers(pool, policy)
    assert check(pool, policy, matching) == ()
    assert tiers(figures) >= best
    assert figures.left_out_bound <= best[0]
    assert tiers(figures) == best or not figures.optimal_tiers


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=8), shadows=st.integers(1, 3), size=st.integers(2, 3), seed=st.integers(0, 2**63 - 1))
def test_shadows_keep_the_rules_and_are_as_good_as_the_real_round(
    pool: Pool, shadows: int, size: int, seed: int
) -> None:
    policy = Policy(size=size, shadows=shadows)
    matching = match(pool, policy, seed)
    assert len(matching.shadows) <= shadows
    assert check(pool, policy, matching) == ()
    real = tiers(matching.certificate)
    assert size > 2 or real == brute.best_tiers(pool, policy)
    by_id = {person.id: person for person in pool.people}
    for groups in matching.shadows:
        assert brute.tiers(pool, tuple(tuple(by_id[one] for one in group) for group in groups)) == real
