"""Barriers prove exactly how many must stay single, and nothing when they are forged."""

from __future__ import annotations

import random
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from matching import Person, Pool
from matching.proof import graph as graphs
from matching.proof.barrier import Barrier, deficiency, search
from matching.proof.graph import Graph


def sparse_pool(n: int, share: float, seed: int) -> Pool:
    dice = random.Random(seed)
    people = tuple(Person(f"p{one:03d}") for one in range(n))
    pairs = combinations([one.id for one in people], 2)
    return Pool(people, blocks=tuple(pair for pair in pairs if dice.random() > share))


def most_pairs(graph: Graph) -> int:
    rows = np.array([graph.row(one) for one in range(graph.n)])
    return len(nx.max_weight_matching(nx.from_numpy_array(rows), maxcardinality=True))


@pytest.mark.parametrize("seed", range(40))
def test_a_search_from_nothing_finds_the_most_pairs_and_proves_it(seed: int) -> None:
    n = 10 + seed
    graph = Graph.of(sparse_pool(n, 1.5 / n, seed).columns)
    barrier, mate, done = search(graph, np.full(n, -1), np.arange(n))
    most = most_pairs(graph)
    assert done
    assert (mate >= 0).sum() == 2 * most
    assert (mate[mate[mate >= 0]] == np.flatnonzero(mate >= 0)).all()
    assert deficiency(graph, barrier) == n - 2 * most


@pytest.mark.parametrize("seed", range(0, 40, 5))
def test_a_search_by_rows_finds_as_many_pairs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In graphs too large for a matrix, short cuts across one pair come first."""
    monkeypatch.setattr(graphs, "DENSE", 0)
    n = 10 + seed
    graph = Graph.of(sparse_pool(n, 2 / n, seed).columns)
    barrier, mate, _ = search(graph, np.full(n, -1), np.arange(n))
    assert (mate[mate[mate >= 0]] == np.flatnonzero(mate >= 0)).all()
    assert deficiency(graph, barrier) == n - 2 * most_pairs(graph) == (mate < 0).sum()


def test_a_barrier_that_overlooks_an_edge_proves_nothing() -> None:
    pool = Pool(tuple(Person(f"p{one}") for one in range(4)))
    forged = Barrier(np.zeros(0, dtype=np.int64), (np.array([0]), np.array([1, 2, 3])))
    assert deficiency(Graph.of(pool.columns), forged) == 0


def test_a_graph_by_rows_is_the_graph_by_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = sparse_pool(30, 0.5, 1)
    dense = Graph.of(pool.columns, fresh=True, cross=True)
    monkeypatch.setattr(graphs, "DENSE", 0)
    sparse = Graph.of(pool.columns, fresh=True, cross=True)
    assert sparse.rows is None
    assert all((sparse.row(one) == dense.row(one)).all() for one in range(30))
