"""Between the lottery and the best score: every best round there is, as often as exp(score / T) says.

All full rounds of eight to ten people are counted out by `brute`; p > 0.001. With --long, 20,000 draws of each.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from math import exp

import pytest

from matching import Policy, Pool, temperature
from matching.rng import Lot
from matching.small import lottery
from matching.small.engine import draw
from tests.matching import brute
from tests.matching.kinds import giant_team, many_teams, single_team, two_odd_cliques
from tests.matching.small.helpers import chi_squared, chi_squared_limit, shuffled, silent

Groups = tuple[tuple[int, ...], ...]
Kind = Callable[[int, random.Random], Pool]
LEAST = 5  # draws to be expected in a cell of chi-squared
POLICY = Policy(interests="jaccard")


def full_rounds(places: tuple[int, ...]) -> Iterator[Groups]:
    """Everybody in pairs, with one trio where the number is odd."""
    if not places:
        yield ()
        return
    first, rest = places[0], places[1:]
    for more in (1, 2) if len(places) % 2 else (1,):
        for others in combinations(rest, more):
            for groups in full_rounds(tuple(one for one in rest if one not in others)):
                yield tuple(sorted(((first, *others), *groups)))


def scores_of_best(pool: Pool) -> dict[Groups, float]:
    """The rounds that are best in tiers and seats, with their scores."""
    blocks, best = {frozenset(pair) for pair in pool.blocks}, None
    found: dict[Groups, float] = {}
    for places in full_rounds(tuple(range(len(pool.people)))):
        groups = tuple(tuple(pool.people[one] for one in group) for group in places)
        if all(brute.lawful(group, blocks) for group in groups):
            cost = (brute.tiers(pool, groups), brute.seats(pool, groups))
            if best is None or cost < best:
                best, found = cost, {}
            if cost == best:
                found[places] = brute.score(POLICY, groups)
    return found


def draws(pool: Pool, quality: float, runs: int) -> Counter[Groups]:
    """Whole draws, as numbers of people."""
    number = {one: place for place, one in enumerate(pool.columns.ids)}
    seen: Counter[Groups] = Counter()
    for seed in range(runs):
        columns = shuffled(pool, seed)
        seats = draw(columns, POLICY.interests, quality, Lot(seed), silent).seats.tolist()
        seen[tuple(sorted(tuple(sorted(number[columns.ids[one]] for one in row if one >= 0)) for row in seats))] += 1
    return seen


def misfit(seen: Counter[Groups], scores: Mapping[Groups, float], quality: float) -> float:
    """Chi-squared over its limit; rounds that are too rare for a cell of their own share one with the next likely."""
    odds = {groups: exp(score * quality / (1 - quality)) for groups, score in scores.items()}
    runs, whole = seen.total(), sum(odds.values())
    cells, count, expected = [], 0, 0.0
    for groups in sorted(odds, key=lambda one: (-odds[one], one)):
        count, expected = count + seen[groups], expected + runs * odds[groups] / whole
        if expected >= LEAST:
            cells.append((count, expected))
            count, expected = 0, 0.0
    if count or expected:
        cells[-1] = (cells[-1][0] + count, cells[-1][1] + expected)
    return chi_squared(*zip(*cells, strict=True)) / chi_squared_limit(len(cells) - 1)


def compare(kind: Kind, n: int, quality: float, runs: int) -> None:
    pool = kind(n, random.Random(n))
    scores, seen = scores_of_best(pool), draws(pool, quality, runs)
    assert set(seen) <= set(scores)
    assert misfit(seen, scores, quality) < 1


@pytest.mark.parametrize(
    ("kind", "n", "quality"),
    [(single_team, 8, 0.6), (giant_team, 9, 0.8), (two_odd_cliques, 10, 0.9)],
)
def test_rounds_are_drawn_as_often_as_the_temperature_says(kind: Kind, n: int, quality: float) -> None:
    compare(kind, n, quality, 400)


def test_another_temperature_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws at 0.5 against the law of 0.6."""
    pool = single_team(8, random.Random(8))
    monkeypatch.setattr(lottery, "temperature", lambda quality: temperature.temperature(quality - 0.1))
    assert misfit(draws(pool, 0.6, 400), scores_of_best(pool), 0.6) > 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "n", "quality"),
    [
        (single_team, 8, 0.9),
        (single_team, 9, 0.6),
        (single_team, 10, 0.3),
        (many_teams, 9, 0.3),
        (giant_team, 9, 0.9),
        (giant_team, 10, 0.6),
        (two_odd_cliques, 10, 0.9),
    ],
)
def test_twenty_thousand_rounds_are_drawn_as_the_temperature_says(kind: Kind, n: int, quality: float) -> None:
    compare(kind, n, quality, 20_000)
