"""A pool from arrays, for very many people, and the view that shows them as `Person` values again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from matching.columns import NO_TEAM, Columns, Int32, Int64, Lists, UInt64, frozen, pair_keys
from matching.encode import Encoded, ages, last_meetings
from matching.types import LAST_ROUND, InvalidPool, Person, is_int

MOST_COUNTS = np.iinfo(np.int32).max
MOST_TOPICS = 1 << 24
Ends = tuple[Any, Any]


def read(
    ids: Any,
    *,
    team: Any = None,
    teams: Sequence[str] | None = None,
    languages: Any = None,
    times: Any = None,
    interests: tuple[Any, Any] | None = None,
    asks: tuple[Any, Any] | None = None,
    offers: tuple[Any, Any] | None = None,
    size: Any = None,
    trios: Any = None,
    sat_out: Any = None,
    history: tuple[Any, Any, Any] | None = None,
    blocks: Ends | None = None,
    knows: Ends | None = None,
    apart: Ends | None = None,
    round: int | None = None,  # noqa: A002 - the word of `Pool`
    topic_names: Sequence[str] = (),
    language_names: Sequence[str] = (),
    time_names: Sequence[str] = (),
) -> Encoded:
    """Columns checked, sorted by id and renumbered.

    ids         n texts or n whole numbers, each once; whole numbers are in their own order and are shown as texts
    team        n whole numbers, -1 for no team; `teams` are their names
    languages, times    n bit sets, uint64 of shape (n,) or (n, words); 0 takes any
    interests, asks, offers    (start, words): topic numbers of person i are words[start[i]:start[i + 1]]
    size        n wishes: 0 none, 2 or 3;  trios, sat_out    n counts from 0
    history     (rounds, a, b);  blocks, knows, apart    (a, b): rows of people, as many lines as there are
    round       the round being drawn; otherwise one after the last of the history

    Topic words that are sorted already are taken as they are, not copied: leave them alone afterwards. Costs
    O(n log n + topics named + lines log lines). Raises InvalidPool, naming the column and the row.
    """
    named = _ids(ids)
    order = np.argsort(named, kind="stable")
    _each_once(named, order)
    n = len(named)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    codes = _whole("team", team, n, NO_TEAM, -1, MOST_COUNTS, np.int32)[order]
    lists = {"interests": interests, "asks": asks, "offers": offers}
    topics = max([len(topic_names), *(_most(one) for one in lists.values())])
    met, since, acquainted, this_round, known_for = _history(history, knows, place, round)
    columns = Columns(
        ids=frozen(named[order])[0],
        team=frozen(codes)[0],
        teams=_team_names(teams, codes),
        languages=_bits("languages", languages, n, order),
        times=_bits("times", times, n, order),
        **{name: _lists(name, one, n, order) for name, one in lists.items()},
        topics=topics,
        size=frozen(_wishes(size, n)[order])[0],
        trios=frozen(_whole("trios", trios, n, 0, 0, MOST_COUNTS, np.int32)[order])[0],
        sat_out=frozen(_whole("sat_out", sat_out, n, 0, 0, MOST_COUNTS, np.int32)[order])[0],
        blocks=_keys("blocks", blocks, place),
        met=met,
        age=ages(since),
        apart=_keys("apart", apart, place),
    )
    names = (tuple(topic_names), tuple(language_names), tuple(time_names))
    return Encoded(columns, since, acquainted, this_round, known_for, *names)


def _ids(ids: Any) -> NDArray[Any]:
    named = np.asarray(ids)
    if named.ndim != 1 or (len(named) and named.dtype.kind not in "iuU"):
        raise InvalidPool("ids: give one text or one whole number a person")
    return named


def _each_once(named: NDArray[Any], order: Int64) -> None:
    same = np.flatnonzero(named[order[1:]] == named[order[:-1]])
    if len(same):
        one = int(order[same[0] + 1])
        raise InvalidPool(f"ids, row {one}: {named[one]} is in the pool twice: keep one of the two")
    if named.dtype.kind == "U" and (bare := np.flatnonzero(np.char.strip(named) == "")).size:
        raise InvalidPool(f"ids, row {bare[0]}: is empty: give everyone an id or an address")


def _whole(name: str, values: Any, n: int, default: int, least: int, most: int, kind: Any) -> NDArray[Any]:
    """A column of whole numbers within a range; the default for everyone when it is not given."""
    if values is None:
        return np.full(n, default, dtype=kind)
    column = np.asarray(values)
    if column.shape != (n,) or column.dtype.kind not in "iub":
        raise InvalidPool(f"{name}: give {n} whole numbers, one a person")
    bad = np.flatnonzero((column < least) | (column > most))
    if len(bad):
        raise InvalidPool(f"{name}, row {bad[0]}: {column[bad[0]]} is not between {least} and {most}")
    return column.astype(kind)


def _wishes(values: Any, n: int) -> NDArray[Any]:
    wishes = _whole("size", values, n, 0, 0, 3, np.int8)
    bad = np.flatnonzero(wishes == 1)
    if len(bad):
        raise InvalidPool(f"size, row {bad[0]}: 1 is no group: use 2, 3 or 0 for no wish")
    return wishes


def _team_names(teams: Sequence[str] | None, codes: Int32) -> tuple[str, ...]:
    count = int(codes.max(initial=NO_TEAM)) + 1
    if teams is None:
        return tuple(f"team {number}" for number in range(count))
    if len(teams) < count:
        raise InvalidPool(f"teams: {len(teams)} names, and a team with the number {count - 1}: name them all")
    return tuple(teams)


def _bits(name: str, values: Any, n: int, order: Int64) -> UInt64:
    if values is None:
        return frozen(np.full((n, 1), ~np.uint64(0)))[0]
    bits = np.asarray(values)
    if bits.dtype != np.uint64 or bits.ndim not in (1, 2) or len(bits) != n:
        raise InvalidPool(f"{name}: give bit sets, uint64 of shape ({n},) or ({n}, words)")
    table = np.ascontiguousarray(bits.reshape(n, -1)[order])
    table[~table.any(axis=1)] = ~np.uint64(0)
    return frozen(table)[0]


def _most(lists: tuple[Any, Any] | None) -> int:
    return 0 if lists is None else int(np.max(lists[1], initial=-1)) + 1


def _lists(name: str, lists: tuple[Any, Any] | None, n: int, order: Int64) -> Lists:
    if lists is None:
        return Lists(*frozen(np.zeros(n + 1, dtype=np.int64), np.zeros(0, dtype=np.int32)))
    start, words = np.asarray(lists[0], dtype=np.int64), np.asarray(lists[1], dtype=np.int32)
    if start.shape != (n + 1,) or start[0] != 0 or start[-1] != len(words) or (np.diff(start) < 0).any():
        raise InvalidPool(f"{name}: start must hold {n + 1} places that rise from 0 to the number of words")
    if len(words) and words.min() < 0:
        raise InvalidPool(f"{name}: topics are numbered from 0, and one is {words.min()}")
    if len(words) and words.max() >= MOST_TOPICS:
        raise InvalidPool(f"{name}: topics are numbered up to {MOST_TOPICS - 1}, and one is {words.max()}")
    tidy = _tidy(start, words, n)
    return tidy if (order[1:] > order[:-1]).all() else tidy.take(order)


def _tidy(start: Int64, words: Int32, n: int) -> Lists:
    """Each person's topics sorted, each once; the arrays as they are where they are so already."""
    rising = np.diff(words) > 0
    seams = start[1:-1]
    rising[seams[(seams > 0) & (seams < len(words))] - 1] = True
    if rising.all():
        return Lists(*frozen(start[:], words[:]))
    person = np.repeat(np.arange(n), np.diff(start))
    keys = np.unique(person * np.int64(1 << 31) + words)
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys >> 31, minlength=n), out=start[1:])
    return Lists(start, (keys & ((1 << 31) - 1)).astype(np.int32))


