"""Schedules beside shadow draws: the lot picks among rounds of one schedule, and the schedule goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.columns import Columns, frozen
from matching.drawn import Drawn
from matching.engines import draw_round
from matching.golf.ahead import next_round
from matching.golf.bank import schedule
from matching.golf.orders import orders
from matching.golf.resolve import resolved
from matching.rng import Lot
from matching.shadows import draw_all, pairs_of, tiers
from matching.types import Policy
from tests.matching.column_makers import plain_columns
from tests.matching.golf.rounds import Groups, pairs_in, silent, with_history
from tests.matching.golf.test_bank import BEST_KNOWN


def drawn(columns: Columns, k: int, shadows: int, seed: int) -> tuple[Drawn, tuple[Drawn, ...]]:
    return draw_all(columns, Policy(size=k, shadows=shadows), Lot(seed), draw_round, silent)


def rounds_with_shadows(g: int, k: int, shadows: int, seed: int, kept: bool, most: int) -> tuple[int, int]:
    """How many rounds are without a repeat, and the first in which a shadow of an earlier round comes together."""
    columns, rounds, apart = plain_columns(g * k), list[Groups](), np.zeros(0, dtype=np.int64)
    used_up = most
    while len(rounds) < most:
        now = replace(with_history(columns, rounds), apart=frozen(apart)[0])
        real, others = drawn(now, k, shadows, 1000 * seed + len(rounds))
        if tiers(now, real.seats) != (0, 0, 0, 0):
            break
        if np.isin(pairs_of(real.seats, now.n), apart).any():
            used_up = min(used_up, len(rounds))
        rounds.append([[int(one) for one in row if one >= 0] for row in real.seats])
        if kept:
            apart = np.unique(np.concatenate([apart, *(pairs_of(one.seats, now.n) for one in others)]))
    return len(rounds), used_up


@pytest.mark.parametrize(("g", "k"), [(5, 3), (7, 3), (8, 3), (4, 4), (6, 4)])
@pytest.mark.parametrize("kept", [True, False])
def test_shadow_draws_cost_no_round_of_a_schedule(g: int, k: int, kept: bool) -> None:
    best = BEST_KNOWN[g, k]
    assert rounds_with_shadows(g, k, 1, 1, kept, best)[0] == best


@pytest.mark.long
@pytest.mark.parametrize("shadows", [1, 2])
@pytest.mark.parametrize(("g", "k"), sorted(BEST_KNOWN))
def test_shadow_draws_cost_no_community_a_round(g: int, k: int, shadows: int) -> None:
    best = BEST_KNOWN[g, k]
    assert rounds_with_shadows(g, k, shadows, 2, True, best)[0] == best


@pytest.mark.parametrize(("g", "k", "rounds"), [(7, 3, 5), (8, 3, 5), (8, 4, 5)])
def test_nobody_meets_a_shadow_before_every_round_was_held_or_a_shadow(g: int, k: int, rounds: int) -> None:
    assert rounds_with_shadows(g, k, 1, 1, True, rounds) == (rounds, rounds)


def test_a_real_round_and_its_shadow_share_no_pair_even_when_earlier_shadows_are_used_up() -> None:
    played = schedule(7, 3)
    columns = with_history(plain_columns(21), [one.tolist() for one in played[:5]])
    apart = np.unique([a * 21 + b for a, b in pairs_in(played[5:].reshape(-1, 3).tolist())])
    real, others = drawn(replace(columns, apart=frozen(apart)[0]), 3, 1, 4)
    assert not np.isin(pairs_of(real.seats, 21), pairs_of(others[0].seats, 21)).any()


@pytest.mark.parametrize(("g", "k"), [(7, 3), (10, 3), (7, 4), (9, 4), (5, 5)])
def test_a_schedule_is_recognised_whatever_the_order_of_its_rounds(g: int, k: int) -> None:
    rounds = schedule(g, k)
    for seed in range(4):
        lot = Lot(seed)
        people = lot.stream("people").order(g * k)
        turns = lot.stream("turns").order(len(rounds))[:-1]
        columns = with_history(plain_columns(g * k), [people[rounds[one]].tolist() for one in turns])
        seats = next_round(columns, None, k, 0.0, lot)
        assert seats is not None
        assert tiers(columns, seats) == (0, 0, 0, 0)


def test_a_schedule_is_recognised_beyond_the_rounds_that_age_costs_tell_apart() -> None:
    rounds = schedule(33, 3)
    for held in (36, 38, len(rounds) - 1):
        columns = with_history(plain_columns(99), rounds[:held].tolist())
        seats = next_round(columns, None, 3, 0.0, Lot(held))
        assert seats is not None
        assert tiers(columns, seats) == (0, 0, 0, 0)


def test_no_order_is_found_for_rounds_of_another_schedule() -> None:
    dice = np.random.default_rng(3)
    past = np.empty((3, 24), dtype=np.int64)
    for row in past:
        for group in dice.permutation(24).reshape(6, 4):
            row[group] = group.min()
    assert list(orders(past, schedule(6, 4))) == []


def test_rounds_that_lie_on_top_of_each_other_are_taken_apart() -> None:
    rounds = schedule(8, 4)[[1, 4, 6]]
    pairs = np.unique([a * 32 + b for a, b in pairs_in(rounds.reshape(-1, 4).tolist())])
    found = resolved(pairs, 32, 4)
    assert found is not None
    names = {tuple(name for name in row) for row in found.tolist()}
    expected = set()
    for groups in rounds.tolist():
        name = {one: min(group) for group in groups for one in group}
        expected.add(tuple(name[one] for one in range(32)))
    assert names == expected


def test_pairs_that_are_no_rounds_are_not_taken_apart() -> None:
    pairs = np.array([0 * 6 + 1, 0 * 6 + 2, 1 * 6 + 3, 2 * 6 + 3, 3 * 6 + 4, 4 * 6 + 5], dtype=np.int64)
    assert resolved(pairs, 6, 3) is None
    assert resolved(pairs[:2], 6, 3) is None
