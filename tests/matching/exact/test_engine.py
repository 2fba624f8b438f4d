"""The exact engine against other means, for every kind of pool; and its witnesses against their definition."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from matching import Person, Pool
from matching.columns import Columns
from matching.drawn import Drawn, Witness
from matching.encode import encode
from matching.exact.engine import best_found, draw
from matching.exact.rows import facts_of
from matching.rng import Lot
from matching.rules import pair_score
from matching.types import Interests
from tests.matching.column_makers import plain_columns, random_columns
from tests.matching.exact.oracles import Matrices, best_worth, matrices, worth
from tests.matching.kinds import KINDS

Kind = Callable[[int, random.Random], Pool]


def columns_of(kind: Kind, n: int, seed: int = 1) -> Columns:
    return encode(kind(n, random.Random(seed))).columns


def silent(word: str, share: float) -> None:
    """Nobody wants to know."""


def changed(columns: Columns, **changes: object) -> Columns:
    return replace(columns, **changes)  # type: ignore[arg-type]


def drawn(columns: Columns, mode: Interests = "ask-offer") -> Drawn:
    return draw(columns, mode, 1.0, Lot(1), silent)


def proves(witness: Witness, facts: Matrices) -> bool:
    """Whether every pair weighs at most its prices."""
    n = len(witness.y)
    weight = witness.base - witness.repeat * facts.met - witness.age * facts.age - witness.same * facts.same
    weight = weight + 2 * witness.score * (facts.score // witness.unit)
    covered = witness.y[:, None] + witness.y[None, :]
    for members, price in zip(witness.sets, witness.z, strict=True):
        inside = np.zeros(n, dtype=bool)
        inside[members] = True
        covered = covered + price * (inside[:, None] & inside[None, :])
    return bool((covered >= weight)[facts.allowed].all())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("n", [8, 60])
def test_an_even_round_is_the_best_by_all_aims(kind: Kind, n: int) -> None:
    columns = columns_of(kind, n)
    facts = matrices(columns)
    found = worth(columns, facts, drawn(columns).seats)
    best = best_worth(columns, facts) if n == 8 else found
    assert found == best
    if n == 60 and found[0] == 0:
        assert found == best_worth(columns, facts)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("n", [7, 13])
def test_an_odd_round_is_the_best_over_every_trio(kind: Kind, n: int) -> None:
    columns = columns_of(kind, n, seed=n)
    facts = matrices(columns)
    assert worth(columns, facts, drawn(columns).seats) == best_worth(columns, facts)


@pytest.mark.parametrize("seed", range(12))
def test_random_pools_with_languages_and_times_get_the_best_round(seed: int) -> None:
    columns = random_columns(9 + seed % 8, seed, topics=12, block_share=1.0, times=True, trios=0)
    facts = matrices(columns)
    size = np.zeros(columns.n, dtype=np.int8)  # wishes come before the score
    columns = changed(columns, size=size)
    assert worth(columns, facts, drawn(columns).seats) == best_worth(columns, facts)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("n", [50, 51])
def test_every_pair_fits_under_the_prices_of_the_witnesses(kind: Kind, n: int) -> None:
    columns = columns_of(kind, n)
    facts = matrices(columns)
    assert all(proves(witness, facts) for witness in drawn(columns).witnesses)


def test_the_prices_of_an_even_round_add_up_to_what_it_weighs() -> None:
    columns = random_columns(150, 3)
    facts = matrices(columns)
    found = drawn(columns)
    witness = found.witnesses[-1]
    out, repeats, ages, same, score = worth(columns, facts, found.seats)
    weight = witness.base * ((columns.n - out) // 2) - witness.repeat * repeats - witness.age * ages
    weight += -witness.same * same + witness.score * (-score // witness.unit)
    allowed = witness.y.sum() + sum(z * (len(one) - 1) // 2 for one, z in zip(witness.sets, witness.z, strict=True))
    assert weight == allowed


def test_whoever_sat_out_most_is_placed_first() -> None:
    """A star: one of the leaves goes with the centre, and the others wait."""
    columns = columns_of(KINDS[[kind.__name__ for kind in KINDS].index("star")], 12)
    sat_out = np.array([0, *[1] * 6, 2, *[1] * 4], dtype=np.int32)
    columns = changed(columns, sat_out=sat_out)
    assert drawn(columns).seats.tolist() == [[0, 7]]


def test_a_trio_goes_to_those_with_fewest_trios() -> None:
    trios = np.ones(31, dtype=np.int32)
    trios[[3, 17, 29]] = 0
    seats = drawn(plain_columns(31, trios=trios)).seats
    assert sorted(seats[seats[:, 2] >= 0][0].tolist()) == [3, 17, 29]


def test_whoever_wishes_a_trio_goes_before_whoever_wishes_a_pair() -> None:
    size = np.full(21, 2, dtype=np.int8)
    size[[1, 8]] = 3
    size[13] = 0
    seats = drawn(plain_columns(21, size=size)).seats
    assert sorted(seats[seats[:, 2] >= 0][0].tolist()) == [1, 8, 13]


@pytest.mark.parametrize("mode", ["jaccard", "one-in-common"])
@pytest.mark.parametrize("n", [60, 61])
def test_the_score_of_every_mode_is_proven(mode: Interests, n: int) -> None:
    """What the prices allow is what the round weighs, with the scores of `rules.py`."""
    columns = random_columns(n, 6, trios=0, topics=20, languages=False)
    columns = changed(columns, size=0 * columns.size)
    found = best_found(columns, facts_of(columns, mode), mode)
    likes = [frozenset(map(str, columns.interests.of(v).tolist())) for v in range(n)]
    people = [Person(str(v), interests=likes[v]) for v in range(n)]
    facts = matrices(columns)._replace(score=np.array([[pair_score(a, b, mode) for a in people] for b in people]))
    assert proves(found.witnesses[-1], facts)
    assert found.answer.proven
    if n == 60:
        seats = drawn(columns, mode).seats
        assert worth(columns, facts, seats) == best_worth(columns, facts)


def test_pairs_are_kept_apart_where_no_tier_suffers() -> None:
    columns = random_columns(80, 5, apart_rounds=12)
    seats = drawn(columns).seats
    low, high = seats[:, :2].min(axis=1), seats[:, :2].max(axis=1)
    assert not np.isin(low.astype(np.int64) * columns.n + high, columns.apart).any()


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_600_people_is_the_best_by_all_aims(kind: Kind) -> None:
    columns = columns_of(kind, 600)
    facts = matrices(columns)
    found = worth(columns, facts, drawn(columns).seats)
    assert found[0] > 0 or found == best_worth(columns, facts)
