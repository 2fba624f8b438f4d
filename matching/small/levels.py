"""The aims of a round, in order, as one number a pair: how each level is packed below the one before.

A level is something to be maximised. A round is worth the sum over its pairs, less what the seats cost: with all
levels packed into one number, a round is better than another exactly when its sum is higher. Sums are counted twice
over, because a trio is worth half the sum of its three pairs in the score and the whole sum in the tiers.

Each level begins at its own unit (the largest number that divides all its values), takes the room that a whole round
can add up to, and vanishes where it is nought for everybody: so that nearly always all of it fits in 53 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.columns import Int64
from matching.small.board import Board, Bools, Places

ROOM = 1 << 53  # what all levels of a round may add up to in 64-bit arithmetic
Whole = NDArray[np.int64] | NDArray[np.object_]  # Python's own whole numbers where 64 bits are too few


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One aim: what a pair is worth, (n, n), and what it costs to be left out, `bench`, or in the trio, `seat`, (n)."""

    pair: Int64
    bench: Int64
    seat: Int64
    half: bool = False  # a trio is worth half the sum of its pairs

    def span(self) -> int:
        """More than two rounds can differ by, counted twice over."""
        n = len(self.pair)
        pairs = (n + 4) * int(np.abs(self.pair).max(initial=0))
        return pairs + 2 * n * int(np.ptp(self.bench)) + 6 * int(np.ptp(self.seat)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """Packed levels. A round is worth twice the `pair` of each pair, and `trio` of three pairs less two `seat` each.

    To place somebody is worth their bench cost, which is part of `pair` and `seat`.
    """

    pair: Whole
    trio: Whole
    seat: Whole

    def of(self, groups: Sequence[Places]) -> int:
        """The worth of a round, twice over."""
        pairs = np.array([group for group in groups if len(group) == 2], dtype=np.int64).reshape(-1, 2)
        total = 2 * int(self.pair[pairs[:, 0], pairs[:, 1]].sum())
        for a, b, c in (group for group in groups if len(group) == 3):
            total += int(self.trio[a, b]) + int(self.trio[a, c]) + int(self.trio[b, c])
            total -= 2 * int(self.seat[[a, b, c]].sum())
        return total


def levels_of(board: Board, edges: Bools, scored: bool) -> list[Level]:
    """Repeats, age, same team, apart; left out; trio; score: those that say anything about these edges."""
    none, nobody = np.zeros((board.n, board.n), dtype=np.int64), np.zeros(board.n, dtype=np.int64)
    levels = [Level(np.where(edges, -tier, 0), nobody, nobody) for tier in board.tiers]
    levels += [Level(none, board.bench, nobody), Level(none, nobody, board.trio)]
    if scored:
        levels.append(Level(np.where(edges, 2 * board.score, 0), nobody, nobody, half=True))
    return [_in_units(level) for level in levels if level.span() > 1]


def _in_units(level: Level) -> Level:
    """The same in the largest unit. Costs that are equal for all count for nothing, so they begin at 0."""
    bench, seat = level.bench - level.bench.min(), level.seat - level.seat.min()
    unit = max(1, int(np.gcd.reduce(np.concatenate([level.pair.ravel(), bench, seat]))))
    return Level(level.pair // unit, bench // unit, seat // unit, level.half)


def exact_factors(levels: Sequence[Level]) -> list[int]:
    """What one unit of each level counts, so that it outweighs all later levels together."""
    factors = [1]
    for level in levels[:0:-1]:
        factors.append(factors[-1] * level.span())
    return factors[::-1] if levels else []


def stages(levels: Sequence[Level]) -> list[tuple[int, list[int]]]:
    """(how many levels, their factors), stage by stage, each of which fits into `ROOM`; the score after all costs.

    A stage orders the levels that are new in it exactly. Levels before those are known to be at their best by then; a
    factor for them that is merely large keeps a bound valid, and nearly as sharp.
    """
    costs = any(level.pair.any() for level in levels if not level.half)
    found, known = [], 0
    while known < len(levels):
        count = known + 1
        while count < len(levels) and _room(levels[known : count + 1]) < ROOM and not (costs and levels[count].half):
            count += 1
        factors = exact_factors(levels[known:count])
        for place in range(known - 1, -1, -1):
            most = ROOM // (2 * known * levels[place].span())
            factors.insert(0, max(1, min(factors[0] * levels[place + 1].span(), most)))
        found.append((count, factors))
        known = count
    return found


def _room(levels: Sequence[Level]) -> int:
    room = 1
    for level in levels:
        room *= level.span()
    return room


def pack(levels: Sequence[Level], factors: Sequence[int], n: int) -> Worth:
    """The levels as one number each; in 64 bits when `ROOM` is enough."""
    small = sum(factor * level.span() for level, factor in zip(levels, factors, strict=True)) < 2 * ROOM
    kind = np.int64 if small else object
    pair, trio = np.zeros((2, n, n), dtype=kind)
    bench, seat = np.zeros((2, n), dtype=kind)
    for level, factor in zip(levels, factors, strict=True):
        worth = level.pair.astype(kind) * factor
        pair = pair + worth
        trio = trio + worth * (1 if level.half else 2)
        bench = bench + level.bench.astype(kind) * factor
        seat = seat + level.seat.astype(kind) * factor
    return Worth(pair + bench[:, None] + bench[None, :], trio, seat - bench)
