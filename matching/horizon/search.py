"""Tiny pools: every history that can still happen, so that the number of rounds left is exact.

A round of the search places as many people as any round can, repeats nobody, and holds as few colleagues as such a
round can: what the order of aims would draw. Pairs are bits of a number; up to eight people have 28 bits and at most
105 rounds (7!! pairings of eight, 35 trios times 3 pairings of seven). States are remembered, and their number bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from matching.horizon.fresh import Bools

TINY = 8  # people
STATES = 20_000

Groups = tuple[tuple[int, ...], ...]


class TooManyStates(Exception):
    """The search would take too long; nothing is known."""


def longest(lawful: Bools, fresh: Bools, across: Bools, most: int) -> int | None:
    """The longest possible run of such rounds, which is known to be at most `most`; None when that takes too long."""
    n = len(lawful)
    bit = {pair: 1 << number for number, pair in enumerate(combinations(range(n), 2))}
    own = sum(bit[a, b] for a, b in bit if fresh[a, b] and not across[a, b])
    rounds = [sum(bit[pair] for group in one for pair in combinations(group, 2)) for one in _fullest(lawful)]
    seen: dict[int, int] = {}

    def run(left: int, most: int) -> int:
        if left in seen:
            return seen[left]
        if len(seen) > STATES:
            raise TooManyStates
        free = [one for one in rounds if one and not one & ~left]
        least = min(((one & own).bit_count() for one in free), default=0)
        best = 0
        for one in free:
            if (one & own).bit_count() == least and best < most:
                best = max(best, 1 + run(left & ~one, most - 1))
        seen[left] = best
        return best

    try:
        return run(sum(bit[a, b] for a, b in bit if fresh[a, b]), most)
    except TooManyStates:
        return None


def _fullest(lawful: Bools) -> list[Groups]:
    """The rounds that place the most people: a trio only where it lets one more person in."""
    pairs = list(_pairings(tuple(range(len(lawful))), lawful))
    trios = [
        (trio, *rest)
        for trio in combinations(range(len(lawful)), 3)
        if all(lawful[a, b] for a, b in combinations(trio, 2))
        for rest in _pairings(tuple(one for one in range(len(lawful)) if one not in trio), lawful)
    ]
    most = max(_placed(one) for one in pairs)
    more = max((_placed(one) for one in trios), default=0)
    return [one for one in (trios if more > most else pairs) if _placed(one) == max(most, more)]


def _pairings(people: tuple[int, ...], lawful: Bools) -> Iterator[Groups]:
    """All ways to pair some of these people."""
    if not people:
        yield ()
        return
    first, *others = people
    yield from _pairings(tuple(others), lawful)
    for other in others:
        if lawful[first, other]:
            for rest in _pairings(tuple(one for one in others if one != other), lawful):
                yield ((first, other), *rest)


def _placed(groups: Groups) -> int:
    return sum(map(len, groups))
