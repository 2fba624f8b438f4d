"""Maximum-cardinality maximum-weight matching in a general graph: one question, two backends.

Definition: a set of edges no two of which share a vertex, as many as possible, and among those the heaviest.
Cost: O(V^3) steps for both (Galil, Efficient algorithms for finding maximum matching in graphs, 1986).

- "rustworkx": compiled, weights of up to 127 bits. 200 people, 19,900 pairs: about 20 ms.
- "networkx": `nx.max_weight_matching` in plain Python, whole numbers of any size; verifies its own optimum. About 100
  times slower: the oracle, and what is left where nothing compiled is installed.

(NetworkX's own door to rustworkx, `backend="rustworkx"`, passes weights through floating point and rounds those above
2^53 without a word. So it is not used here.)

Weights carry random bits below everything that matters, so that the heaviest matching is almost surely the only one
(the isolation lemma: Mulmuley, Vazirani, Vazirani, Matching is as easy as matrix inversion, 1987). So both give one
answer, and no habit of a solver can favour anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Literal

Backend = Literal["networkx", "rustworkx"]
Edges = tuple[list[int], list[int], list[int]]  # low ends, high ends, weights >= 0
BITS = 118  # the compiled solver counts in 128 bits and needs a few of them itself


def choose_backend() -> Backend:
    return "rustworkx" if find_spec("rustworkx") else "networkx"


def heaviest(edges: Edges, backend: Backend | None = None) -> list[tuple[int, int]]:
    """The matched pairs, each low to high, in order."""
    if not edges[0]:
        return []
    solve = _rustworkx if (backend or choose_backend()) == "rustworkx" else _networkx
    return sorted((min(pair), max(pair)) for pair in solve(list(zip(*edges, strict=True))))


def _networkx(edges: Sequence[tuple[int, int, int]]) -> Iterable[tuple[int, int]]:
    import networkx as nx

    graph = nx.Graph()
    graph.add_weighted_edges_from(edges)
    found: Iterable[tuple[int, int]] = nx.max_weight_matching(graph, maxcardinality=True)
    return found


def _rustworkx(edges: Sequence[tuple[int, int, int]]) -> Iterable[tuple[int, int]]:
    import rustworkx

    graph = rustworkx.PyGraph()  # several edges between two vertices would be allowed: it need not look for them
    graph.add_nodes_from(range(1 + max(max(a, b) for a, b, _ in edges)))
    graph.add_edges_from(edges)
    found: Iterable[tuple[int, int]] = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return found
