"""The tiers of the best possible round of pairs, solved again to prove that a round cannot be better.

Rounds without a trio: one maximum-cardinality matching whose edges cost the tiers in mixed radix. The solver verifies
the linear programming duality of its answer (`verify_optimum`), so that a wrong optimum raises instead of passing.

Rounds with a trio: a relaxation. The third person is matched to a phantom, at the least that joining any two others
would cost; every real round costs at least as much. Where that leaves a gap, every two who might do better are tried as
two thirds of the trio, each by one matching, if `WORK` allows: then the bound is the optimum itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import rustworkx as rx

from matching.facts import Facts, Mask, Matrix, gather, three_agree
from matching.pool import Pool
from matching.types import Groups

Tiers = tuple[int, int, int]  # repeats, cost of their age, same team
Edge = tuple[int, int, int]
WORK = 2_000_000  # edges of all matchings that a proof may solve
FAR = np.int64(1 << 62)


def tier_bound(pool: Pool, groups: Groups, tiers: Tiers) -> Tiers:
    """Tiers below which no round lies that leaves out as few as `groups`, which must be the fewest and cost `tiers`."""
    facts = gather(pool)
    radix = len(facts.people) // 2 + 3
    cost = (facts.met * (1000 * radix + 1) + facts.age) * (radix + 1) + facts.same
    if all(len(group) == 2 for group in groups):
        return _unpack(_cheapest(_edges(facts.allowed, cost), len(groups)), radix)
    claim = (tiers[0] * (1000 * radix + 1) + tiers[1]) * (radix + 1) + tiers[2]
    bound = _phantom(facts, cost, len(groups))
    if bound < claim:
        bound = max(bound, _every_trio(facts, cost, len(groups), claim))
    return _unpack(bound, radix)


def _unpack(cost: int, radix: int) -> Tiers:
    rest, same = divmod(cost, radix + 1)
    repeats, age = divmod(rest, 1000 * radix + 1)
    return repeats, age, same


def _edges(allowed: Mask, cost: Matrix, skip: Sequence[int] = ()) -> list[Edge]:
    free = allowed.copy()
    free[list(skip), :] = free[:, list(skip)] = False
    a, b = np.nonzero(np.triu(free))
    return list(zip(a.tolist(), b.tolist(), cost[a, b].tolist(), strict=True))


def _cheapest(edges: Sequence[Edge], size: int) -> int:
    """The least cost of a matching of this many edges, which must be the most there can be; -1 when there is none."""
    costs = {(a, b): cost for a, b, cost in edges}
    top = max(costs.values(), default=0) + 1
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(1 + max((b for _, b in costs), default=0)))
    graph.add_edges_from([(a, b, top - cost) for a, b, cost in edges])
    found = rx.max_weight_matching(graph, max_cardinality=True, weight_fn=int, verify_optimum=True)
    if len(found) != size:
        return -1
    return sum(costs[min(pair), max(pair)] for pair in found)


def _phantom(facts: Facts, cost: Matrix, size: int) -> int:
    """A bound on every round with a trio: the third at the least possible price."""
    n = len(facts.people)
    price = [(one, _least_joining(facts.allowed, cost, one)) for one in range(n)]
    edges = _edges(facts.allowed, cost) + [(one, n, least) for one, least in price if least < FAR]
    return _cheapest(edges, size + 1)


def _least_joining(allowed: Mask, cost: Matrix, one: int) -> int:
    others = np.flatnonzero(allowed[one])
    both = cost[one, others][:, None] + cost[one, others][None, :]
    return int(np.where(allowed[np.ix_(others, others)], both, FAR).min(initial=FAR))


def _every_trio(facts: Facts, cost: Matrix, size: int, claim: int) -> int:
    """The least of `claim` and the cheapest rounds around every two who might do better; 0 when they are too many.

    Two might do better when their cheapest trio, together with what pairs among all but three (and those left out)
    cost at least, is below the claim.
    """
    n = len(facts.people)
    edges = _edges(facts.allowed, cost)
    missing = n - 2 * (size - 1)
    beside = edges + [(one, n + phantom, 0) for one in range(n) for phantom in range(missing)]
    floor = _cheapest(beside, size - 1 + missing)
    hopeful = [(a, b) for a, b, price in edges if price + floor + _cheapest_third(facts.allowed, cost, a, b) < claim]
    if len(hopeful) * len(edges) > WORK:
        return 0
    found = (_around(facts, cost, size, two) for two in hopeful)
    return min([claim, *(least for least in found if least >= 0)])


def _cheapest_third(allowed: Mask, cost: Matrix, a: int, b: int) -> int:
    return int((cost[a] + cost[b])[allowed[a] & allowed[b]].min(initial=FAR))


def _around(facts: Facts, cost: Matrix, size: int, two: tuple[int, int]) -> int:
    """The cheapest round in which these two and somebody else are the trio; -1 when there is none."""
    a, b = two
    edges = _edges(facts.allowed, cost, two) + [
        (c, len(facts.people), int(cost[a, b] + cost[a, c] + cost[b, c])) for c in _thirds(facts, two)
    ]
    return _cheapest(edges, size)


def _thirds(facts: Facts, two: tuple[int, int]) -> list[int]:
    both = np.flatnonzero(facts.allowed[two[0]] & facts.allowed[two[1]]).tolist()
    return [c for c in both if three_agree([facts.people[one] for one in (*two, c)])]


def trio_helps(facts: Facts, pairs: int) -> bool:
    """Whether a round of as many groups as there can be pairs may hold a trio, so that one person more is in.

    Two become one vertex whose edges lead to their possible thirds: then a matching must reach the same size through
    it. Says True when finding out would cost too much, so that the bound stays valid.
    """
    edges = _edges(facts.allowed, np.ones_like(facts.age))
    twos = [(a, b) for a, b, _ in edges if _thirds(facts, (a, b))]
    if len(twos) * len(edges) > WORK:
        return bool(twos)
    return any(_fits(facts, pairs, two) for two in twos)


def _fits(facts: Facts, pairs: int, two: tuple[int, int]) -> bool:
    """Whether a largest matching can go through the joined vertex, whose edges alone cost nothing."""
    n = len(facts.people)
    edges = _edges(facts.allowed, np.ones_like(facts.age), two) + [(c, n, 0) for c in _thirds(facts, two)]
    return 0 <= _cheapest(edges, pairs) < pairs
