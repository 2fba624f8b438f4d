"""Columns say what people say, whichever way they came in."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from matching import InvalidPool, Met, Person, Pool, explain, fingerprint
from matching.arrays import People
from matching.columns import Columns
from matching.types import Policy
from tests.matching.instances import pools
from tests.matching.kinds import many_teams

NAMES = [name for name in Columns.__slots__ if name not in ("ids", "teams", "topics")]


def as_arrays(pool: Pool, order: list[int]) -> dict[str, Any]:
    """The columns of a pool with its people in another order, as somebody outside would hand them over."""
    columns, place = pool.columns, {old: new for new, old in enumerate(order)}
    given: dict[str, Any] = {"ids": np.array([columns.ids[one] for one in order])}
    for name in ("team", "languages", "times", "size", "trios", "sat_out"):
        given[name] = getattr(columns, name)[order]
    for name in ("interests", "asks", "offers"):
        lists = [getattr(columns, name).of(one).tolist()[::-1] for one in order]
        start = np.cumsum([0, *map(len, lists)])
        given[name] = (start, np.array([word for words in lists for word in words], dtype=np.int64))
    at = {person.id: place[number] for number, person in enumerate(sorted(pool.people, key=lambda one: one.id))}
    given["history"] = tuple(np.array([(m.round, at[m.a], at[m.b]) for m in pool.history]).reshape(-1, 3).T)
    for name in ("blocks", "knows", "apart"):
        given[name] = tuple(np.array([(at[a], at[b]) for a, b in getattr(pool, name)], dtype=int).reshape(-1, 2).T)
    names = {"topic_names": pool.encoded.topics, "language_names": pool.encoded.languages}
    return given | names | {"time_names": pool.encoded.times, "teams": columns.teams, "round": pool.round}


def same(one: Columns, other: Columns) -> None:
    assert [str(name) for name in one.ids] == [str(name) for name in other.ids]
    assert (one.teams, one.topics) == (other.teams, other.topics)
    for name in NAMES:
        left, right = getattr(one, name), getattr(other, name)
        for a, b in (
            ((left.start, right.start), (left.words, right.words)) if hasattr(left, "words") else ((left, right),)
        ):
            assert a.dtype == b.dtype, name
            assert a.tolist() == b.tolist(), name


@given(pools())
def test_people_and_arrays_give_the_same_columns_and_the_same_fingerprint(pool: Pool) -> None:
    order = list(range(len(pool.people)))
    random.Random(1).shuffle(order)
    if not order:
        return
    twin = Pool.from_columns(**as_arrays(pool, order))
    same(pool.columns, twin.columns)
    assert fingerprint(pool, Policy()) == fingerprint(twin, Policy())


@given(pools())
def test_people_read_back_from_columns_are_the_people_that_went_in(pool: Pool) -> None:
    wanted = tuple(sorted(pool.people, key=lambda one: one.id))
    assert tuple(People(pool.encoded)) == wanted
    assert tuple(People(pool.encoded)[:2]) == wanted[:2]


def test_reasons_are_the_same_whichever_way_the_pool_came_in() -> None:
    pool = many_teams(12, random.Random(3))
    pool = replace(pool, knows=((pool.people[0].id, pool.people[5].id),))
    twin = Pool.from_columns(**as_arrays(pool, list(range(12))[::-1]))
    groups = [(a.id, b.id) for a in pool.people for b in pool.people if a.id < b.id]
    assert [explain(pool, Policy(), one) for one in groups] == [explain(twin, Policy(), one) for one in groups]


def test_people_taken_in_another_order_keep_their_facts() -> None:
    columns = many_teams(30, random.Random(4)).columns
    order = np.array(random.Random(5).sample(range(30), 20), dtype=np.int64)
    part = columns.take(order)
    blocked = {tuple(sorted((columns.ids[key // 30], columns.ids[key % 30]))) for key in columns.blocks.tolist()}
    kept = {tuple(sorted((part.ids[key // 20], part.ids[key % 20]))) for key in part.blocks.tolist()}
    assert kept == {pair for pair in blocked if set(pair) <= set(part.ids)}
    assert [part.ids[place] for place in range(20)] == [columns.ids[place] for place in order]
    ages = dict(zip(columns.met.tolist(), columns.age.tolist(), strict=True))
    for key, age in zip(part.met.tolist(), part.age.tolist(), strict=True):
        low, high = sorted((int(order[key // 20]), int(order[key % 20])))
        assert ages[low * 30 + high] == age
    for place, old in enumerate(order.tolist()):
        assert part.asks.of(place).tolist() == columns.asks.of(old).tolist()


def test_nobody_may_write_into_the_columns_of_a_pool() -> None:
    columns = many_teams(8, random.Random(6)).columns
    with pytest.raises(ValueError, match="read-only"):
        columns.team[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        columns.take(np.arange(8)).age[:] = 0


def test_more_languages_than_one_word_holds_are_kept_apart() -> None:
    people = tuple(Person(f"p{number:03}", languages=frozenset({f"tongue {number // 2}"})) for number in range(150))
    bits = Pool(people).columns.languages
    assert bits.shape == (150, 2)
    shared = (bits[:, None] & bits[None]).any(axis=2)
    assert shared.sum(axis=1).tolist() == [2] * 150


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"ids": [3, 4, 3]}, "ids, row 2: 3 is in the pool twice: keep one of the two"),
        ({"ids": ["a", " ", "c"]}, "ids, row 1: is empty: give everyone an id or an address"),
        ({"ids": [0.5, 1, 2]}, "ids: give one text or one whole number a person"),
        ({"team": [0, 1]}, "team: give 3 whole numbers, one a person"),
        ({"team": [0, -2, 0]}, "team, row 1: -2 is not between -1 and 2147483647"),
        ({"team": [0, 1, 1], "teams": ["A"]}, "teams: 1 names, and a team with the number 1: name them all"),
        ({"size": [0, 1, 2]}, "size, row 1: 1 is no group: use 2, 3 or 0 for no wish"),
        ({"languages": [1, 2, 3]}, "languages: give bit sets, uint64 of shape (3,) or (3, words)"),
        ({"asks": ([0, 1], [4])}, "asks: start must hold 4 places that rise from 0 to the number of words"),
        ({"blocks": ([0, 1], [1, 1])}, "blocks, line 1: 1 and 1 are not two rows of the 3 people"),
        ({"blocks": ([0], [3])}, "blocks, line 0: 0 and 3 are not two rows of the 3 people"),
        ({"history": ([1], [0, 1], [1, 2])}, "history: give a round for each line, in whole numbers"),
        ({"history": ([1], [0])}, "history: give three columns: rounds, a and b"),
        ({"history": ([1 << 62], [0], [1])}, "history: rounds go up to 2305843009213693952"),
        ({"round": 1.5}, "round 1.5 is not a whole number"),
        ({"asks": ([0, 1, 1, 1], [1 << 30])}, "asks: topics are numbered up to 16777215, and one is 1073741824"),
        (
            {"history": ([4], [0], [1]), "round": 4},
            "round 4 is not after the last round of the history, 4: use 5",
        ),
    ],
)
def test_columns_that_cannot_be_right_are_refused_with_the_row(columns: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidPool) as refused:
        Pool.from_columns(**({"ids": [0, 1, 2]} | columns))
    assert str(refused.value) == says


def test_whole_numbers_as_ids_are_in_their_own_order_and_shown_as_texts() -> None:
    pool = Pool.from_columns([10, 9, 2], team=[0, 1, -1], teams=["A", "B"], history=([1], [0], [1]))
    assert [(one.id, one.team) for one in pool.people] == [("2", ""), ("9", "B"), ("10", "A")]
    assert (pool.place("10"), pool.last_met("9", "10")) == (2, (1, False))
    with pytest.raises(KeyError):
        pool.place("11")
    with pytest.raises(KeyError):
        pool.place("ten")
    assert Pool.from_columns([4, -5]).place("-5") == 0


def test_a_round_long_ago_counts_the_rounds_between() -> None:
    people = (Person("a"), Person("b"), Person("c"))
    pool = Pool(people, (Met(1, "a", "b"), Met(40, "a", "c")), round=90)
    assert pool.encoded.since.tolist() == [89, 50]
    assert pool.columns.age.tolist() == [1000 // 89, 20]


def test_rounds_numbered_by_dates_are_as_good() -> None:
    """Keys and rounds no longer fit into one number: rounds then count by their order."""
    far = 1 << 60
    pool = Pool.from_columns([0, 1, 2], history=([far, far - 1, 5], [0, 1, 0], [1, 0, 2]), knows=([1], [2]))
    assert (pool.columns.met.tolist(), pool.encoded.since[0]) == ([1, 2, 5], 1)
    assert pool.encoded.acquainted.tolist() == [False, False, True]
    assert pool.columns.age.tolist() == [1000, 0, 0]
