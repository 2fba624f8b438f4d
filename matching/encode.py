"""Words to numbers: a pool of `Person` values, or columns from outside, as `Columns`.

Everything is numbered in order of its text, so that the same facts give the same columns whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import WORD, Columns, Int32, Int64, Lists, UInt64, frozen, pair_keys
from matching.rules import topic

if TYPE_CHECKING:
    from matching.pool import Pool


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Columns, and what is needed to speak about them in words.

    `since` and `acquainted` stand beside `columns.met`: rounds since the pair last met, and whether they know each
    other from outside. Names may be missing where the columns came from outside without them.
    """

    columns: Columns
    since: Int32
    acquainted: NDArray[np.bool_]
    this_round: int
    known_for: int  # rounds since when people who know each other count as having met: before the first of the history
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    times: tuple[str, ...]


def encode(pool: Pool) -> Encoded:
    """The columns of a pool of people. Costs O(people log people + topics named + history log history)."""
    people = sorted(pool.people, key=lambda person: person.id)
    ids = tuple(person.id for person in people)
    place = {one: number for number, one in enumerate(ids)}
    plain = _Plain()
    teams = tuple(sorted({person.team for person in people if person.team}))
    team = {name: number for number, name in enumerate(teams)} | {"": -1}
    words = {name: [plain.all(getattr(person, name)) for person in people] for name in WORDS}
    topics = _numbered(*words["interests"], *words["asks"], *words["offers"])
    languages, times = _numbered(*words["languages"]), _numbered(*words["times"])
    met, since, acquainted = _meetings(pool, place)
    columns = Columns(
        ids=ids,
        team=_column([team[person.team] for person in people], np.int32),
        teams=teams,
        languages=_choices(words["languages"], languages),
        times=_choices(words["times"], times),
        interests=_lists(words["interests"], topics),
        asks=_lists(words["asks"], topics),
        offers=_lists(words["offers"], topics),
        topics=len(topics),
        size=_column([person.size or 0 for person in people], np.int8),
        trios=_column([person.trios for person in people], np.int32),
        sat_out=_column([person.sat_out for person in people], np.int32),
        blocks=_keys(pool.blocks, place),
        met=met,
        age=ages(since),
        apart=_keys(pool.apart, place),
    )
    known_for = pool.this_round - pool.known_since
    names = (tuple(topics), tuple(languages), tuple(times))
    return Encoded(columns, since, acquainted, pool.this_round, known_for, *names)


def ages(since: Int32) -> Int32:
    """What a repeat costs after so many rounds: `rules.age_cost` on a column."""
    cost: Int32 = (1000 // np.maximum(since, 1)).astype(np.int32)
    return frozen(cost)[0]


WORDS = ("interests", "asks", "offers", "languages", "times")


class _Plain:
    """Texts as topics, each looked at once."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def all(self, texts: Iterable[str]) -> set[str]:
        seen = self._seen
        found = set()
        for text in texts:
            plain = seen.get(text)
            if plain is None:
                plain = seen[text] = topic(text)
            if plain:
                found.add(plain)
        return found


def _numbered(*words: set[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(sorted(set().union(*words)))}


def _column(values: Sequence[int], kind: Any) -> NDArray[Any]:
    return frozen(np.array(values, dtype=kind))[0]


def _choices(choices: Sequence[set[str]], numbers: Mapping[str, int]) -> UInt64:
    """Bit sets; whoever chose nothing takes anything."""
    width = max(1, -(-len(numbers) // WORD))
    bits = np.zeros((len(choices), width), dtype=np.uint64)
    for place, choice in enumerate(choices):
        if not choice:
            bits[place] = ~np.uint64(0)
        for word in choice:
            number = numbers[word]
            bits[place, number // WORD] |= np.uint64(1 << number % WORD)
    return frozen(bits)[0]


def _lists(lists: Sequence[set[str]], numbers: Mapping[str, int]) -> Lists:
    start = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in lists], out=start[1:])
    words = [number for one in lists for number in sorted(numbers[word] for word in one)]
    return Lists(*frozen(start, np.array(words, dtype=np.int32)))


def _keys(pairs: Iterable[tuple[str, str]], place: Mapping[str, int]) -> Int64:
    ends = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
    a, b = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    return frozen(np.unique(pair_keys(a, b, len(place))))[0]


def _meetings(pool: Pool, place: Mapping[str, int]) -> tuple[Int64, Int32, NDArray[np.bool_]]:
    """The last meeting of each pair: key, rounds since, and whether they know each other from outside."""
    lines = [(pool.known_since, place[a], place[b], 1) for a, b in pool.knows if a in place and b in place]
    lines += [(met.round, place[met.a], place[met.b], 0) for met in pool.history if met.a in place and met.b in place]
    number, a, b, outside = np.array(lines, dtype=np.int64).reshape(-1, 4).T
    return last_meetings(pair_keys(a, b, len(place)), number, outside.astype(bool), pool.this_round)


def last_meetings(
    keys: Int64, rounds: Int64, outside: NDArray[np.bool_], this_round: int
) -> tuple[Int64, Int32, NDArray[np.bool_]]:
    """One line a pair, with its latest round, from lines in any order.

    Costs one sort of the lines, and memory for two more columns of them: a pair and its round are one number.
    """
    first = int(rounds.min(initial=0))
    span = int(rounds.max(initial=0)) - first + 1
    if span * (int(keys.max(initial=0)) + 1) >= 1 << 62:  # rounds numbered by dates, say: their order will do
        names, rounds = np.unique(rounds, return_inverse=True)
        first, span = 0, len(names)
    else:
        names = None
    lines = keys * span
    lines += rounds
    lines -= first
    lines.sort()
    met = lines // span
    last = np.append(met[1:] != met[:-1], True)[: len(met)]
    met = met[last]
    latest = lines[last] - met * span + first
    del lines
    latest = latest if names is None else names[latest]
    acquainted = np.zeros(len(met), dtype=bool)
    acquainted[np.searchsorted(met, keys[outside])] = True
    since = np.minimum(this_round - latest, np.iinfo(np.int32).max).astype(np.int32)
    frozen(met, since, acquainted)
    return met, since, acquainted
