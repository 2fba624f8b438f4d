"""The kinds of pools that break matchers, each by size and seed."""

from __future__ import annotations

import random
from itertools import combinations

from matching import Met, Person, Pool

Pairs = tuple[tuple[str, str], ...]


def people(n: int, dice: random.Random, teams: int) -> list[Person]:
    words = [f"topic {number}" for number in range(30)]

    def some_words(count: int) -> frozenset[str]:
        return frozenset(dice.sample(words, count))

    names = [f"T{dice.randrange(teams)}" if teams else "" for _ in range(n)]
    return [
        Person(f"p{place:03d}", team, some_words(3), some_words(2), some_words(2)) for place, team in enumerate(names)
    ]


def met(everyone: list[Person], share: float, rounds: int, dice: random.Random) -> tuple[Met, ...]:
    pairs = combinations([one.id for one in everyone], 2)
    return tuple(Met(dice.randint(1, rounds), a, b) for a, b in pairs if dice.random() < share)


def some(everyone: list[Person], share: float, dice: random.Random) -> Pairs:
    return tuple(pair for pair in combinations([one.id for one in everyone], 2) if dice.random() < share)


def many_teams(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 8)
    return Pool(tuple(all_), met(all_, 0.3, 8, dice), some(all_, 0.05, dice))


def giant_team(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 5)
    moved = [Person(one.id, "Giant", one.interests, one.asks, one.offers) for one in all_[: round(0.6 * n)]]
    all_ = [*moved, *all_[len(moved) :]]
    return Pool(tuple(all_), met(all_, 0.2, 4, dice))


def single_team(n: int, dice: random.Random) -> Pool:
    return Pool(tuple(people(n, dice, 1)))


def long_history(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 6)
    return Pool(tuple(all_), met(all_, 0.9, 30, dice))


def everyone_met(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 4)
    return Pool(tuple(all_), met(all_, 1, 12, dice))


def dense_blocks(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 6)
    return Pool(tuple(all_), met(all_, 0.3, 6, dice), some(all_, 0.3, dice))


def language_islands(n: int, dice: random.Random) -> Pool:
    spoken = [frozenset({dice.choice(("en", "fr", "pt"))}) for _ in range(n)]
    all_ = [
        Person(one.id, one.team, one.interests, languages=tongue)
        for one, tongue in zip(people(n, dice, 4), spoken, strict=True)
    ]
    return Pool(tuple(all_), met(all_, 0.2, 4, dice))


def outcasts(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 5)
    pairs = tuple((one.id, other.id) for one in all_[:3] for other in all_ if one is not other)
    return Pool(tuple(all_), met(all_, 0.2, 4, dice), pairs)


def star(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 3)
    return Pool(tuple(all_), (), tuple(combinations([one.id for one in all_[1:]], 2)))


def two_odd_cliques(n: int, dice: random.Random) -> Pool:
    """Fresh pairs only inside two halves of odd size: one repeat is forced and no local search sees why."""
    all_ = people(n, dice, 0)
    half = n // 2 - (n // 2 + 1) % 2
    return Pool(tuple(all_), tuple(Met(dice.randint(1, 5), a.id, b.id) for a in all_[:half] for b in all_[half:]))


def six_partners(n: int, dice: random.Random) -> Pool:
    all_ = people(n, dice, 5)
    return Pool(tuple(all_), met(all_, 0.1, 4, dice), some(all_, 1 - 6 / max(n - 1, 6), dice))


KINDS = (
    many_teams,
    giant_team,
    single_team,
    long_history,
    everyone_met,
    dense_blocks,
    language_islands,
    outcasts,
    star,
    two_odd_cliques,
    six_partners,
)
