"""A random perfect matching: everybody with exactly one partner.

Names and the order of the pairs are shuffled by lot first, so that a solver's habits favour nobody. Cost on the
reference machine, in milliseconds: 0.06 for 64 people, 0.4 for 200, 10 for 1,000 (rustworkx, Galil's O(V^3) blossom
algorithm, which on such graphs starts from a greedy matching and has little left to do).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matching.columns import Int64
from matching.rng import Lot
from matching.small.solver import choose_backend, heaviest

ENOUGH = 12  # pairs a person: as many drawn by lot nearly always hold a perfect matching, if all pairs do
EXACT = 40_000  # pairs among which the answer "there is none" is certain
SCALE = np.uint64(1 << 32)


def perfect(pairs: Int64, n: int, lot: Lot) -> Int64 | None:
    """Places (i,) of the pairs (m, 2) that form a perfect matching of 0 .. n - 1; None when there is none.

    With more than `EXACT` pairs only some of them are looked at, and None means that none was found.
    """
    name = lot.order(n)
    for share in (ENOUGH, 4 * ENOUGH):
        if len(pairs) > share * n:
            found = _perfect(pairs, _some(pairs, n, share, lot), name)
            if found is not None:
                return found
    return _perfect(pairs, lot.order(len(pairs)), name) if len(pairs) <= max(EXACT, 4 * ENOUGH * n) else None


def _some(pairs: Int64, n: int, share: int, lot: Lot) -> Int64:
    """Places of some pairs, in random order: about so many a person, all of whoever has no more."""
    count = np.bincount(pairs.ravel(), minlength=n)
    fewer = count[pairs].min(axis=1).astype(np.uint64)
    some = np.flatnonzero((lot.numbers(len(pairs)) % SCALE) * fewer < np.uint64(share) * SCALE)
    return some[lot.order(len(some))]


def _perfect(pairs: Int64, order: Int64, name: Int64) -> Int64 | None:
    n = len(name)
    renamed = name[pairs[order]]
    low, high = renamed.min(axis=1), renamed.max(axis=1)
    matched = _matched(list(zip(low.tolist(), high.tolist(), strict=True)), n)
    if 2 * len(matched) < n:
        return None
    at = dict(zip((low * n + high).tolist(), order.tolist(), strict=True))
    return np.sort(np.array([at[a * n + b] for a, b in matched], dtype=np.int64))


def _matched(pairs: list[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    if choose_backend() == "networkx":
        low, high = [a for a, _ in pairs], [b for _, b in pairs]
        return heaviest((low, high, [1] * len(pairs)), "networkx")
    import rustworkx as rx

    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n))
    graph.add_edges_from_no_data(pairs)
    found: Iterable[tuple[int, int]] = rx.max_weight_matching(graph, max_cardinality=True, default_weight=1)
    return [(min(pair), max(pair)) for pair in found]


def heaviest_perfect(pairs: Int64, weight: Int64, n: int) -> Int64 | None:
    """The places of the heaviest perfect matching; None when there is none. Ties by random low bits of the weights."""
    at = {a * n + b: place for place, (a, b) in enumerate(pairs.tolist())}
    matched = heaviest((pairs[:, 0].tolist(), pairs[:, 1].tolist(), weight.tolist()))
    if 2 * len(matched) < n:
        return None
    return np.array(sorted(at[a * n + b] for a, b in matched), dtype=np.int64)
