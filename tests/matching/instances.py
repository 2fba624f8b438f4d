"""Pools to try things on: by hand, by seed, and by hypothesis."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import strategies as st

from matching import Met, Person, Pool

TOPICS = ("budgets", "chess", "python", "sailing", "writing", "piano", "rust", "gardens")


def plain(n: int, **fields: object) -> tuple[Person, ...]:
    """People who differ in nothing but their id."""
    return tuple(Person(f"p{number:04d}", **fields) for number in range(n))  # type: ignore[arg-type]


def community(n: int, seed: int = 1, teams: int = 40, languages: bool = True) -> tuple[Person, ...]:
    """Power-law teams, four topics of each sort, one in twenty with a language of few."""
    dice = random.Random(seed)
    names = [f"Team {number:02d}" for number in range(1, teams + 1)]
    sizes = [1 / number**0.8 for number in range(1, teams + 1)]
    words = [f"topic {number}" for number in range(300)]
    people = []
    for number in range(n):
        interests, asks, offers = (frozenset(dice.sample(words, 4)) for _ in range(3))
        spoken = ["en"] if dice.random() < 0.95 else ["en", "fr"]
        people.append(
            Person(
                f"p{number:05d}",
                dice.choices(names, sizes)[0],
                interests,
                asks,
                offers,
                languages=frozenset(spoken if languages else []),
            )
        )
    return tuple(people)


def friendships(people: tuple[Person, ...], each: int, seed: int = 2) -> tuple[tuple[str, str], ...]:
    """Pairs who know each other: `each` a person on average, mostly within a team."""
    dice = random.Random(seed)
    by_team: dict[str, list[str]] = {}
    for person in people:
        by_team.setdefault(person.team, []).append(person.id)
    pairs = set()
    for person in people:
        for _ in range(each):
            near = by_team[person.team] if dice.random() < 0.6 else [one.id for one in people]
            other = dice.choice(near)
            if other != person.id:
                pairs.add((min(person.id, other), max(person.id, other)))
    return tuple(sorted(pairs))


def meetings(groups: tuple[tuple[str, ...], ...], number: int) -> tuple[Met, ...]:
    """A drawn round as history."""
    return tuple(Met(number, a, b) for group in groups for a, b in combinations(group, 2))


@st.composite
def pools(draw: st.DrawFn, most: int = 8, least: int = 0) -> Pool:
    """Small pools in which every rule bites: few teams, few languages, much history, many blocks."""
    n = draw(st.integers(least, most))
    few = st.frozensets(st.sampled_from(("x", "y", "z")), max_size=2)
    person = st.builds(
        Person,
        id=st.just(""),
        team=st.sampled_from(("", "A", "B", "C")),
        interests=st.frozensets(st.sampled_from(TOPICS[:4]), max_size=2),
        asks=st.frozensets(st.sampled_from(TOPICS[:4]), max_size=2),
        offers=st.frozensets(st.sampled_from(TOPICS[:4]), max_size=2),
        languages=draw(st.sampled_from((st.just(frozenset()), few))),
        times=draw(st.sampled_from((st.just(frozenset()), few))),
        size=st.sampled_from((None, None, 2, 3)),
        trios=st.integers(0, 2),
        sat_out=st.integers(0, 2),
    )
    people = [_renamed(draw(person), f"p{number}") for number in range(n)]
    pairs = list(combinations([one.id for one in people], 2))
    some = st.lists(st.sampled_from(pairs), max_size=draw(st.integers(0, 2 * len(pairs)))) if pairs else st.just([])
    history = tuple(Met(draw(st.integers(1, 4)), a, b) for a, b in draw(some))
    return Pool(tuple(people), history, tuple(draw(some)), tuple(draw(some)))


def _renamed(person: Person, name: str) -> Person:
    values = {field: getattr(person, field) for field in Person.__slots__}
    return Person(**{**values, "id": name})
