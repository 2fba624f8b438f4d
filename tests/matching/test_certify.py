"""The certificate believes nobody: any lawful round, good or bad, gets the verdict that brute force gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Met, Person, Policy, Pool, match
from matching.certify import certify_groups as certify
from tests.matching import brute
from tests.matching.instances import plain, pools


@settings(max_examples=200, deadline=None)
@given(pool=pools(most=7, least=2), data=st.data())
def test_a_round_is_called_best_when_it_is_and_never_when_it_is_not(pool: Pool, data: st.DataObject) -> None:
    rounds = sorted(brute.lawful_rounds(pool, Policy()), key=lambda groups: brute.tiers(pool, groups))[:40]
    groups = data.draw(st.sampled_from(rounds))
    named = tuple(tuple(person.id for person in group) for group in groups)
    figures = certify(pool, Policy(), named, "any")
    best = brute.tiers(pool, rounds[0])
    assert figures.optimal_tiers == (brute.tiers(pool, groups) == best)
    assert figures.left_out_bound <= best[0]
    assert figures.left_out > best[0] or figures.repeats_bound <= best[1]


def test_a_trio_that_repeats_without_need_is_not_proven() -> None:
    pool = Pool(plain(5), (Met(1, "p0000", "p0001"),))
    worse = (("p0000", "p0001", "p0002"), ("p0003", "p0004"))
    better = (("p0000", "p0002", "p0003"), ("p0001", "p0004"))
    assert not certify(pool, Policy(), worse, "any").optimal_tiers
    assert certify(pool, Policy(), better, "any").optimal_tiers


def test_a_needless_cost_among_forced_costs_is_not_proven() -> None:
    """Everyone has met, so that no simple bound is reached and the proof must try the trios."""
    met = [Met(1 + (a * b) % 4, f"p{a:04d}", f"p{b:04d}") for a in range(7) for b in range(a)]
    pool = Pool(plain(7), tuple(met))
    rounds = sorted(brute.lawful_rounds(pool, Policy()), key=lambda groups: brute.tiers(pool, groups))
    best = brute.tiers(pool, rounds[0])
    for groups in rounds[:200]:
        named = tuple(tuple(person.id for person in group) for group in groups)
        assert certify(pool, Policy(), named, "any").optimal_tiers == (brute.tiers(pool, groups) == best)


def test_two_islands_of_three_leave_one_out_and_that_is_proven() -> None:
    """A largest matching misses two; the one trio of a round lets one of them in."""
    islands = (
        *plain(3, languages=("en",)),
        *(Person(f"q{number}", languages=frozenset({"fr"})) for number in range(3)),
    )
    figures = match(Pool(islands), Policy(), 1).certificate
    assert (figures.left_out, figures.left_out_bound, figures.optimal_tiers) == (1, 1, True)
    without = certify(Pool(islands), Policy(), (("p0000", "p0001"), ("q0", "q1")), "any")
    assert (without.left_out, without.left_out_bound, without.optimal_tiers) == (2, 1, False)
