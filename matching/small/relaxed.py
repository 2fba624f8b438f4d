"""What trios that are still possible can be worth at most: a relaxation that is itself one matching.

Take one member c out of a trio: the other two become a pair, and the round a matching without c. So the round is worth
at most the heaviest matching in which c stands beside a phantom, plus what c added to the pair. The relaxation forgets
which pair that was. One matching with all c to choose from, each at the most that any of their trios adds, finds the c
with the highest bound: no round with a trio is worth more. It leaves behind a sharp limit for this c and a limit for
each of the others, and nearly always its c is in the best trio. Cost: one matching, O(n^3), and a look at each trio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Int64
from matching.small.around import Search, weights_from_nought
from matching.small.board import Bools
from matching.small.levels import Worth
from matching.small.shortfall import FAR, Bound
from matching.small.solver import heaviest

LOW, HIGH = [1, 0, 0], [2, 2, 1]  # the pair beside each member


@dataclass(frozen=True, slots=True, eq=False)
class Trios:
    """Trios that a better round could hold, the most hopeful first."""

    members: Int64  # (k, 3)
    hope: Int64  # (k) how far each falls short at least
    added: Int64  # (k, 3) what a round gains, twice over, when this member joins the other two
    third: Int64  # (k) which member is thought of as the one who joins: the one beside the best pair

    def __len__(self) -> int:
        return len(self.members)

    def keep(self, which: Bools) -> Trios:
        return Trios(self.members[which], self.hope[which], self.added[which], self.third[which])

    def having(self, one: int) -> Bools:
        return np.asarray((self.members == one).any(axis=1))

    def pairs(self) -> tuple[Int64, Int64]:
        """The pair beside each member."""
        return self.members[:, LOW], self.members[:, HIGH]


def trios_of(bound: Bound, members: Int64, hope: Int64) -> Trios:
    worth: Worth = bound.worth
    low, high = members[:, LOW], members[:, HIGH]
    whole = worth.trio[low, high].sum(axis=1) - 2 * worth.seat[members].sum(axis=1)
    added = whole[:, None] - 2 * worth.pair[low, high]
    return Trios(members, hope, added, bound.pair[low, high].argmin(axis=1))


class Limits:
    """What a matching without each person is worth at most, twice over, as far as relaxations have shown."""

    def __init__(self, search: Search, bound: Bound) -> None:
        self.search, self.bound = search, bound
        self.without = np.full(search.board.n, FAR, dtype=np.int64)
        self.sharp = np.zeros(search.board.n, dtype=bool)  # who was chosen before

    def turned(self, trios: Trios, gap: int) -> Trios:
        """Where a sharp limit has not ruled a trio out, another of its members joins, of whom less is known.

        Only beside a pair within the gap, which has been in every matching so far: so older limits hold for it.
        """
        places = np.arange(len(trios))
        known = np.flatnonzero(self.sharp[trios.members[places, trios.third]])
        members = trios.members[known]
        pair = self.bound.pair[members[:, LOW], members[:, HIGH]]
        pair = np.where(self.sharp[members] | (pair >= gap), FAR, pair)
        third = trios.third.copy()
        third[known] = np.where(pair.min(axis=1, initial=FAR) < FAR, pair.argmin(axis=1), third[known])
        return Trios(trios.members, trios.hope, trios.added, third)

    def relax(self, trios: Trios, gap: int) -> tuple[int, int]:
        """The most that a round can be worth with any of these trios, and who then joins a pair: (-FAR, -1) if nobody.

        Pairs of such a round fall short by less than the gap.
        """
        places = np.arange(len(trios))
        most = np.full(len(self.without), -FAR, dtype=np.int64)
        np.maximum.at(most, trios.members[places, trios.third], trios.added[places, trios.third])
        near = self.near(trios, gap)
        thirds = np.flatnonzero(most > -FAR)
        beside, chosen = self._beside_phantom(near, thirds, most[thirds])
        if chosen < 0:
            return -FAR, chosen
        limit = beside + int(most[chosen])
        self.sharp[chosen] = True
        self.without[thirds] = np.minimum(self.without[thirds], limit - most[thirds])
        return limit, chosen

    def near(self, trios: Trios, gap: int) -> Bools:
        """Pairs that fall short by less than the gap, and those beside a third."""
        places, (low, high) = np.arange(len(trios)), trios.pairs()
        near: Bools = self.bound.pair < gap
        near[low[places, trios.third], high[places, trios.third]] = True
        return near

    def hopeful(self, trios: Trios, gap: int, least: int) -> Bools:
        """Which trios may be in a round worth more than this; the limits hold for pairs that were in the matching."""
        limits = np.where(self.near(trios, gap)[trios.pairs()], self.without[trios.members], FAR)
        return np.asarray((limits + trios.added > least).all(axis=1))

    def _beside_phantom(self, near: Bools, thirds: Int64, most: Int64) -> tuple[int, int]:
        """The heaviest matching with one person beside a phantom: what its pairs are worth, and who that is.

        With chance below it, so that every solver finds the same.
        """
        search, worth = self.search, self.bound.worth
        n = search.board.n
        low, high = np.nonzero(np.triu(near))
        pairs = search.mix.of(2 * worth.pair[low, high], search.chance[low, high])
        alone = search.mix.of(most, np.bitwise_xor.reduce(search.chance[thirds], axis=1))
        weights = weights_from_nought(pairs, alone, n if search.out else 0)
        edges = ([*low.tolist(), *thirds.tolist()], [*high.tolist(), *[n] * len(thirds)], weights)
        found = heaviest(edges, search.backend)
        chosen = [one for one, other in found if other == n]
        if not chosen or 2 * len(found) < n + 1 - search.out:
            return 0, -1
        return sum(2 * int(worth.pair[pair]) for pair in found if pair[1] < n), chosen[0]
