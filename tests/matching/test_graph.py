"""The pool as a graph: who may meet, and the best pairs by NetworkX and rustworkx alike."""

from __future__ import annotations

import random
from collections.abc import Callable

import networkx as nx
import pytest
from hypothesis import given, settings

from matching import Met, Person, Policy, Pool, best_pairs, compatibility_graph, match
from tests.matching import brute
from tests.matching.instances import plain, pools
from tests.matching.kinds import KINDS


def test_an_edge_says_what_the_pair_would_cost_and_bring() -> None:
    people = (
        Person("ada", "Finance", asks=frozenset({"budgets"})),
        Person("ben", "Finance", offers=frozenset({"Budgets"})),
        Person("cat", languages=frozenset({"fr"})),
        Person("dan", languages=frozenset({"en"})),
    )
    graph = compatibility_graph(Pool(people, (Met(1, "ada", "ben"),), blocks=(("ada", "cat"),), round=3))
    facts = {name: value for name, value in graph.edges["ada", "ben"].items() if name != "weight"}
    assert facts == {"repeat": True, "age": 500, "same_team": True, "score": 400_000}
    assert sorted(graph.edges) == [("ada", "ben"), ("ada", "dan"), ("ben", "cat"), ("ben", "dan")]
    assert graph.nodes["ada"] == {"team": "Finance"}


@settings(max_examples=60, deadline=None)
@given(pool=pools(most=8))
def test_the_edges_are_the_pairs_that_may_meet(pool: Pool) -> None:
    blocks = {frozenset(pair) for pair in pool.blocks}
    may = {(a.id, b.id) for a in pool.people for b in pool.people if a.id < b.id and brute.lawful((a, b), blocks)}
    assert {tuple(sorted(edge)) for edge in compatibility_graph(pool).edges} == may


@pytest.mark.parametrize("backend", ["networkx", "rustworkx"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_best_pairs_of_the_graph_are_as_good_as_the_round(
    kind: Callable[[int, random.Random], Pool], backend: str
) -> None:
    pool = kind(30, random.Random(30))
    pairs = best_pairs(compatibility_graph(pool), backend)  # type: ignore[arg-type]
    people = {one.id: one for one in pool.people}
    found = brute.tiers(pool, tuple((people[a], people[b]) for a, b in pairs.edges))
    drawn = match(pool, Policy(), 1)
    figures = drawn.certificate
    if all(len(group) == 2 for group in drawn.groups):
        assert found == (figures.left_out, figures.repeats, figures.repeat_cost, figures.same_team)
        assert sum(2 * score for _, _, score in pairs.edges(data="score")) == pytest.approx(1e6 * figures.score, abs=10)
    assert nx.is_matching(pairs, set(pairs.edges))
    assert set(pairs) == set(people)


def test_nobody_gets_a_graph_of_millions_of_edges_by_mistake() -> None:
    with pytest.raises(ValueError, match="3001 people: a graph is made of up to 3000"):
        compatibility_graph(Pool(plain(3_001)))
