"""The best round for pools of 50 to 2,000 people, by one dense matching with 128-bit weights in rustworkx.

Facts are computed here once more, on matrices, from the words of the contract; `matching` has no part in it but for the
values `Pool` and `Policy`. Even numbers: the exact tiers and the exact score. Odd numbers: a bound that no round with a
trio beats, for the third person is matched to a phantom at the least price that joining any two could have.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import rustworkx

from matching import Pool

Tiers = tuple[int, int, int, int]
MILLION = 1_000_000


@dataclass
class Facts:
    allowed: Any
    met: Any
    age: Any
    same: Any
    score: Any  # millionths, ask-offer


def facts(pool: Pool) -> Facts:
    people = list(pool.people)
    place = {one.id: number for number, one in enumerate(people)}
    n = len(people)
    allowed = np.ones((n, n), dtype=bool)
    np.fill_diagonal(allowed, False)
    for a, b in pool.blocks:
        if a in place and b in place:
            allowed[place[a], place[b]] = allowed[place[b], place[a]] = False
    for name in ("languages", "times"):
        allowed &= _shares([getattr(one, name) for one in people], empty=True)
    met, age = np.zeros((n, n), dtype=bool), np.zeros((n, n), dtype=np.int64)
    now = pool.round or max((one.round for one in pool.history), default=0) + 1
    first = min((one.round for one in pool.history), default=now)
    lines = [(first - 1, a, b) for a, b in pool.knows] + [(one.round, one.a, one.b) for one in pool.history]
    for number, a, b in sorted(lines):
        if a in place and b in place:
            for x, y in ((place[a], place[b]), (place[b], place[a])):
                met[x, y], age[x, y] = True, 1000 // (now - number)
    teams = np.array([one.team or f"\0{number}" for number, one in enumerate(people)])
    asks = _overlap([one.asks for one in people], [one.offers for one in people])
    likes = _overlap([one.interests for one in people], [one.interests for one in people])
    score = 400_000 * (asks + asks.T) + 200_000 * likes
    return Facts(allowed, met, age, teams[:, None] == teams[None, :], score)


def _overlap(lists: list[frozenset[str]], others: list[frozenset[str]]) -> Any:
    words = {word: number for number, word in enumerate(sorted({w for one in (*lists, *others) for w in one}))}
    left, right = (np.zeros((len(many), len(words) + 1), dtype=np.float32) for many in (lists, others))
    for table, many in ((left, lists), (right, others)):
        for row, one in enumerate(many):
            table[row, [words[word] for word in one]] = 1
    return (left @ right.T > 0).astype(np.int64)


def _shares(lists: list[frozenset[str]], empty: bool) -> Any:
    any_ = np.array([not one for one in lists])
    return (_overlap(lists, lists) > 0) | (empty & (any_[:, None] | any_[None, :]))


def best_even(pool: Pool) -> tuple[Tiers, int]:
    """Tiers and score (millionths) of the best round of pairs."""
    known = facts(pool)
    pairs = _solve(known, _edges(known))
    return _figures(known, pairs)


def bound_odd(pool: Pool) -> Tiers:
    """Tiers below which no round with a trio lies, if somebody more is in by it than by pairs alone."""
    known = facts(pool)
    n = len(known.allowed)
    price = [_join(known, one) for one in range(n)]
    phantom = [(one, n, *cost) for one, cost in enumerate(price) if cost is not None]
    found = _solve(known, [*_edges(known, score=False), *phantom], extra=1)
    third = [min(pair) for pair in found if n in pair]
    pairs = [pair for pair in found if n not in pair]
    out, *tiers = _figures(known, pairs)[0]
    join = price[third[0]] if third else (0, 0, 0, 0)
    assert join is not None
    return (out - len(third), *(one + more for one, more in zip(tiers, join[:3], strict=True)))  # type: ignore[return-value]


def _edges(known: Facts, score: bool = True) -> list[tuple[int, ...]]:
    a, b = np.nonzero(np.triu(known.allowed))
    columns = (known.met[a, b].astype(int), known.age[a, b], known.same[a, b].astype(int))
    last = known.score[a, b] if score else np.zeros(len(a), dtype=int)
    return list(zip(a.tolist(), b.tolist(), *(one.tolist() for one in columns), last.tolist(), strict=True))


def _join(known: Facts, one: int) -> tuple[int, int, int, int] | None:
    """The least (repeats, age, same team) that this person adds to any two who may meet each other and them."""
    others = np.flatnonzero(known.allowed[one])
    if len(others) < 2:
        return None
    cost = known.met[one, others] * 10**12 + known.age[one, others] * 10**4 + known.same[one, others]
    both = np.where(known.allowed[np.ix_(others, others)], cost[:, None] + cost[None, :], 1 << 62)
    least = int(both.min())
    return None if least == 1 << 62 else (least // 10**12, least // 10**4 % 10**8, least % 10**4, 0)


def _solve(known: Facts, edges: list[tuple[int, ...]], extra: int = 0) -> list[tuple[int, int]]:
    n = len(known.allowed) + extra
    unit = (1, n * 2 * MILLION, n * n * 2 * MILLION * 2, n**3 * 2 * MILLION * 2 * 1001 * 2)
    costs = [r * unit[3] + age * unit[2] + same * unit[1] - score for _, _, r, age, same, score in edges]
    top = max(costs, default=0) + 1
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n))
    graph.add_edges_from([(edge[0], edge[1], top - cost) for edge, cost in zip(edges, costs, strict=True)])
    return [(min(p), max(p)) for p in rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)]


def _figures(known: Facts, pairs: list[tuple[int, int]]) -> tuple[Tiers, int]:
    a, b = np.array(pairs, dtype=int).reshape(-1, 2).T
    repeats, age, same = (int(table[a, b].sum()) for table in (known.met, known.age, known.same))
    return (len(known.allowed) - 2 * len(pairs), repeats, age, same), int(2 * known.score[a, b].sum())


def tiers_of(pool: Pool, groups: tuple[tuple[str, ...], ...]) -> tuple[Tiers, int]:
    """The same figures for groups of two or three."""
    known = facts(pool)
    place = {one.id: number for number, one in enumerate(pool.people)}
    pairs = [(place[a], place[b]) for group in groups for a, b in combinations(group, 2)]
    (_, *tiers), _ = _figures(known, pairs)
    score = 0
    for group in groups:
        score += sum(2 * known.score[place[a], place[b]] for a, b in combinations(group, 2)) // (len(group) - 1)
    return (len(place) - sum(map(len, groups)), *tiers), int(score)  # type: ignore[return-value]
