"""Lawful groups in the end: who cannot stay goes, who is free joins where the rules allow it.

Definition: a group that breaks a hard rule loses the people who break it most, until it keeps all; a group below k - 1
gives up. Whoever is free joins the first group, of those with a chair, in which they cost least; those who are still
free form new groups. Nobody leaves a lawful group. Cost: O(bad groups * groups * k^2), nothing when all groups are
lawful.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from matching.columns import Columns, Int32
from matching.golf.deal import Groups
from matching.golf.prices import HARD, REPEAT, SAME, lawful_groups
from matching.golf.swaps import as_seats, whole_numbers
from matching.rng import Lot

LOOKS = 2_000  # groups that somebody free looks at


class Rules:
    """Hard rules and prices of pairs for single groups."""

    def __init__(self, columns: Columns) -> None:
        self.n, self.team, self.sat_out = columns.n, columns.team.tolist(), columns.sat_out.tolist()
        self.languages, self.times = whole_numbers(columns.languages), whole_numbers(columns.times)
        self.blocks = frozenset(columns.blocks.tolist())
        self.met = dict(zip(columns.met.tolist(), columns.age.tolist(), strict=True))

    def price(self, a: int, b: int) -> int:
        key = min(a, b) * self.n + max(a, b)
        cost = HARD if key in self.blocks or not self.common([a, b]) else 0
        if key in self.met:
            cost += REPEAT + self.met[key]
        return cost + (SAME if self.team[a] == self.team[b] >= 0 else 0)

    def all_with(self, group: list[int], one: int) -> int:
        return sum(self.price(other, one) for other in group if other != one)

    def common(self, group: list[int]) -> bool:
        """Whether they share a language and a time."""
        language = time = -1
        for one in group:
            language &= self.languages[one]
            time &= self.times[one]
        return language != 0 and time != 0

    def may_meet(self, group: list[int]) -> bool:
        """Every hard rule but the size."""
        pairs = (min(a, b) * self.n + max(a, b) for a, b in combinations(group, 2))
        return self.common(group) and self.blocks.isdisjoint(pairs)


def finish(columns: Columns, groups: Groups, k: int, lot: Lot) -> Int32:
    """Seats that keep every hard rule."""
    groups = [group for group in groups if group]
    good = lawful_groups(columns, as_seats(groups, k)) if groups else np.zeros(0, dtype=bool)
    enough = np.array([len(group) >= k - 1 for group in groups], dtype=bool)
    placed = np.zeros(columns.n, dtype=bool)
    placed[[one for group in groups for one in group]] = True
    free = np.flatnonzero(~placed).tolist()
    if not free and (good & enough).all():
        return as_seats(groups, k)
    rules = Rules(columns)
    kept: Groups = []
    for number, group in enumerate(groups):
        whole = list(group) if good[number] else _reduced(rules, list(group), free)
        if len(whole) >= k - 1:
            kept.append(whole)
        else:
            free += whole
    free = _joined(rules, kept, free, k)
    return as_seats(kept + _new_groups(rules, lot.shuffled(free), k), k)


def _reduced(rules: Rules, group: list[int], free: list[int]) -> list[int]:
    """The group without those who break most rules; they are free now."""
    while not rules.may_meet(group):
        worst = max(group, key=lambda one: (rules.all_with(group, one), rules.may_meet([x for x in group if x != one])))
        helpful = [one for one in group if rules.may_meet([other for other in group if other != one])]
        gone = helpful[0] if helpful else worst
        group.remove(gone)
        free.append(gone)
    return group


def _joined(rules: Rules, groups: Groups, free: list[int], k: int) -> list[int]:
    """Give free people a chair, those who sat out most often first; who is still free."""
    waiting = []
    for one in sorted(free, key=lambda one: -rules.sat_out[one]):
        prices = [
            (rules.all_with(group, one), number)
            for number, group in enumerate(groups)
            if len(group) <= k and rules.all_with(group, one) < HARD
        ][:LOOKS]
        place = next((number for _, number in sorted(prices) if rules.may_meet([*groups[number], one])), None)
        if place is None:
            waiting.append(one)
        else:
            groups[place].append(one)
    return waiting


def _new_groups(rules: Rules, free: list[int], k: int) -> Groups:
    """Groups among those who are free: each begins with one of them and takes who fits."""
    made: Groups = []
    waiting = list(free)
    while len(waiting) >= k - 1:
        group = [waiting.pop(0)]
        for one in list(waiting):
            if len(group) < k and rules.may_meet([*group, one]):
                group.append(one)
                waiting.remove(one)
        if len(group) >= k - 1:
            made.append(group)
        else:
            waiting += group[1:]
    return made
