"""Every schedule is checked pair by pair, in plain Python; the programs that found them still run."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from matching.columns import Int64
from matching.golf import bank, hunt, hunt_eight, hunt_extras, hunt_space
from matching.golf.formulas import transversal_rounds
from matching.golf.plan import plan
from matching.golf.rings import ring
from matching.rng import Lot

BEST_KNOWN = {
    (3, 3): 4, (4, 3): 4, (5, 3): 7, (6, 3): 8, (7, 3): 10, (8, 3): 11, (9, 3): 13, (10, 3): 14,
    (4, 4): 5, (5, 4): 5, (6, 4): 7, (7, 4): 9, (8, 4): 10, (9, 4): 11, (10, 4): 13,
    (5, 5): 6, (6, 5): 6, (7, 5): 7, (8, 5): 8, (9, 5): 9, (10, 5): 9,
}  # fmt: skip
LARGE = {(25, 4): 27, (33, 3): 42, (20, 5): 16, (50, 4): 52}  # what one round at a time should reach at least
STORED = sorted(bank._lines())


def is_schedule(rounds: Int64, g: int, k: int) -> bool:
    """Everybody once a round, in groups of k, and no pair twice."""
    met: set[tuple[int, int]] = set()
    for groups in rounds.tolist():
        if [len(group) for group in groups] != [k] * g or sorted(chain(*groups)) != list(range(g * k)):
            return False
        pairs = [pair for group in groups for pair in combinations(sorted(group), 2)]
        if len(met) + len(pairs) != len(met | set(pairs)):
            return False
        met |= set(pairs)
    return True


def test_the_judge_sees_a_pair_that_meets_twice() -> None:
    rounds = bank.schedule(5, 3).copy()
    assert is_schedule(rounds, 5, 3)
    rounds[0, 0, 0], rounds[0, 1, 0] = rounds[0, 1, 0], rounds[0, 0, 0]
    assert not is_schedule(rounds, 5, 3)


@pytest.mark.parametrize(("g", "k"), STORED)
def test_a_line_of_the_bank_is_a_schedule(g: int, k: int) -> None:
    rounds = bank.from_bank(g, k)
    assert len(rounds) > 0
    assert is_schedule(rounds, g, k)


@pytest.mark.parametrize(("g", "k"), sorted(BEST_KNOWN))
def test_the_planner_reaches_the_best_known_number_of_rounds(g: int, k: int) -> None:
    rounds = plan(g, k, Lot(g * 100 + k))
    assert is_schedule(rounds, g, k)
    assert len(rounds) >= BEST_KNOWN[g, k]


@pytest.mark.parametrize(("g", "k"), sorted(LARGE))
def test_the_planner_reaches_many_rounds_for_larger_communities(g: int, k: int) -> None:
    rounds = plan(g, k, Lot(1))
    assert is_schedule(rounds, g, k)
    assert len(rounds) >= LARGE[g, k]


@pytest.mark.parametrize("k", [3, 4, 5, 6])
def test_the_formula_gives_as_many_rounds_as_there_are_groups(k: int) -> None:
    for g in range(2, 33):
        rounds = transversal_rounds(g, k)
        assert len(rounds) in (0, g)
        assert is_schedule(rounds, g, k)


@pytest.mark.parametrize("q", [4, 8, 9, 16, 25, 27])
def test_a_field_has_inverses_and_distributes(q: int) -> None:
    numbers = ring(q)
    assert all(sorted(row) == list(range(q)) for row in numbers.times[1:].tolist())
    for a in range(q):
        left = numbers.times[a][numbers.plus]
        assert np.array_equal(left, numbers.plus[np.ix_(numbers.times[a], numbers.times[a])])


def test_repeats_counts_pairs_that_meet_again_and_refuses_rounds_that_are_none() -> None:
    once = bank.schedule(3, 3)[:1]
    assert bank.repeats(np.concatenate([once, once])) == 9
    assert bank.repeats(bank.schedule(3, 3)) == 0
    assert bank.repeats(np.zeros((1, 3, 3), dtype=np.int64)) == -1


def test_the_search_in_space_finds_13_rounds_for_40_people_again() -> None:
    words = hunt_space.bank_line().split()
    assert is_schedule(bank.develop(10, 4, int(words[2]), " ".join(words[3:])), 10, 4)


def test_the_search_over_translations_finds_10_rounds_for_32_people_again() -> None:
    words = hunt_eight.bank_line().split()
    assert is_schedule(bank.develop(8, 4, int(words[2]), " ".join(words[3:])), 8, 4)


@pytest.mark.parametrize(("g", "k", "m"), [(5, 3, 7), (8, 3, 11), (6, 4, 7), (6, 5, 6)])
def test_the_search_for_a_base_round_finds_one(g: int, k: int, m: int) -> None:
    found = hunt.hunt(g, k, m, Lot(1), 12)
    assert found is not None
    words = hunt.line(g, k, m, found).split()
    assert is_schedule(bank.develop(g, k, m, " ".join(words[3:])), g, k)


def test_the_search_for_a_base_round_and_orbits_finds_the_kirkman_system_of_21() -> None:
    found = hunt_extras.hunt_extras(7, 3, 3, Lot(1), 3)
    assert found is not None
    words = hunt_extras.line(7, 3, *found).split()
    rounds = bank.develop(7, 3, 7, " ".join(words[3:]))
    assert len(rounds) == 10
    assert is_schedule(rounds, 7, 3)