def _ends(name: str, pairs: Ends | None, place: Int64) -> tuple[Int64, Int64]:
    """Both ends of each line as places in the columns."""
    if pairs is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    a, b = np.asarray(pairs[0]), np.asarray(pairs[1])
    if (len(a) and a.dtype.kind not in "iu") or (len(b) and b.dtype.kind not in "iu"):
        raise InvalidPool(f"{name}: give rows as whole numbers")
    if a.shape != b.shape or a.ndim != 1:
        raise InvalidPool(f"{name}: give two columns of the same length")
    if not len(a):
        return _ends(name, None, place)
    bad = np.flatnonzero((np.minimum(a, b) < 0) | (np.maximum(a, b) >= len(place)) | (a == b))
    if len(bad):
        line = bad[0]
        raise InvalidPool(f"{name}, line {line}: {a[line]} and {b[line]} are not two rows of the {len(place)} people")
    return place[a], place[b]


def _keys(name: str, pairs: Ends | None, place: Int64) -> Int64:
    return frozen(np.unique(pair_keys(*_ends(name, pairs, place), len(place))))[0]


def _history(
    history: tuple[Any, Any, Any] | None, knows: Ends | None, place: Int64, given: int | None
) -> tuple[Int64, Int32, NDArray[np.bool_], int, int]:
    if history is not None and len(history) != 3:
        raise InvalidPool("history: give three columns: rounds, a and b")
    if given is not None and not is_int(given):
        raise InvalidPool(f"round {given!r} is not a whole number")
    rounds = np.zeros(0, dtype=np.int64) if history is None else np.asarray(history[0])
    a, b = _ends("history", history[1:] if history else None, place)
    if rounds.shape != a.shape or (len(rounds) and rounds.dtype.kind not in "iu"):
        raise InvalidPool("history: give a round for each line, in whole numbers")
    if len(rounds) and max(abs(int(rounds.max())), abs(int(rounds.min())), abs(given or 0)) > LAST_ROUND:
        raise InvalidPool(f"history: rounds go up to {LAST_ROUND}")
    last = int(rounds.max()) if len(rounds) else 0
    this_round = last + 1 if given is None else given
    if len(rounds) and this_round <= last:
        raise InvalidPool(f"round {this_round} is not after the last round of the history, {last}: use {last + 1}")
    known = (int(rounds.min()) if len(rounds) else this_round) - 1
    c, d = _ends("knows", knows, place)
    keys = np.concatenate([pair_keys(a, b, len(place)), pair_keys(c, d, len(place))])
    del a, b
    numbers = np.concatenate([rounds.astype(np.int64), np.full(len(c), known, dtype=np.int64)])
    outside = np.zeros(len(keys), dtype=bool)
    outside[len(rounds) :] = True
    return *last_meetings(keys, numbers, outside, this_round), this_round, this_round - known


