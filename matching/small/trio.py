"""One trio when the number is odd: which three, so that the whole round is best in every level, exactly.

A trio helps exactly when a round of pairs leaves somebody out who can join a pair; then one fewer is left out. The
round is a cover of everybody by one trio, pairs, and a phantom beside each person who must be left out.

1. `duals.prices` bound what any cover is worth: a round with the trio (a, b, c) falls short of the bound by at least
   the three shortfalls of its pairs, D_ab + D_ac + D_bc (a trio is a triangle of half edges in the fractional problem).
2. `around` fixes two of three: they become one vertex whose edges lead to every possible third, and the best round
   around them is one matching. The most hopeful triangle gives a first round, and with it a gap.
3. Triangles whose shortfall is not below the gap cannot be in a better round, and pairs neither. Among those that
   remain, a relaxation that is itself a matching (`relaxed.py`) names who is in the best trio, as a rule, and what no
   round can be worth more than. The trios of this person are tried, two people at a time with all thirds, on the few
   pairs that remain, until a round is worth as much as the limit or the limit comes down to the best round.

Cost: as many matchings as the gap leaves, nearly always 3 to 20. 199 people: 0.05 to 0.25 s, 0.36 s in the slowest of
some 700 rounds of all kinds. Tiers and seats are always exact; for the score the work ends at `WORK` (about 5 s), which
no instance measured so far has reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from matching.columns import Int64
from matching.small.around import Search, around, new_search
from matching.small.board import Board, Bools, Places
from matching.small.levels import Level, pack, stages
from matching.small.relaxed import Limits, Trios, trios_of
from matching.small.shortfall import FAR, Bound, nearest, new_bound, triangles
from matching.small.solver import Backend

WORK = 2_000_000  # pairs looked at (from both ends) in all matchings for the last level, the score
PAUSE = 2  # trios that are tried before the next relaxation, and twice as many while it says nothing new
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
        first = _first(search, bound, thorough) if best is None else _nearer(search, bound, best)
        if first is None:
            return None
        best = first
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


def _nearer(search: Search, bound: Bound, best: list[Places]) -> list[Places]:
    """Once more when there are more levels: the pairs for the first round were chosen as if these did not exist.

    One matching; without it the gap can be so wide that all n^3 / 6 trios are listed, half a second for 199 people.
    """
    trios, _ = triangles(search, bound.trio, bound.gap(best), MANY)
    found = around(search, nearest(bound.pair, search.chance), *trios[0, :2].tolist()) if len(trios) else None
    return found if found and search.exact.of(found) > search.exact.of(best) else best


def _any(search: Search, bound: Bound) -> list[Places] | None:
    """Around every two, in order of hope: the last resort of boards where most trios leave too many out."""
    a, b = np.nonzero(np.triu(search.open))
    order = np.argsort(bound.trio[a, b], kind="stable")
    for two in zip(a[order].tolist(), b[order].tolist(), strict=True):
        found = around(search, search.edges, *two)
        if found:
            return found
    return None


def _improve(search: Search, bound: Bound, best: list[Places], work: int) -> list[Places]:
    """Try every trio that a better round could hold, until none is left or the relaxation rules out all of them."""
    gap = bound.gap(best)
    trios = trios_of(bound, *triangles(search, bound.trio, gap))
    limits, limit, chosen, pause, rest = Limits(search, bound), FAR, -1, 0, 0
    while len(trios) and work > 0:
        if len(trios) > SOME and (not rest or not trios.having(chosen).any()):
            narrow, before = gap - int(trios.hope[0]), limit
            trios = limits.turned(trios, narrow)
            limit, chosen = limits.relax(trios, narrow)
            trios = trios.keep(limits.hopeful(trios, narrow, bound.worth.of(best)))
            rest = pause = 2 * pause + 1 if limit == before else PAUSE
            work -= search.board.n
        rest = max(0, rest - 1)
        if limit <= bound.worth.of(best) or not len(trios):
            break
        a, b, with_both = _two(bound, trios, chosen)
        tried, left = trios.keep(with_both), ~with_both
        near = bound.pair < gap - int(tried.hope[0])
        found = around(search, near, a, b, tried.members.sum(axis=1) - a - b)
        if found and search.exact.of(found) > search.exact.of(best):
            best, gap = found, bound.gap(found)
            left &= trios.hope < gap
        trios = trios.keep(left)
        work -= int(near.sum())
    return best


def _two(bound: Bound, trios: Trios, chosen: int) -> tuple[int, int, Bools]:
    """Whom to go around next, and which trios have both: of the best trio those two who are together in most others.

    While the chosen one of the relaxation is in any trio, the best is the one that adds most when the chosen one joins
    a pair, less what that pair falls short (doubled, as shortfalls are); and the chosen one is one of the two.
    """
    having = trios.having(chosen)
    wanted = having.any()
    mine = trios.keep(having) if wanted else trios
    promise = 2 * mine.added - bound.pair[mine.pairs()]
    if wanted:
        promise = np.where(mine.members == chosen, promise, -FAR)
    first = mine.members[promise.max(axis=1).argmax()].tolist()
    twos = [two for two in combinations(first, 2) if not wanted or chosen in two]
    both = [trios.having(a) & trios.having(b) for a, b in twos]
    most = max(range(len(twos)), key=lambda place: int(both[place].sum()))
    return *twos[most], both[most]
