"""A walk among the rounds that are equal in every tier and seat: after it, chance alone has decided.

Definition: a Markov chain whose moves are as likely one way as the other, and which never leaves the rounds with the
worth it began with. So its limit is the uniform distribution over those rounds that it can reach; with the rule of
Metropolis on the score it is the Gibbs distribution of `temperature.py`. Moves, each with people chosen at random:
two people of different groups (or one who is left out) change places, three do so in a ring, or the trio hands one
member over to a pair. Cost: about 3 microseconds a move, whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Sequence

from matching.rng import Lot
from matching.small.board import Board, Places
from matching.small.levels import Worth
from matching.temperature import DIGIT, STEPS, temperature

MOVES = 20  # a person, for the lottery
COLD_MOVES = 100  # a person, where the score has a say
NEVER = -(1 << 200)
RANDOM = 20  # bits for each choice of a person
MANY = 1 << RANDOM


def shake(board: Board, groups: Sequence[Places], worth: Worth, quality: float, lot: Lot) -> list[Places]:
    """Another round of the same worth: at quality 0 any is as likely, at 1 none that loses score."""
    seated = {one for group in groups for one in group}
    state = [*groups, *((one,) for one in range(board.n) if one not in seated)]
    if len(state) < 2:
        return list(groups)
    of = [0] * board.n
    for number, group in enumerate(state):
        for one in group:
            of[one] = number
    walk = Walk(board, worth, state, of, len(groups), temperature(quality).tolist())
    moves = board.n * (COLD_MOVES if quality > 0 else MOVES)
    for number, dice in zip(lot.numbers(moves).tolist(), lot.numbers(moves).tolist(), strict=True):
        walk.move(number, dice)
    return [group for group in state if len(group) > 1]


class Walk:
    """Where a walk has come to, with the matrices as lists: looking up one number in an array takes far longer."""

    __slots__ = ("board", "groups", "of", "pair", "score", "seat", "state", "table", "trio", "triple")

    def __init__(
        self, board: Board, worth: Worth, state: list[Places], of: list[int], groups: int, table: list[int]
    ) -> None:
        self.board, self.state, self.of, self.groups, self.table = board, state, of, groups, table
        pairs: list[list[int]] = (2 * worth.pair).tolist()
        allowed = board.allowed.tolist()
        self.pair = [
            [one if may else NEVER for one, may in zip(*row, strict=True)] for row in zip(pairs, allowed, strict=True)
        ]
        self.triple: list[list[int]] = worth.trio.tolist()
        self.seat: list[int] = (2 * worth.seat).tolist()
        self.score: list[list[int]] = board.score.tolist()
        self.trio = next((place for place, group in enumerate(state) if len(group) == 3), None)

    def move(self, number: int, dice: int) -> None:
        """One step, made or not: `number` says what to try, `dice` whether a loss is taken."""
        n, of, state = len(self.of), self.of, self.state
        x, y, kind = ((number >> 4) % MANY) * n >> RANDOM, ((number >> 24) % MANY) * n >> RANDOM, number & 7
        here, there = of[x], of[y]
        if kind < 6 and len(state[here]) == len(state[there]) == 2:
            if here != there:
                self._swap(x, y, dice)
            return
        change = self._change(x, y, number)
        if change is None or sum(map(self._value, change.values())) != sum(self._value(state[one]) for one in change):
            return
        loss = sum(self._points(state[one]) for one in change) - sum(map(self._points, change.values()))
        if self._accepted(loss, dice):
            for place, group in change.items():
                state[place] = group
                self.trio = place if len(group) == 3 else self.trio
                for one in group:
                    of[one] = place

    def _swap(self, x: int, y: int, dice: int) -> None:
        """Two people of two pairs change places: by far the most frequent move, so in few steps."""
        state, of, pair = self.state, self.of, self.pair
        here, there = of[x], of[y]
        a, b = sum(state[here]) - x, sum(state[there]) - y
        if pair[y][a] + pair[x][b] != pair[x][a] + pair[y][b]:
            return
        score = self.score
        if self._accepted(2 * (score[x][a] + score[y][b] - score[y][a] - score[x][b]), dice):
            state[here], state[there] = (y, a), (x, b)
            of[x], of[y] = there, here

    def _accepted(self, loss: int, dice: int) -> bool:
        """The rule of `temperature.py`."""
        table = self.table
        return loss <= 0 or dice >> 2 < table[loss & STEPS - 1] * table[STEPS + min(loss >> DIGIT, STEPS - 1)]

    def _change(self, x: int, y: int, number: int) -> dict[int, Places] | None:
        """The groups that a move changes, and how; None when it is no move."""
        if number & 7 == 7 and self.trio is not None:
            return self._handed_over(number)
        ring = (x, y) if number & 7 != 6 else (x, y, (number >> 44) * len(self.of) >> RANDOM)
        places = [self.of[one] for one in ring]
        if len(set(places)) < len(ring):
            return None
        change = {}
        for place, out, into in zip(places, ring, ring[1:] + ring[:1], strict=True):
            change[place] = tuple(into if one == out else one for one in self.state[place])
        return change

    def _handed_over(self, number: int) -> dict[int, Places] | None:
        """A member of the trio goes over to a pair, which becomes the trio."""
        trio, pair = self.trio, ((number >> 24) % MANY) * self.groups >> RANDOM
        if trio is None or pair == trio:
            return None
        given = self.state[trio][((number >> 4) % MANY) * 3 >> RANDOM]
        return {trio: tuple(one for one in self.state[trio] if one != given), pair: (*self.state[pair], given)}

    def _value(self, group: Places) -> int:
        """What a group is worth in tiers and seats; `NEVER` if it may not be."""
        if len(group) == 2:
            return self.pair[group[0]][group[1]]
        if len(group) < 2:
            return 0
        a, b, c = group
        if NEVER in (self.pair[a][b], self.pair[a][c], self.pair[b][c]):
            return NEVER
        if not (self.board.easy or self.board.may_meet(group)):
            return NEVER
        seat, triple = self.seat, self.triple
        return triple[a][b] + triple[a][c] + triple[b][c] - seat[a] - seat[b] - seat[c]

    def _points(self, group: Places) -> int:
        """The score of a group in millionths: each member's mean over the others."""
        if len(group) == 2:
            return 2 * self.score[group[0]][group[1]]
        if len(group) < 2:
            return 0
        a, b, c = group
        return self.score[a][b] + self.score[a][c] + self.score[b][c]
