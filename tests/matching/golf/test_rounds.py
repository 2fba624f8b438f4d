"""What every round keeps: hard rules, everybody seated once, wishes, the same answer, a fair lot."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

import numpy as np
import pytest

from matching.columns import Columns, frozen
from matching.golf.prices import pairs_of
from matching.golf.shapes import group_counts, seated, sizes, spread, team_sizes
from matching.golf.swaps import as_seats
from tests.matching.column_makers import Teams, plain_columns, random_columns
from tests.matching.golf.rounds import Groups, groups_of, pairs_in


def breaks_a_rule(columns: Columns, groups: Groups, size: int) -> bool:
    seats = [one for group in groups for one in group]
    blocks = set(columns.blocks.tolist())
    for group in groups:
        choices = [np.bitwise_and.reduce(bits[group]) for bits in (columns.languages, columns.times)]
        blocked = any(min(a, b) * columns.n + max(a, b) in blocks for a, b in combinations(group, 2))
        if blocked or not all(common.any() for common in choices) or abs(len(group) - size) > 1:
            return True
    return len(seats) != len(set(seats))


@pytest.mark.parametrize("size", [3, 4, 5, 6])
@pytest.mark.parametrize("n", [11, 23, 40, 121])
def test_a_round_of_a_random_pool_keeps_every_hard_rule(n: int, size: int) -> None:
    columns = random_columns(n, 7 * n + size, times=n > 30, block_share=2.0)
    assert not breaks_a_rule(columns, groups_of(columns, size, n), size)


@pytest.mark.parametrize("quality", [0.0, 0.5, 1.0])
def test_the_same_draw_gives_the_same_round(quality: float) -> None:
    columns = random_columns(45, 3)
    assert groups_of(columns, 4, 9, quality) == groups_of(columns, 4, 9, quality)


def test_another_seed_gives_another_round() -> None:
    columns = plain_columns(40)
    assert groups_of(columns, 4, 1) != groups_of(columns, 4, 2)


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_nobody_stays_out_where_the_numbers_allow(size: int) -> None:
    for n in range(40):
        groups = groups_of(plain_columns(n), size, n)
        least = next(out for out in range(n + 1) if _splits(n - out, size))
        assert n - sum(map(len, groups)) == least
        assert all(size - 1 <= len(group) <= size + 1 for group in groups)


def _splits(n: int, size: int) -> bool:
    return n == 0 or any(count * (size - 1) <= n <= count * (size + 1) for count in range(1, n + 1))


@pytest.mark.parametrize(
    ("n", "size", "expected"),
    [
        (41, 4, [5] + [4] * 9),
        (43, 4, [4] * 10 + [3]),
        (13, 3, [4] + [3] * 3),
        (14, 3, [3] * 4 + [2]),
        (17, 5, [6, 6, 5]),
    ],
)
def test_as_few_groups_as_possible_have_another_size(n: int, size: int, expected: list[int]) -> None:
    assert sorted(map(len, groups_of(plain_columns(n), size, 1)), reverse=True) == expected


def test_the_comfortable_number_of_groups_comes_first() -> None:
    assert group_counts(40, 4, (0, 0))[0] == 10
    assert sizes(42, group_counts(42, 4, (0, 0))[0], (0, 0)) == [4] * 9 + [3] * 2
    assert seated(7, 5) == 6


def test_people_who_wish_two_sit_in_pairs_and_the_others_in_threes() -> None:
    wishes = np.array([2] * 8 + [3] * 6 + [0] * 15, dtype=np.int8)
    groups = groups_of(plain_columns(29, size=frozen(wishes)[0]), 3, 4)
    pairs = [sorted(group) for group in groups if len(group) == 2]
    assert sorted(one for pair in pairs for one in pair) == list(range(8))
    assert all(len(group) == 3 for group in groups if len(group) != 2)


def test_an_odd_wish_for_two_leaves_one_wish_open_at_most() -> None:
    wishes = np.array([2] * 5 + [3] * 12, dtype=np.int8)
    groups = groups_of(plain_columns(17, size=frozen(wishes)[0]), 3, 4)
    size_of = {one: len(group) for group in groups for one in group}
    assert sum(size_of[one] != wishes[one] for one in range(17)) <= 3


@pytest.mark.parametrize("teams", ["powerlaw", "giant", "single", "two"])
def test_a_first_round_reaches_the_bound_on_pairs_of_one_team(teams: Teams) -> None:
    columns = random_columns(48, 5, teams=teams, history_rounds=0, block_share=0, languages=False, trios=0)
    groups = groups_of(columns, 4, 1)
    a, b = pairs_of(as_seats(groups, 4))
    same = int(((columns.team[a] == columns.team[b]) & (columns.team[a] >= 0)).sum())
    assert same == spread(team_sizes(columns), 48 // 3)


def test_a_repeat_is_made_only_when_it_must_be() -> None:
    columns = random_columns(44, 8, teams="none", history_rounds=9, block_share=0, languages=False)
    assert not set(columns.met.tolist()) & {a * 44 + b for a, b in pairs_in(groups_of(columns, 4, 3))}


def test_quality_moves_the_score() -> None:
    columns = random_columns(36, 4, teams="none", topics=12, history_rounds=0, block_share=0, languages=False)
    means = []
    for quality in (0.0, 1.0):
        rounds = [groups_of(columns, 4, seed, quality, "one-in-common") for seed in range(5)]
        shared = [
            bool(set(columns.interests.of(a)) & set(columns.interests.of(b))) for a, b in pairs_in(chain(*rounds))
        ]
        means.append(sum(shared) / len(shared))
    assert means[1] > means[0] + 0.1


@pytest.mark.parametrize("quality", [0.0, 1.0])
def test_who_meets_whom_in_the_first_round_is_uniform(quality: float) -> None:
    """Pair counts against their exact covariance: pairs of a round of g groups of k, scaled as for matchings."""
    n, k, runs = 12, 3, 2_000
    columns = plain_columns(n)
    counts = Counter(pair for seed in range(runs) for pair in pairs_in(groups_of(columns, k, seed, quality)))
    chance = (k - 1) / (n - 1)
    observed = np.array([counts[pair] for pair in combinations(range(n), 2)])
    # Each round's pairs split into what a person's degree fixes and the rest: n (n - 3) / 2 free directions.
    variance = chance * (1 - chance) * len(observed) / (n * (n - 3) / 2)
    chi = float(((observed - runs * chance) ** 2).sum() / (runs * variance))
    assert 20 < chi < 96.0  # 54 degrees of freedom: p > 0.0004 on either side


def test_the_lot_between_patterns_of_teams_does_not_prefer_a_place() -> None:
    team = frozen(np.repeat(np.arange(4, dtype=np.int32), 3))[0]
    columns = plain_columns(12, team=team, teams=tuple("abcd"))
    runs = 1_000
    counts = Counter(pair for seed in range(runs) for pair in pairs_in(groups_of(columns, 3, seed, 0.0)))
    assert not any(team[a] == team[b] for a, b in counts)
    observed = np.array([counts[a, b] for a, b in combinations(range(12), 2) if team[a] != team[b]])
    expected = runs * 12 / len(observed)
    assert np.abs(observed - expected).max() < 4.5 * np.sqrt(expected)
