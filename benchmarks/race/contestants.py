"""Who races, under which name, and where. What one contestant needs is imported only when it is called."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.race.scene import Contestant

OURS, NETWORKX, RUSTWORKX = "Coffee Trial", "NetworkX, best of plain", "rustworkx, complete graph"
COLETTE, BEANS, BEANS_OPEN = "colette 0.3.1", "Yelp Beans' rule", "Yelp Beans' rule, no departments"
GREEDY, SHUFFLE = "greedy shuffle", "plain shuffle"

SINGLE = (OURS, RUSTWORKX, NETWORKX, COLETTE, BEANS, GREEDY, SHUFFLE)
ROUNDS = (OURS, NETWORKX, COLETTE, BEANS, BEANS_OPEN, GREEDY, SHUFFLE)
EVERYBODY = (OURS, RUSTWORKX, NETWORKX, COLETTE, BEANS, BEANS_OPEN, GREEDY, SHUFFLE)


def make(name: str, cap: float) -> Contestant:
    """The contestant of this name. Raises Missing when it is not on this machine."""
    return _MAKERS[name](cap)


def _ours(_cap: float) -> Contestant:
    from benchmarks.race.ours import coffee

    return coffee


def _networkx(_cap: float) -> Contestant:
    from benchmarks.race.plain import networkx

    return networkx


def _rustworkx(_cap: float) -> Contestant:
    from benchmarks.race.plain import rustworkx

    return rustworkx


def _colette(cap: float) -> Contestant:
    from benchmarks.race.colette import Colette

    return Colette(cap)


def _beans(_cap: float) -> Contestant:
    from benchmarks.race.beans import beans

    return beans


def _beans_open(_cap: float) -> Contestant:
    from benchmarks.race.beans import beans

    return lambda scene: beans(scene, department=False)


def _greedy(_cap: float) -> Contestant:
    from benchmarks.race.shuffles import greedy

    return greedy


def _shuffle(_cap: float) -> Contestant:
    from benchmarks.race.shuffles import shuffle

    return shuffle


_MAKERS: dict[str, Callable[[float], Contestant]] = {
    OURS: _ours,
    NETWORKX: _networkx,
    RUSTWORKX: _rustworkx,
    COLETTE: _colette,
    BEANS: _beans,
    BEANS_OPEN: _beans_open,
    GREEDY: _greedy,
    SHUFFLE: _shuffle,
}
