"""What arrays say about pairs is what the rules say about two people."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings

from matching import Policy, Pool
from matching.certify import seats_of
from matching.proof import matrix, pairs
from matching.proof.figures import count
from matching.rules import pair_score
from tests.matching import brute
from tests.matching.instances import pools
from tests.matching.proof.rounds import MODES, named


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=7, least=2))
def test_lists_of_pairs_say_what_the_rules_say(pool: Pool) -> None:
    people = sorted(pool.people, key=lambda person: person.id)
    a, b = np.array(list(combinations(range(len(people)), 2))).T
    blocks = {frozenset(pair) for pair in pool.blocks}
    two = [(people[x], people[y]) for x, y in zip(a, b, strict=True)]
    assert pairs.may_meet(pool.columns, a, b).tolist() == [brute.lawful(pair, blocks) for pair in two]
    assert pairs.one_team(pool.columns, a, b).tolist() == [x.team == y.team != "" for x, y in two]
    met, age = pairs.met_before(pool.columns, a, b)
    costs = [brute.tiers(pool, (pair,)) for pair in two]
    assert list(zip(met.tolist(), age.tolist(), strict=True)) == [(cost[1], cost[2]) for cost in costs]
    for mode in MODES:
        assert pairs.pair_scores(pool.columns, mode, a, b).tolist() == [pair_score(x, y, mode) for x, y in two]


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=7, least=2))
def test_rows_of_all_pairs_say_the_same_as_lists(pool: Pool) -> None:
    columns, n = pool.columns, len(pool.people)
    a, b = np.array([(x, y) for x in range(1, n) for y in range(n) if x != y]).T
    assert (matrix.lawful_rows(columns, 1, n)[a - 1, b] == pairs.may_meet(columns, a, b)).all()
    assert (matrix.team_rows(columns, 1, n)[a - 1, b] == pairs.one_team(columns, a, b)).all()
    met, age = matrix.age_rows(columns, 1, n)
    assert [met[a - 1, b].tolist(), age[a - 1, b].tolist()] == [one.tolist() for one in pairs.met_before(columns, a, b)]
    for mode in MODES:
        assert (matrix.score_rows(columns, mode, 1, n)[a - 1, b] == pairs.pair_scores(columns, mode, a, b)).all()


def test_long_lists_of_topics_are_compared_by_keys() -> None:
    """Above eight topics, and where everybody names everything, other ways of counting take over."""
    from tests.matching.column_makers import random_columns

    columns = random_columns(40, 3, topics=60, per_person=30)
    a, b = np.array(list(combinations(range(40), 2))).T
    words = [set(columns.interests.of(one).tolist()) for one in range(40)]
    expected = [len(words[x] & words[y]) for x, y in zip(a, b, strict=True)]
    assert pairs.common_words(columns.interests, a, columns.interests, b).tolist() == expected
    rows = matrix.score_rows(columns, "jaccard", 0, 40)[a, b]
    assert (rows == pairs.pair_scores(columns, "jaccard", a, b)).all()


@settings(max_examples=30, deadline=None)
@given(pool=pools(most=6, least=2))
def test_the_figures_of_a_round_are_those_of_brute_force(pool: Pool) -> None:
    for policy in (Policy(), Policy(size=3)):
        for groups in list(brute.lawful_rounds(pool, policy))[:20]:
            figures = count(pool.columns, "ask-offer", seats_of(pool, named(groups)))
            assert (figures.left_out, *figures.tiers) == brute.tiers(pool, groups)
            assert abs(figures.score / 1e6 - brute.score(policy, groups)) < 1e-5
