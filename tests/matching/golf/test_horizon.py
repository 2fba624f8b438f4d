"""One round at a time, with nothing carried over but who met when: how long until somebody meets again."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from matching.columns import frozen
from matching.golf.bank import schedule
from matching.golf.past import past_rounds
from matching.golf.recognise import seating
from matching.rng import Lot
from tests.matching.column_makers import plain_columns
from tests.matching.golf.rounds import groups_of, pairs_in, rounds_without_repeat, with_history
from tests.matching.golf.test_bank import BEST_KNOWN, LARGE

# What one round at a time reaches; the plan for 200 people has 58.
LATER = {**LARGE, (50, 4): 45}


@pytest.mark.parametrize(("g", "k"), sorted(BEST_KNOWN))
def test_a_community_plays_the_best_known_number_of_rounds(g: int, k: int) -> None:
    assert len(rounds_without_repeat(g, k, g + k, BEST_KNOWN[g, k])) == BEST_KNOWN[g, k]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("g", "k"), sorted(BEST_KNOWN))
def test_every_community_plays_the_best_known_number_of_rounds(g: int, k: int, seed: int) -> None:
    assert len(rounds_without_repeat(g, k, seed, BEST_KNOWN[g, k])) == BEST_KNOWN[g, k]


@pytest.mark.long
@pytest.mark.parametrize(("g", "k"), sorted(LARGE))
def test_a_large_community_plays_many_rounds(g: int, k: int) -> None:
    assert len(rounds_without_repeat(g, k, 1, LATER[g, k])) == LATER[g, k]


def test_one_missing_person_costs_no_round() -> None:
    assert len(rounds_without_repeat(7, 3, 1, 10, people=20)) == 10


def test_two_missing_people_cost_one_round_at_most() -> None:
    assert len(rounds_without_repeat(10, 4, 1, 12, people=38)) == 12


def test_a_newcomer_takes_the_place_of_somebody_who_left() -> None:
    rounds = rounds_without_repeat(7, 3, 3, 5)
    left = [[[one for one in group if one != 4] for group in groups] for groups in rounds]
    for number in range(5):
        columns = with_history(plain_columns(21), left)  # place 4 is somebody new now
        groups = groups_of(columns, 3, number + 77)
        seen = {pair for past in left for pair in pairs_in(past)}
        assert sorted(map(len, groups)) == [3] * 7
        assert not seen & set(pairs_in(groups))
        left.append(groups)


def test_history_is_read_as_rounds_by_its_ages() -> None:
    rounds = [[[0, 1, 2], [3, 4, 5]], [[0, 3], [1, 4], [2, 5]]]
    past = past_rounds(with_history(plain_columns(7), rounds), 3)
    assert past is not None
    assert past.tolist() == [[0, 0, 0, 3, 3, 3, -1], [0, 1, 2, 0, 1, 2, -1]]


def test_a_history_that_is_no_groups_is_no_rounds() -> None:
    columns = plain_columns(6, met=np.array([1, 8]), age=np.array([1000, 1000], dtype=np.int32))  # 0-1, 1-2
    assert past_rounds(columns, 3) is None


def test_a_history_that_no_schedule_begins_with_is_refused() -> None:
    rounds = schedule(6, 4)
    past = np.full((2, 24), -1, dtype=np.int64)
    for group in rounds[0]:
        past[0, group] = group.min()
    rows = np.arange(24).reshape(6, 4)  # a second round that meets the first in pairs
    past[1] = past[0]
    past[1, rounds[0][0][0]], past[1, rounds[0][1][0]] = past[0, rounds[0][1][0]], past[0, rounds[0][0][0]]
    assert rows.size == 24
    assert seating(past, rounds, [0, 1], Lot(1), 20_000) is None


def test_teams_stay_apart_in_every_round_that_can_do_so() -> None:
    team = frozen(np.repeat(np.arange(8, dtype=np.int32), 3))[0]  # 24 people, 8 teams of three, groups of three
    columns = plain_columns(24, team=team, teams=tuple("abcdefgh"))
    rounds: list[list[list[int]]] = []
    for number in range(6):
        groups = groups_of(with_history(columns, rounds), 3, number)
        assert not any(team[a] == team[b] for a, b in pairs_in(groups))
        assert not {pair for past in rounds for pair in pairs_in(past)} & set(pairs_in(groups))
        rounds.append(groups)


def test_pairs_to_keep_apart_are_kept_apart_where_nothing_suffers() -> None:
    columns = plain_columns(24)
    first = groups_of(columns, 3, 1)
    apart = np.sort(np.array([a * 24 + b for a, b in pairs_in(first)], dtype=np.int64))
    shadow = groups_of(replace(columns, apart=frozen(apart)[0]), 3, 2)
    assert not set(pairs_in(first)) & set(pairs_in(shadow))


def test_a_whole_schedule_of_a_small_community_loads_nothing_compiled() -> None:
    code = (
        "import sys\n"
        "from tests.matching.golf.rounds import rounds_without_repeat\n"
        "assert len(rounds_without_repeat(10, 4, 1, 13)) == 13\n"
        "assert 'numba' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
