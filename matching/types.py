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
        for name in SET_FIELDS:
            object.__setattr__(self, name, _words(self.id, name, getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Met:
    """Two people who were in one group in an earlier round; a trio is three of these."""

    round: int
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Everyone in a round, with what earlier rounds and confidential blocks say about them.

    `knows` are pairs who know each other already: as if they had met in the round before the first of the history.
    Lines about people who are not in the pool are allowed and have no effect.
    """

    people: tuple[Person, ...]
    history: tuple[Met, ...] = ()
    blocks: tuple[tuple[str, str], ...] = ()
    knows: tuple[tuple[str, str], ...] = ()
    round: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "people", tuple(self.people))
        object.__setattr__(self, "history", tuple(self.history))
        object.__setattr__(self, "blocks", tuple(_pair("block", pair) for pair in self.blocks))
        object.__setattr__(self, "knows", tuple(_pair("knows", pair) for pair in self.knows))
        _check_people(self.people)
        _check_history(self.history)
        _check_round(self)

    @property
    def this_round(self) -> int:
        """The round being drawn: as given, or one after the last of the history."""
        if self.round is not None:
            return self.round
        return max((met.round for met in self.history), default=0) + 1

    @property
    def known_since(self) -> int:
        """The round in which people who know each other count as having met."""
        return min((met.round for met in self.history), default=self.this_round) - 1


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a round. `quality` runs from 0, a lottery among the best rounds, to 1, the best interest score."""

    size: int = 2
    interests: Interests = "ask-offer"
    quality: float = 1.0
    shadows: int = 0

    def __post_init__(self) -> None:
        if not _is_int(self.size) or not 2 <= self.size <= 6:
            raise InvalidPolicy(f"size is {self.size!r}: groups have 2 to 6 people")
        if self.interests not in get_args(Interests):
            raise InvalidPolicy(f"interests is {self.interests!r}: use one of {', '.join(get_args(Interests))}")
        if not _is_number(self.quality) or not 0 <= self.quality <= 1:
            raise InvalidPolicy(f"quality is {self.quality!r}: use a number from 0 (lottery) to 1 (best score)")
        if not _is_int(self.shadows) or not 0 <= self.shadows <= 100:
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


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _words(person: str, name: str, value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str):
        raise InvalidPool(f"{person}: {name} is the text {value!r}: give a list of texts")
    words = frozenset(value)
    if not all(map(_is_text, words)):
        raise InvalidPool(f"{person}: {name} holds something that is not a text")
    return words


def _pair(what: str, pair: Iterable[str]) -> tuple[str, str]:
    ids = tuple(pair)
    if len(ids) != 2 or not all(map(_is_text, ids)):
        raise InvalidPool(f"{what} {ids!r}: name exactly two people")
    if ids[0] == ids[1]:
        raise InvalidPool(f"{what} {ids[0]!r}: names the same person twice, take the line out")
    return ids[0], ids[1]


def _check_people(people: tuple[Person, ...]) -> None:
    seen: set[str] = set()
    for place, person in enumerate(people, start=1):
        if not _is_text(person.id) or not person.id.strip():
            raise InvalidPool(f"person {place} has no id: give everyone an id or an address")
        if person.id in seen:
            raise InvalidPool(f"{person.id} is in the pool twice: keep one of the two")
        seen.add(person.id)
        if person.size not in (None, 2, 3):
            raise InvalidPool(f"{person.id}: wishes a group of {person.size!r}: use 2, 3 or nothing")
        for name in ("trios", "sat_out"):
            count = getattr(person, name)
            if not _is_int(count) or count < 0:
                raise InvalidPool(f"{person.id}: {name} is {count!r}: use 0 or a larger whole number")


def _check_history(history: tuple[Met, ...]) -> None:
    for met in history:
        _pair(f"history of round {met.round}:", (met.a, met.b))
        if not _is_int(met.round):
            raise InvalidPool(f"history of {met.a} and {met.b}: round {met.round!r} is not a whole number")


def _check_round(pool: Pool) -> None:
    if pool.round is None:
        return
    last = max((met.round for met in pool.history), default=None)
    if not _is_int(pool.round):
        raise InvalidPool(f"round {pool.round!r} is not a whole number")
    if last is not None and pool.round <= last:
        raise InvalidPool(f"round {pool.round} is not after the last round of the history, {last}: use {last + 1}")
