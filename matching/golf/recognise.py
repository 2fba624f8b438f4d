"""Continuing a schedule without remembering it: find the places of a schedule in which these people must have sat.

Definition: a seating gives each person their own place of a schedule, so that every group of round i of the past sits
in one group of round i of the schedule. Then the next round of the schedule holds no repeat, nor does any after it. A
search with backtracking: the person with the fewest places left comes first, each choice leaves to the others of a
group only the places of its group. Places may stay free: people who left, and a new one may take them without having
met anybody. Cost: O(n^2) for a choice, mostly n choices; given up after `steps` choices. (Backtracking with forward
checking: Haralick and Elliott, Increasing tree search efficiency, 1980.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.columns import Int64
from matching.golf.colours import same_colours
from matching.golf.orders import groups_by_place
from matching.golf.past import ABSENT
from matching.rng import Lot


def seating(
    past: Int64, schedule: Int64, rounds: Sequence[int], lot: Lot, steps: int, free: Sequence[int] = ()
) -> Int64 | None:
    """A place of the schedule for each person, or None when there is none or the steps are used up.

    past (r, n) as `past.past_rounds` gives it; `rounds` (r) says which round of the schedule each of them was; nobody
    takes a place of `free`.
    """
    search = _Search(past, schedule, rounds, lot, steps)
    kept = [place for place in range(search.places) if place not in free]
    if len(kept) == search.n and len(past) and not (past == ABSENT).any():
        domains = _by_colour(past, schedule[list(rounds)], kept)
    else:
        domains = [sum(1 << place for place in kept)] * search.n
    found = None if domains is None else search.run(domains)
    return None if found is None else np.array(found, dtype=np.int64)


class _Search:
    """People's places as bit sets; a choice narrows those of the others and is undone by putting the old sets back."""

    def __init__(self, past: Int64, schedule: Int64, rounds: Sequence[int], lot: Lot, steps: int) -> None:
        self.n, self.places = past.shape[1], schedule.shape[1] * schedule.shape[2]
        self.lot, self.steps = lot, steps
        self.groups = [_bits_of_groups(schedule[number], self.places) for number in rounds]
        self.mates = [[_members(row, one) for one in range(self.n)] for row in past.tolist()]
        self.there = [sum(1 << one for one, name in enumerate(row) if name != ABSENT) for row in past.tolist()]

    def run(self, domains: list[int]) -> list[int] | None:
        """The seating, place by person, within a set of places for each."""
        stack = [(domains, (1 << self.n) - 1, -1, 0)]
        while stack:
            domains, free, one, left = stack.pop()
            if one < 0:
                if not free:
                    return [domain.bit_length() - 1 for domain in domains]
                one = self._narrowest(domains, free)
                left = domains[one]
            if not left:
                continue
            place = self._pick(left)
            stack.append((domains, free, one, left & ~(1 << place)))
            self.steps -= 1
            if self.steps < 0:
                return None
            narrowed = self._choose(domains, one, place)
            if narrowed is not None:
                stack.append((narrowed, free & ~(1 << one), -1, 0))
        return None

    def _narrowest(self, domains: list[int], free: int) -> int:
        return min((domains[one].bit_count(), one) for one in range(self.n) if free >> one & 1)[1]

    def _pick(self, left: int) -> int:
        """One of these places by lot."""
        number = self.lot.below(left.bit_count())
        for _ in range(number):
            left &= left - 1
        return (left & -left).bit_length() - 1

    def _choose(self, domains: list[int], one: int, place: int) -> list[int] | None:
        """The sets after person `one` takes a place; None when somebody has no place left."""
        bit = 1 << place
        after = [domain & ~bit for domain in domains]
        for groups, mates, there in zip(self.groups, self.mates, self.there, strict=True):
            if not there >> one & 1:
                continue
            group, mine = groups[place], mates[one]
            for other in range(self.n):
                if there >> other & 1:
                    after[other] &= group if mine >> other & 1 else ~group
        after[one] = bit
        return after if all(after) else None


def _by_colour(past: Int64, schedule: Int64, kept: list[int]) -> list[int] | None:
    """For each person the places of their colour among those kept; None when the colours do not agree."""
    colours = same_colours(past, groups_by_place(schedule)[:, kept])
    if colours is None:
        return None
    sets = [0] * (2 * len(kept))
    for place, colour in zip(kept, colours[1].tolist(), strict=True):
        sets[colour] |= 1 << place
    return [sets[colour] for colour in colours[0].tolist()]


def _bits_of_groups(groups: Int64, places: int) -> list[int]:
    """For each place the set of the places of its group."""
    sets = [0] * places
    for group in groups.tolist():
        bits = sum(1 << place for place in group)
        for place in group:
            sets[place] = bits
    return sets


def _members(row: list[int], one: int) -> int:
    """The set of those who sat with this person."""
    if row[one] == ABSENT:
        return 0
    return sum(1 << other for other, name in enumerate(row) if name == row[one])
