"""The pool as a NetworkX graph, and a matching of such a graph: for explanation, export and tests.

Small rounds only: a graph of n people has up to n (n - 1) / 2 edges, some hundred bytes each. `match` draws the same
round, to the tiers and the score, without building it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Literal

from matching.pool import Pool
from matching.rules import pair_score
from matching.small.solver import heaviest
from matching.types import Policy

if TYPE_CHECKING:
    import networkx as nx

MOST = 3_000


def compatibility_graph(pool: Pool, policy: Policy | None = None) -> nx.Graph[str]:
    """Everyone as a node, and an edge between every two who may meet.

    Nodes carry `team`. Edges carry `repeat`, `age` (0 to 1000), `same_team`, `score` (millionths, 0 to 1,000,000) and
    `weight`, a whole number: a maximum-weight matching of maximum cardinality is a best round of pairs, in the order of
    aims. Costs O(n^2). Raises ValueError for more than 3,000 people.
    """
    import networkx as nx

    policy = policy or Policy()
    columns = pool.columns
    if columns.n > MOST:
        raise ValueError(f"{columns.n} people: a graph is made of up to {MOST}")
    people = [pool.person(str(one)) for one in columns.ids]
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from((person.id, {"team": person.team}) for person in people)
    blocked, ages = set(columns.blocks.tolist()), dict(zip(columns.met.tolist(), columns.age.tolist(), strict=True))
    for (a, one), (b, two) in combinations(enumerate(people), 2):
        key = a * columns.n + b
        fits = (columns.languages[a] & columns.languages[b]).any() and (columns.times[a] & columns.times[b]).any()
        if fits and key not in blocked:
            facts = {
                "repeat": key in ages,
                "age": ages.get(key, 0),
                "same_team": one.team == two.team != "",
                "score": pair_score(one, two, policy.interests),
            }
            graph.add_edge(one.id, two.id, **facts)
    _weigh(graph)
    return graph


def _weigh(graph: nx.Graph[str]) -> None:
    """One whole number an edge, in mixed radix: each aim outweighs all that later aims add up to."""
    most = graph.number_of_nodes() // 2 + 1
    same = most * 1_000_000 + 1
    age = same * most + 1
    repeat = age * most * 1000 + 1
    for _, _, facts in graph.edges(data=True):
        cost = repeat * facts["repeat"] + age * facts["age"] + same * facts["same_team"]
        facts["weight"] = repeat * 2 - cost + facts["score"]


def best_pairs(graph: nx.Graph[str], backend: Literal["networkx", "rustworkx"] | None = None) -> nx.Graph[str]:
    """The pairs of a best round, as a graph with the same nodes and only their edges.

    `backend` chooses who solves; both give an optimum, "rustworkx" (the default where it is installed) some hundred
    times sooner. Ties fall as the solver has it: for a lottery use `match`.
    """
    names = sorted(graph)
    place = {name: number for number, name in enumerate(names)}
    low, high, weights = [], [], []
    for a, b, weight in graph.edges(data="weight"):
        ends = sorted((place[a], place[b]))
        low.append(ends[0])
        high.append(ends[1])
        weights.append(int(weight))
    pairs = heaviest((low, high, weights), backend)
    chosen = {frozenset((names[a], names[b])) for a, b in pairs}
    found = graph.copy()
    found.remove_edges_from([edge for edge in graph.edges if frozenset(edge) not in chosen])
    return found
