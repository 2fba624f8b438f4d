"""The few partners worth looking at, out of all: by topic for the score, by lot where any lawful one will do.

Costs O(people * LOOK) and no pair matrix. People of equal languages and times form a class, so that somebody with a
rare language finds the others of it without asking everyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.costs import Costs
from matching.rng import Lot, mix
from matching.table import Table

LOOK = 24  # people looked at for each topic of a person
Holders = dict[int, list[int]]


@dataclass(frozen=True, slots=True)
class Classes:
    """People by languages and times, and for each class the classes it can talk to, with how many they are."""

    members: dict[tuple[int, int], list[int]]
    friends: dict[tuple[int, int], list[tuple[int, int]]]
    sizes: dict[tuple[int, int], int]


def classify(table: Table, people: Iterable[int]) -> Classes:
    members: dict[tuple[int, int], list[int]] = {}
    for place in people:
        members.setdefault((table.languages[place], table.times[place]), []).append(place)
    friends = {one: [two for two in members if one[0] & two[0] and one[1] & two[1]] for one in members}
    sizes = {one: sum(len(members[two]) for two in friends[one]) for one in members}
    return Classes(members, friends, sizes)


def strangers(table: Table) -> set[int]:
    """Those whom nobody may meet. Costs O(people + blocks + classes^2)."""
    classes = classify(table, range(table.n))
    return {place for place in range(table.n) if not _has_partner(table, classes, place)}


def _has_partner(table: Table, classes: Classes, place: int) -> bool:
    mine = (table.languages[place], table.times[place])
    return any(
        other != place and table.key(place, other) not in table.blocked
        for friend in classes.friends[mine]
        for other in classes.members[friend]
    )


def some_partners(costs: Costs, classes: Classes, place: int, count: int, lot: Lot) -> set[int]:
    """About `count` random people whom this person may meet."""
    mine = (costs.table.languages[place], costs.table.times[place])
    found: set[int] = set()
    for _ in range(2 * count):
        if len(found) >= count:
            break
        number = lot.below(classes.sizes[mine])
        for friend in classes.friends[mine]:
            if number < len(classes.members[friend]):
                found.add(classes.members[friend][number])
                break
            number -= len(classes.members[friend])
    found.discard(place)
    return {other for other in found if costs.table.key(place, other) not in costs.table.blocked}


def best_partners(costs: Costs, people: Sequence[int], count: int, ceiling: int, lot: Lot) -> set[tuple[int, int]]:
    """For each person the `count` best partners found by topic, none of whom costs more than `ceiling`."""
    table = costs.table
    asking, offering, liking = (_holders(lists, people) for lists in (table.asks, table.offers, table.likes))
    edges: set[tuple[int, int]] = set()
    for place in people:
        seen = _sample(asking, table.offers[place], lot) | _sample(offering, table.asks[place], lot)
        seen |= _sample(liking, table.likes[place], lot)
        seen.discard(place)
        ranked = sorted((-costs.good(place, other), mix(costs.salt ^ table.key(place, other)), other) for other in seen)
        kept = (other for _, _, other in ranked if costs.group((place, other)) <= ceiling)
        edges |= {(min(place, other), max(place, other)) for other, _ in zip(kept, range(count), strict=False)}
    return edges


def _holders(lists: Sequence[frozenset[int]], people: Iterable[int]) -> Holders:
    holders: Holders = {}
    for place in people:
        for word in lists[place]:
            holders.setdefault(word, []).append(place)
    return holders


def _sample(holders: Holders, words: Iterable[int], lot: Lot) -> set[int]:
    """Up to LOOK holders of each word, from a random place onwards."""
    found: set[int] = set()
    for word in sorted(words):
        having = holders.get(word, [])
        begin = lot.below(len(having)) if len(having) > LOOK else 0
        found.update(having[begin : begin + LOOK])
        found.update(having[: max(0, begin + LOOK - len(having))] if begin else [])
    return found
