"""Bounds against every round there is: never beaten, and reached wherever a small pool allows a proof."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Met, Person, Policy, Pool
from matching.types import Interests
from tests.matching import brute
from tests.matching.instances import pools
from tests.matching.proof.rounds import MODES, certified


@settings(max_examples=120, deadline=None)
@given(pool=pools(most=7, least=2), mode=st.sampled_from(MODES), data=st.data())
def test_a_round_of_pairs_is_called_best_when_it_is_and_never_when_it_is_not(
    pool: Pool, mode: Interests, data: st.DataObject
) -> None:
    policy = Policy(interests=mode)
    rounds = sorted(brute.lawful_rounds(pool, policy), key=lambda groups: brute.tiers(pool, groups))
    best = brute.tiers(pool, rounds[0])
    groups = data.draw(st.sampled_from(rounds[:40]))
    figures, mine = certified(pool, groups, policy), brute.tiers(pool, groups)
    assert (figures.left_out, figures.repeats, figures.repeat_cost, figures.same_team) == mine
    assert figures.score == pytest.approx(brute.score(policy, groups), abs=1e-5)
    assert figures.optimal_tiers == (mine == best)
    assert figures.left_out_bound <= best[0]
    alike = [tiers for one in rounds if (tiers := brute.tiers(pool, one))[0] == mine[0]]
    assert figures.repeats_bound <= min(tiers[1] for tiers in alike)
    assert figures.same_team_bound <= min(tiers[3] for tiers in alike if tiers[:3] == mine[:3])
    scores = [brute.score(policy, one) for one in rounds if brute.tiers(pool, one) == mine]
    assert figures.score_bound >= max(scores) - 1e-5
    if mine == best:
        assert figures.score_bound == pytest.approx(max(scores), abs=2e-5)


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=7, least=2), size=st.integers(3, 4), data=st.data())
def test_bounds_on_larger_groups_hold(pool: Pool, size: int, data: st.DataObject) -> None:
    policy = Policy(size=size)
    rounds = list(brute.lawful_rounds(pool, policy))
    best = brute.best_tiers(pool, policy)
    groups = data.draw(st.sampled_from(rounds))
    figures, mine = certified(pool, groups, policy), brute.tiers(pool, groups)
    assert figures.left_out_bound <= best[0]
    assert not figures.optimal_tiers or mine == best
    alike = [one for one in rounds if brute.tiers(pool, one)[0] == mine[0]]
    assert figures.repeats_bound <= min(brute.tiers(pool, one)[1] for one in alike)
    alike = [one for one in alike if brute.tiers(pool, one)[:3] == mine[:3]]
    assert figures.same_team_bound <= min(brute.tiers(pool, one)[3] for one in alike)
    alike = [one for one in alike if brute.tiers(pool, one) == mine]
    assert figures.score_bound >= max(brute.score(policy, one) for one in alike) - 1e-5


def test_a_round_that_repeats_to_keep_colleagues_apart_is_not_below_its_own_bound() -> None:
    """Without the repeat two colleagues must meet: that is no bound for the round that has the repeat."""
    people = tuple(Person(f"p{one}", "A" if one in (2, 4) else "") for one in range(5))
    pool = Pool(people, tuple(Met(1, "p0", other) for other in ("p1", "p2", "p4")))
    figures = certified(pool, ((people[0], people[2]), (people[1], people[3], people[4])))
    assert (figures.repeats, figures.repeats_bound, figures.same_team, figures.same_team_bound) == (1, 0, 0, 0)
