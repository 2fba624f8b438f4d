"""The engine for rounds of pairs among few people: `draw`, exact on all pairs, with nothing to compile.

First the pairs that cost nothing in any tier: when they hold a full round, no tier can be better, and all that is left
to decide are seats, score and chance. Otherwise all lawful pairs, with the tiers in their weights.

Cost on a usual round: 15 ms for 200 people, 40 ms for 199 (a trio); twice to ten times that where tiers are forced.
It works for any number, in O(n^3); meant for up to 200 people, or 500 where the engines that compile are missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.drawn import Drawn, Progress
from matching.rng import Lot
from matching.small.board import Board, Bools, Places, build_board
from matching.small.levels import exact_factors, levels_of, pack
from matching.small.lottery import shake
from matching.small.pairs import best_pairs, chances, matched
from matching.small.solver import Backend
from matching.small.trio import best_with_trio
from matching.types import Interests

ENGINE = "small"
WARM = 0.5  # from this quality on, the walk begins at the best score


def draw(
    columns: Columns, mode: Interests, quality: float, lot: Lot, tell: Progress, backend: Backend | None = None
) -> Drawn:
    """A round of pairs, with one trio where it lets one more in: best in the tiers and the seats, then by `quality`."""
    if columns.n < 2:
        return Drawn(seats_of(()), ENGINE)
    tell("comparing", 0.0)
    board = build_board(columns, mode)
    tell("matching", 0.2)
    groups = best_round(board, quality >= WARM, lot.stream("ties"), backend)
    if quality < 1:
        tell("shaking", 0.7)
        groups = walked(board, groups, quality, lot.stream("walk"))
    return Drawn(seats_of(groups), ENGINE)


def best_round(board: Board, scored: bool, lot: Lot, backend: Backend | None = None) -> list[Places]:
    """The best round, ties by lot; without `scored` all rounds that are best in tiers and seats are ties."""
    chance = chances(board.n, lot)
    free = board.allowed & ~np.logical_or.reduce([tier > 0 for tier in board.tiers])
    return _full(board, free, scored, chance, backend) or _forced(board, scored, chance, backend)


def walked(board: Board, groups: Sequence[Places], quality: float, lot: Lot) -> list[Places]:
    """Another round that is as good in the tiers and the seats, as `temperature.py` says."""
    levels = levels_of(board, board.allowed, scored=False)
    return shake(board, groups, pack(levels, exact_factors(levels), board.n), quality, lot)


def seats_of(groups: Sequence[Places]) -> Int32:
    """Groups as rows of places, in order, padded with -1."""
    width = max(map(len, groups), default=2)
    rows = [(*sorted(group), *[-1] * (width - len(group))) for group in groups]
    return np.array(sorted(rows), dtype=np.int32).reshape(-1, width)


def _full(board: Board, edges: Bools, scored: bool, chance: Int64, backend: Backend | None) -> list[Places] | None:
    """The best round of all people among edges that cost nothing; None when there is none, or none easily found."""
    levels = levels_of(board, edges, scored)
    if board.n % 2 == 0:
        found = best_pairs(edges, levels, chance, backend)
        return found if 2 * len(found) == board.n else None
    if _left_out(edges, backend) > 1:
        return None
    return best_with_trio(board, edges, levels, 0, chance, False, backend)


def _forced(board: Board, scored: bool, chance: Int64, backend: Backend | None) -> list[Places]:
    """The best round whatever it costs; with a trio when that leaves out one fewer."""
    levels = levels_of(board, board.allowed, scored)
    left_out = _left_out(board.allowed, backend)
    found = best_with_trio(board, board.allowed, levels, left_out - 1, chance, True, backend) if left_out else None
    return found or best_pairs(board.allowed, levels, chance, backend)


def _left_out(edges: Bools, backend: Backend | None) -> int:
    """How many a largest matching leaves out."""
    pairs = matched(edges, np.zeros(edges.shape, dtype=np.int64), backend)
    return len(edges) - 2 * len(pairs)
