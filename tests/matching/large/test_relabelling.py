"""Who somebody is in the list does not matter: other places and other seeds give statistically the same lottery.

The engine for large rounds shuffles by itself, since from 20,000 people on nobody does it for it. Some hundred rounds
of one community are compared with as many of the same people in other places, drawn with other seeds. How often each
pair came (and each third of a trio, each one left out) must differ no more than between two halves of all the rounds
split at random: a permutation test, which needs no covariance, with seeds that are fixed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.columns import Columns, Int64
from matching.large.engine import draw
from matching.rng import Lot
from tests.matching.column_makers import random_columns

SPLITS = 499  # random halves; the least p is 1 in 500
P = 0.01


def silent(_word: str, _share: float) -> None:
    pass


def community(n: int) -> Columns:
    """People with teams, topics, languages, five rounds behind them and one person whom nobody may meet."""
    columns = random_columns(n, 11, teams="powerlaw", topics=40, history_rounds=5, block_share=1.0)
    lonely = np.array([min(7, one) * n + max(7, one) for one in range(n) if one != 7], dtype=np.int64)
    blocks = np.union1d(columns.blocks, lonely)
    blocks.setflags(write=False)
    return replace(columns, blocks=blocks)


def rounds(columns: Columns, order: Int64, seeds: range, quality: float) -> Int64:
    """What happened in each round, a row of numbers below n * (n + 1), by place of the columns.

    A pair is low * (n + 1) + high; n in its place stands for being left out; a pair of a trio counts as a pair.
    """
    n, placed = columns.n, columns.take(order)
    found = np.full((len(seeds), n // 2 + 4), -1, dtype=np.int64)
    for row, seed in zip(found, seeds, strict=True):
        seats = draw(placed, "ask-offer", quality, Lot(seed), silent).seats
        named = np.append(order, -1)[seats]
        pairs = [(a, b) for first, a in enumerate(named.T) for b in named.T[first + 1 :]]
        low, high = (np.concatenate([each(a, b) for a, b in pairs]) for each in (np.minimum, np.maximum))
        out = np.setdiff1d(np.arange(n), named)
        events = np.concatenate([(low * (n + 1) + high)[low >= 0], out * (n + 1) + n])
        row[: len(events)] = events
    return found


def chance_of(first: Int64, second: Int64) -> float:
    """The share of random halves that differ at least as much as these two samples."""
    events, runs = np.concatenate([first, second]), len(first)
    names, number = np.unique(events, return_inverse=True)
    number = number.reshape(events.shape)
    total = np.bincount(number.ravel())
    weight = np.where(names < 0, 0.0, 1 / total)
    dice, label = np.random.default_rng(1), np.arange(2 * runs) < runs

    def difference() -> float:
        half = np.bincount(number[label].ravel(), minlength=len(total))
        return float((weight * (2 * half - total) ** 2).sum())

    seen, others = difference(), 0
    for _ in range(SPLITS):
        dice.shuffle(label)
        others += difference() >= seen
    return (others + 1) / (SPLITS + 1)


def assert_same_lottery(n: int, quality: float, runs: int) -> None:
    columns = community(n)
    order = np.random.default_rng(n).permutation(n)
    first = rounds(columns, np.arange(n), range(runs), quality)
    second = rounds(columns, order, range(runs, 2 * runs), quality)
    assert chance_of(first, second) > P


@pytest.mark.parametrize("quality", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("n", [60, 61])
def test_other_places_give_the_same_lottery(n: int, quality: float) -> None:
    assert_same_lottery(n, quality, 250)


@pytest.mark.long
@pytest.mark.parametrize("quality", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("n", [60, 61, 120])
def test_other_places_give_the_same_lottery_in_thousands_of_rounds(n: int, quality: float) -> None:
    assert_same_lottery(n, quality, 8_000)


def test_forgetting_who_sits_where_is_found_out() -> None:
    """The same comparison, when the second half of the rounds is read by the places of the first."""
    columns, n, runs = community(60), 60, 250
    order = np.random.default_rng(n).permutation(n)
    first = rounds(columns, np.arange(n), range(runs), 0.0)
    second = rounds(columns.take(order), np.arange(n), range(runs, 2 * runs), 0.0)
    assert chance_of(first, second) <= P
