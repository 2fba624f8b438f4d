"""How many groups of which size: everybody seated, sizes as near as the numbers allow to what is wished.

Definition: the discomfort of a group is what its size costs the people in it. Groups have k people. One more or less
costs 1 for the group and 1 for each person in it; where k is 3, somebody who wishes two or three pays 3 for anything
else and nothing for their wish. Cost: O(n) for each number of groups that is thought of.
"""

from __future__ import annotations

from math import comb

import numpy as np

from matching.columns import Columns, Int64

Wishes = tuple[int, int]
WISH = 3  # what an ignored wish costs


def discomfort(columns: Columns, k: int) -> Int64:
    """(n, 3): what it costs each person to sit in a group of k - 1, k or k + 1."""
    table = np.tile(np.array([1, 0, 1], dtype=np.int64), (columns.n, 1))
    if k == 3:
        table[columns.size == 2] = [0, WISH, WISH]
        table[columns.size == 3] = [WISH, 0, WISH]
    return table


def wishes_of(columns: Columns, k: int) -> Wishes:
    """How many people wish two and how many three, where groups may have either; nobody otherwise."""
    if k != 3:
        return 0, 0
    return int((columns.size == 2).sum()), int((columns.size == 3).sum())


def seated(n: int, k: int) -> int:
    """How many of n people the numbers allow to sit."""
    return next(count for count in range(n, -1, -1) if count == 0 or -(-count // (k + 1)) * (k - 1) <= count)


def group_counts(n: int, k: int, wishes: Wishes) -> list[int]:
    """Numbers of groups for n people who can all be seated, most comfortable first.

    For k = 3 those who wish two sit in pairs as far as they go, the rest in threes.
    """
    least, most = -(-n // (k + 1)), n // (k - 1)
    return sorted(range(max(1, least), most + 1), key=lambda count: (_strain(n, k, count, wishes), -count))


def _strain(n: int, k: int, count: int, wishes: Wishes) -> int:
    """The discomfort of the best sizes for this number of groups."""
    if wishes[0]:
        return min(_strain_of_pairs(n, count, twos, wishes) for twos in _bends(n, count, wishes))
    return abs(n - k * count)


def _bends(n: int, count: int, wishes: Wishes) -> list[int]:
    """Numbers of pairs among which is the best: the strain is made of straight pieces, and these are their ends."""
    keen, calm, lack = wishes[0], n - sum(wishes), n - 3 * count
    sixths = (3 * keen, 3 * (keen + calm), keen - 4 * lack, keen + calm - 4 * lack, -6 * lack, 3 * (count - lack))
    ends = {0, count, *(end // 6 + more for end in sixths for more in (0, 1))}
    return sorted(end for end in ends if 0 <= end <= count)


def _strain_of_pairs(n: int, count: int, twos: int, wishes: Wishes) -> int:
    """Of `twos` pairs and as many threes and fours as remain; impossible ones cost more than any possible one."""
    fours = n - 2 * twos - 3 * (count - twos)
    if not 0 <= fours <= count - twos:
        return 100 * n
    keen, threes = wishes
    calm = n - keen - threes
    lone, pressed = max(0, keen - 2 * twos), max(0, 2 * twos - keen)
    willing = max(0, calm - pressed)
    return WISH * lone + _dear(pressed, calm) + _dear(max(0, 4 * fours - lone), willing) + fours


def _dear(chairs: int, calm: int) -> int:
    """Chairs in a group that nobody wishes cost 1 as long as there are people without a wish for them."""
    return chairs + (WISH - 1) * max(0, chairs - calm)


def sizes(n: int, count: int, wishes: Wishes) -> list[int]:
    """The sizes of `count` groups, large ones first."""
    if wishes[0]:
        twos = min(range(count + 1), key=lambda number: _strain_of_pairs(n, count, number, wishes))
        fours = n - 2 * twos - 3 * (count - twos)
        if 0 <= fours <= count - twos:
            return [4] * fours + [3] * (count - twos - fours) + [2] * twos
    low, more = divmod(n, count)
    return [low + 1] * more + [low] * (count - more)


def spread(team_sizes: Int64, count: int) -> int:
    """The fewest pairs of one team when the people of each team are spread evenly over `count` groups."""
    total = 0
    for members in team_sizes.tolist():
        each, more = divmod(members, count)
        total += more * comb(each + 1, 2) + (count - more) * comb(each, 2)
    return total


def team_sizes(columns: Columns) -> Int64:
    return np.bincount(columns.team[columns.team >= 0]) if (columns.team >= 0).any() else np.zeros(0, dtype=np.int64)
