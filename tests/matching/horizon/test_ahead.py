"""Planned rounds: disjoint, as good as any other today, drawn by lot; and left alone where no plan is needed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from matching.columns import Columns, Int32, pair_keys
from matching.horizon import ahead, keeps_horizon, secure
from matching.horizon.pieces import pieces
from matching.horizon.split import split
from matching.rng import Lot
from tests.matching.column_makers import random_columns
from tests.matching.horizon.loop import colleagues, community, drawn, keys, season

CHI_SQUARED_104_AT_1_IN_1000 = 154.3


def played(n: int, rounds: int, seed: int, teams: list[int] | None = None) -> Columns:
    """A community that has so many rounds behind it."""
    start = community(n, teams=teams)
    rows = np.concatenate([np.zeros((0, 2), dtype=np.int32), *season(start, rounds, seed)]).astype(np.int64)
    return community(n, pair_keys(rows[:, 0], rows[:, 1], n), teams)


def pairs_of(seats: Int32) -> list[tuple[int, int]]:
    return [(min(a, b), max(a, b)) for a, b in seats[:, :2].tolist()]


@pytest.mark.parametrize(("n", "rounds"), [(8, 0), (16, 0), (16, 9), (32, 20), (40, 35)])
def test_a_plan_uses_every_fresh_pair_once(n: int, rounds: int) -> None:
    columns = played(n, rounds, seed=1)
    plan = ahead(columns, Lot(2))
    assert plan is not None
    pairs = [pair for seats in plan for pair in pairs_of(seats)]
    met = set(columns.met.tolist())
    assert sorted(pairs) == [(a, b) for a, b in combinations(range(n), 2) if a * n + b not in met]
    assert all(sorted(seats.ravel().tolist()) == list(range(n)) for seats in plan)


def test_planned_rounds_cross_teams_while_that_lasts() -> None:
    columns = played(20, 6, seed=3, teams=[place % 4 for place in range(20)])
    plan = ahead(columns, Lot(4))
    assert plan is not None
    assert [colleagues(columns, seats) for seats in plan] == [0] * 9


def test_planned_rounds_of_uneven_teams_have_as_few_colleagues_as_any_round() -> None:
    columns = played(12, 2, seed=5, teams=[0] * 7 + [1] * 5)
    plan = ahead(columns, Lot(6))
    assert plan is not None
    assert {colleagues(columns, seats) for seats in plan} == {1}


@pytest.mark.parametrize(
    "columns",
    [
        community(0),
        community(1),
        community(9),
        community(40),
        random_columns(300, seed=1),
        random_columns(1_000, seed=2),
    ],
    ids=["nobody", "one", "odd", "new", "everyday", "large"],
)
def test_an_everyday_round_is_left_as_it_was_drawn(columns: Columns) -> None:
    seats = np.arange(columns.n // 2 * 2, dtype=np.int32).reshape(-1, 2)
    assert ahead(columns, Lot(1)) is None
    assert keeps_horizon(columns, seats, Lot(1))
    assert secure(columns, seats, Lot(1)) is seats


def test_a_round_that_keeps_the_horizon_is_left_as_it_was_drawn() -> None:
    columns = played(16, 8, seed=7)
    plan = ahead(columns, Lot(8))
    assert plan is not None
    assert keeps_horizon(columns, plan[0], Lot(9))
    assert secure(columns, plan[0], Lot(9)) is plan[0]


def test_a_round_that_wastes_a_fresh_round_does_not_keep_the_horizon() -> None:
    columns = played(16, 8, seed=7)
    again = np.stack(np.divmod(columns.met[:8], 16), axis=1).astype(np.int32)
    assert not keeps_horizon(columns, again, Lot(1))


def test_the_same_lot_gives_the_same_plan() -> None:
    columns = played(32, 20, seed=1)
    one, other, third = ahead(columns, Lot(5)), ahead(columns, Lot(5)), ahead(columns, Lot(6))
    assert one is not None
    assert other is not None
    assert third is not None
    assert all(map(np.array_equal, one, other))
    assert not np.array_equal(one[0], third[0])


def triangles_next() -> tuple[Columns, Int32]:
    """Six people in two threes who have each met two of the other three; and the round that leaves two triangles."""
    turns = [[(a, 3 + (a + turn) % 3) for a in range(3)] for turn in range(3)]
    return community(6, keys(6, turns[0] + turns[1])), np.array(turns[2], dtype=np.int32)


def test_the_best_score_of_the_planned_rounds_is_taken() -> None:
    columns, seats = triangles_next()
    chosen = [secure(columns, seats, Lot(seed), lambda rows: int((rows == 0)[:, 0] @ rows[:, 1])) for seed in range(8)]
    partners = {dict(pairs_of(rows))[0] for rows in chosen}
    by_lot = {dict(pairs_of(secure(columns, seats, Lot(seed))))[0] for seed in range(40)}
    assert partners == {max(by_lot)}
    assert len(by_lot) > 1


def test_pairs_to_keep_apart_are_avoided_among_planned_rounds() -> None:
    columns, seats = triangles_next()
    apart = community(6, columns.met, apart=keys(6, [(0, 1)]))
    assert not any((0, 1) in pairs_of(secure(apart, seats, Lot(seed), lambda rows: len(rows))) for seed in range(20))
    assert any((0, 1) in pairs_of(secure(columns, seats, Lot(seed))) for seed in range(20))


def test_others_keep_their_seats_and_their_trio() -> None:
    columns, seats = triangles_next()
    tongue = np.array([[1]] * 6 + [[2]] * 3, dtype=np.uint64)
    met = keys(9, [(key // 6, key % 6) for key in columns.met.tolist()])
    wide = np.full((4, 3), -1, dtype=np.int32)
    wide[:3, :2], wide[3] = seats, (6, 7, 8)
    kept = secure(community(9, met, languages=tongue), wide, Lot(1))
    assert kept.shape == (4, 3)
    assert [6, 7, 8] in kept.tolist()
    assert sorted(place for place in kept.ravel().tolist() if place >= 0) == list(range(9))
    assert not np.array_equal(kept, wide)


@pytest.mark.parametrize("seed", range(20))
def test_no_tier_is_worse_after_looking_ahead(seed: int) -> None:
    columns = random_columns(12 + 2 * (seed % 5), seed, history_rounds=5, languages=False)
    seats = drawn(columns, Lot(seed))
    for uneven in (False, True):
        kept = secure(columns, seats, Lot(seed), uneven=uneven)
        assert tiers(columns, kept) == tiers(columns, seats)


def tiers(columns: Columns, seats: Int32) -> tuple[int, int, int]:
    now = pair_keys(seats[:, 0].astype(np.int64), seats[:, 1].astype(np.int64), columns.n)
    assert not np.isin(now, columns.blocks).any()
    return len(seats), int(np.isin(now, columns.met).sum()), colleagues(columns, seats)


def test_who_meets_whom_first_is_a_lottery() -> None:
    """Eight people, 28 pairs and 105 rounds: each as often as any other, whatever the solver likes."""
    runs = 2_100
    columns = community(8)
    pair = dict.fromkeys(combinations(range(8), 2), 0)
    whole: dict[tuple[tuple[int, int], ...], int] = {}
    for seed in range(runs):
        plan = ahead(columns, Lot(seed))
        assert plan is not None
        met = pairs_of(plan[0])
        whole[tuple(sorted(met))] = whole.get(tuple(sorted(met)), 0) + 1
        for one in met:
            pair[one] += 1
    expected = runs / 7
    # the exact covariance of a random perfect matching: variance (n - 2) / ((n - 1) (n - 3)) on n (n - 3) / 2 axes
    spread = sum((count - expected) ** 2 for count in pair.values()) / (runs * 6 / (7 * 5))
    assert spread < 45.3  # chi-squared with 20 degrees of freedom, 1 in 1,000
    assert len(whole) == 105
    assert sum((count - runs / 105) ** 2 / (runs / 105) for count in whole.values()) < CHI_SQUARED_104_AT_1_IN_1000


def test_a_graph_that_does_not_split_gives_the_longest_list() -> None:
    outer = [(place, (place + 1) % 5) for place in range(5)]
    inner = [(5 + place, 5 + (place + 2) % 5) for place in range(5)]
    petersen = np.array(outer + inner + [(place, place + 5) for place in range(5)], dtype=np.int64)
    assert len(split(petersen, 10, 3, Lot(1))) == 1


def test_pieces_are_the_parts_near_their_end() -> None:
    tongue = np.array([[1]] * 6 + [[2]] * 40 + [[4]] * 5 + [[8]], dtype=np.uint64)
    assert [(piece.n, piece.rounds) for piece in pieces(community(52, languages=tongue))] == [(6, 5)]
