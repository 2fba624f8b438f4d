"""One trio when the number is odd: which three, so that the whole round stays best.

A trio helps exactly when a round of pairs leaves somebody out who can join a pair: then one person fewer is left out.
Fix two of its members: they become one vertex whose edges lead to every possible third, and the best round around
them is again one matching (`best_third`). Trying every two is exact and costs n^2 / 2 matchings: the way up to
`EXHAUSTIVE` people. Above, `climb`: begin from the matching with a phantom partner for the odd one, each weighed by
what joining would cost at least, and from a trio taken in seat order; then fix two of the three members in turn and
re-solve until nothing improves. Where the tiers then cost more than the teams force, `search` tries every two that a
bound does not rule out. `certify.py` says afterwards whether the tiers are proven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from matching.blossom import Solver, bare_solver, heaviest, in_order
from matching.board import Board, group_cost
from matching.pairs import Rank, edges_among, group_good, pair_levels, rank
from matching.start import fewest_same
from matching.table import Ints, Places

EXHAUSTIVE = 24
CLIMB_WORK = 1_000_000  # edges of all matchings that `climb` may solve after its starts
WORK = 2_000_000  # the same for `search`
HEAVY = 250_000  # edges above which one matching takes many seconds: the start has to do
FAR = int(np.iinfo(np.int64).max // 4)


def best_with_trio(board: Board, pairs: list[Places], solver: Solver | None = None) -> list[Places]:
    """The best round with one trio, or the round of pairs as it is when no trio lets more people in."""
    chosen = solver or bare_solver()
    tries = every_two(board, chosen) if board.n <= EXHAUSTIVE else climb(board, pairs, chosen)
    best = min(tries, key=lambda groups: rank(board, groups), default=pairs)
    if board.n > EXHAUSTIVE and not _heavy(board) and not _surely_best(board, best):
        best = search(board, best, chosen)
    return best if rank(board, best).left_out < rank(board, pairs).left_out else pairs


def every_two(board: Board, solver: Solver) -> Iterator[list[Places]]:
    """The best round around each two who may meet: exact."""
    a, b = edges_among(board, range(board.n))
    for two in zip(a.tolist(), b.tolist(), strict=True):
        found = best_third(board, two, solver)
        if found is not None:
            yield found


def _heavy(board: Board) -> bool:
    return int(board.allowed.sum()) // 2 > HEAVY


def _surely_best(board: Board, groups: Sequence[Places]) -> bool:
    """A trio lets one more in, and the tiers cost no more than the sizes of the teams force."""
    worth = rank(board, groups)
    forced = 0 if worth.left_out else fewest_same(board.table, range(board.n))
    return worth.left_out < board.n and max(map(len, groups)) == 3 and worth.cost <= forced


def search(board: Board, best: list[Places], solver: Solver) -> list[Places]:
    """Every two around whom a better round is not ruled out, the most hopeful first, as far as `WORK` reaches.

    A round costs at least its trio, and what pairs among the others must cost when any three, and those left out, may
    be missing (`_pairs_beside`). So two whose cheapest trio already costs too much need not be tried.
    """
    floor = _pairs_beside(board, 3 + rank(board, best).left_out, solver)
    edges = edges_among(board, range(board.n))
    hopes = sorted(_cheapest_trio(board, a, b) for a, b in zip(*(ends.tolist() for ends in edges), strict=True))
    tries = WORK // max(len(edges[0]), 1)
    for cost, a, b in hopes[:tries]:
        has_trio = any(len(group) == 3 for group in best)
        if cost == FAR or (has_trio and cost + floor >= rank(board, best).cost):
            break
        better = best_third(board, (a, b), solver)
        best = min(better or best, best, key=lambda groups: rank(board, groups))
    return best


def _cheapest_trio(board: Board, a: int, b: int) -> tuple[int, int, int]:
    both = board.allowed[a] & board.allowed[b]
    cost = (board.cost[a] + board.cost[b])[both].min(initial=FAR)
    return min(int(cost) + int(board.cost[a, b]), int(FAR)), a, b


def _pairs_beside(board: Board, missing: int, solver: Solver) -> int:
    """The least tier cost of a largest matching in which so many phantoms may each stand in for a partner."""
    a, b = edges_among(board, range(board.n))
    top = int(board.cost.max(initial=0))
    edges = list(zip(a.tolist(), b.tolist(), (top - board.cost[a, b]).tolist(), strict=True))
    edges += [(place, board.n + phantom, top) for place in range(board.n) for phantom in range(missing)]
    return sum(int(board.cost[low, high]) for low, high in heaviest(edges, solver) if high < board.n)


def best_third(board: Board, two: tuple[int, int], solver: Solver) -> list[Places] | None:
    """The best round in which these two and somebody else are the trio; None when nobody can join them."""
    a, b = two
    thirds = np.nonzero(board.allowed[a] & board.allowed[b])[0]
    thirds = np.array([c for c in thirds.tolist() if board.table.share((a, b, c))], dtype=np.int64)
    if not len(thirds):
        return None
    rest = [place for place in range(board.n) if place not in two]
    trios = [(a, b, int(c)) for c in thirds]
    cost = np.array([group_cost(board, trio) for trio in trios], dtype=np.int64)
    good = np.array([group_good(board, trio) for trio in trios], dtype=np.int64)
    seat = board.seat[a] + board.seat[b] + board.seat[thirds]
    tie = board.tie[a, thirds] ^ board.tie[b, thirds]
    matched = _match_beside(board, rest, thirds, [-cost, board.bench[thirds], -seat, good, tie], solver)
    return _put_together(board.n, two, matched)


def _match_beside(board: Board, rest: Sequence[int], thirds: Ints, levels: list[Ints], solver: Solver) -> list[Places]:
    """A matching among `rest` and one more vertex, `board.n`, that leads to `thirds` and goes before everything."""
    a, b = edges_among(board, rest)
    cost, bench, good = pair_levels(board, a, b)
    nobody = np.zeros(len(a), dtype=np.int64)
    plain = [nobody, cost, bench, nobody, good, board.tie[a, b]]
    extra = [np.ones(len(thirds), dtype=np.int64), *levels]
    weights = in_order([np.concatenate(two) for two in zip(plain, extra, strict=True)], len(rest) // 2 + 1)
    ends = zip([*a.tolist(), *thirds.tolist()], [*b.tolist(), *[board.n] * len(thirds)], weights, strict=True)
    return list(heaviest(list(ends), solver))


def _put_together(n: int, two: Places, matched: Sequence[Places]) -> list[Places] | None:
    third = [low for low, high in matched if high == n]
    pairs = [pair for pair in matched if pair[1] != n]
    return [*pairs, (*two, third[0])] if third else None


def climb(board: Board, pairs: list[Places], solver: Solver) -> list[list[Places]]:
    """Starts, then better and better trios next to the best of them."""
    found = [groups for groups in (_joined(board, pairs), _phantom(board, solver), _seated(board, solver)) if groups]
    if not found:
        return []
    best = min(found, key=lambda groups: rank(board, groups))
    tried: set[Places] = set()
    tries = 0 if _heavy(board) else CLIMB_WORK // max(1, int(board.allowed.sum()) // 2)
    while fresh := [two for two in combinations(_trio(best), 2) if two not in tried][: max(0, tries - len(tried))]:
        tried.update(fresh)
        better = [groups for two in fresh if (groups := best_third(board, two, solver)) is not None]
        best = min([best, *better], key=lambda groups: rank(board, groups))
    return [best]


def _trio(groups: Sequence[Places]) -> Places:
    return next(tuple(sorted(group)) for group in groups if len(group) == 3)


def _joined(board: Board, pairs: Sequence[Places]) -> list[Places] | None:
    """A round of pairs with the best of those left out joined to the best pair for them."""
    placed = {member for pair in pairs for member in pair}
    out = [place for place in range(board.n) if place not in placed]
    options = [(_joining(board, pair, one), place, one) for one in out for place, pair in enumerate(pairs)]
    options = [option for option in options if option[0] is not None]
    if not options:
        return None
    _, place, one = min(options)
    return [(*pair, one) if number == place else pair for number, pair in enumerate(pairs)]


def _joining(board: Board, pair: Places, one: int) -> Rank | None:
    """What changes when one more joins a pair; None when a rule forbids it."""
    trio = (*pair, one)
    if not all(board.allowed[one, member] for member in pair) or not board.table.share(trio):
        return None
    return Rank(
        left_out=0,
        cost=group_cost(board, trio) - group_cost(board, pair),
        bench=-int(board.bench[one]),
        seat=int(board.seat[list(trio)].sum()),
        loss=group_good(board, pair) - group_good(board, trio),
    )


def _phantom(board: Board, solver: Solver) -> list[Places] | None:
    """Everyone may be matched to a phantom, at the least that joining any two others would cost; then really join."""
    least = [(place, floor) for place in range(board.n) if (floor := _least_joining(board, place)) is not None]
    if not least:
        return None
    thirds = np.array([place for place, _ in least], dtype=np.int64)
    cost, seat, good = np.array([floor for _, floor in least], dtype=np.int64).T
    levels = [-cost, board.bench[thirds], -seat, good, board.tie[thirds, thirds - 1]]
    matched = _match_beside(board, range(board.n), thirds, levels, solver)
    return _joined(board, [pair for pair in matched if pair[1] != board.n])


def _least_joining(board: Board, one: int) -> tuple[int, int, int] | None:
    """Over all pairs this person may join: least tier cost, then least seat cost, then most interest gained."""
    friends = np.nonzero(board.allowed[one])[0]
    grid = np.ix_(friends, friends)
    possible = board.allowed[grid]
    if not possible.any():
        return None
    row = board.cost[one, friends]
    cost = np.where(possible, row[:, None] + row[None, :], FAR)
    seats = board.seat[friends]
    seat = np.where(cost == cost.min(), seats[:, None] + seats[None, :], FAR)
    gain = board.good[one, friends]
    good = np.where(seat == seat.min(), gain[:, None] + gain[None, :] - board.good[grid], -FAR)
    return int(cost.min()), int(seat.min() + board.seat[one]), int(good.max())


def _seated(board: Board, solver: Solver) -> list[Places] | None:
    """The round around the first two, in seat order, who would cost nothing in the tiers."""
    order = np.argsort(board.seat, kind="stable").tolist()
    for two in combinations(order[: 0 if _heavy(board) else 50], 2):
        if board.allowed[two] and board.cost[two] == 0:
            return best_third(board, two, solver)
    return None
