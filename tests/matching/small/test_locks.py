"""Some groups stay, the rest is drawn again."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from matching import Person, Pool
from matching.columns import Int32
from matching.locks import free_part, merge
from matching.rng import Lot
from matching.shadows import tiers
from matching.small.engine import draw
from tests.matching.instances import plain
from tests.matching.kinds import many_teams
from tests.matching.small.helpers import silent


def seats(*rows: tuple[int, ...]) -> Int32:
    return np.array(rows, dtype=np.int32).reshape(len(rows), -1)


@pytest.mark.parametrize("n", [24, 25])
def test_locked_groups_stay_and_the_free_part_is_as_good_as_if_it_were_alone(n: int) -> None:
    pool = many_teams(n, random.Random(2))
    columns = pool.columns
    locked = draw(columns, "ask-offer", 0.0, Lot(1), silent).seats[:4]
    free, places = free_part(columns, locked)
    again = draw(free, "ask-offer", 1.0, Lot(2), silent).seats
    whole = merge(locked, again, places)
    taken = {str(columns.ids[one]) for one in locked.ravel() if one >= 0}
    alone = replace(pool, people=tuple(one for one in pool.people if one.id not in taken), round=pool.this_round)
    assert tiers(free, again) == tiers(alone.columns, draw(alone.columns, "ask-offer", 1.0, Lot(3), silent).seats)
    rows = [[one for one in row if one >= 0] for row in whole.tolist()]
    assert all([one for one in row if one >= 0] in rows for row in locked.tolist())
    assert sorted(one for row in rows for one in row) == list(range(n))


def test_no_locks_and_all_locks_are_fine() -> None:
    columns = Pool(plain(4)).columns
    free, places = free_part(columns, seats((0, 1), (2, 3)))
    assert free.n == 0
    assert merge(seats((0, 1), (2, 3)), draw(free, "ask-offer", 1.0, Lot(1), silent).seats, places).tolist() == [
        [0, 1],
        [2, 3],
    ]
    nothing = np.zeros((0, 2), dtype=np.int32)
    assert free_part(columns, nothing)[0].ids == columns.ids


@pytest.mark.parametrize(
    ("locked", "words"),
    [
        (seats((0, 1), (1, 2)), "ben is in two locked places"),
        (seats((0, 3)), "ada and dan may not meet"),
        (seats((0, 2)), "ada and cy share no language"),
        (seats((1, -1)), "ben alone is no group"),
        (seats((0, 9)), "place 9, and there are 4 people"),
    ],
)
def test_an_unlawful_lock_is_refused_by_name(locked: Int32, words: str) -> None:
    english, french = frozenset({"en"}), frozenset({"fr"})
    people = (Person("ada", languages=english), Person("ben"), Person("cy", languages=french), Person("dan"))
    with pytest.raises(ValueError, match=words):
        free_part(Pool(people, blocks=(("dan", "ada"),)).columns, locked)


def test_three_who_share_a_language_only_two_by_two_are_no_group() -> None:
    people = (
        Person("ada", languages=frozenset({"en", "fr"})),
        Person("ben", languages=frozenset({"en", "pt"})),
        Person("cy", languages=frozenset({"fr", "pt"})),
    )
    with pytest.raises(ValueError, match="ada, ben and cy share no language"):
        free_part(Pool(people).columns, seats((0, 1, 2)))
