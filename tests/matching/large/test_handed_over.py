"""Where the engine for large rounds may have missed something, the exact one takes over, up to 10,000 people."""

from __future__ import annotations

import random

import numpy as np
import pytest

from matching import Policy, check, engines, match
from matching.certify import certify
from matching.columns import Columns
from matching.rng import Lot
from matching.shadows import tiers as cost_of
from tests.matching.column_makers import plain_columns
from tests.matching.kinds import KINDS
from tests.matching.test_kinds import Kind, only, tiers


def silent(_word: str, _share: float) -> None:
    pass


@pytest.mark.parametrize("quality", [0.0, 1.0])
@pytest.mark.parametrize("n", [60, 61])
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_pool_costs_more_than_it_must(
    kind: Kind, n: int, quality: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = kind(n, random.Random(n))
    only("exact", monkeypatch)
    best = match(pool, Policy(), seed=3)
    only("large", monkeypatch)
    monkeypatch.setattr(engines, "HANDED", 1_000)
    found = match(pool, Policy(quality=quality), seed=3)
    assert check(pool, Policy(quality=quality), found) == ()
    assert tiers(found) == tiers(best)
    assert found.certificate.optimal_tiers


def two_odd_halves(n: int) -> Columns:
    """Fresh pairs only inside two halves of odd size: one repeat is forced."""
    half = n // 2
    met = (np.arange(half)[:, None] * n + np.arange(half, n)[None, :]).ravel()
    age = (100 + met % 97).astype(np.int32)
    met.setflags(write=False)
    age.setflags(write=False)
    return plain_columns(n, met=met, age=age)


@pytest.mark.long
def test_among_five_thousand_the_one_forced_repeat_is_the_oldest() -> None:
    columns = two_odd_halves(5_002)
    drawn = engines.draw_round(columns, Policy(), Lot(3), silent)
    figures = certify(columns, Policy(), drawn.seats, drawn.engine, drawn.witnesses)
    assert (figures.left_out, figures.repeats, figures.repeat_cost) == (0, 1, 100)
    assert figures.optimal_tiers
    assert figures.engine == "exact"


def test_whoever_must_be_left_out_makes_nobody_else_look_again() -> None:
    """One of 5,002 whom nobody may meet: counting shows it, and the large engine's round stands."""
    n = 5_002
    lonely = np.array([min(7, one) * n + max(7, one) for one in range(n) if one != 7], dtype=np.int64)
    blocks = np.sort(lonely)
    blocks.setflags(write=False)
    columns = plain_columns(n, blocks=blocks)
    drawn = engines.draw_round(columns, Policy(), Lot(3), silent)
    assert drawn.engine == "large"
    assert cost_of(columns, drawn.seats) == (1, 0, 0, 0)