class People(Sequence[Person]):
    """Columns seen as people; each look makes a `Person`."""

    def __init__(self, encoded: Encoded) -> None:
        self._of = encoded

    def __len__(self) -> int:
        return self._of.columns.n

    @overload
    def __getitem__(self, place: int) -> Person: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Person]: ...
    def __getitem__(self, place: int | slice) -> Person | Sequence[Person]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(len(self))[place])
        return self._person(range(len(self))[place])

    def __iter__(self) -> Iterator[Person]:
        return map(self._person, range(len(self)))

    def _person(self, place: int) -> Person:
        columns, of = self._of.columns, self._of
        code = int(columns.team[place])
        return Person(
            id=str(columns.ids[place]),
            team=columns.teams[code] if code >= 0 else "",
            interests=_words(of.topics, columns.interests.of(place).tolist(), "topic"),
            asks=_words(of.topics, columns.asks.of(place).tolist(), "topic"),
            offers=_words(of.topics, columns.offers.of(place).tolist(), "topic"),
            languages=_words(of.languages, _set_bits(columns.languages[place]), "language"),
            times=_words(of.times, _set_bits(columns.times[place]), "time"),
            size=int(columns.size[place]) or None,
            trios=int(columns.trios[place]),
            sat_out=int(columns.sat_out[place]),
        )


def _words(names: tuple[str, ...], numbers: Sequence[int], what: str) -> frozenset[str]:
    return frozenset(names[one] if one < len(names) else f"{what} {one}" for one in numbers)


def _set_bits(words: UInt64) -> list[int]:
    """The numbers of the bits set; none for somebody who takes any."""
    if (words == ~np.uint64(0)).all():
        return []
    return [64 * at + bit for at, word in enumerate(words.tolist()) for bit in range(64) if word >> bit & 1]
