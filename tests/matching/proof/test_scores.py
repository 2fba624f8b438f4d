"""The score bound: above every round, and within a hundredth of the best."""

from __future__ import annotations

import numpy as np
import pytest
import rustworkx as rx

from matching.columns import Int64
from matching.proof import matrix
from matching.proof.assignment import NEVER, score_bound
from matching.proof.figures import count
from matching.proof.prices import prices
from matching.proof.topical import topic_bound
from matching.types import Interests
from tests.matching.column_makers import plain_columns, random_columns
from tests.matching.proof.rounds import MODES, best_pairs


def worth(n: int, mode: Interests, seed: int = 1) -> Int64:
    columns = random_columns(n, seed, topics=80, per_person=6)
    scores = 2 * matrix.score_rows(columns, mode, 0, n)
    np.fill_diagonal(scores, NEVER)
    return scores


def best(scores: Int64) -> int:
    graph = rx.PyGraph()
    graph.add_nodes_from(range(len(scores)))
    a, b = np.nonzero(np.triu(np.ones_like(scores), 1))
    graph.add_edges_from(list(zip(a.tolist(), b.tolist(), scores[a, b].tolist(), strict=True)))
    pairs = rx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return sum(int(scores[pair]) for pair in pairs)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [100, 250])
def test_prices_from_softened_choices_come_within_a_hundredth_of_the_best(n: int, mode: Interests) -> None:
    scores = worth(n, mode)
    most = best(scores)
    assert most <= score_bound(scores, n) <= 1.01 * most


@pytest.mark.parametrize("mode", MODES)
def test_exact_prices_cover_every_pair_and_come_closer_still(mode: Interests) -> None:
    scores = worth(60, mode)
    lawful = ~np.eye(60, dtype=bool)
    y = prices(scores, lawful)
    assert (y[:, None] + y[None, :] >= 2 * scores)[lawful].all()
    assert 2 * best(scores) <= y.sum() <= 2 * score_bound(scores, 60) + 2


def test_a_bound_on_fewer_people_counts_those_who_bring_most() -> None:
    """Four people of whom two may be placed: the best pair, whichever it is."""
    scores = np.array([[NEVER, 8, 2, 0], [8, NEVER, 0, 2], [2, 0, NEVER, 4], [0, 2, 4, NEVER]])
    assert 8 <= score_bound(scores, 2) <= score_bound(scores, 4)
    assert score_bound(scores, 4) >= 12


@pytest.mark.parametrize("mode", MODES)
def test_topics_alone_bound_the_score_of_every_round(mode: Interests) -> None:
    for seed in range(6):
        columns = random_columns(24, seed, topics=40, per_person=3)
        figures = count(columns, mode, best_pairs(columns, mode))
        assert figures.score <= topic_bound(columns, mode, figures) <= 24_000_000


def test_people_without_topics_score_nothing() -> None:
    columns = plain_columns(10)
    assert topic_bound(columns, "jaccard", count(columns, "jaccard", np.zeros((0, 2), dtype=np.int32))) == 0
