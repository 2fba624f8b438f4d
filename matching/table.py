"""The pool as arrays: people in drawn order, teams and topics as numbers, blocks and meetings as pairs of places.

Preparing costs O(people + topics named + history). The drawn order is the only door by which chance enters here: sort
by id, so that the order of the input does not matter, then shuffle with the lot, so that ids do not matter either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching.pool import Pool
from matching.rng import Lot
from matching.rules import HELP, SHARED, UNIT, age_cost, jaccard, topics
from matching.types import Interests, Person, Policy

Ints = NDArray[np.int64]
Places = tuple[int, ...]
ANY = -1  # a choice mask with every bit set


@dataclass(frozen=True, slots=True)
class Table:
    """People as places 0 .. n - 1. Pairs are keyed `low * n + high`."""

    people: tuple[Person, ...]
    mode: Interests
    team: Ints
    languages: tuple[int, ...]
    times: tuple[int, ...]
    likes: tuple[frozenset[int], ...]
    asks: tuple[frozenset[int], ...]
    offers: tuple[frozenset[int], ...]
    blocked: frozenset[int]
    met: dict[int, int]  # pair -> age cost

    @property
    def n(self) -> int:
        return len(self.people)

    def key(self, a: int, b: int) -> int:
        return a * len(self.people) + b if a < b else b * len(self.people) + a

    def share(self, members: Iterable[int]) -> bool:
        """One language and one time for all of them together."""
        language, time = ANY, ANY
        for member in members:
            language &= self.languages[member]
            time &= self.times[member]
        return language != 0 and time != 0

    def may_meet(self, members: Sequence[int]) -> bool:
        """Every hard rule for one group."""
        return self.share(members) and not any(self.key(a, b) in self.blocked for a, b in combinations(members, 2))

    def score(self, a: int, b: int) -> int:
        """The interest score of a pair in millionths (`rules.pair_score` on numbers)."""
        if self.mode == "ask-offer":
            helps = (not self.asks[a].isdisjoint(self.offers[b])) + (not self.asks[b].isdisjoint(self.offers[a]))
            return HELP * helps + SHARED * (not self.likes[a].isdisjoint(self.likes[b]))
        if self.mode == "one-in-common":
            return UNIT * (not self.likes[a].isdisjoint(self.likes[b]))
        shared = len(self.likes[a] & self.likes[b])
        return jaccard(shared, len(self.likes[a]) + len(self.likes[b]) - shared)


def prepare(pool: Pool, policy: Policy, lot: Lot) -> Table:
    """Sort by id, shuffle, and number everything."""
    people = tuple(lot.shuffled(sorted(pool.people, key=lambda person: person.id)))
    place = {person.id: number for number, person in enumerate(people)}
    return Table(
        people=people,
        mode=policy.interests,
        team=_teams(people),
        languages=_masks([person.languages for person in people]),
        times=_masks([person.times for person in people]),
        likes=_topics(people, "interests"),
        asks=_topics(people, "asks"),
        offers=_topics(people, "offers"),
        blocked=frozenset(_keys(pool.blocks, place)),
        met=_meetings(pool, place),
    )


def _teams(people: Sequence[Person]) -> Ints:
    """Teams as numbers; whoever has no team gets a number below zero of their own."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(p.team, len(numbers)) if p.team else -1 - place for place, p in enumerate(people)]
    return np.array(codes, dtype=np.int64)


def _masks(choices: Sequence[frozenset[str]]) -> tuple[int, ...]:
    bits: dict[str, int] = {}
    masks = []
    for choice in map(topics, choices):
        mask = sum(1 << bits.setdefault(word, len(bits)) for word in choice)
        masks.append(mask or ANY)
    return tuple(masks)


def _topics(people: Sequence[Person], field: str) -> tuple[frozenset[int], ...]:
    """Topics as numbers: asks and offers of one text must agree, so the number is the text's place among all."""
    words = sorted({word for p in people for word in topics(p.interests | p.asks | p.offers)})
    numbers = {word: number for number, word in enumerate(words)}
    return tuple(frozenset(numbers[word] for word in topics(getattr(person, field))) for person in people)


def _keys(pairs: Iterable[tuple[str, str]], place: dict[str, int]) -> Iterable[int]:
    for a, b in pairs:
        if a in place and b in place:
            low, high = sorted((place[a], place[b]))
            yield low * len(place) + high


def _meetings(pool: Pool, place: dict[str, int]) -> dict[int, int]:
    """The last meeting of each pair, as a cost."""
    last: dict[int, int] = {}
    this, known = pool.this_round, pool.known_since
    lines = [(known, pair) for pair in pool.knows] + [(met.round, (met.a, met.b)) for met in pool.history]
    for number, pair in lines:
        for key in _keys((pair,), place):
            last[key] = max(number, last.get(key, number))
    return {key: age_cost(this - number) for key, number in sorted(last.items())}


def pairs_of(keys: Iterable[int], n: int) -> tuple[Ints, Ints]:
    """Pair keys back to two columns of places."""
    columns = np.fromiter(keys, dtype=np.int64)
    return columns // max(n, 1), columns % max(n, 1)
