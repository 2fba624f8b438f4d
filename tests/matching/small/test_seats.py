"""Seats that cost rotate: nobody twice before everybody once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from matching import Person, Pool
from matching.rng import Lot
from matching.seats import hosts, trio_costs
from tests.matching.instances import meetings, plain
from tests.matching.small.helpers import drawn


@pytest.mark.parametrize(("n", "quality"), [(9, 1.0), (9, 0.0), (15, 0.0), (21, 1.0)])
def test_over_three_cycles_trio_counts_never_differ_by_more_than_one(n: int, quality: float) -> None:
    people, pool = plain(n), Pool(plain(n))
    for number in range(1, n + 1):  # three seats a round: n rounds are three cycles
        groups = drawn(replace(pool, people=people), number, quality=quality)
        trio = {one.id for group in groups if len(group) == 3 for one in group}
        people = tuple(replace(one, trios=one.trios + (one.id in trio)) for one in people)
        counts = [one.trios for one in people]
        assert max(counts) - min(counts) <= 1
    assert counts == [3] * n


def test_trio_counts_stay_level_while_nobody_meets_again() -> None:
    people, pool = plain(15), Pool(plain(15))
    for number in range(1, 5):
        groups = drawn(replace(pool, people=people), number)
        trio = {one.id for group in groups if len(group) == 3 for one in group}
        people = tuple(replace(one, trios=one.trios + (one.id in trio)) for one in people)
        lines = meetings(tuple(tuple(one.id for one in group) for group in groups), number)
        pool = replace(pool, history=(*pool.history, *lines))
    assert sorted(one.trios for one in people) == [0] * 3 + [1] * 12  # the three who remain may have met by now


@pytest.mark.parametrize("quality", [0.0, 1.0])
def test_over_three_cycles_sitting_out_never_differs_by_more_than_one(quality: float) -> None:
    """Two sides of five and three, nobody may meet within a side: two of the five wait each time."""
    people = tuple(Person(f"{side}{number}") for side, count in (("a", 5), ("b", 3)) for number in range(count))
    blocks = tuple((a.id, b.id) for a in people for b in people if a.id < b.id and a.id[0] == b.id[0])
    for number in range(15):
        groups = drawn(Pool(people, blocks=blocks), number, quality=quality)
        seated = {one.id for group in groups for one in group}
        people = tuple(replace(one, sat_out=one.sat_out + (one.id not in seated)) for one in people)
        counts = [one.sat_out for one in people if one.id[0] == "a"]
        assert max(counts) - min(counts) <= 1
    assert counts == [6] * 5


def test_a_wish_decides_between_equals_only() -> None:
    cost = trio_costs(np.array([0, 0, 0, 1], dtype=np.int32), np.array([3, 0, 2, 3], dtype=np.int8))
    assert cost.tolist() == sorted(set(cost.tolist()))
    assert 3 * cost[2] < cost[3]


def test_everybody_hosts_in_turn() -> None:
    hosted: Counter[str] = Counter()
    for number in range(9):
        hosted.update(hosts([("ada", "ben", "cy"), ("dan", "eve")], hosted, Lot(number)))
        assert max(hosted[one] for one in ("ada", "ben", "cy")) - min(hosted[one] for one in ("ada", "ben", "cy")) <= 1
    assert hosted["ada"] == hosted["ben"] == hosted["cy"] == 3


def test_the_first_host_is_picked_by_lot_and_not_by_place_in_the_group() -> None:
    first = Counter(hosts([("ada", "ben")], {}, Lot(number))[0] for number in range(400))
    assert 150 < first["ada"] < 250
    assert hosts([("ada", "ben")], {}, Lot(5)) == hosts([("ben", "ada")], {}, Lot(5))
