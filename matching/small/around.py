"""The best round around two people of a trio, and what a search for the best trio needs to know.

Two who are in the trio become one vertex whose edges lead to every possible third; the best round around them is then
one matching, with a weight for each third that is the worth of the whole trio. Cost: one matching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.columns import Int64
from matching.small.board import Board, Bools, Places
from matching.small.levels import Level, Whole, Worth, exact_factors, pack
from matching.small.missed import missed
from matching.small.pairs import Mix, matched, room_for_chance
from matching.small.solver import Backend, heaviest


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """One question: which round with a trio, among these edges, with so many left out, is best in these levels?"""

    board: Board
    edges: Bools
    out: int
    exact: Worth
    mix: Mix
    weight: Whole  # twice the worth of pairs, and chance
    chance: Int64
    open: Bools  # (n, n): pairs that may be part of a trio
    backend: Backend | None


def new_search(
    board: Board, edges: Bools, levels: Sequence[Level], out: int, chance: Int64, backend: Backend | None
) -> Search:
    """Without any one of its three, a full round with a trio is a largest matching that misses this one: so all three
    are among those whom some largest matching misses.
    """
    exact = pack(levels, exact_factors(levels), board.n)
    pair, trio, seat = (int(np.abs(part).max(initial=0)) for part in (exact.pair, exact.trio, exact.seat))
    mix = room_for_chance(board.n, max(2 * pair, 3 * trio + 6 * seat), exact.pair.dtype == np.int64)
    weight = mix.of(2 * exact.pair, chance)
    inside = missed(edges, matched(edges, np.zeros(edges.shape, dtype=np.int64), backend))
    return Search(board, edges, out, exact, mix, weight, chance, edges & inside & inside[:, None], backend)


def around(search: Search, edges: Bools, a: int, b: int, thirds: Int64 | None = None) -> list[Places] | None:
    """The best full round in which these two and one of the thirds are the trio, the others in pairs of `edges`."""
    if thirds is None:
        thirds = np.flatnonzero(search.edges[a] & search.edges[b])
        thirds = thirds[search.board.share(np.full_like(thirds, a), np.full_like(thirds, b), thirds)]
        if not len(thirds):
            return None
    n = search.board.n
    low, high = np.nonzero(np.triu(edges))
    others = (low != a) & (low != b) & (high != a) & (high != b)
    low, high = low[others], high[others]
    if len(np.union1d(np.concatenate([low, high]), thirds)) < n - 2 - search.out:
        return None  # somebody has nobody
    trios = _trios(search, a, b, thirds)
    weights = weights_from_nought(search.weight[low, high], trios, n if search.out else 0)
    found = heaviest(([*low.tolist(), *thirds.tolist()], [*high.tolist(), *[n] * len(thirds)], weights), search.backend)
    groups: list[Places] = [(one, other) if other < n else (a, b, one) for one, other in found]
    seated = sum(map(len, groups))
    return groups if seated == n - search.out and any(len(one) == 3 for one in groups) else None


def _trios(search: Search, a: int, b: int, thirds: Int64) -> Whole:
    """The weights of these two with each third."""
    worth = search.exact
    joined = worth.trio[a, b] + worth.trio[a, thirds] + worth.trio[b, thirds]
    joined = joined - 2 * (worth.seat[a] + worth.seat[b] + worth.seat[thirds])
    return search.mix.of(joined, search.chance[a, thirds] ^ search.chance[b, thirds])


def weights_from_nought(pairs: Whole, trios: Whole, force: int) -> list[int]:
    """Weights from 0 on; with `force` (when somebody must be left out) a trio counts more than any other edges."""
    whole: list[int] = [*pairs.tolist(), *trios.tolist()]
    least = min(whole)
    more = force * (max(whole) - least + 1)
    return [one - least for one in whole[: len(pairs)]] + [one - least + more for one in whole[len(pairs) :]]
