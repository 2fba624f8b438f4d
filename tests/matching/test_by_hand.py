"""Rounds made by hand: what may sit together, and what is proven about it at once."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Certificate, Policy, Pool, certify_by_hand, fit_together, match, sizes
from matching.certify import certify_groups
from tests.matching import brute
from tests.matching.instances import pools
from tests.matching.kinds import many_teams


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=7, least=2), data=st.data())
def test_people_fit_together_when_every_hard_rule_says_so(pool: Pool, data: st.DataObject) -> None:
    group = data.draw(st.lists(st.sampled_from(pool.people), min_size=2, max_size=4, unique_by=lambda one: one.id))
    blocks = {frozenset(pair) for pair in pool.blocks}
    assert fit_together(pool, [one.id for one in group]) == brute.lawful(tuple(group), blocks)


def by_hand(pool: Pool, data: st.DataObject) -> brute.Round:
    """A round as no draw would make it: any groups of the right sizes, several trios among them."""
    everything = list(brute._partitions(list(pool.people), {frozenset(pair) for pair in pool.blocks}, tuple(sizes(2))))
    return data.draw(st.sampled_from(everything))


@settings(max_examples=80, deadline=None)
@given(pool=pools(most=7, least=2), data=st.data(), known=st.booleans())
def test_what_is_proven_at_once_is_true(pool: Pool, data: st.DataObject, known: bool) -> None:
    groups = by_hand(pool, data)
    said = tuple(tuple(one.id for one in group) for group in groups)
    drawn = match(pool, Policy(), 3).certificate if known else None
    found = certify_by_hand(pool, Policy(), said, drawn)
    tiers, best = brute.tiers(pool, groups), brute.best_tiers(pool, Policy())
    assert (found.left_out, found.repeats, found.repeat_cost, found.same_team) == tiers
    assert found.left_out_bound <= max(best[0], 0)
    assert found.left_out > best[0] or found.repeats_bound <= best[1]
    assert not found.optimal_tiers or tiers <= best
    assert not known or not drawn or not drawn.optimal_tiers or tiers != best or found.optimal_tiers
    full = certify_groups(pool, Policy(), said, "any")
    assert not found.optimal_tiers or found.score <= found.score_bound + 1e-6
    assert (full.repeats, full.score) == (found.repeats, found.score)


def test_a_change_that_is_taken_back_is_best_again_without_a_second_proof() -> None:
    pool = many_teams(60, random.Random(2))
    drawn = match(pool, Policy(), 1)
    (a, b), (c, d) = drawn.groups[:2]
    changed = certify_by_hand(pool, Policy(), ((a, c), (b, d), *drawn.groups[2:]), drawn.certificate)
    again = certify_by_hand(pool, Policy(), drawn.groups, drawn.certificate)
    assert changed.score_bound >= changed.score
    assert again == Certificate(**(drawn.certificate.as_dict() | {"engine": "by hand"}))
