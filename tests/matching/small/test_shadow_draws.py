"""Shadow draws: rounds as good as the real one, which share no pair with it, and a lot that knows no favourite."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from matching import Policy, Pool
from matching.columns import Columns
from matching.drawn import Drawn, Progress
from matching.rng import Lot
from matching.shadows import draw_all, pairs_of, tiers
from matching.small import engine
from tests.matching.instances import plain
from tests.matching.kinds import everyone_met, many_teams
from tests.matching.small.helpers import silent


def rounds(columns: Columns, shadows: int, seed: int, quality: float = 1.0) -> list[Drawn]:
    real, others = draw_all(columns, Policy(quality=quality, shadows=shadows), Lot(seed), drawn, silent)
    return [real, *others]


def drawn(columns: Columns, policy: Policy, lot: Lot, tell: Progress) -> Drawn:
    return engine.draw(columns, policy.interests, policy.quality, lot, tell)


@pytest.mark.parametrize("n", [12, 40, 41])
def test_shadows_share_no_pair_with_history_or_each_other(n: int) -> None:
    pool = many_teams(n, random.Random(n)) if n > 12 else Pool(plain(12))
    found = rounds(pool.columns, 4, 3)
    keys = np.concatenate([pairs_of(one.seats, n) for one in found])
    assert len(found) == 5
    assert len(np.unique(keys)) == len(keys)
    assert not np.isin(keys, pool.columns.met).any()
    assert len({tiers(pool.columns, one.seats) for one in found}) == 1


def test_a_tier_is_never_given_up_for_a_shadow() -> None:
    """Everyone has met everyone: all five are as cheap as the cheapest, even if they must share pairs."""
    pool = everyone_met(12, random.Random(1))
    best = tiers(pool.columns, engine.draw(pool.columns, "ask-offer", 1.0, Lot(9), silent).seats)
    assert {tiers(pool.columns, one.seats) for one in rounds(pool.columns, 4, 3)} == {best}


def test_each_draw_is_as_likely_to_be_the_real_one() -> None:
    """Two degrees of freedom; the draws are told apart by a mark in the order in which they are made."""
    made: list[Drawn] = []

    def marked(columns: Columns, *rest: object) -> Drawn:
        seats = np.array([[0, len(made) % 3 + 1]], dtype=np.int32)
        made.append(Drawn(seats, f"draw {len(made) % 3}"))
        return made[-1]

    columns = Pool(plain(4)).columns
    policy = Policy(shadows=2)
    real = Counter(draw_all(columns, policy, Lot(seed), marked, silent)[0].engine for seed in range(900))
    assert sum((count - 300) ** 2 / 300 for count in real.values()) < 13.8


def test_progress_runs_from_nothing_to_all() -> None:
    shares: list[float] = []

    def tell(word: str, share: float) -> None:
        shares.append(share)

    draw_all(Pool(plain(6)).columns, Policy(shadows=2), Lot(1), drawn, tell)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
