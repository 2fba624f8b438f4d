"""Rounds to certify: by hand, and the best round of pairs by a plain solver."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np

from matching import Policy, Pool
from matching.certify import certify_groups
from matching.columns import Columns, Int32
from matching.proof import matrix
from matching.types import Certificate, Groups, Interests
from tests.matching import brute

MODES: tuple[Interests, ...] = ("ask-offer", "one-in-common", "jaccard")


def named(groups: brute.Round) -> Groups:
    return tuple(tuple(person.id for person in group) for group in groups)


def certified(pool: Pool, groups: brute.Round, policy: Policy | None = None) -> Certificate:
    return certify_groups(pool, policy or Policy(), named(groups), "any")


def best_pairs(columns: Columns, mode: Interests = "ask-offer") -> Int32:
    """The best round without a trio, by plain NetworkX with big whole numbers."""
    n = columns.n
    lawful, (met, age) = matrix.lawful_rows(columns, 0, n), matrix.age_rows(columns, 0, n)
    same, score = matrix.team_rows(columns, 0, n), matrix.score_rows(columns, mode, 0, n)
    graph = nx.Graph()
    for a, b in combinations(range(n), 2):
        if lawful[a, b]:
            cost = (int(met[a, b]) * 10**9 + int(age[a, b])) * 10**6 + int(same[a, b])
            graph.add_edge(a, b, weight=int(score[a, b]) - cost * 10**12)
    pairs = nx.max_weight_matching(graph, maxcardinality=True)
    return np.array(sorted(map(sorted, pairs)), dtype=np.int32).reshape(-1, 2)
