"""One trio when the number is odd: which three, so that the whole round is best in every level, exactly.

A trio helps exactly when a round of pairs leaves somebody out who can join a pair; then one fewer is left out. The
round is a cover of everybody by one trio, pairs, and a phantom beside each person who must be left out.

1. `duals.prices` bound what any cover is worth: a round with the trio (a, b, c) falls short of the bound by at least
   the three shortfalls of its pairs, D_ab + D_ac + D_bc (a trio is a triangle of half edges in the fractional problem).
2. `around` fixes two of three: they become one vertex whose edges lead to every possible third, and the best round
   around them is one matching. The most hopeful triangle gives a first round, and with it a gap.
3. Triangles whose shortfall is not below the gap cannot be in a better round, and pairs neither. Those that remain
   are tried in order of hope, two of them at a time with all thirds, on the few pairs that remain; and where they are
   many, a relaxation that is itself a matching rules out most of them (`_ruled_out`).

Cost: as many matchings as the gap leaves, nearly always 1 to 40. 199 people: 0.05 to 0.2 s; rarely a second or more,
when scores are fine-grained and odd cycles many. Tiers and seats are always exact; for the score the work ends at
`WORK` (about 5 s), which no instance measured so far has reached.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.columns import Int64
from matching.small.around import Search, around, new_search, weights_from_nought
from matching.small.board import Board, Bools, Places
from matching.small.levels import Level, Worth, pack, stages
from matching.small.pairs import matched
from matching.small.shortfall import FAR, Bound, nearest, new_bound, triangles
from matching.small.solver import Backend, heaviest

WORK = 2_000_000  # pairs looked at (from both ends) in all matchings for the last level, the score
SOME = 8  # trios that are sooner tried than ruled out
MANY = 20_000  # trios among which the first is looked for


def best_with_trio(
    board: Board,
    edges: Bools,
    levels: Sequence[Level],
    out: int,
    chance: Int64,
    thorough: bool = True,
    backend: Backend | None = None,
) -> list[Places] | None:
    """The best round with one trio that leaves out so many; None when there is none.

    A search that is not thorough also gives up when it finds none with little effort.
    """
    search = new_search(board, edges, levels, out, chance, backend)
    best, scored = None, bool(levels) and levels[-1].half
    for count, factors in stages(levels) or [(0, [])]:
        bound = new_bound(search, pack(levels[:count], factors, board.n))
        best = best or _first(search, bound, thorough)
        if best is None:
            return None
        best = _improve(search, bound, best, WORK if count == len(levels) and scored else FAR)
    return best


def _first(search: Search, bound: Bound, thorough: bool) -> list[Places] | None:
    """Some good round: around the most hopeful trios, then, where that fails and it matters, around every two."""
    near, n = nearest(bound.pair, search.chance), search.board.n
    shortest = np.sort(bound.trio[np.triu(search.open)])
    for count in (4 * n, 32 * n, n * n):
        gap = 3 * int(shortest[count]) + 1 if count < len(shortest) else FAR
        trios, _ = triangles(search, bound.trio, gap, MANY)
        for edges in (near, search.edges):
            for a, b, _ in trios[:3].tolist():
                found = around(search, edges, a, b)
                if found:
                    return found
        if len(trios) or count >= len(shortest):
            break
    return _any(search, bound) if len(trios) and thorough else None


def _any(search: Search, bound: Bound) -> list[Places] | None:
    """Around every two, in order of hope: the last resort of boards where most trios leave too many out.

    Without any one of its three, a full round with a trio is a largest matching that misses this one: so all three are
    among the people whom some largest matching misses (those of Gallai and Edmonds).
    """
    missed = _missed(search)
    a, b = np.nonzero(np.triu(search.open & missed[:, None] & missed[None, :]))
    order = np.argsort(bound.trio[a, b], kind="stable")
    for two in zip(a[order].tolist(), b[order].tolist(), strict=True):
        found = around(search, search.edges, *two)
        if found:
            return found
    return None


def _missed(search: Search) -> Bools:
    """Who is left out by some largest matching: one matching without each person."""
    n = search.board.n
    sizes = []
    for one in range(n):
        edges = search.edges.copy()
        edges[one, :] = edges[:, one] = False
        sizes.append(len(matched(edges, np.zeros((n, n), dtype=np.int64), search.backend)))
    missed: Bools = np.array(sizes) == (n - search.out - 1) // 2
    return missed


def _improve(search: Search, bound: Bound, best: list[Places], work: int) -> list[Places]:
    """Try every trio that a better round could hold, until none is left or the relaxation rules out all of them."""
    gap = bound.gap(best)
    trios, hopes = triangles(search, bound.trio, gap)
    pause = rest = 0
    while len(trios) and work > 0:
        if len(trios) > SOME and not rest:
            left = ~_ruled_out(search, bound, trios, gap - int(hopes[0]), bound.worth.of(best))
            pause = 0 if 20 * int(left.sum()) < 19 * len(left) else 2 * pause + 1
            rest = pause
            trios, hopes = trios[left], hopes[left]
            if not len(trios):
                break
        rest = max(0, rest - 1)
        a, b, with_both = _two(trios)
        thirds = trios[with_both].sum(axis=1) - a - b
        near = bound.pair < gap - int(hopes[with_both][0])
        found = around(search, near, a, b, thirds)
        left = ~with_both
        if found and search.exact.of(found) > search.exact.of(best):
            best = found
            gap = bound.gap(best)
            left &= hopes < gap
        trios, hopes = trios[left], hopes[left]
        work -= int(near.sum())
    return best


def _ruled_out(search: Search, bound: Bound, trios: Int64, gap: int, least: int) -> Bools:
    """Which trios cannot be in a round worth more than `least`, whose pairs fall short by less than the gap.

    Take one member c out of a trio: the other two become a pair, and the round a matching without c. So it is worth at
    most the heaviest matching in which c stands beside a phantom, plus what c added. One matching with all c to choose
    from, each at the most that any of their trios adds, finds the c with the highest bound: if that is too low, so are
    all; if not, the trios of this c have a sharp bound.
    """
    n, worth = search.board.n, bound.worth
    low, high = trios[:, [1, 0, 0]], trios[:, [2, 2, 1]]  # the pair beside each member
    whole = worth.trio[low, high].sum(axis=1) - 2 * worth.seat[trios].sum(axis=1)
    added = whole[:, None] - 2 * worth.pair[low, high]
    each = (np.arange(len(trios)), bound.pair[low, high].argmin(axis=1))  # the member beside the best pair
    most = np.full(n, -FAR, dtype=np.int64)
    np.maximum.at(most, trios[each], added[each])
    near = bound.pair < gap
    near[low[each], high[each]] = True
    beside, chosen = _beside_phantom(search, worth, near, most)
    if chosen is None or beside + int(most[chosen]) <= least:
        return np.ones(len(trios), dtype=bool)
    mine = (trios == chosen) & near[low, high] & (beside + added <= least)
    return np.asarray(mine.any(axis=1))


def _beside_phantom(search: Search, worth: Worth, near: Bools, most: Int64) -> tuple[int, int | None]:
    """The heaviest matching with one person beside a phantom: what its pairs are worth, and who that is."""
    n = search.board.n
    low, high = np.nonzero(np.triu(near))
    thirds = np.flatnonzero(most > -FAR)
    weights = weights_from_nought(2 * worth.pair[low, high], most[thirds], n if search.out else 0)
    found = heaviest(([*low.tolist(), *thirds.tolist()], [*high.tolist(), *[n] * len(thirds)], weights), search.backend)
    chosen = [one for one, other in found if other == n]
    if not chosen or 2 * len(found) < n + 1 - search.out:
        return 0, None
    return sum(2 * int(worth.pair[pair]) for pair in found if pair[1] < n), chosen[0]


def _two(trios: Int64) -> tuple[int, int, Bools]:
    """Two of the most hopeful trio: those who are together in most of the other trios, and which trios those are."""
    first = trios[0].tolist()
    inside = [(trios == one).any(axis=1) for one in first]
    both = [inside[i] & inside[j] for i, j in ((0, 1), (0, 2), (1, 2))]
    most = max(range(3), key=lambda place: int(both[place].sum()))
    a, b = ((0, 1), (0, 2), (1, 2))[most]
    return first[a], first[b], both[most]
