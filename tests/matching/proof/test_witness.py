"""Dual values are believed only when every pair is covered, and then prove exactly what they add up to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from matching import Met, Policy, Pool
from matching.certify import certify
from matching.columns import Columns
from matching.drawn import Witness
from matching.proof import matrix
from matching.proof.figures import count
from matching.proof.prices import prices
from matching.proof.witness import verify
from tests.matching.instances import plain
from tests.matching.kinds import KINDS
from tests.matching.proof.rounds import best_pairs

BASE = 1_000


def two_triangles() -> Pool:
    """Six people who have new faces only inside two halves: one repeat is forced, and only odd sets show it."""
    return Pool(plain(6), tuple(Met(1, f"p000{a}", f"p000{b}") for a in range(3) for b in range(3, 6)))


def odd_sets() -> Witness:
    return Witness(
        y=np.full(6, BASE // 2 - 50, dtype=np.int64),
        sets=(np.array([0, 1, 2], dtype=np.int32), np.array([3, 4, 5], dtype=np.int32)),
        z=np.array([100, 100]),
        base=BASE,
        repeat=100,
        age=0,
        same=0,
        score=0,
    )


def single_team(n: int) -> Witness:
    """Everyone costs in every pair; the phantom's pairs cost twice."""
    y = np.full(n + 1, (BASE - 2) // 2, dtype=np.int64)
    y[n] = (BASE - 6) // 2
    return Witness(y, (), np.zeros(0, dtype=np.int64), base=BASE, repeat=0, age=0, same=2, score=0, phantom=True)


def test_odd_sets_prove_a_repeat_that_no_prices_of_people_alone_could() -> None:
    columns = two_triangles().columns
    proof = verify(columns, "ask-offer", odd_sets())
    figures = count(columns, "ask-offer", np.array([[0, 1], [2, 3], [4, 5]], dtype=np.int32))
    assert proof is not None
    assert (proof.least_cost(figures), figures.repeats) == (100, 1)


@pytest.mark.parametrize("place", range(6))
def test_one_number_that_is_too_low_by_one_is_refused(place: int) -> None:
    columns, witness = two_triangles().columns, odd_sets()
    lower = witness.y.copy()
    lower[place] -= 1
    assert verify(columns, "ask-offer", replace(witness, y=lower)) is None
    z = witness.z.copy()
    z[place % 2] -= 1
    assert verify(columns, "ask-offer", replace(witness, z=z)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"y": np.full(5, BASE)},
        {"y": np.array([BASE, BASE, BASE, BASE, BASE, -1])},
        {"y": np.full(6, 1 << 61)},
        {"z": np.array([100, -100])},
        {"z": np.array([100])},
        {"sets": (np.array([0, 1]), np.array([3, 4, 5]))},
        {"sets": (np.array([0, 1, 1]), np.array([3, 4, 5]))},
        {"sets": (np.array([0, 1, 9]), np.array([3, 4, 5]))},
        {"repeat": -1},
        {"base": 1 << 61},
    ],
)
def test_a_witness_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    assert verify(two_triangles().columns, "ask-offer", replace(odd_sets(), **change)) is None  # type: ignore[arg-type]


def test_the_phantom_proves_what_a_trio_costs() -> None:
    columns = Pool(plain(5, team="A")).columns
    figures = count(columns, "ask-offer", np.array([[0, 1, 2], [3, 4, -1]], dtype=np.int32))
    proof = verify(columns, "ask-offer", single_team(5))
    assert proof is not None
    assert proof.least_cost(figures) == 2 * figures.same_team == 8
    lower = single_team(5).y.copy()
    lower[5] -= 1
    halves = verify(columns, "ask-offer", replace(single_team(5), y=lower))
    assert halves is not None
    assert halves.most_phantom is None
    assert halves.least_cost(figures) < 8


def from_prices(columns: Columns, score: int, penalties: tuple[int, int, int]) -> Witness:
    """A witness without odd sets: the assignment's prices of the same weights, all doubled."""
    n, base = columns.n, 10**15
    met, age = matrix.age_rows(columns, 0, n)
    paid = penalties[0] * met + penalties[1] * age + penalties[2] * matrix.team_rows(columns, 0, n)
    weight = base - paid + 2 * score * matrix.score_rows(columns, "ask-offer", 0, n)
    y = np.maximum(prices(weight, matrix.lawful_rows(columns, 0, n)), 0)
    none = np.zeros(0, dtype=np.int64)
    repeat, age_rate, same = (2 * rate for rate in penalties)
    return Witness(y, (), none, base=2 * base, repeat=repeat, age=age_rate, same=same, score=2 * score)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.__name__ not in ("outcasts", "star")])
def test_prices_as_a_witness_bound_tiers_and_score_and_never_beat_them(
    kind: Callable[[int, random.Random], Pool],
) -> None:
    columns = kind(24, random.Random(2)).columns
    seats = best_pairs(columns)
    figures = count(columns, "ask-offer", seats)
    penalties = (10**12, 10**8, 10**7)
    cost = sum(rate * tier for rate, tier in zip(penalties, figures.tiers, strict=True))
    proof = verify(columns, "ask-offer", from_prices(columns, 1, penalties))
    assert proof is not None
    assert proof.least_cost(figures) <= 2 * cost
    assert proof.most_score(figures, 10**9) >= figures.score
    plain_proof = verify(columns, "ask-offer", from_prices(columns, 0, penalties))
    assert plain_proof is not None
    assert plain_proof.least_cost(figures) <= 2 * cost


def test_a_witness_proves_a_round_that_is_too_large_to_be_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.proof.bounds.SOLVED", 0)
    pool = Pool(plain(8, team="A"), (*(Met(1, "p0000", f"p000{one}") for one in range(1, 8)),))
    seats = np.array([[0, 1], [2, 3], [4, 5], [6, 7]], dtype=np.int32)
    witness = from_prices(pool.columns, 0, (10**9, 10**4, 1))
    without = certify(pool.columns, Policy(), seats, "any")
    assert certify(pool.columns, Policy(), seats, "any", [witness]).optimal_tiers
    forged = replace(witness, y=witness.y // 2)
    assert certify(pool.columns, Policy(), seats, "any", [forged]) == without
