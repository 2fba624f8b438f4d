"""Looking ahead: a round today that leaves the last rounds possible.

A round without repeats can be the wrong one: among six people, three rounds may leave two separate triangles, and the
next round must repeat although two fresh partners are left for everyone. So near the end (see `pieces.py`) a drawn
round is kept only when the rest still splits into as many rounds as everybody has partners left, which is proven by
finding the split. Otherwise its place is taken by a round of such a split. Nothing is carried over but the history:
a round that left a split leaves one to be found again. `uneven` is explained in `pieces`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.horizon.fresh import keys_of
from matching.horizon.perfect import heaviest_perfect
from matching.horizon.pieces import Piece, pieces
from matching.horizon.split import split
from matching.rng import Lot

Score = Callable[[Int32], int]  # the interest score of some pairs (g, 2), by place
PLANS = 3  # different plans among which the best round is chosen
ACROSS = 1 << 40  # outweighs the random bits of all pairs of a piece


def ahead(columns: Columns, lot: Lot, uneven: bool = False) -> list[Int32] | None:
    """Disjoint rounds (g, 2) that can all still be played, in random order; None where there is nothing to plan.

    Each is as good as any round in every tier, for the people in it: whoever is in none of them is free to be drawn
    as usual. Milliseconds for n people with d rounds left: 4 (32, 16), 13 (128, 16), 37 (256, 16), 170 (1,000, 8; when
    unlucky 1,400).
    """
    plans = [(piece, plan) for piece in pieces(columns, uneven) if (plan := _plan(piece, lot)[1])]
    if not plans:
        return None
    return [
        np.concatenate([_places(piece, plan[number]) for piece, plan in plans])
        for number in range(min(len(plan) for _, plan in plans))
    ]


def keeps_horizon(columns: Columns, seats: Int32, lot: Lot, uneven: bool = False) -> bool:
    """Whether after these seats (g, w) the rest still splits into all the rounds that are left; True far from the end.

    True is proven by a split that was found; False says that the seats waste a fresh round or that none was found.
    """
    return all(_rounds_after(piece, seats, lot) >= piece.rounds - 1 for piece in pieces(columns, uneven))


def secure(columns: Columns, seats: Int32, lot: Lot, score: Score | None = None, uneven: bool = False) -> Int32:
    """The same seats, except where they would cost a later round: there, seats from a plan.

    `seats` are a round that is optimal in the tiers, and so is the answer. Among planned rounds the one with the
    fewest pairs to keep apart is taken, then the best score; by lot where there is no `score`.
    """
    for piece in pieces(columns, uneven):
        if not _closed(piece, seats):
            continue
        after = _rounds_after(piece, seats, lot)
        if after < piece.rounds - 1:
            rows = _better(columns, piece, seats, after, lot, score)
            seats = seats if rows is None else _replaced(piece, seats, rows)
    return seats


def _plan(piece: Piece, lot: Lot) -> tuple[int, list[Int64]]:
    """How many rounds the longest plan of a few tries has, and those that may come first, as places of pairs."""
    if not piece.mixed:
        plan = split(piece.pairs, piece.n, piece.rounds, lot)
        return len(plan), plan
    best: list[Int64] = []
    for _ in range(PLANS):
        best = max(best, _across_first(piece, lot), key=len)
        if len(best) == piece.rounds:
            break
    return len(best), [plan for plan in best if piece.same[plan].sum() == piece.same[best[0]].sum()]


def _across_first(piece: Piece, lot: Lot) -> list[Int64]:
    """A round with as few colleagues as possible, and a split of the rest."""
    chance = (lot.numbers(len(piece.pairs)) >> np.uint64(35)).astype(np.int64)
    first = heaviest_perfect(piece.pairs, np.where(piece.same, 0, ACROSS) + chance + 1, piece.n)
    if first is None:
        return []
    rest = np.delete(np.arange(len(piece.pairs)), first)
    return [first, *(rest[one] for one in split(piece.pairs[rest], piece.n, piece.rounds - 1, lot))]


def _rounds_after(piece: Piece, seats: Int32, lot: Lot) -> int:
    """How many rounds of the piece were found when these seats are played; -1 when they waste this one."""
    at = np.full(max(int(piece.people[-1]), int(seats.max(initial=-1))) + 1, -1, dtype=np.int64)
    at[piece.people] = np.arange(piece.n)
    rows = at[seats[:, :2]][(seats >= 0).sum(axis=1) == 2]
    rows = np.sort(rows[(rows >= 0).all(axis=1)], axis=1)
    played = np.isin(keys_of(piece.pairs, piece.n), keys_of(rows, piece.n))
    if 2 * played.sum() < piece.n:
        return -1
    return len(split(piece.pairs[~played], piece.n, piece.rounds - 1, lot))


def _closed(piece: Piece, seats: Int32) -> bool:
    """Whether the people of the piece sit in pairs among themselves."""
    inside = np.isin(seats, piece.people)
    rows = inside.any(axis=1)
    return int(inside.sum()) == piece.n and bool((inside[rows].sum(axis=1) == (seats[rows] >= 0).sum(axis=1)).all())


def _better(columns: Columns, piece: Piece, seats: Int32, after: int, lot: Lot, score: Score | None) -> Int32 | None:
    """The best round of a few plans, if they leave more rounds than `after` and bring together none kept apart."""
    choices: list[Int32] = []
    for _ in range(PLANS if score else 1):
        rounds, plan = _plan(piece, lot)
        if rounds > after + 1:
            choices += [_places(piece, one) for one in plan]
    inside = np.isin(seats, piece.people).any(axis=1)
    most = _together(columns, seats[inside][:, :2])
    choices = [rows for rows in choices if _together(columns, rows) <= most]
    if not choices:
        return None

    def merit(rows: Int32) -> tuple[int, int]:
        return -_together(columns, rows), score(rows) if score else 0

    best = max(map(merit, choices))
    return lot.pick([rows for rows in choices if merit(rows) == best])


def _together(columns: Columns, rows: Int32) -> int:
    """How many of these pairs (g, 2) should be kept apart."""
    return int(np.isin(keys_of(np.sort(rows.astype(np.int64), axis=1), columns.n), columns.apart).sum())


def _places(piece: Piece, plan: Int64) -> Int32:
    """The pairs of a planned round (g, 2), by place, low to high."""
    return piece.people[piece.pairs[plan]].astype(np.int32)


def _replaced(piece: Piece, seats: Int32, rows: Int32) -> Int32:
    others = seats[~np.isin(seats, piece.people).any(axis=1)]
    fresh = np.full((len(rows), seats.shape[1]), -1, dtype=np.int32)
    fresh[:, :2] = rows
    return np.concatenate([others, fresh])
