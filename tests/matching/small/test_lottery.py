"""Chance is fair: chi-squared against exact probabilities, p > 0.001. Short here; with --long 20,000 whole draws."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, permutations, product
from math import exp, factorial

import pytest

from matching import Person, Pool
from matching.rng import Lot
from matching.small.board import build_board
from matching.small.engine import best_round, draw, walked
from tests.matching.instances import plain
from tests.matching.small.helpers import chi_squared, chi_squared_limit, shuffled, silent

Groups = tuple[tuple[int, ...], ...]


def walks(pool: Pool, runs: int, quality: float = 0.0) -> Iterator[Groups]:
    """Rounds as numbers of people, each a walk from one and the same start."""
    board = build_board(pool.columns, "ask-offer")
    start = best_round(board, quality > 0, Lot(0))
    for seed in range(runs):
        yield tuple(tuple(sorted(group)) for group in walked(board, start, quality, Lot(seed)))


def draws(pool: Pool, runs: int, quality: float = 0.0) -> Iterator[Groups]:
    """Rounds as numbers of people, through the engine's own door."""
    number = {one: place for place, one in enumerate(pool.columns.ids)}
    for seed in range(runs):
        columns = shuffled(pool, seed)
        seats = draw(columns, "ask-offer", quality, Lot(seed), silent).seats.tolist()
        yield tuple(tuple(sorted(number[columns.ids[one]] for one in row if one >= 0)) for row in seats)


def pairs_misfit(rounds: Iterator[Groups], n: int, runs: int) -> float:
    """Chi-squared of all pairs with the exact covariance of random perfect matchings, over its limit."""
    seen = Counter(pair for groups in rounds for pair in groups)
    spread = runs * (n - 2) / ((n - 1) * (n - 3))
    misfit = sum((seen[pair] - runs / (n - 1)) ** 2 for pair in combinations(range(n), 2)) / spread
    return misfit / chi_squared_limit(n * (n - 3) // 2)


def trio_misfit(rounds: Iterator[Groups], n: int, runs: int) -> float:
    """Three seats that exclude each other."""
    seen = Counter(one for groups in rounds for group in groups if len(group) == 3 for one in group)
    spread = runs * 3 / n * (n - 3) / (n - 1)
    return sum((seen[one] - runs * 3 / n) ** 2 for one in range(n)) / spread / chi_squared_limit(n - 1)


def pattern_misfit(rounds: Iterator[Groups], runs: int) -> float:
    """Four teams of five: how many pairs join A to B (as many join C to D), A to C, A to D; i + j + k = 5.

    Members are dealt in (5! / i! j! k!)^4 ways and joined in (i! j! k!)^2, so the odds are 1 / (i! j! k!)^2.
    """
    odds: Counter[tuple[int, ...]] = Counter()
    for i, j, k in (deal for deal in product(range(6), repeat=3) if sum(deal) == 5):
        odds[tuple(sorted((i, j, k)))] += (10**6 / factorial(i) / factorial(j) / factorial(k)) ** 2  # type: ignore[assignment]
    seen: Counter[tuple[int, ...]] = Counter()
    for groups in rounds:
        partners = Counter(b // 5 for a, b in groups if a // 5 == 0)
        seen[tuple(sorted(partners[team] for team in (1, 2, 3)))] += 1
    whole = sum(odds.values())
    usual = [pattern for pattern in odds if runs * odds[pattern] / whole >= 5]
    expected = [runs * odds[pattern] / whole for pattern in usual]
    return chi_squared([seen[pattern] for pattern in usual], expected) / chi_squared_limit(len(usual) - 1)


def four_teams() -> Pool:
    return Pool(tuple(Person(f"p{number:02d}", f"team {number // 5}") for number in range(20)))


def test_every_pair_is_as_likely() -> None:
    assert pairs_misfit(walks(Pool(plain(20)), 600), 20, 600) < 1


def test_everyone_is_as_likely_to_sit_in_the_trio() -> None:
    assert trio_misfit(walks(Pool(plain(21)), 600), 21, 600) < 1


def test_patterns_of_teams_are_as_likely_as_counting_says() -> None:
    assert pattern_misfit(walks(four_teams(), 600), 600) < 1


def test_whole_draws_are_fair_too() -> None:
    assert pairs_misfit(draws(Pool(plain(10)), 300), 10, 300) < 1
    assert trio_misfit(draws(Pool(plain(9)), 300), 9, 300) < 1


def test_every_best_round_is_as_likely_whatever_people_are_called() -> None:
    """Four teams of two: 60 rounds without a pair of one team; names are dealt to seats at random."""
    names = random.Random(3).sample([f"n{number}" for number in range(8)], 8)
    pool = Pool(tuple(Person(name, f"team {place // 2}") for place, name in enumerate(names)))
    seen = Counter(tuple(sorted(groups)) for groups in draws(pool, 600))
    assert len(seen) == 60
    assert chi_squared(seen.values(), [10] * 60) < chi_squared_limit(59)


def test_a_trio_that_costs_moves_among_those_who_cost_as_little() -> None:
    """Two who were in a trio before never are, the other five are as likely."""
    people = (*plain(5), Person("q1", trios=1), Person("q2", trios=1))
    seen = Counter(one for groups in walks(Pool(people), 600) for group in groups if len(group) == 3 for one in group)
    assert set(seen) == set(range(5))
    spread = 600 * 3 / 5 * 2 / 4
    assert sum((count - 360) ** 2 for count in seen.values()) / spread < chi_squared_limit(4)


def test_between_lottery_and_best_score_the_odds_are_those_of_the_temperature() -> None:
    """Six people, 15 rounds: exp(score / T), T = (1 - q) / q."""
    people = tuple(
        Person(f"p{number}", asks=frozenset({f"t{number}"}), offers=frozenset({f"t{(number + 1) % 6}", "t0"}))
        for number in range(6)
    )
    pool, quality, runs = Pool(people), 0.6, 600
    score = build_board(pool.columns, "ask-offer").score
    rounds = {
        tuple(sorted((min(a, b), max(a, b)) for a, b in zip(p[::2], p[1::2], strict=True)))
        for p in permutations(range(6))
    }
    odds = {one: exp(sum(2 * score[pair] for pair in one) / 1e6 * quality / (1 - quality)) for one in rounds}
    seen = Counter(tuple(sorted(one)) for one in walks(pool, runs, quality))
    expected = [runs * odds[one] / sum(odds.values()) for one in rounds]
    assert chi_squared([seen[one] for one in rounds], expected) < chi_squared_limit(14)


@pytest.mark.long
def test_twenty_thousand_draws_are_fair() -> None:
    runs = 20_000
    assert pairs_misfit(draws(Pool(plain(20)), runs), 20, runs) < 1
    assert trio_misfit(draws(Pool(plain(21)), runs), 21, runs) < 1
    assert pattern_misfit(draws(four_teams(), runs), runs) < 1
