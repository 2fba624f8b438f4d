"""The heaviest matching: against brute force of NetworkX, and by its own proof."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from matching.exact.blossom import Proven, heaviest_matching


def random_edges(dice: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Any density, ties or not, with or without a bonus for every edge."""
    a, b = np.triu_indices(n, 1)
    kept = dice.random(len(a)) < dice.choice([0.1, 0.2, 0.4, 0.7, 1])
    a, b = dice.permutation(np.stack([a[kept], b[kept]], axis=1)).T
    weight = dice.integers(1, dice.choice([2, 3, 4, 11, 1000]), len(a)) + dice.choice([0, 5, 10_000])
    return a.astype(np.int32), b.astype(np.int32), weight.astype(np.int64)


def weight_of(mate: np.ndarray, a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> int:
    assert all(mate[mate[v]] == v for v in np.nonzero(mate >= 0)[0])
    chosen = mate[a] == b
    assert 2 * chosen.sum() == (mate >= 0).sum()
    return int(weight[chosen].sum())


def ceiling(n: int, a: np.ndarray, b: np.ndarray, weight: np.ndarray, proven: Proven) -> int:
    """What the prices allow, after a look at every edge."""
    _, y, sets, z = proven
    covered = y[a] + y[b]
    for members, price in zip(sets, z, strict=True):
        inside = np.zeros(n, dtype=bool)
        inside[members] = True
        covered = covered + price * (inside[a] & inside[b])
        assert len(members) % 2 == 1
    assert (covered >= 2 * weight).all()
    assert (y >= 0).all()
    assert (z > 0).all()
    return int(y.sum() + sum(price * (len(members) - 1) // 2 for members, price in zip(sets, z, strict=True)))


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_heavier_than_the_heaviest_matching(seed: int) -> None:
    dice = np.random.default_rng(seed)
    for _ in range(5):
        n = int(dice.integers(1, 25))
        a, b, weight = random_edges(dice, n)
        found = heaviest_matching(n, a, b, weight)
        graph = nx.Graph()
        graph.add_weighted_edges_from(zip(a.tolist(), b.tolist(), weight.tolist(), strict=True))
        best = sum(graph[x][y]["weight"] for x, y in nx.max_weight_matching(graph))
        assert weight_of(found[0], a, b, weight) == best


@pytest.mark.parametrize("seed", range(40))
def test_the_prices_prove_that_nothing_is_heavier(seed: int) -> None:
    dice = np.random.default_rng([1, seed])
    n = int(dice.integers(20, 120))
    a, b, weight = random_edges(dice, n)
    found = heaviest_matching(n, a, b, weight)
    assert ceiling(n, a, b, weight, found) == 2 * weight_of(found[0], a, b, weight)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3_000))
def test_the_prices_prove_it_for_thousands_of_graphs(seed: int) -> None:
    dice = np.random.default_rng([2, seed])
    n = int(dice.integers(1, 60))
    a, b, weight = random_edges(dice, n)
    found = heaviest_matching(n, a, b, weight)
    assert ceiling(n, a, b, weight, found) == 2 * weight_of(found[0], a, b, weight)


def test_nested_odd_cycles_are_opened_again() -> None:
    """A chain of triangles and pentagons with equal weights: blossoms within blossoms, and a way through them."""
    ring = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5), (3, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 5), (9, 10)]
    a, b = np.array(ring, dtype=np.int32).T
    weight = np.array([9, 9, 9, 8, 9, 9, 9, 8, 9, 9, 9, 9, 1], dtype=np.int64)
    found = heaviest_matching(11, np.ascontiguousarray(a), np.ascontiguousarray(b), weight)
    assert ceiling(11, a, b, weight, found) == 2 * weight_of(found[0], a, b, weight)


def test_no_edges_match_nobody() -> None:
    none = np.zeros(0, dtype=np.int32)
    mate, y, sets, z = heaviest_matching(3, none, none, np.zeros(0, dtype=np.int64))
    assert mate.tolist() == [-1, -1, -1]
    assert (y.tolist(), sets, z.tolist()) == ([0, 0, 0], (), [])
