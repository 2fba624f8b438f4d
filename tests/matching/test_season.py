"""A fixed community goes through all its rounds without a repeat: one round at a time, with nothing but the history."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from matching import Met, Person, Policy, Pool, check, match
from tests.matching.instances import TOPICS, meetings

LONG = (8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256)


def community(n: int, teams: int = 0, interests: bool = False, seed: int = 1) -> tuple[Person, ...]:
    dice = random.Random(seed)
    likes = [frozenset(dice.sample(TOPICS, 3)) if interests else frozenset[str]() for _ in range(n)]
    return tuple(
        Person(f"p{number:04}", f"team {number % teams}" if teams else "", interests=likes[number])
        for number in range(n)
    )


def season(people: tuple[Person, ...], seed: int, quality: float = 1.0) -> tuple[int, int]:
    """Rounds until the first repeat, and until the first pair of colleagues."""
    history: tuple[Met, ...] = ()
    crossed = 0
    for number in range(1, len(people) + 1):
        pool, policy = Pool(people, history), Policy(quality=quality)
        found = match(pool, policy, 1_000 * seed + number)
        if number == 1:
            assert check(pool, policy, found) == ()
        if found.certificate.repeats:
            return number - 1, crossed
        crossed += crossed == number - 1 and not found.certificate.same_team
        history += meetings(found.groups, number)
    return len(people), crossed


@pytest.mark.parametrize("quality", [0.0, 1.0])
@pytest.mark.parametrize("interests", [False, True])
@pytest.mark.parametrize("n", [8, 10, 12, 16, 24])
def test_everybody_meets_everybody_once(n: int, interests: bool, quality: float) -> None:
    for seed in (1, 2):
        assert season(community(n, interests=interests), seed, quality)[0] == n - 1


@pytest.mark.parametrize(("n", "teams"), [(8, 2), (8, 4), (12, 3), (12, 6), (16, 4), (24, 3), (32, 8)])
def test_everybody_meets_everybody_of_the_other_teams_first(n: int, teams: int) -> None:
    for seed in (1, 2, 4):
        assert season(community(n, teams), seed)[1] == n - n // teams


@pytest.mark.long
@pytest.mark.parametrize("n", LONG)
def test_no_season_of_twenty_ends_early(n: int) -> None:
    """Of five for the largest, which take 9 and 30 s each; `horizon/test_season.py` plays twenty of those, too."""
    seeds = 20 if n <= 128 else 5
    assert [season(community(n), seed)[0] for seed in range(seeds)] == [n - 1] * seeds


@pytest.mark.long
@pytest.mark.parametrize(("n", "teams"), [(n, t) for n in (8, 12, 16, 24, 32, 64, 128) for t in (2, 4) if n % t == 0])
def test_no_season_of_twenty_with_teams_meets_colleagues_early(n: int, teams: int) -> None:
    assert [season(community(n, teams), seed)[1] for seed in range(20)] == [n - n // teams] * 20


@pytest.mark.parametrize("n", [30, pytest.param(60, marks=pytest.mark.long)])
def test_with_people_coming_going_and_skipping_nobody_meets_twice(n: int) -> None:
    """3 % leave, 3 % join and 10 % skip each round, over n - 1 rounds; an odd number makes a trio."""
    for seed in range(2):
        dice, people, last = random.Random(seed), list(community(n, 5)), n
        history: tuple[Met, ...] = ()
        for number in range(1, n):
            for place in range(len(people)):
                if dice.random() < 0.03:
                    people[place], last = Person(f"p{last:04}", people[place].team), last + 1
            here = tuple(one for one in people if dice.random() >= 0.1)
            found = match(Pool(here, history, round=number), Policy(), number)
            assert found.certificate.repeats == 0, number
            seats = Counter(one for group in found.groups if len(group) == 3 for one in group)
            people = [replace(one, trios=one.trios + seats[one.id]) for one in people]
            history += meetings(found.groups, number)
