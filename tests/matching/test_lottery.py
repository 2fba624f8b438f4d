"""Chance is fair, and seats that cost rotate."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

from matching import Met, Person, Policy, Pool, match
from tests.matching.instances import meetings, plain


def test_every_pair_is_as_likely_when_quality_is_nothing() -> None:
    """Chi-squared with the exact covariance of random perfect matchings: 20 degrees of freedom, p > 0.001."""
    n, runs = 8, 600
    pool = Pool(plain(n))
    seen = Counter(pair for seed in range(runs) for pair in match(pool, Policy(quality=0), seed).groups)
    expected = runs / (n - 1)
    spread = runs * (n - 2) / ((n - 1) * (n - 3))
    pairs = combinations([person.id for person in pool.people], 2)
    assert sum((seen[pair] - expected) ** 2 for pair in pairs) / spread < 45.3


def test_everyone_is_as_likely_to_sit_in_the_trio() -> None:
    """Six degrees of freedom, p > 0.001; the seats of one trio exclude each other, which makes the spread smaller."""
    n, runs = 7, 400
    seats = Counter(one for seed in range(runs) for one in _trio(Pool(plain(n)), seed, quality=0))
    expected = runs * 3 / n
    spread = runs * 3 / n * (n - 3) / (n - 1)
    assert sum((seats[person.id] - expected) ** 2 for person in plain(n)) / spread < 22.5


def test_ties_at_best_quality_are_broken_by_lot() -> None:
    rounds = {match(Pool(plain(8)), Policy(), seed).groups for seed in range(30)}
    assert len(rounds) > 20


def test_nobody_sits_in_a_trio_twice_before_everybody_has_once() -> None:
    people = plain(9)
    history: tuple[Met, ...] = ()
    for number in range(1, 4):
        matching = match(Pool(people, history), Policy(), number)
        trio = next(group for group in matching.groups if len(group) == 3)
        people = tuple(replace(one, trios=one.trios + (one.id in trio)) for one in people)
        history += meetings(matching.groups, number)
    assert [one.trios for one in people] == [1] * 9


def test_nobody_is_left_out_twice_before_everybody_was_once() -> None:
    """Three people who may meet one of each other's sides only: one of the two ends must wait."""
    blocks = (("p0000", "p0001"), ("p0001", "p0002"), ("p0000", "p0002"))
    people: tuple[Person, ...] = plain(4)
    waited = []
    for seed in range(3):
        matching = match(Pool(people, blocks=blocks), Policy(), seed)
        out = {one.id for one in matching.left_out}
        waited.append(out)
        people = tuple(replace(one, sat_out=one.sat_out + (one.id in out)) for one in people)
    assert [len(out) for out in waited] == [2, 2, 2]
    assert [one.sat_out for one in people] == [2, 2, 2, 0]


def test_a_wish_for_three_goes_first_among_equals_and_a_wish_for_two_last() -> None:
    people = (*plain(4), *(Person(f"three{number}", size=3) for number in range(3)), Person("two", size=2), Person("x"))
    assert _trio(Pool(people), seed=1) == ("three0", "three1", "three2")
    wishing = tuple(Person(f"two{number}", size=2) for number in range(6))
    assert _trio(Pool((*wishing, *plain(3))), seed=1) == ("p0000", "p0001", "p0002")


def test_the_seat_in_the_trio_never_costs_a_tier() -> None:
    """Three people without a trio behind them have all met: the trio goes to others."""
    fresh = plain(3)
    others = tuple(Person(f"q{number}", trios=3) for number in range(4))
    met = tuple(Met(1, a.id, b.id) for a, b in combinations(fresh, 2))
    matching = match(Pool((*fresh, *others), met), Policy(), 1)
    assert matching.certificate.repeats == 0
    assert matching.certificate.optimal_tiers


def test_shadows_are_rounds_as_good_that_share_no_pair() -> None:
    matching = match(Pool(plain(12)), Policy(shadows=4), seed=2)
    rounds = (matching.groups, *matching.shadows)
    pairs = [pair for groups in rounds for pair in groups]
    assert len(rounds) == 5
    assert len(set(pairs)) == len(pairs) == 30


def test_the_lot_and_not_the_order_of_drawing_picks_the_real_round() -> None:
    """The first draw is the same for every number of shadows, but it is not always the real one."""
    first = {seed: match(Pool(plain(12)), Policy(), seed).groups for seed in range(20)}
    real = sum(match(Pool(plain(12)), Policy(shadows=1), seed).groups == first[seed] for seed in range(20))
    assert 3 <= real <= 17


def _trio(pool: Pool, seed: int, quality: float = 1.0) -> tuple[str, ...]:
    return next(group for group in match(pool, Policy(quality=quality), seed).groups if len(group) == 3)
