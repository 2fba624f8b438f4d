"""Seats that cost people something, and who takes them: left out, third in a trio, host of a group.

One rule for all three: whoever has taken the seat least often goes first, so that nobody takes it twice before
everybody has taken it once, as long as the rules of the round allow; between equals the lot decides. Every engine
compares rounds that are equal in the tiers by these costs, left out first, then the trio, and only then by score.

A seat costs four times as much for each step in the ranking of counts. A trio has three seats, so one seat at a later
step outweighs all three at an earlier one: rounds are compared by their most tried member first. Between people
with as many trios behind them, a wish for three goes first and a wish for two last; wishes never outweigh a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matching.columns import Int8, Int32, Int64
from matching.rng import Lot

STEPS = 6  # how many different counts are told apart; after those, all count as many
WISH = 8  # wishes of three people add up to less than this
WISHES = np.array([1, 9, 2, 0], dtype=np.int64)  # what each wish costs: none 1, two 2, three 0


def steps(counts: Int32) -> Int64:
    """4 to the power of each count's rank among the counts that occur: 1 for whoever has the fewest."""
    ranks = np.unique(counts, return_inverse=True)[1]
    cost: Int64 = np.int64(1) << 2 * np.minimum(ranks, STEPS).astype(np.int64)
    return cost


def bench_costs(sat_out: Int32) -> Int64:
    """What leaving each person out costs."""
    return steps(sat_out)


def trio_costs(trios: Int32, size: Int8) -> Int64:
    """What a seat in the trio costs each person: past trios first, then the wish."""
    return steps(trios) * WISH + WISHES[size]


def hosts(groups: Sequence[Sequence[str]], hosted: Mapping[str, int], lot: Lot) -> tuple[str, ...]:
    """Who writes first in each group: whoever has hosted least often, between equals by lot.

    `hosted` counts past rounds; people who are not in it have hosted none. The answer depends on who is in a group and
    not on the order of its members. Costs O(people).
    """
    chosen = []
    for group in groups:
        least = min(hosted.get(one, 0) for one in group)
        chosen.append(lot.pick(sorted(one for one in group if hosted.get(one, 0) == least)))
    return tuple(chosen)
