"""A first round of pairs in nearly linear time, and its repair by swaps.

Start: people team after team, the largest first; pair number i with number i + n/2. Two of one team meet only when the
team has more than half of all, and then as seldom as can be: the same-team bound is reached by construction.
Repair: a pair that costs exchanges partners with other pairs, at random and then one after the other, whenever that
lowers the sum; it stops at the bound. Cost: O(n log n) and some dozens of looks for each pair that costs.
Shuffle: 5 n random exchanges that change no tier, so that chance and not the start rule picks the round (a swap chain
with symmetric proposals; its limit is uniform over the rounds it can reach).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import comb

from matching.costs import Costs
from matching.rng import Lot
from matching.table import Table

LOOKS = 40
SCANS = 3_000_000  # looks spent on stubborn pairs, all told
MIXING = 5
Pairs = list[tuple[int, int]]


def fewest_same(table: Table, people: Sequence[int]) -> int:
    """Pairs of one team that half as many groups must hold: each team spread over them as evenly as can be."""
    teams, groups = table.team.tolist(), len(people) // 2
    pairs = 0
    for members in Counter(teams[place] for place in people).values():
        each, more = divmod(members, max(groups, 1))
        pairs += more * comb(each + 1, 2) + (groups - more) * comb(each, 2)
    return pairs


def first_pairs(table: Table, people: Sequence[int]) -> Pairs:
    """Offset pairing in team order. Places are shuffled already, so teams come in random order, too."""
    teams = table.team.tolist()
    sizes = Counter(teams[place] for place in people)
    first: dict[int, int] = {}
    for place in people:
        first.setdefault(teams[place], place)
    largest = max(sizes.values(), default=0)
    order = sorted(people, key=lambda place: (sizes[teams[place]] < largest, first[teams[place]], place))
    half = len(order) // 2
    return list(zip(order[:half], order[half : 2 * half], strict=True))


def repair(costs: Costs, pairs: Pairs, target: int, lot: Lot) -> int:
    """Exchange partners until the sum of costs is `target` or nothing helps; the sum that remains."""
    total = sum(map(costs.group, pairs))
    scans = SCANS
    for number in [number for number, pair in enumerate(pairs) if costs.group(pair)]:
        if total <= target:
            return total
        total -= _first_gain(costs, pairs, number, (lot.below(len(pairs)) for _ in range(LOOKS)))
    for number in [number for number, pair in enumerate(pairs) if costs.group(pair)]:
        if total <= target or scans < 0:
            return total
        scans -= len(pairs)
        total -= _first_gain(costs, pairs, number, _around(number, len(pairs)))
    return total


def _around(number: int, count: int) -> Iterator[int]:
    return (step % count for step in range(number + 1, number + count))


def _first_gain(costs: Costs, pairs: Pairs, number: int, others: Iterator[int]) -> int:
    """What the exchanges along `others` save; ends when the pair costs nothing."""
    saved = 0
    for other in others:
        if other == number:
            continue
        gain, first, second = _exchange(costs, pairs[number], pairs[other])
        if gain > 0:
            pairs[number], pairs[other] = first, second
            saved += gain
            if costs.group(first) == 0:
                break
    return saved


def _exchange(costs: Costs, one: tuple[int, int], two: tuple[int, int]) -> tuple[int, tuple[int, int], tuple[int, int]]:
    """The better of the two ways to mix two pairs, and what it saves."""
    (a, b), (c, d) = one, two
    before = costs.group(one) + costs.group(two)
    straight = costs.group((a, c)) + costs.group((b, d))
    crossed = costs.group((a, d)) + costs.group((b, c))
    if straight <= crossed:
        return before - straight, (a, c), (b, d)
    return before - crossed, (a, d), (b, c)


def shuffle(costs: Costs, pairs: Pairs, lot: Lot) -> None:
    """Random exchanges that cost nothing."""
    if len(pairs) < 2:
        return
    for _ in range(2 * MIXING * len(pairs)):
        number, other, way = lot.below(len(pairs)), lot.below(len(pairs)), lot.below(2)
        if number == other:
            continue
        (a, b), (c, d) = pairs[number], pairs[other]
        first, second = ((a, c), (b, d)) if way else ((a, d), (b, c))
        before = costs.group(pairs[number]) + costs.group(pairs[other])
        if costs.group(first) + costs.group(second) == before:
            pairs[number], pairs[other] = first, second
