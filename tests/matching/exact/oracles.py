"""The best round by other means: dense matrices of Python's own numbers, rustworkx, and every trio tried."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import rustworkx

from matching.columns import Columns, pair_ends
from matching.rules import HELP, SHARED

Worth = tuple[int, int, int, int, int]  # left out, repeats, ages, same team, score of the round in negative


class Matrices(NamedTuple):
    allowed: Any
    met: Any
    age: Any
    same: Any
    score: Any


def _meet(bits: Any) -> Any:
    return ((bits[:, None, :] & bits[None, :, :]) != 0).any(axis=2)


def _overlap(n: int, left: Any, right: Any) -> Any:
    sets = [[set(lists.of(v).tolist()) for v in range(n)] for lists in (left, right)]
    return np.array([[bool(mine & yours) for yours in sets[1]] for mine in sets[0]]).reshape(n, n)


def matrices(columns: Columns) -> Matrices:
    """All facts of all pairs, for ask-offer."""
    n = columns.n
    allowed = _meet(columns.languages) & _meet(columns.times)
    low, high = pair_ends(columns.blocks, n)
    allowed[low, high] = allowed[high, low] = False
    np.fill_diagonal(allowed, False)
    met, age = np.zeros((n, n), dtype=np.int64), np.zeros((n, n), dtype=np.int64)
    low, high = pair_ends(columns.met, n)
    met[low, high] = met[high, low] = 1
    age[low, high] = age[high, low] = columns.age
    same = ((columns.team[:, None] == columns.team[None, :]) & (columns.team >= 0)).astype(np.int64)
    helps = _overlap(n, columns.asks, columns.offers).astype(np.int64)
    likes = _overlap(n, columns.interests, columns.interests)
    return Matrices(allowed, met, age, same, HELP * (helps + helps.T) + SHARED * likes)


def worth(columns: Columns, facts: Matrices, seats: Any) -> Worth:
    """What a round costs; fails on a round that breaks a rule."""
    groups = [[int(one) for one in row if one >= 0] for row in seats]
    placed = [one for group in groups for one in group]
    assert len(placed) == len(set(placed))
    assert sum(len(group) == 3 for group in groups) <= 1
    repeats = ages = same = score = 0
    for group in groups:
        assert 2 <= len(group) <= 3
        assert np.bitwise_and.reduce(columns.languages[group]).any()
        assert np.bitwise_and.reduce(columns.times[group]).any()
        for a, b in combinations(group, 2):
            assert facts.allowed[a, b]
            repeats, ages, same = repeats + facts.met[a, b], ages + facts.age[a, b], same + facts.same[a, b]
            score += int(facts.score[a, b]) * (2 if len(group) == 2 else 1)
    return columns.n - len(placed), int(repeats), int(ages), int(same), -score


def _heaviest(facts: Matrices, who: list[int]) -> list[tuple[int, int]]:
    """The best pairs of some people, by one number for all aims in order."""
    step = 10**12
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(who)
    for x, y in combinations(range(len(who)), 2):
        a, b = who[x], who[y]
        if facts.allowed[a, b]:
            cost = (int(facts.met[a, b]) * 10**6 + int(facts.age[a, b])) * 10**4 + int(facts.same[a, b])
            graph.add_edge(x, y, 10**30 - cost * step + 2 * int(facts.score[a, b]))
    pairs = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return [(who[x], who[y]) for x, y in pairs]


def best_worth(columns: Columns, facts: Matrices) -> Worth:
    """The best that any round of pairs and at most one trio is worth; tries every trio when somebody is left out."""
    everyone = list(range(columns.n))
    pairs = _heaviest(facts, everyone)
    best = worth(columns, facts, pairs)
    if best[0] == 0:
        return best
    for trio in combinations(everyone, 3):
        shared = (np.bitwise_and.reduce(one[list(trio)]).any() for one in (columns.languages, columns.times))
        if all(shared) and all(facts.allowed[a, b] for a, b in combinations(trio, 2)):
            rest = _heaviest(facts, [one for one in everyone if one not in trio])
            best = min(best, worth(columns, facts, [*rest, trio]))
    return best
