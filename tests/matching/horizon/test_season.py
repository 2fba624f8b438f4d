"""A fixed community of even size goes through every round it has, without a repeat and across teams first."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from matching.columns import Columns, Int32
from matching.horizon import fresh_partners, keeps_horizon, secure
from matching.rng import Lot
from tests.matching.horizon.loop import colleagues, community, keys, season

SOME = (8, 10, 12, 14, 16, 20, 32)
ALL = (8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 80, 96, 128, 192, 256)


def careless(columns: Columns, seats: Int32, lot: Lot) -> Int32:
    return seats


def splits(*sizes: int) -> list[tuple[int, int]]:
    """Every size with every number of equal teams, two at least and two people in each."""
    return [(n, teams) for n in sizes for teams in range(2, n // 2 + 1) if n % teams == 0]


def assert_all_rounds(n: int, teams: int, seed: int) -> None:
    """N - N/T rounds across T teams, and then the rounds inside teams of even size."""
    size = n // teams
    start = community(n, teams=[place % teams for place in range(n)])
    played = season(start, n - size if size % 2 else n - 1, seed)
    inside = [] if size % 2 else [n // 2] * (size - 1)
    assert [colleagues(start, seats) for seats in played] == [0] * (n - size) + inside


@pytest.mark.parametrize("n", SOME)
def test_everyone_meets_everyone_before_anyone_meets_twice(n: int) -> None:
    assert [len(season(community(n), n - 1, seed)) for seed in range(4)] == [n - 1] * 4


@pytest.mark.parametrize(("n", "teams"), splits(8, 12, 18, 20, 24))
def test_equal_teams_meet_all_of_the_others_and_then_their_own(n: int, teams: int) -> None:
    assert_all_rounds(n, teams, seed=n + teams)


@pytest.mark.long
@pytest.mark.parametrize("n", ALL)
def test_no_season_of_twenty_ends_early(n: int) -> None:
    assert [len(season(community(n), n - 1, seed)) for seed in range(20)] == [n - 1] * 20


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("n", [n for n in ALL if n <= 64])
def test_no_season_of_equal_teams_ends_early(n: int, seed: int) -> None:
    for _, teams in splits(n):
        assert_all_rounds(n, teams, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("n", "teams"), [(128, 2), (128, 8), (128, 64), (192, 3), (192, 64), (256, 2), (256, 128)])
def test_no_long_season_of_equal_teams_ends_early(n: int, teams: int, seed: int) -> None:
    assert_all_rounds(n, teams, seed)


def test_without_looking_ahead_seasons_end_early() -> None:
    assert min(len(season(community(16), 15, seed, careless)) for seed in range(8)) < 15


def test_islands_of_different_size_each_go_through_all_their_own_rounds() -> None:
    tongue = np.array([[1]] * 6 + [[2]] * 10, dtype=np.uint64)
    for seed in range(5):
        repeats = repeats_of_each(season(community(16, languages=tongue), 9, seed, go_on=True))
        assert [sorted({place < 6 for pair in again for place in pair}) for again in repeats] == [[]] * 5 + [[True]] * 4


def repeats_of_each(played: list[Int32]) -> list[set[tuple[int, int]]]:
    """The pairs of each round who had met in an earlier one."""
    rounds = [{(min(a, b), max(a, b)) for a, b in seats.tolist()} for seats in played]
    return [now & set().union(*rounds[:number]) for number, now in enumerate(rounds)]


def test_blocks_that_leave_everyone_equally_many_partners_cost_exactly_those_rounds() -> None:
    ring = keys(14, [(place, (place + 1) % 14) for place in range(14)])
    assert [len(season(community(14, blocks=ring), 11, seed)) for seed in range(5)] == [11] * 5


def test_uneven_blocks_cost_no_more_than_the_one_with_fewest_partners_has() -> None:
    start = community(12, blocks=keys(12, [(0, 1), (2, 3), (4, 5), (6, 7)]))

    def uneven(columns: Columns, seats: Int32, lot: Lot) -> Int32:
        return secure(columns, seats, lot, uneven=True)

    assert fresh_partners(start).min() == 10
    assert [len(season(start, 10, seed, uneven)) for seed in range(8)] == [10] * 8


def test_three_rounds_that_would_leave_two_triangles_are_not_drawn() -> None:
    left, right = (0, 1, 2), (3, 4, 5)
    turns = [[(a, right[(a + turn) % 3]) for a in left] for turn in range(3)]
    columns = community(6, keys(6, turns[0] + turns[1]))
    bad = np.array(turns[2], dtype=np.int32)
    assert not keeps_horizon(columns, bad, Lot(1))
    good = secure(columns, bad, Lot(1))
    assert keeps_horizon(columns, good, Lot(2))
    assert not np.array_equal(np.sort(good, axis=0), bad)


@pytest.mark.parametrize(("n", "seeds"), [(30, 6), (60, 2)])
def test_comings_and_goings_never_force_a_repeat(n: int, seeds: int) -> None:
    """3 % leave, each of them followed by someone new, and 10 % skip; when the number is odd there is a trio."""
    assert [repeats_with_churn(n, seed) for seed in range(seeds)] == [0] * seeds


def among(people: list[int], met: set[frozenset[int]]) -> Columns:
    """The columns of those who are there today."""
    at = {person: place for place, person in enumerate(people)}
    return community(len(people), keys(len(people), [(at[a], at[b]) for a, b in met if a in at and b in at]))


def repeats_with_churn(n: int, seed: int) -> int:
    dice = np.random.default_rng([n, seed])
    people, newest, repeats = list(range(n)), n, 0
    met: set[frozenset[int]] = set()
    for number in range(n - 1):
        for place in np.flatnonzero(dice.random(n) < 0.03):
            people[place], newest = newest, newest + 1
        there = [person for person in dice.permutation(people).tolist() if dice.random() > 0.1]
        third = there.pop(int(fresh_partners(among(there, met)).argmax())) if len(there) % 2 else None
        seats = season(among(there, met), 1, seed * 1_000 + number, go_on=True)[0]
        groups = [{there[a], there[b]} for a, b in seats.tolist()]
        if third is not None:
            min(groups, key=lambda group: sum(frozenset((third, one)) in met for one in group)).add(third)
        pairs = [frozenset(pair) for group in groups for pair in combinations(group, 2)]
        repeats += sum(pair in met for pair in pairs)
        met.update(pairs)
    return repeats
