"""The tiers of the best possible round of pairs, solved again to prove that a round cannot be better.

Rounds without a trio: one maximum-cardinality matching whose edges cost the tiers in mixed radix. The solver verifies
the linear programming duality of its answer (`verify_optimum`), so that a wrong optimum raises instead of passing.

Rounds with a trio: a relaxation. The third person is matched to a phantom, at the least that joining any two others
would cost; every real round costs at least as much. Where that leaves a gap and the pool is small (`EXHAUSTIVE`), every
two who may meet are tried as two thirds of the trio, each by one matching: then the bound is the optimum itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import rustworkx as rx

from matching.facts import Facts, Mask, Matrix, gather, three_agree
from matching.types import Groups, Pool

Tiers = tuple[int, int, int]  # repeats, cost of their age, same team
Edge = tuple[int, int, int]
EXHAUSTIVE = 40
FAR = np.int64(1 << 62)


def tier_bound(pool: Pool, groups: Groups) -> Tiers:
    """Tiers below which no round lies that leaves out as few as `groups`, which must be the fewest."""
    facts = gather(pool)
    radix = len(facts.people) // 2 + 3
    cost = (facts.met * (1000 * radix + 1) + facts.age) * (radix + 1) + facts.same
    if all(len(group) == 2 for group in groups):
        return _unpack(_cheapest(_edges(facts.allowed, cost), len(groups)), radix)
    bound = _phantom(facts, cost, len(groups))
    if len(facts.people) <= EXHAUSTIVE:
        bound = min(_every_trio(facts, cost, len(groups)), default=bound)
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


def _every_trio(facts: Facts, cost: Matrix, size: int) -> Iterator[int]:
    """For every two who may meet, the cheapest round in which they and somebody else are the trio."""
    n = len(facts.people)
    for a, b in zip(*(ends.tolist() for ends in np.nonzero(np.triu(facts.allowed))), strict=True):
        thirds = [c for c in np.flatnonzero(facts.allowed[a] & facts.allowed[b]).tolist() if _agree(facts, a, b, c)]
        edges = _edges(facts.allowed, cost, (a, b))
        edges += [(c, n, int(cost[a, b] + cost[a, c] + cost[b, c])) for c in thirds]
        found = _cheapest(edges, size) if thirds else -1
        if found >= 0:
            yield found


def _agree(facts: Facts, *members: int) -> bool:
    return three_agree([facts.people[member] for member in members])
