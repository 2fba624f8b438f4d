"""Groups of three to six people, and one more or less: local search.

Definition: people are dealt to groups so that every team is spread evenly (which reaches the same-team bound), then two
people of different groups change places when that lowers the cost, or keeps the cost and raises the interest score.
Groups that no swap can make lawful lose people until they are, and whoever is free joins where the rules allow it.
Cost: O(size^2) for a swap, some dozens of swaps a person, a few starts for small pools. Nothing is promised about the
optimum: `certify.py` says what is proven. (Dotu and Van Hentenryck, Scheduling social golfers locally, 2005.)
"""

from __future__ import annotations

from collections.abc import Iterator

from matching.costs import Costs, pair_costs, total
from matching.rng import Lot
from matching.table import Places, Table
from matching.types import Policy

SWAPS = 30  # tried for each person and start
LOOKS = 400  # partners tried for somebody in a group that costs
STARTS = 1_500  # people times starts
Circles = list[list[int]]


def best_circles(table: Table, policy: Policy, lot: Lot, avoid: frozenset[int] = frozenset()) -> list[Places]:
    """The best of some starts, for each sensible number of groups."""
    costs = pair_costs(table, policy.quality, avoid, lot.stream("salt").next(), policy.size)
    found: list[list[Places]] = []
    for start, count in enumerate(_counts(table.n, policy.size)):
        for again in range(max(1, min(10, STARTS // (table.n * policy.size)))):
            chance = lot.stream(f"start {start} {again}")
            found.append(_one_start(costs, policy.size, count, chance))
        if min(_worth(costs, groups)[:2] for groups in found) == (0, 0):
            break
    return min(found, key=lambda groups: _worth(costs, groups), default=[])


def _counts(n: int, size: int) -> Iterator[int]:
    """Numbers of groups: what fits the size best, then as many as there can be, for smaller groups hold fewer pairs."""
    least, most = -(-n // (size + 1)), n // (size - 1)
    best = min(max(round(n / size), least), most)
    for count in dict.fromkeys((best, most)):
        if count > 0:
            yield count


def _worth(costs: Costs, groups: list[Places]) -> tuple[int, int, int, int]:
    placed = {member for group in groups for member in group}
    out = [person.sat_out for place, person in enumerate(costs.table.people) if place not in placed]
    good = sum(map(costs.group_good, groups))
    return len(out), total(costs, groups), sum(count * count for count in out), -good


def _one_start(costs: Costs, size: int, count: int, lot: Lot) -> list[Places]:
    groups = _deal(costs.table, size, count, lot)
    _repair(costs, groups, lot)
    _climb(costs, groups, lot)
    return _lawful(costs, groups, size, lot)


def _deal(table: Table, size: int, count: int, lot: Lot) -> Circles:
    """Team by team around the table; when there are too many people for the groups, the last have to wait."""
    shuffled = lot.shuffled(range(table.n))
    order = sorted(shuffled[: count * (size + 1)], key=lambda place: int(table.team[place]))
    return [order[number::count] for number in range(count)]


def _repair(costs: Costs, groups: Circles, lot: Lot) -> None:
    """People in groups that cost look for a place, until a pass through all groups improves nothing."""
    improved = True
    while improved:
        improved = False
        for number, group in enumerate(groups):
            for seat in range(len(group)):
                if costs.group(group) == 0:
                    break
                improved |= any(_swap(costs, groups, number, seat, lot, climb=False) for _ in range(_looks(groups)))


def _looks(groups: Circles) -> int:
    return min(LOOKS, 4 * sum(map(len, groups)))


def _climb(costs: Costs, groups: Circles, lot: Lot) -> None:
    """Swaps for the interest score that cost nothing in the tiers; ties move too, so that chance has its say."""
    for _ in range(SWAPS * sum(map(len, groups))):
        number = lot.below(len(groups))
        _swap(costs, groups, number, lot.below(len(groups[number])), lot, climb=True)


def _swap(costs: Costs, groups: Circles, number: int, seat: int, lot: Lot, climb: bool) -> bool:
    """Change places with somebody in another group if that is better (or, climbing, no worse)."""
    other = lot.below(len(groups))
    if other == number:
        return False
    there = lot.below(len(groups[other]))
    mine, yours = groups[number], groups[other]
    before = costs.group(mine) + costs.group(yours)
    score = costs.group_good(mine) + costs.group_good(yours) if climb else 0
    mine[seat], yours[there] = yours[there], mine[seat]
    after = costs.group(mine) + costs.group(yours)
    if after < before:
        return True
    if climb and after == before and costs.group_good(mine) + costs.group_good(yours) >= score:
        return True
    mine[seat], yours[there] = yours[there], mine[seat]
    return False


def _lawful(costs: Costs, groups: Circles, size: int, lot: Lot) -> list[Places]:
    """Take people out of forbidden groups, then seat whoever is free."""
    free = [place for place in range(costs.table.n) if not any(place in group for group in groups)]
    kept: Circles = []
    for group in groups:
        while len(group) >= size - 1 and not costs.table.may_meet(group):
            free.append(group.pop(_worst(costs, group)))
        if len(group) >= size - 1:
            kept.append(group)
        else:
            free += group
    for one in _waiting_longest(costs.table, free):
        _seat(costs, kept, one, size)
    kept += _from_free(costs, kept, free, size, lot)
    return [tuple(group) for group in kept]


def _worst(costs: Costs, group: list[int]) -> int:
    """The seat without which the group costs least."""
    return min(range(len(group)), key=lambda seat: costs.group(group[:seat] + group[seat + 1 :]))


def _waiting_longest(table: Table, free: list[int]) -> list[int]:
    return sorted(free, key=lambda place: -table.people[place].sat_out)


def _seat(costs: Costs, groups: Circles, one: int, size: int) -> None:
    """Into the group where it costs least, if any has a chair and may."""
    options = [group for group in groups if len(group) <= size and costs.table.may_meet([*group, one])]
    if options:
        min(options, key=lambda group: costs.group([*group, one]) - costs.group(group)).append(one)


def _from_free(costs: Costs, kept: Circles, free: list[int], size: int, lot: Lot) -> Circles:
    """New groups among those still without one."""
    placed = {member for group in kept for member in group}
    waiting = lot.shuffled([one for one in free if one not in placed])
    made: Circles = []
    while waiting:
        group = [waiting.pop(0)]
        for one in list(waiting):
            if len(group) < size and costs.table.may_meet([*group, one]):
                group.append(one)
        if len(group) >= size - 1:
            made.append(group)
            waiting = [one for one in waiting if one not in group]
    return made
