"""Rounds of any size keep every rule and reach the bounds of the tiers, by the same lot on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest

from matching.columns import Columns, Int32, pair_keys
from matching.large.engine import draw, shake
from matching.rng import Lot
from tests.matching.column_makers import plain_columns, random_columns

KINDS = ("powerlaw", "giant", "single", "two", "none")
Tiers = tuple[int, int, int, int, int]


def silent(_word: str, _share: float) -> None:
    pass


def drawn(columns: Columns, seed: int, quality: float = 0.0) -> Int32:
    return draw(columns, "ask-offer", quality, Lot(seed), silent).seats


def groups_of(seats: Int32) -> list[list[int]]:
    return [[one for one in row if one >= 0] for row in seats.tolist()]


def tiers_of(columns: Columns, groups: list[list[int]]) -> Tiers:
    """Left out, repeats, age, same team, apart; asserts the hard rules. In plain words, apart from the engine."""
    placed = [one for group in groups for one in group]
    assert len(placed) == len(set(placed))
    assert sum(len(group) == 3 for group in groups) <= 1
    assert all(len(group) in (2, 3) for group in groups)
    for choices in (columns.languages, columns.times):
        assert all(np.bitwise_and.reduce(choices[group]).any() for group in groups)
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    keys = pair_keys(a, b, columns.n)
    assert not np.isin(keys, columns.blocks).any()
    again = np.isin(columns.met, keys)
    same = (columns.team[a] == columns.team[b]) & (columns.team[a] >= 0)
    apart = np.isin(keys, columns.apart)
    return columns.n - len(placed), int(again.sum()), int(columns.age[again].sum()), int(same.sum()), int(apart.sum())


def same_team_bound(columns: Columns) -> int:
    groups, total = max(columns.n // 2, 1), 0
    for size in np.bincount(columns.team + 1)[1:].tolist():
        each, more = divmod(size, groups)
        total += more * (each + 1) * each // 2 + (groups - more) * each * (each - 1) // 2
    return total


def best_by_brute_force(columns: Columns) -> Tiers:
    """The best tiers over all rounds of a handful of people."""
    allowed = {
        (a, b)
        for a, b in combinations(range(columns.n), 2)
        if (columns.languages[a] & columns.languages[b]).any()
        and (columns.times[a] & columns.times[b]).any()
        and a * columns.n + b not in columns.blocks
    }

    def rounds(people: list[int], trio: bool) -> list[list[list[int]]]:
        if not people:
            return [[]]
        first, rest = people[0], people[1:]
        found = rounds(rest, trio)
        for size in (1, 2) if trio else (1,):
            for others in combinations(rest, size):
                group = [first, *others]
                shared = np.bitwise_and.reduce(columns.languages[group]).any()
                if set(combinations(group, 2)) <= allowed and shared:
                    left = [one for one in rest if one not in others]
                    found = found + [[group, *more] for more in rounds(left, trio and size == 1)]
        return found

    return min(tiers_of(columns, groups) for groups in rounds(list(range(columns.n)), True))


@pytest.mark.parametrize("teams", KINDS)
@pytest.mark.parametrize("n", [400, 401, 3000, 20_001])
def test_every_tier_reaches_its_bound(n: int, teams: str) -> None:
    columns = random_columns(n, n, teams=teams, times=True, apart_rounds=1)  # type: ignore[arg-type]

    tiers = tiers_of(columns, groups_of(drawn(columns, 1)))

    assert tiers == (0, 0, 0, same_team_bound(columns), 0)


@pytest.mark.parametrize("quality", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("teams", KINDS)
def test_score_and_chance_leave_the_tiers_alone(teams: str, quality: float) -> None:
    columns = random_columns(801, 3, teams=teams)  # type: ignore[arg-type]

    tiers = tiers_of(columns, groups_of(drawn(columns, 2, quality)))

    assert tiers == (0, 0, 0, same_team_bound(columns), 0)


@pytest.mark.parametrize("n", range(8))
def test_tiny_rounds_leave_out_as_few_as_brute_force(n: int) -> None:
    for seed in range(40):
        columns = random_columns(n, seed, teams="powerlaw", history_rounds=seed % 3, block_share=(seed % 4) / 3)

        groups = groups_of(drawn(columns, seed))

        assert tiers_of(columns, groups)[0] == best_by_brute_force(columns)[0], seed


def test_whoever_nobody_may_meet_is_left_out_alone() -> None:
    n = 500
    lonely = np.sort(pair_keys(np.full(n - 1, 7), np.delete(np.arange(n), 7), n))

    groups = groups_of(drawn(plain_columns(n, blocks=lonely), 1))

    assert sorted(one for group in groups for one in group) == [one for one in range(n) if one != 7]
    assert sorted(map(len, groups)) == [2] * 248 + [3]


def test_the_trio_goes_to_those_with_the_fewest_before() -> None:
    trios = np.ones(301, dtype=np.int32)
    trios[[5, 50, 250]] = 0

    groups = groups_of(drawn(plain_columns(301, trios=trios), 4))

    assert [group for group in groups if len(group) == 3] == [[5, 50, 250]]


def test_a_shake_keeps_forced_repeats_and_pairs_of_one_team() -> None:
    n = 200
    a, b = np.triu_indices(n, 1)
    met = pair_keys(a, b, n)
    age = np.where(np.arange(len(met)) % 3, 500, 333).astype(np.int32)
    columns = plain_columns(n, met=met, age=age, team=np.zeros(n, dtype=np.int32), teams=("one",))
    seats = drawn(columns, 1)

    shaken = shake(columns, "ask-offer", seats, 0.0, Lot(9))

    assert tiers_of(columns, groups_of(shaken)) == tiers_of(columns, groups_of(seats))
    assert (shaken != seats).any()


def test_more_quality_gives_a_better_score() -> None:
    columns = random_columns(2000, 5)

    scores = [score(columns, groups_of(drawn(columns, 3, quality))) for quality in (0.0, 0.8, 1.0)]

    assert scores == sorted(scores)
    assert scores[0] < 0.5 * scores[2]


def score(columns: Columns, groups: list[list[int]]) -> float:
    """Sum over pairs of the ask-offer score, straight from its definition."""
    total = 0.0
    for a, b in (group for group in groups if len(group) == 2):
        helps = int(bool(set(columns.asks.of(a)) & set(columns.offers.of(b))))
        helps += bool(set(columns.asks.of(b)) & set(columns.offers.of(a)))
        total += 0.4 * helps + 0.2 * bool(set(columns.interests.of(a)) & set(columns.interests.of(b)))
    return total


def test_the_best_score_comes_near_the_optimum() -> None:
    import rustworkx

    columns = random_columns(200, 8, languages=False, block_share=0, history_rounds=0, teams="none", topics=40)
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(200))
    graph.add_edges_from([(a, b, round(10 * score(columns, [[a, b]]))) for a, b in combinations(range(200), 2)])
    best = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)

    found = score(columns, groups_of(drawn(columns, 1, 1.0)))

    assert found >= 0.985 * score(columns, [list(pair) for pair in best])


def test_the_same_lot_draws_the_same_round() -> None:
    columns = random_columns(1001, 2)

    assert (drawn(columns, 7, 1.0) == drawn(columns, 7, 1.0)).all()
    assert (drawn(columns, 7, 0.0) != drawn(columns, 8, 0.0)).any()


def test_plain_python_draws_the_same_round_as_compiled_kernels() -> None:
    program = (
        "from tests.matching.large.test_large_rounds import *\n"
        "print([drawn(random_columns(61, 2), 7, q).tolist() for q in (0, 0.5, 1)])"
    )
    environment = {**os.environ, "COFFEE_NO_NUMBA": "1"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
    )

    columns = random_columns(61, 2)

    assert run.stdout.strip() == str([drawn(columns, 7, quality).tolist() for quality in (0, 0.5, 1)])
