"""How many rounds are left: against all histories of small communities, and in words."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from matching.columns import Columns
from matching.horizon import RoundsLeft, fresh_partners, rounds_left
from matching.horizon.fresh import fresh_matrix, lawful_matrix
from tests.matching.column_makers import Teams, plain_columns, random_columns
from tests.matching.horizon.loop import community, keys, season

Pair = tuple[int, int]
Groups = tuple[tuple[int, ...], ...]


def all_rounds(people: tuple[int, ...], sizes: tuple[int, ...] = (2, 3)) -> list[Groups]:
    """Every way to put some of these people into pairs and at most one trio."""
    if not people:
        return [()]
    first, others = people[0], people[1:]
    found = all_rounds(others, sizes)
    for size in sizes:
        for mates in combinations(others, size - 1):
            rest = tuple(one for one in others if one not in mates)
            found = found + [((first, *mates), *more) for more in all_rounds(rest, sizes if size == 2 else (2,))]
    return found


def pairs(groups: Groups) -> frozenset[Pair]:
    return frozenset(pair for group in groups for pair in combinations(group, 2))


def longest_history(columns: Columns) -> int:
    """By trying everything: the most rounds in a row that are optimal in the order of aims and repeat nobody."""
    lawful = matrix_pairs(lawful_matrix(columns))
    fresh = matrix_pairs(fresh_matrix(columns, lawful_matrix(columns)))
    team = columns.team.tolist()
    rounds = [one for one in all_rounds(tuple(range(columns.n))) if one and pairs(one) <= lawful]
    full = max((sum(map(len, one)) for one in rounds), default=0)
    rounds = [one for one in rounds if sum(map(len, one)) == full]
    if any(all(len(group) == 2 for group in one) for one in rounds):
        rounds = [one for one in rounds if all(len(group) == 2 for group in one)]
    priced = [(pairs(one), sum(team[a] == team[b] >= 0 for a, b in pairs(one))) for one in rounds]

    @cache
    def after(left: frozenset[Pair]) -> int:
        free = [(used, same) for used, same in priced if used <= left]
        least = min((same for _, same in free), default=0)
        return max((1 + after(left - used) for used, same in free if same == least), default=0)

    return after(fresh)


def matrix_pairs(matrix: np.ndarray) -> frozenset[Pair]:
    return frozenset((int(a), int(b)) for a, b in np.argwhere(np.triu(matrix)))


def some_columns(n: int, seed: int) -> Columns:
    """A few people with some teams, history, blocks and languages."""
    dice = np.random.default_rng([n, seed])
    every = [a * n + b for a, b in combinations(range(n), 2)]
    met = dice.choice(every, dice.integers(0, len(every) // 2 + 1), replace=False)
    blocks = np.sort(dice.choice(every, dice.integers(0, len(every) // 4 + 1), replace=False))
    teams = dice.integers(-1, 3, n).tolist() if seed % 2 else [-1] * n
    tongue = dice.choice(np.array([1, 3, 3, 3, 2], dtype=np.uint64), (n, 1))
    return community(n, met, teams, blocks=blocks, languages=tongue if seed % 3 == 0 else np.full_like(tongue, 7))


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7])
def test_small_communities_know_their_last_round_exactly(n: int) -> None:
    for seed in range(24 if n < 7 else 12):
        columns = some_columns(n, seed)
        if not lawful_matrix(columns).any():
            continue
        left, truth = rounds_left(columns), longest_history(columns)
        assert (left.at_least, left.at_most) == (truth, truth), (n, seed)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7])
def test_new_communities_know_their_last_round_exactly(n: int) -> None:
    left, truth = rounds_left(community(n)), longest_history(community(n))
    assert (left.at_least, left.at_most) == (truth, truth)


@pytest.mark.long
def test_eight_people_know_their_last_round_exactly() -> None:
    for seed in range(30):
        columns = some_columns(8, seed)
        left, truth = rounds_left(columns), longest_history(columns)
        assert left.at_least <= truth <= left.at_most
        assert left.at_least == left.at_most


@pytest.mark.parametrize(
    ("n", "teams", "rounds"),
    [(8, 1, 7), (30, 1, 29), (200, 1, 199), (1_000, 1, 999), (24, 4, 23), (20, 4, 15), (60, 12, 55), (1_000, 8, 875)],
)
def test_a_new_community_has_all_its_rounds_across_teams_and_then_those_inside(n: int, teams: int, rounds: int) -> None:
    left = rounds_left(community(n, teams=[place % teams for place in range(n)]))
    assert (left.at_least, left.at_most) == (rounds, rounds)


@pytest.mark.parametrize("n", [12, 30])
def test_every_round_costs_one(n: int) -> None:
    start = community(n)
    played = season(start, n - 1, seed=1)
    met = np.zeros(0, dtype=np.int64)
    for number, seats in enumerate(played):
        left = rounds_left(community(n, met))
        assert (left.at_least, left.at_most) == (n - 1 - number,) * 2
        met = np.union1d(met, keys(n, seats.tolist()))
    assert rounds_left(community(n, met)).words == "no round is left: someone must meet again"


@pytest.mark.parametrize("seed", range(12))
def test_the_bounds_hold_for_what_can_be_played(seed: int) -> None:
    columns = random_columns(10 + 2 * seed, seed, "single", history_rounds=3, block_share=0.1, languages=False)
    left = rounds_left(columns)
    assert left.at_least <= left.likely <= left.at_most == fresh_partners(columns).min()
    assert left.at_least >= left.at_most - 1


def test_shadow_draws_use_up_rounds() -> None:
    assert [rounds_left(community(30), shadows).at_most for shadows in (0, 1, 2, 28, 29)] == [29, 14, 9, 1, 0]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (community(13 * 2 - 12), "13 rounds are left before anyone must meet again"),
        (community(2), "1 round is left before anyone must meet again"),
        (community(2, [1]), "no round is left: someone must meet again"),
        (community(1), "nobody may meet anybody"),
        (community(0), "nobody may meet anybody"),
        (community(4, blocks=keys(4, [*combinations(range(4), 2)])), "nobody may meet anybody"),
        (
            community(2_000, keys(2_000, [(place, place + 1) for place in range(0, 2_000, 2)])),
            "1998 rounds are left before anyone must meet again, by theory (999 for certain)",
        ),
        (
            plain_columns(24, languages=np.array([[1]] * 7 + [[2]] * 9 + [[4]] * 8, dtype=np.uint64)),
            "at most 7 rounds are left before anyone must meet again",
        ),
    ],
)
def test_the_words_say_what_is_proven(columns: Columns, words: str) -> None:
    assert rounds_left(columns).words == words


def test_a_gap_between_what_is_found_and_what_is_counted_is_said() -> None:
    left = rounds_left(community(31))
    assert 24 <= left.at_least < left.at_most == 27  # 31 * 30 / 34 rounds of 17 pairs
    assert left.words == f"between {left.at_least} and 27 rounds are left before anyone must meet again"


def test_two_odd_groups_without_a_fresh_pair_between_them_have_no_round_left() -> None:
    between = [(a, b) for a in range(9) for b in range(9, 18)]
    assert rounds_left(community(18, keys(18, between))) == RoundsLeft(
        0, 0, 0, "no round is left: someone must meet again"
    )


@pytest.mark.parametrize("kind", ["powerlaw", "giant", "single", "two", "none"])
def test_partners_are_counted_without_a_matrix_as_with_one(kind: Teams) -> None:
    columns = random_columns(200, 3, kind, times=True)
    assert fresh_partners(columns).tolist() == fresh_matrix(columns, lawful_matrix(columns)).sum(axis=1).tolist()


def test_a_hundred_thousand_people_are_counted() -> None:
    columns = random_columns(100_000, seed=1, languages=False)
    left = rounds_left(columns, left_out=0)
    assert left.at_most == fresh_partners(columns).min()
    assert left.at_least == left.at_most - 50_000 + 1
