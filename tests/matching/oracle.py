"""Plain NetworkX with big whole numbers: the tiers of the best round of pairs, for pools of middle size."""

from __future__ import annotations

from itertools import combinations

import networkx as nx

from matching import Pool
from tests.matching import brute


def best_pair_tiers(pool: Pool) -> brute.Tiers:
    """Left out, repeats, age, same team of the best round without a trio."""
    blocks = {frozenset(pair) for pair in pool.blocks}
    by_id = {person.id: person for person in pool.people}
    costs = _costs(pool)
    graph = nx.Graph()
    for a, b in combinations(pool.people, 2):
        if brute.lawful((a, b), blocks):
            repeats, age, same = costs.get(frozenset((a.id, b.id)), (0, 0, 0))
            same += a.team == b.team != ""
            graph.add_edge(a.id, b.id, weight=-((repeats * 10**9 + age) * 10**6 + same))
    pairs = nx.max_weight_matching(graph, maxcardinality=True)
    return brute.tiers(pool, tuple((by_id[a], by_id[b]) for a, b in pairs))


def _costs(pool: Pool) -> dict[frozenset[str], tuple[int, int, int]]:
    now = pool.round or max((met.round for met in pool.history), default=0) + 1
    first = min((met.round for met in pool.history), default=now)
    last = {frozenset(pair): first - 1 for pair in pool.knows}
    for met in sorted(pool.history, key=lambda met: met.round):
        last[frozenset((met.a, met.b))] = met.round
    return {pair: (1, 1000 // (now - number), 0) for pair, number in last.items()}
