"""Everyone in a round, with what earlier rounds, blocks and acquaintance say about them.

Two ways in, one inside: people as `Person` values for the everyday, columns of numbers for very many. Whatever looks at
all people at once reads `pool.columns`; whoever asks about a few reads `pool.people`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.types import LAST_ROUND, InvalidPool, Met, Person, is_int, is_text

if TYPE_CHECKING:
    from matching.columns import Columns, Int32, Int64
    from matching.encode import Encoded

Pairs = tuple[tuple[str, str], ...]
MOST_SEATS = (1 << 31) - 1


@dataclass(frozen=True)
class Pool:
    """Everyone in a round.

    `knows` are pairs who know each other already: as if they had met in the round before the first of the history.
    `apart` are pairs to keep apart as long as no tier suffers by it: the shadow draws of a running pair check.
    Lines about people who are not in the pool are allowed and have no effect. Raises InvalidPool, naming the place.
    """

    people: Sequence[Person]
    history: Sequence[Met] = ()
    blocks: Pairs = ()
    knows: Pairs = ()
    round: int | None = None
    apart: Pairs = ()
    given: Encoded | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.given is not None:  # checked where the columns came in
            return
        object.__setattr__(self, "people", tuple(self.people))
        object.__setattr__(self, "history", tuple(self.history))
        for name in ("blocks", "knows", "apart"):
            what = "block" if name == "blocks" else name
            object.__setattr__(self, name, tuple(_pair(what, pair) for pair in getattr(self, name)))
        _check_people(self.people)
        _check_history(self.history)
        _check_round(self)

    @classmethod
    def from_columns(cls, ids: Any, **columns: Any) -> Pool:
        """A pool of very many people from arrays; see `matching.arrays.read` for the columns and their ranges.

        `pool.people` then makes a `Person` for each look; `history`, `blocks`, `knows` and `apart` stay empty, for
        their pairs are in `pool.columns`. Costs O(n log n). Raises InvalidPool, naming the column and the row.
        """
        from matching.arrays import People, read

        encoded = read(ids, **columns)
        return cls(people=People(encoded), round=encoded.this_round, given=encoded)

    @cached_property
    def encoded(self) -> Encoded:
        """The pool as numbers, with the words behind them. Costs O(people + topics named + history), once."""
        from matching.encode import encode

        return self.given if self.given is not None else encode(self)

    @property
    def columns(self) -> Columns:
        return self.encoded.columns

    def place(self, one: str) -> int:
        """The place of this id in the columns. Raises KeyError for a stranger. Costs O(log n)."""
        ids = self.columns.ids
        if isinstance(ids, tuple):
            place = bisect_left(ids, one)
        elif ids.dtype.kind in "iu":
            if not one.removeprefix("-").isdecimal():
                raise KeyError(one)
            place = int(np.searchsorted(ids, int(one)))
        else:
            place = int(np.searchsorted(ids, one))
        if place == len(ids) or str(ids[place]) != one:
            raise KeyError(one)
        return place

    @cached_property
    def _by_id(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    def knows_of(self, one: str) -> bool:
        """Whether somebody by this id is in the pool."""
        try:
            self.place(one)
        except KeyError:
            return False
        return True

    def person(self, one: str) -> Person:
        """The person with this id. Raises KeyError for a stranger."""
        return self._by_id[one] if self.given is None else self.people[self.place(one)]

    def last_met(self, a: str, b: str) -> tuple[int | None, bool]:
        """Rounds since the two last met in a round (None if never), and whether they know each other from outside."""
        columns = self.columns
        low, high = sorted((self.place(a), self.place(b)))
        key = low * columns.n + high
        at = int(np.searchsorted(columns.met, key))
        if at == len(columns.met) or columns.met[at] != key:
            return None, False
        since = int(self.encoded.since[at])
        return (since if since < self.encoded.known_for else None), bool(self.encoded.acquainted[at])

    def names(self, places: Int32 | Int64) -> tuple[str, ...]:
        """The ids at these places."""
        ids = self.columns.ids
        if isinstance(ids, tuple):
            return tuple(map(ids.__getitem__, places.tolist()))
        return tuple(map(str, ids[places].tolist()))

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


def _pair(what: str, pair: Sequence[str]) -> tuple[str, str]:
    ids = tuple(pair)
    if len(ids) != 2 or not all(map(is_text, ids)):
        raise InvalidPool(f"{what} {ids!r}: name exactly two people")
    if ids[0] == ids[1]:
        raise InvalidPool(f"{what} {ids[0]!r}: names the same person twice, take the line out")
    return ids[0], ids[1]


def _check_people(people: Sequence[Person]) -> None:
    seen: set[str] = set()
    for place, person in enumerate(people, start=1):
        if not is_text(person.id) or not person.id.strip():
            raise InvalidPool(f"person {place} has no id: give everyone an id or an address")
        if person.id in seen:
            raise InvalidPool(f"{person.id} is in the pool twice: keep one of the two")
        seen.add(person.id)
        if person.size not in (None, 2, 3):
            raise InvalidPool(f"{person.id}: wishes a group of {person.size!r}: use 2, 3 or nothing")
        for name in ("trios", "sat_out"):
            count = getattr(person, name)
            if not is_int(count) or count < 0:
                raise InvalidPool(f"{person.id}: {name} is {count!r}: use 0 or a larger whole number")
            if count > MOST_SEATS:
                raise InvalidPool(f"{person.id}: {name} is {count}: use at most {MOST_SEATS}")


def _check_history(history: Sequence[Met]) -> None:
    for met in history:
        _pair(f"history of round {met.round}:", (met.a, met.b))
        if not is_int(met.round):
            raise InvalidPool(f"history of {met.a} and {met.b}: round {met.round!r} is not a whole number")
        if abs(met.round) > LAST_ROUND:
            raise InvalidPool(f"history of {met.a} and {met.b}: round {met.round} is beyond {LAST_ROUND}")


def _check_round(pool: Pool) -> None:
    if pool.round is None:
        return
    last = max((met.round for met in pool.history), default=None)
    if not is_int(pool.round):
        raise InvalidPool(f"round {pool.round!r} is not a whole number")
    if abs(pool.round) > LAST_ROUND:
        raise InvalidPool(f"round {pool.round} is beyond {LAST_ROUND}")
    if last is not None and pool.round <= last:
        raise InvalidPool(f"round {pool.round} is not after the last round of the history, {last}: use {last + 1}")
