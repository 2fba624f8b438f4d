"""Small pools against every round there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Policy, Pool
from matching.golf.deal import deal
from matching.golf.exact import MOST
from matching.rng import Lot
from tests.matching import brute
from tests.matching.column_makers import plain_columns
from tests.matching.golf.rounds import groups_of
from tests.matching.instances import pools

MODES = st.sampled_from(("ask-offer", "one-in-common", "jaccard"))


def as_people(pool: Pool, groups: list[list[int]]) -> brute.Round:
    people = sorted(pool.people, key=lambda person: person.id)
    return tuple(tuple(people[one] for one in group) for group in groups)


def keeps_the_rules(pool: Pool, size: int, groups: brute.Round) -> bool:
    blocks = {frozenset(pair) for pair in pool.blocks}
    seated = [one.id for group in groups for one in group]
    sizes_fit = all(size - 1 <= len(group) <= size + 1 for group in groups)
    return sizes_fit and len(set(seated)) == len(seated) and all(brute.lawful(group, blocks) for group in groups)


@settings(max_examples=150, deadline=None)
@given(pool=pools(most=8), size=st.integers(3, 6), quality=st.floats(0, 1), seed=st.integers(0, 2**63 - 1))
def test_a_small_round_has_the_best_tiers_of_all_rounds(pool: Pool, size: int, quality: float, seed: int) -> None:
    groups = as_people(pool, groups_of(pool.columns, size, seed, quality))
    assert keeps_the_rules(pool, size, groups)
    assert brute.tiers(pool, groups) == brute.best_tiers(pool, Policy(size=size))


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=7), mode=MODES, seed=st.integers(0, 2**63 - 1))
def test_a_small_round_of_threes_scores_best_where_sizes_and_benches_do_not_differ(
    pool: Pool, mode: str, seed: int
) -> None:
    same = replace(pool, people=[replace(one, size=None, sat_out=0) for one in pool.people][:6])
    policy = Policy(size=3, interests=mode)  # type: ignore[arg-type]
    groups = as_people(same, groups_of(same.columns, 3, seed, 1.0, mode))
    alike = [
        other
        for other in brute.lawful_rounds(same, policy)
        if brute.tiers(same, other) == brute.tiers(same, groups) and sorted(map(len, other)) == sorted(map(len, groups))
    ]
    assert brute.score(policy, groups) == pytest.approx(max(brute.score(policy, other) for other in alike), abs=1e-5)


def test_every_small_round_is_as_likely_as_any_other() -> None:
    columns = plain_columns(6)
    runs = 1_500
    seen: dict[str, int] = {}
    for seed in range(runs):
        groups = sorted(sorted(group) for group in groups_of(columns, 3, seed, quality=0.0))
        seen[str(groups)] = seen.get(str(groups), 0) + 1
    expected = runs / 10  # 6! / (3! 3! 2)
    chi = sum((count - expected) ** 2 / expected for count in seen.values())
    assert len(seen) == 10
    assert chi < 27.9  # 9 degrees of freedom, p = 0.001


def test_whoever_sat_out_least_often_stays_out_when_the_numbers_leave_someone() -> None:
    columns = plain_columns(7, sat_out=np.array([2, 2, 0, 2, 2, 1, 2], dtype=np.int32))
    for seed in range(5):
        assert 2 not in {one for group in groups_of(columns, 5, seed) for one in group}


def test_a_deal_leaves_out_whoever_sat_out_least_often() -> None:
    columns = plain_columns(MOST + 5, sat_out=np.arange(MOST + 5, dtype=np.int32))
    _, waiting = deal(columns, [6, 6], False, Lot(1))
    assert sorted(waiting) == [0, 1, 2]
