"""Dual values and a trio: the bound is below no round with a trio, and reached where tiers are forced."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import Person, Policy, Pool
from matching.certify import certify, seats_of
from matching.columns import Columns
from matching.drawn import Drawn, Witness
from matching.exact.engine import draw
from matching.proof import pairs, trios
from matching.proof.figures import count
from matching.proof.trios import heaviest_trio
from matching.proof.witness import verify
from matching.rng import Lot
from matching.types import Interests
from tests.matching import brute
from tests.matching.instances import pools
from tests.matching.kinds import KINDS, everyone_met, giant_team
from tests.matching.proof.rounds import MODES, named

ENOUGH = (trios.CORNERS, trios.THIRDS, trios.LISTED)
SHORT = ((0, trios.THIRDS, trios.LISTED), (0, 0, trios.LISTED), (20, 40, 3), (200, trios.THIRDS, 0))
BEYOND = 1 << 80


def drawn(columns: Columns, mode: Interests = "ask-offer") -> Drawn:
    return draw(columns, mode, 1.0, Lot(1), lambda _step, _share: None)


def limit(patch: pytest.MonkeyPatch, limits: tuple[int, int, int]) -> None:
    for name, value in zip(("CORNERS", "THIRDS", "LISTED"), limits, strict=True):
        patch.setattr(trios, name, value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pool=pools(most=7, least=3), mode=st.sampled_from(MODES), limits=st.sampled_from((ENOUGH, ENOUGH, *SHORT)))
def test_no_round_with_a_trio_is_better_than_the_prices_of_an_engine_allow(
    pool: Pool, mode: Interests, limits: tuple[int, int, int]
) -> None:
    columns, policy = pool.columns, Policy(interests=mode)
    figures = [count(columns, mode, seats_of(pool, named(one))) for one in brute.lawful_rounds(pool, policy)]
    with pytest.MonkeyPatch.context() as patch:
        limit(patch, limits)
        proofs = [verify(columns, mode, witness, trio=True) for witness in drawn(columns, mode).witnesses]
    for proof in proofs:
        assert proof is not None
        alone = replace(proof, most_half=BEYOND, most_phantom=None)
        for one in figures:
            if one.trio and alone.most_trio is not None:  # weights of very few people may be too large
                assert alone.least_cost(one) <= alone.cost(one.tiers)
                assert alone.most_score(one, BEYOND) >= one.score


def some_pool(n: int, dice: random.Random) -> Pool:
    """Languages in which pairs may meet and trios may not."""
    pool = KINDS[dice.randrange(len(KINDS))](n, dice)
    spoken = (("en", "fr"), ("fr", "pt"), ("pt", "en"), ("en",), ())
    people = tuple(replace(one, languages=frozenset(dice.choice(spoken))) for one in pool.people)
    return Pool(people, pool.history, pool.knows, pool.blocks)


def some_witness(n: int, dice: random.Random) -> Witness:
    """Any values, with sets inside each other and apart."""
    places = dice.sample(range(n), n)
    sets = (places[:3], places[:5], places[5:8], places[:9]) if dice.random() < 0.7 else ()
    y = [dice.randrange(dice.choice((1, 400))) for _ in range(n)]
    z = np.array([dice.randrange(300) for _ in sets], dtype=np.int64)
    arrays = tuple(np.array(sorted(one), dtype=np.int32) for one in sets)
    return Witness(np.array(y), arrays, z, 5000, 900, dice.randrange(2), 70, dice.choice((0, 10)), unit=10_000)


def by_hand(columns: Columns, mode: Interests, witness: Witness) -> int | None:
    """Every three in turn."""
    best = None
    for trio in combinations(range(columns.n), 3):
        a, b = np.array(list(combinations(trio, 2))).T
        all_three = [np.array([one]) for one in trio]
        together = pairs.share(columns.languages, *all_three)[0] and pairs.share(columns.times, *all_three)[0]
        if not together or not pairs.may_meet(columns, a, b).all():
            continue
        met, age = pairs.met_before(columns, a, b)
        same, score = pairs.one_team(columns, a, b), pairs.pair_scores(columns, mode, a, b)
        cost = witness.repeat * met.sum() + witness.age * age.sum() + witness.same * same.sum()
        weight = witness.score * (-(-score // witness.unit)).sum() - cost - witness.y[list(trio)].sum()
        held = zip(witness.sets, witness.z.tolist(), strict=True)
        weight -= sum(value for members, value in held if len(set(trio) & set(members.tolist())) >= 2)
        best = max(2 * int(weight), 2 * int(weight) if best is None else best)
    return best


@pytest.mark.parametrize("seed", range(30))
def test_the_heaviest_trio_is_the_heaviest_of_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    pool = some_pool(9 + seed % 8, dice)
    columns, mode, witness = pool.columns, MODES[seed % 3], some_witness(len(pool.people), dice)
    best = by_hand(columns, mode, witness)
    assert heaviest_trio(columns, mode, witness) == best
    for corners in (0, 150, 300, 600):
        limit(monkeypatch, (corners, *ENOUGH[1:]))
        assert heaviest_trio(columns, mode, witness) == best
    for limits in SHORT[1:]:
        limit(monkeypatch, limits)
        bound = heaviest_trio(columns, mode, witness)
        assert best is None or (bound is not None and bound >= best)


def test_where_no_three_may_meet_nothing_is_said() -> None:
    people = tuple(Person(f"p{one}") for one in range(4))
    pool = Pool(people, blocks=(("p0", "p2"), ("p1", "p3")))
    none = np.zeros(0, dtype=np.int64)
    assert heaviest_trio(pool.columns, "jaccard", Witness(np.zeros(4, np.int64), (), none, 9, 0, 0, 0, 1)) is None


def test_too_many_people_or_too_large_numbers_are_left_to_other_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = Pool(tuple(Person(f"p{one}") for one in range(5))).columns
    small = Witness(np.ones(5, np.int64), (), np.zeros(0, np.int64), 2, 0, 0, 0, 0)
    assert heaviest_trio(columns, "jaccard", small) == -6
    assert heaviest_trio(columns, "jaccard", replace(small, y=np.full(5, 1 << 58))) is None
    monkeypatch.setattr(trios, "MOST", 4)
    assert heaviest_trio(columns, "jaccard", small) is None


@pytest.mark.parametrize("n", [31, 51, 101])
@pytest.mark.parametrize("kind", [everyone_met, giant_team])
def test_small_rounds_with_forced_tiers_are_proven_too(kind: Callable[[int, random.Random], Pool], n: int) -> None:
    columns = kind(n, random.Random(n)).columns
    found = drawn(columns)
    figures = certify(columns, Policy(), found.seats, found.engine, found.witnesses)
    assert figures.optimal_tiers
    assert figures.score <= figures.score_bound <= 1.01 * figures.score


@pytest.mark.parametrize("n", [101, 401])
@pytest.mark.parametrize("kind", [everyone_met, giant_team])
def test_the_prices_prove_forced_tiers_and_bound_the_score_within_a_hundredth(
    kind: Callable[[int, random.Random], Pool], n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without solving anything again."""
    monkeypatch.setattr("matching.proof.bounds.SOLVED", 0)
    monkeypatch.setattr("matching.proof.bounds.SCORED", 0)
    columns = kind(n, random.Random(n)).columns
    found = drawn(columns)
    figures = certify(columns, Policy(), found.seats, found.engine, found.witnesses)
    assert figures.optimal_tiers
    assert figures.score <= figures.score_bound <= 1.01 * figures.score
