"""Chi-squared over 20,000 rounds: pairs, trio seats and patterns of teams come as often as in a fair draw.

Each statistic uses the exact covariance of fair rounds, and the cube-root approximation of Wilson and Hilferty for the
tail; seeds are fixed, so a test that passes keeps passing.
"""

from __future__ import annotations

from collections import Counter
from math import factorial

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns, Int32
from matching.kernels.lot import lot_state
from matching.kernels.pairs import gather
from matching.kernels.tastes import no_tastes
from matching.large.shake import chain
from matching.large.start import choose_trio, deal_pairs, team_order
from matching.rng import Lot
from matching.temperature import temperature
from tests.matching.column_makers import plain_columns

RUNS = 20_000
MIXING = 20


def is_fair(statistic: float, freedom: int) -> bool:
    """Whether chance exceeds this value of chi-squared once in a thousand times or more often."""
    spread = 2 / (9 * freedom)
    return bool((statistic / freedom) ** (1 / 3) < 1 - spread + 3.09 * spread**0.5)


def rounds(columns: Columns, seed: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Mates (runs, n) and trios (runs, 3) by place of the columns, from the kernels that the engine uses."""
    state, n = lot_state(Lot(seed)), columns.n
    mates, trios = np.empty((RUNS, n), dtype=np.int32), np.empty((RUNS, 3), dtype=np.int32)
    table, tastes = temperature(0.0), no_tastes()
    seat = bench = np.ones(n, dtype=np.int64)
    for run in range(RUNS):
        order = team_order(columns.team, len(columns.teams), state)
        facts = gather(columns, order)
        trio = choose_trio(facts, seat, state) if n % 2 else np.full(3, -1, dtype=np.int32)
        mate = deal_pairs(n, trio)
        chain(facts, tastes, mate, trio, seat, bench, table, MIXING * n, state)
        mates[run], trios[run] = back(mate, order), order[trio]
    return mates, trios


def back(mate: Int32, order: Int32) -> Int32:
    """Mates by place of the columns; whoever is in the trio keeps their mark."""
    found = np.empty_like(mate)
    found[order] = np.where(mate >= 0, order[mate], mate)
    return found


def test_every_pair_meets_as_often() -> None:
    n = 20

    mates, _ = rounds(plain_columns(n), 1)

    counts = np.zeros((n, n))
    np.add.at(counts, (np.tile(np.arange(n), RUNS), mates.ravel()), 1)
    observed = counts[np.triu_indices(n, 1)]
    variance = (n - 2) / ((n - 1) * (n - 3))
    assert is_fair(float(((observed - RUNS / (n - 1)) ** 2).sum() / (RUNS * variance)), n * (n - 3) // 2)


def test_everybody_takes_the_third_seat_as_often() -> None:
    n = 21

    _, trios = rounds(plain_columns(n), 2)

    share = 3 / n
    observed = np.bincount(trios.ravel(), minlength=n)
    variance = RUNS * share * (1 - share) * n / (n - 1)
    assert is_fair(float(((observed - RUNS * share) ** 2).sum() / variance), n - 1)


def test_patterns_of_teams_come_as_often_as_in_a_fair_draw_without_pairs_of_one_team() -> None:
    """Four teams of five: a pairs between teams 0 and 1 (and 2 and 3), b between 0 and 2, c between 0 and 3."""
    team = np.repeat(np.arange(4, dtype=np.int32), 5)

    mates, _ = rounds(plain_columns(20, team=team, teams=tuple("abcd")), 3)

    partners = np.sort(team[mates[:, :5]], axis=1)
    observed = Counter(tuple(np.bincount(row, minlength=4)[1:].tolist()) for row in partners)
    chances = {(a, b, 5 - a - b): arrangements(a, b, 5 - a - b) for a in range(6) for b in range(6 - a)}
    whole = sum(chances.values())
    statistic = sum((observed[key] - RUNS * one / whole) ** 2 / (RUNS * one / whole) for key, one in chances.items())
    assert set(observed) <= set(chances)
    assert is_fair(statistic, len(chances) - 1)


def arrangements(a: int, b: int, c: int) -> int:
    """Rounds with these numbers of pairs: split each team in three, then match part with part."""
    orders = factorial(a) * factorial(b) * factorial(c)
    return (factorial(5) // orders) ** 4 * orders**2
