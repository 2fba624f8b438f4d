"""A whole schedule at once, for a community that stays as it is."""

from __future__ import annotations

from matching.columns import Int64
from matching.golf.bank import schedule
from matching.rng import Lot


def plan(g: int, k: int, lot: Lot) -> Int64:
    """(rounds, g, k): the longest schedule we know in which nobody meets twice, people and rounds in random order.

    Every single round is uniform over all rounds of g groups of k. Cost: O(rounds * people).
    """
    rounds = schedule(g, k)
    people = lot.stream("people").order(g * k)
    return people[rounds[lot.stream("rounds").order(len(rounds))]]
