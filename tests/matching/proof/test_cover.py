"""No pair is passed over: whoever looks at all pairs at once says what a look at each of them would say."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import Pool
from matching.columns import Columns, Int64
from matching.drawn import Witness
from matching.exact.engine import draw
from matching.proof import bits, cover, matrix
from matching.proof.cover import covers
from matching.proof.witness import verify
from matching.rng import Lot
from matching.types import Interests
from tests.matching.column_makers import random_columns
from tests.matching.instances import pools
from tests.matching.kinds import KINDS
from tests.matching.proof.rounds import MODES

USUAL = (cover.DOUBTED, cover.ROWS, cover.LISTED, bits.CELLS, bits.NARROW)
WAYS = (USUAL, (0, *USUAL[1:]), (1 << 40, *USUAL[1:]), (0, 1, 90, 50, 0), (1 << 40, 2, 700, 1, 0))
Kind = Callable[[int, random.Random], Pool]


def limit(patch: pytest.MonkeyPatch, way: tuple[int, ...]) -> None:
    """Few or many doubts, blocks of a row, lists of a few."""
    for name, value in zip(("DOUBTED", "ROWS", "LISTED"), way, strict=False):
        patch.setattr(cover, name, value)
    for name, value in zip(("CELLS", "NARROW"), way[3:], strict=True):
        patch.setattr(bits, name, value)


def spare(columns: Columns, mode: Interests, witness: Witness) -> Int64:
    """By how much each pair is covered: by plain matrices, below 0 where it is not; a large number if not lawful."""
    n = columns.n
    y = witness.y[:n]
    met, age = matrix.age_rows(columns, 0, n)
    score = -(-matrix.score_rows(columns, mode, 0, n) // witness.unit)
    weight = witness.base + 2 * witness.score * score - witness.same * matrix.team_rows(columns, 0, n)
    left = y[:, None] + y[None, :] - weight + witness.repeat * met + witness.age * age
    for members, value in zip(witness.sets, witness.z.tolist(), strict=True):
        people = members[members < n]
        left[np.ix_(people, people)] += value
    return np.where(matrix.lawful_rows(columns, 0, n), left, 1 << 50)


def drawn(columns: Columns, mode: Interests) -> tuple[Witness, ...]:
    return draw(columns, mode, 1.0, Lot(1), lambda _step, _share: None).witnesses


def some_witness(columns: Columns, mode: Interests, data: st.DataObject) -> Witness:
    """Prices around those that just cover each person's pairs, and some odd sets."""
    dice = random.Random(data.draw(st.integers(0, 1 << 32)))
    n = columns.n
    repeat, age, same = (dice.choice((0, dice.randrange(1, 1000))) for _ in range(3))
    places = dice.sample(range(n), n)
    sets = [sorted(places[:3]), sorted(places[: 2 * (n // 2) - 1])][: dice.randrange(3)] if n > 3 else []
    arrays = tuple(np.array(one, dtype=np.int32) for one in sets)
    z = np.array([dice.randrange(50) for _ in sets], dtype=np.int64)
    score, unit = dice.choice(((0, 1), (1, 1), (3, 200_000), (2, 7)))
    none = Witness(np.zeros(n, np.int64), arrays, z, dice.randrange(3_000), repeat, age, same, score, unit=unit)
    needed = -spare(columns, mode, none)
    most = int(np.where(needed > -(1 << 49), needed, 0).max(initial=0))
    slack = dice.choice((0, 1, max(1, most // 20)))
    return replace(none, y=np.array([max(0, most // 2 + dice.randint(-slack, slack)) for _ in range(n)], np.int64))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pool=pools(most=11), mode=st.sampled_from(MODES), way=st.sampled_from(WAYS), data=st.data())
def test_prices_are_believed_just_when_each_pair_is_covered(
    pool: Pool, mode: Interests, way: tuple[int, ...], data: st.DataObject
) -> None:
    witness = some_witness(pool.columns, mode, data)
    with pytest.MonkeyPatch.context() as patch:
        limit(patch, way)
        assert covers(pool.columns, mode, witness) == bool((spare(pool.columns, mode, witness) >= 0).all())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_one_pair_that_is_short_by_one_is_found(kind: Kind, mode: Interests, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of an engine, lowered until one random pair, and perhaps others, is not covered."""
    dice = random.Random(f"{kind.__name__} {mode}")
    columns = kind(50, dice).columns
    for witness, way in product(drawn(columns, mode), WAYS):
        limit(monkeypatch, way)
        assert verify(columns, mode, witness) is not None
        left = spare(columns, mode, witness)
        pairs = np.argwhere(left < 1 << 49)
        for a, b in pairs[[dice.randrange(len(pairs)) for _ in range(6)]].tolist():
            y = witness.y.copy()
            lost = min(int(left[a, b]) + 1, int(y[a]))
            y[a] -= lost
            y[b] -= int(left[a, b]) + 1 - lost
            if y[b] >= 0:
                assert verify(columns, mode, replace(witness, y=y)) is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_single_pair_in_doubt_is_never_passed_over(
    kind: Kind, mode: Interests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pairs but one are amply covered; that one just so, or not by one: for pairs of every weight there is."""
    dice = random.Random(f"{kind.__name__} {mode}")
    columns = kind(40, dice).columns
    none = np.zeros(0, dtype=np.int64)
    ample = Witness(np.full(40, 1 << 20), (), none, base=10_000, repeat=3_000, age=2, same=700, score=1, unit=500)
    weight = (1 << 21) - spare(columns, mode, ample)
    lawful = np.argwhere(np.triu(weight > 0, 1))
    by_weight = lawful[np.argsort(weight[tuple(lawful.T)], kind="stable")]
    for a, b in by_weight[np.linspace(0, len(by_weight) - 1, 30).astype(np.int64)].tolist():
        y = ample.y.copy()
        y[a] = dice.randrange(1, int(weight[a, b]))
        y[b] = int(weight[a, b]) - y[a]
        short = y.copy()
        short[b] -= 1
        for way in (USUAL, (-1, *USUAL[1:])):
            limit(monkeypatch, way)
            assert covers(columns, mode, replace(ample, y=y))
            assert not covers(columns, mode, replace(ample, y=short))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(2))
def test_only_pairs_that_are_short_count(mode: Interests, seed: int) -> None:
    """Any prices raised for one person after the other, where all pairs are looked at: as soon as none is short."""
    dice = np.random.default_rng(seed)
    columns = random_columns(60, seed, teams=("giant", "powerlaw")[seed % 2], times=True)
    none = np.zeros(0, dtype=np.int64)
    y = dice.integers(0, 500, 60)
    witness = Witness(y, (), none, base=1_000, repeat=300, age=1, same=150, score=1, unit=2_000)
    while (short := np.argwhere(spare(columns, mode, witness) < 0)).size:
        assert not covers(columns, mode, witness)
        rows = np.unique(short[:, 0])
        one = rows[dice.integers(len(rows))]
        y[one] -= spare(columns, mode, witness)[one].min()
    assert covers(columns, mode, witness)
    assert verify(columns, mode, witness) is not None


def test_two_languages_of_more_than_64_topics_and_people_fit_into_words() -> None:
    """Bits of the second word and of the last person count like those of the first."""
    for count in (63, 64, 65, 129):
        rows, places = np.array([0, 1, 1]), np.array([count - 1, 0, count - 1])
        table = bits.pair_bits(rows, places, 2, count)
        assert [one.tolist() for one in bits.unpacked(table)] == [rows.tolist(), places.tolist()]
        first = bits.first_bits(count)
        assert np.bitwise_count(first).sum(axis=1).tolist() == list(range(count + 1))
        assert bits.unpacked(first[count:])[1].tolist() == list(range(count))
