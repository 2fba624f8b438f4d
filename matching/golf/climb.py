"""The swaps that cost nothing, compiled: up the interest score as far as the temperature says, or anywhere.

What the pairs of each group score is kept, so that a swap looks at the pairs of two people only. Cost of a swap: O(k)
pairs. (Metropolis et al., 1953.)
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int64, UInt64
from matching.golf.kernels import Hall, change_chairs, fits, group_of, rise
from matching.golf.prices import Prices
from matching.kernels.leaf import leaf
from matching.kernels.lot import below, number
from matching.kernels.pairs import Facts
from matching.kernels.tastes import Tastes, pair_score

TOP = np.uint64(2)


@leaf
def climb(
    hall: Hall, facts: Facts, tastes: Tastes, prices: Prices, total: Int64, steps: int, state: UInt64, table: Int64
) -> None:
    """Try `steps` swaps that cost nothing and raise the score, or lower it as the table of `temperature.py` allows.

    `total` is room for the scores of each group, and one for those beside.
    """
    total[:] = 0
    for chair in range(len(hall.size) * hall.width if tastes.mode else 0):
        total[group_of(hall, chair)] += praise(hall, tastes, hall.chair[chair], group_of(hall, chair), chair)
    for _ in range(steps):
        x, y = below(state, len(hall.chair)), below(state, len(hall.chair))
        g, h = group_of(hall, x), group_of(hall, y)
        a, b = hall.chair[x], hall.chair[y]
        if g == h or not fits(hall, a, b, g, h):
            continue
        change = rise(hall, facts, prices, x, y, g, h)
        if change > 0:
            continue
        if tastes.mode:
            step = int(b >= 0) - int(a >= 0)
            one = total[g] + 2 * (praise(hall, tastes, b, g, x) - praise(hall, tastes, a, g, x))
            two = total[h] + 2 * (praise(hall, tastes, a, h, y) - praise(hall, tastes, b, h, y))
            loss = shared_out(hall, g, total[g], 0) + shared_out(hall, h, total[h], 0)
            loss -= shared_out(hall, g, one, step) + shared_out(hall, h, two, -step)
            if change == 0 and loss > 0 and not keeps(table, loss, state):
                continue
            total[g], total[h] = one, two
        change_chairs(hall, x, y, g, h)


@leaf
def praise(hall: Hall, tastes: Tastes, one: int, group: int, skip: int) -> int:
    """The scores of somebody with the people of a group, chair `skip` apart."""
    total = 0
    if one < 0 or group >= len(hall.size):
        return total
    for chair in range(group * hall.width, (group + 1) * hall.width):
        if chair != skip and hall.chair[chair] >= 0:
            total += pair_score(tastes, one, hall.chair[chair])
    return total


@leaf
def shared_out(hall: Hall, group: int, total: int, more: int) -> int:
    """The score of a group with so many `more` people, from the scores of its pairs both ways round."""
    if group >= len(hall.size) or hall.size[group] + more < 2:
        return 0
    return int(total // (hall.size[group] + more - 1))


@leaf
def keeps(table: Int64, loss: int, state: UInt64) -> bool:
    """The rule of `temperature.accepted`, with the next random number."""
    chance = np.int64(number(state) >> TOP)
    return bool(chance < table[loss & 4095] * table[4096 + min(loss >> 12, 4095)])
