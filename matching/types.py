"""What goes into a round and what comes out of it: frozen values, checked where they enter.

InvalidPool(ValueError)     the people, history or blocks cannot be right
InvalidPolicy(ValueError)   the rules of the round cannot be right
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Groups = tuple[tuple[str, ...], ...]
Interests = Literal["ask-offer", "one-in-common", "jaccard"]
LAST_ROUND = 1 << 61  # rounds may be dates or time stamps; differences must stay in 63 bits
SET_FIELDS = ("interests", "asks", "offers", "languages", "times")


class InvalidPool(ValueError):
    """The pool contradicts itself; the text names the person or place and the way out."""


class InvalidPolicy(ValueError):
    """The policy asks for something that does not exist; the text names the setting."""


@dataclass(frozen=True, slots=True)
class Person:
    """One participant as the matcher sees them. Empty languages or times mean any; an empty team is no team."""

    id: str
    team: str = ""
    interests: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    size: int | None = None
    trios: int = 0
    sat_out: int = 0

    def __post_init__(self) -> None:
        if not is_text(self.team):
            raise InvalidPool(f"{self.id}: team is {self.team!r}: give a text, empty for none")
        for name in SET_FIELDS:
            object.__setattr__(self, name, _words(self.id, name, getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Met:
    """Two people who were in one group in an earlier round; a trio is three of these."""

    round: int
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a round. `quality` runs from 0, a lottery among the best rounds, to 1, the best interest score."""

    size: int = 2
    interests: Interests = "ask-offer"
    quality: float = 1.0
    shadows: int = 0

    def __post_init__(self) -> None:
        if not is_int(self.size) or not 2 <= self.size <= 6:
            raise InvalidPolicy(f"size is {self.size!r}: groups have 2 to 6 people")
        if self.interests not in get_args(Interests):
            raise InvalidPolicy(f"interests is {self.interests!r}: use one of {', '.join(get_args(Interests))}")
        if not is_number(self.quality) or not 0 <= self.quality <= 1:
            raise InvalidPolicy(f"quality is {self.quality!r}: use a number from 0 (lottery) to 1 (best score)")
        if not is_int(self.shadows) or not 0 <= self.shadows <= 100:
            raise InvalidPolicy(f"shadows is {self.shadows!r}: use a whole number from 0 to 100")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody without a group: a code for programs, a reason in words for people."""

    id: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the round costs in every tier, beside a bound that no round can beat.

    `optimal_tiers` is true only when it is proven that no round is better in left out, repeats, age of repeats and
    same team, in this order. Bounds of a later tier hold among the rounds that reach the earlier ones.
    """

    people: int
    left_out: int
    left_out_bound: int
    repeats: int
    repeats_bound: int
    repeat_cost: int
    same_team: int
    same_team_bound: int
    score: float
    score_bound: float
    optimal_tiers: bool
    engine: str

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Matching:
    """The whole result of a round, in canonical order: ids within a group sorted, groups sorted."""

    seed: int
    size: int
    groups: Groups
    left_out: tuple[LeftOut, ...]
    certificate: Certificate
    shadows: tuple[Groups, ...] = field(default=())
    locked: Groups = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The JSON answer of `coffee match`, key for key."""
        return {
            "seed": self.seed,
            "size": self.size,
            "groups": [list(group) for group in self.groups],
            "left_out": [{"id": out.id, "reason": out.reason} for out in self.left_out],
            "certificate": self.certificate.as_dict(),
            "shadows": [[list(group) for group in groups] for groups in self.shadows],
        }


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _words(person: str, name: str, value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str):
        raise InvalidPool(f"{person}: {name} is the text {value!r}: give a list of texts")
    words = frozenset(value)
    if not all(map(is_text, words)):
        raise InvalidPool(f"{person}: {name} holds something that is not a text")
    return words
