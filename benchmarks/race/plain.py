"""The best that a careful programmer gets from a graph library: the complete graph with whole-number weights.

A weight holds all aims at once: repeats, then their age, then the team, then the interest score, each scaled so that
no sum of later ones outweighs it; maximum cardinality comes first. Whoever is odd is the one who has been in the fewest
trios, and joins the pair where that costs least. The contestants differ in the library only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.race.scene import Answer, Group, Pair, Scene, Words, couple

Edges = list[tuple[int, int, int]]
Solver = Callable[[int, Edges], tuple[set[Pair], float]]
TOP = 1_000_000  # the best pair score


def networkx(scene: Scene) -> Answer:
    """NetworkX, pure Python, O(n^3)."""
    return complete(scene, by_networkx)


def rustworkx(scene: Scene) -> Answer:
    """rustworkx, compiled, O(n^3) and up."""
    return complete(scene, by_rustworkx)


def by_networkx(_people: int, edges: Edges) -> tuple[set[Pair], float]:
    """A matching, and the CPU seconds that its search took (not those of the graph)."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_weighted_edges_from(edges)
    began = time.process_time()
    found = nx.max_weight_matching(graph, maxcardinality=True)
    return {couple(a, b) for a, b in found}, time.process_time() - began


def by_rustworkx(people: int, edges: Edges) -> tuple[set[Pair], float]:
    """As above."""
    import rustworkx as rx

    graph: Any = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(people))
    graph.add_edges_from(edges)
    began = time.process_time()
    found = rx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return {couple(a, b) for a, b in found}, time.process_time() - began


def complete(scene: Scene, solver: Solver) -> Answer:
    """A round by a matching in the complete graph, in shuffled order, so that ties are broken by chance."""
    began = time.process_time()
    people = scene.lot.sample(scene.active, len(scene.active))
    third = min(people, key=lambda one: scene.trios[one]) if len(people) % 2 else None
    people = [one for one in people if one != third]
    found, solving = solver(len(people), weights(scene, people))
    groups: list[Group] = [couple(people[a], people[b]) for a, b in found]
    if third is not None:
        join(scene, groups, third)
    return Answer(groups, solving, time.process_time() - began - solving)


def join(scene: Scene, groups: list[Group], third: int) -> None:
    """The odd one joins the pair where that costs least, if there is one that may take them in."""
    able = [place for place, pair in enumerate(groups) if all(_allowed(scene, third, one) for one in pair)]
    if able:
        best = min(able, key=lambda place: _trio_cost(scene, groups[place], third))
        groups[best] = (*groups[best], third)


def _trio_cost(scene: Scene, pair: Group, third: int) -> tuple[int, int, int]:
    lasts = [scene.last[couple(one, third)] for one in pair if couple(one, third) in scene.last]
    ages = sum(1000 // (scene.number - last) for last in lasts)
    return len(lasts), ages, sum(scene.same_team(one, third) for one in pair)


def _allowed(scene: Scene, a: int, b: int) -> bool:
    return scene.wishes is None or scene.wishes.allowed(a, b)


def weights(scene: Scene, people: Sequence[int]) -> Edges:
    """Every allowed couple of places with its weight, as Python's own whole numbers (they outgrow 64 bits)."""
    n, half = len(people), len(people) // 2
    same_unit = 2 * TOP * half + 1
    age_unit = same_unit * (half + 1)
    met_unit = age_unit * (1000 * half + 1)
    place = {one: number for number, one in enumerate(people)}
    costs = {}
    for (a, b), last in scene.last.items():
        if a in place and b in place:
            costs[couple(place[a], place[b])] = met_unit + age_unit * (1000 // (scene.number - last))
    team = np.array([scene.teams[one] for one in people])
    same = (team[:, None] == team).tolist()
    allowed, score = tables(scene, people)
    top = met_unit * 2  # every weight stays above nothing
    return [
        (a, b, top + 2 * score[a][b] - same_unit * same[a][b] - costs.get((a, b), 0))
        for a in range(n)
        for b in range(a + 1, n)
        if allowed[a][b]
    ]


def tables(scene: Scene, people: Sequence[int]) -> tuple[list[list[bool]], list[list[int]]]:
    """Who may meet whom, and the scores, for all couples at once."""
    n, wanted = len(people), scene.wishes
    if wanted is None:
        return np.ones((n, n), bool).tolist(), np.zeros((n, n), int).tolist()
    helps = _share(wanted.asks, wanted.offers, people)
    score = 400_000 * (helps.astype(int) + helps.T) + 200_000 * _share(wanted.interests, wanted.interests, people)
    allowed = _share(wanted.languages, wanted.languages, people)
    speaks_any = np.array([not wanted.languages[one] for one in people])
    allowed |= speaks_any[:, None] | speaks_any
    place = {one: number for number, one in enumerate(people)}
    for a, b in wanted.blocks:
        if a in place and b in place:
            allowed[place[a], place[b]] = allowed[place[b], place[a]] = False
    return allowed.tolist(), score.tolist()


def _share(mine: Sequence[Words], yours: Sequence[Words], people: Sequence[int]) -> Any:
    """Whether a word of one is a word of the other, for all couples."""
    words = 1 + max((word for sets in (mine, yours) for one in people for word in sets[one]), default=0)
    tables = np.zeros((2, len(people), words), dtype=np.float32)
    for table, sets in zip(tables, (mine, yours), strict=True):
        for place, one in enumerate(people):
            table[place, list(sets[one])] = 1
    return tables[0] @ tables[1].T > 0
