"""What every contestant is told before a round, and what it says back: plain numbers, owned by no contestant."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

Pair = tuple[int, int]
Group = tuple[int, ...]
Words = frozenset[int]


@dataclass(frozen=True)
class Wishes:
    """Topics, languages and blocks; person i has the sets at place i, and an empty set of languages means any."""

    interests: Sequence[Words]
    asks: Sequence[Words]
    offers: Sequence[Words]
    languages: Sequence[Words]
    blocks: frozenset[Pair]

    def allowed(self, a: int, b: int) -> bool:
        """Whether the two may meet at all."""
        mine, yours = self.languages[a], self.languages[b]
        return couple(a, b) not in self.blocks and (not mine or not yours or bool(mine & yours))

    def score(self, a: int, b: int) -> int:
        """The interest score of a couple in millionths: 400,000 for each direction of help, 200,000 for a topic."""
        helps = bool(self.asks[a] & self.offers[b]) + bool(self.asks[b] & self.offers[a])
        return 400_000 * helps + 200_000 * bool(self.interests[a] & self.interests[b])


@dataclass
class Scene:
    """A round to be drawn: who is here, their teams (by number of person), and everything that happened before.

    `window` is how many rounds back a contestant that forgets should look; None leaves it its own default.
    """

    number: int
    active: list[int]
    teams: Sequence[int]
    lot: random.Random
    history: list[tuple[int, int, int]] = field(default_factory=list)
    last: dict[Pair, int] = field(default_factory=dict)
    sat_out: Counter[int] = field(default_factory=Counter)
    trios: Counter[int] = field(default_factory=Counter)
    wishes: Wishes | None = None
    window: int | None = None

    def same_team(self, a: int, b: int) -> bool:
        return self.teams[a] == self.teams[b]

    def store(self, groups: Iterable[Group]) -> None:
        """The round happened: the next scene knows it."""
        groups = list(groups)
        for a, b in couples(groups):
            self.last[a, b] = self.number
            self.history.append((self.number, a, b))
        placed = {one for group in groups for one in group}
        self.sat_out.update(one for one in self.active if one not in placed)
        self.trios.update(one for group in groups if len(group) > 2 for one in group)


@dataclass(frozen=True)
class Answer:
    """Groups, and CPU seconds: `solve` is the engine's, `build` what was spent to state the problem to it."""

    groups: list[Group]
    solve: float
    build: float = 0.0
    notes: dict[str, float] = field(default_factory=dict)


Contestant = Callable[[Scene], Answer]


class Missing(Exception):
    """The contestant is not on this machine; the text says why."""


def couple(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def couples(groups: Iterable[Group]) -> list[Pair]:
    """Everybody who meets somebody: a trio is three couples."""
    return [couple(a, b) for group in groups for a, b in combinations(group, 2)]
