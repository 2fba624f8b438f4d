"""Maximum-cardinality maximum-weight matching in a general graph: one question, three solvers.

Definition: a set of edges no two of which share a vertex, as many as possible, and among those the heaviest.
Cost: O(V^3) steps for all of them (Galil, Efficient algorithms for finding maximum matching in graphs, 1986).

- "networkx": `nx.max_weight_matching` in plain Python; with whole numbers it verifies its own optimum. The oracle.
- "nx-rustworkx": the same call with `backend="rustworkx"`. Weights pass through floating point there, so it is asked
  only when they are below 2^53; a heavier one would be rounded without a word.
- "rustworkx": the compiled solver itself, with exact weights of up to 128 bits and no graph in between. For everything
  else. All three are tested against each other.

Weights carry random bits below everything that matters, so that the heaviest matching is almost surely the only one
(the isolation lemma: Mulmuley, Vazirani, Vazirani, Matching is as easy as matrix inversion, 1987). So the three give
one answer, and the tie-breaking habits of a solver cannot favour anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Literal

import networkx as nx
import numpy as np

from matching.table import Ints

Solver = Literal["networkx", "nx-rustworkx", "rustworkx"]
Pairs = list[tuple[int, int]]
BITS = 118  # the compiled solver counts in 128 bits and needs a few of them itself
FAR = 1 << 62
FACE_EDGES = 100_000  # up to 447 people all told
FACE_WEIGHT = 1 << 53  # whole numbers that floating point holds exactly


def choose_solver(edges: Sequence[tuple[int, int, int]]) -> Solver:
    """The face where it is safe and costs little, the bare solver above, plain NetworkX where nothing is compiled."""
    if find_spec("rustworkx") is None:
        return "networkx"
    light = len(edges) <= FACE_EDGES and max(weight for _, _, weight in edges) < FACE_WEIGHT
    return "nx-rustworkx" if light and find_spec("nx_rustworkx") else "rustworkx"


def bare_solver() -> Solver:
    """For the same question many times over: no graph in between where it can be spared."""
    return "rustworkx" if find_spec("rustworkx") else "networkx"


def heaviest(edges: Sequence[tuple[int, int, int]], solver: Solver | None = None) -> Pairs:
    """The matched pairs, each low to high, in order."""
    if not edges:
        return []
    chosen = solver or choose_solver(edges)
    found = _rustworkx(edges) if chosen == "rustworkx" else _networkx(edges, chosen)
    return sorted((min(pair), max(pair)) for pair in found)


def _networkx(edges: Sequence[tuple[int, int, int]], solver: Solver) -> Iterable[tuple[int, int]]:
    graph = nx.Graph()
    graph.add_weighted_edges_from(edges)
    backend = "rustworkx" if solver == "nx-rustworkx" else None
    found: Iterable[tuple[int, int]] = nx.max_weight_matching(graph, maxcardinality=True, backend=backend)
    return found


def _rustworkx(edges: Sequence[tuple[int, int, int]]) -> Iterable[tuple[int, int]]:
    import rustworkx

    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(1 + max(max(a, b) for a, b, _ in edges)))
    graph.add_edges_from(list(edges))
    found: Iterable[tuple[int, int]] = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return found


def _from_zero(level: Ints) -> Ints:
    """The same differences between edges in the smallest whole numbers that keep them in proportion."""
    shifted: Ints = level - level.min(initial=FAR)
    return shifted // max(1, int(np.gcd.reduce(shifted)))


def in_order(levels: Sequence[Ints], places: int) -> list[int]:
    """One whole number an edge, so that a heavier sum means better in the first level in which two matchings differ.

    Every level is to be maximised and at most `places` edges are chosen. A matching of fixed size pays a shift of all
    weights the same number of times, so levels begin at 0. The last level is chance and is cut to the bits left.
    """
    shifted = [_from_zero(level) for level in levels]
    spans = [int(level.max(initial=0)) * places + 1 for level in shifted]
    packed = np.zeros(len(levels[0]), dtype=object)
    for level, span in zip(shifted[:-1], spans[:-1], strict=True):
        packed = packed * span + level.astype(object)
    left = BITS - sum(span.bit_length() for span in spans)
    chance = shifted[-1] >> max(0, -left)
    packed = packed * (int(chance.max(initial=0)) * places + 1) + chance.astype(object)
    return [int(weight) for weight in packed]
