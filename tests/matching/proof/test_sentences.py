"""The cost of each tier in words, with the people who force it."""

from __future__ import annotations

from itertools import combinations

from matching import Met, Person, Policy, Pool, match, tier_costs
from tests.matching.instances import plain


def costs(pool: Pool) -> tuple[str, ...]:
    return tier_costs(pool, Policy(), match(pool, Policy(), 1))


def test_odd_islands_of_new_people_are_named() -> None:
    """New people only inside two halves of five: one pair must cross."""
    pool = Pool(plain(10), tuple(Met(1, f"p000{a}", f"p000{b}") for a in range(5) for b in range(5, 10)))
    (said,) = costs(pool)
    why = "5 and 5 people have new people only among themselves, and an odd number cannot pair up"
    assert said == f"1 pair must meet again: {why}."


def test_many_people_with_few_new_people_between_them_are_named() -> None:
    """Seven know each other and have three new people to share."""
    ids = [f"p000{one}" for one in range(10)]
    pool = Pool(plain(10), tuple(Met(1, a, b) for a, b in combinations(ids[:7], 2)))
    assert costs(pool) == ("2 pairs must meet again: 7 people have only 3 new people between them.",)


def test_people_with_nobody_new_are_named() -> None:
    ids = [f"p000{one}" for one in range(6)]
    pool = Pool(plain(6), tuple(Met(1, one, other) for one in ids[:2] for other in ids if one < other))
    assert costs(pool) == ("1 pair must meet again: 2 people have nobody new left to meet.",)


def test_a_team_larger_than_the_number_of_groups_is_named() -> None:
    pool = Pool(tuple(Person(f"p{one}", "Finance" if one < 5 else "") for one in range(6)))
    assert costs(pool) == ("Finance has 5 of 6 people: 2 pairs must stay inside.",)


def test_a_round_that_pays_nothing_says_nothing() -> None:
    assert costs(Pool(plain(4))) == ()
