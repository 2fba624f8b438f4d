"""The engine for pairs in large rounds: no pair matrix, a start that reaches the bounds, exact matchings on few edges.

1. Somebody whom nobody may meet stays out; when the number is odd, three in seat order are the trio.
2. Start and repair by swaps (`start.py`): in most pools that reaches the bounds of the tiers, which proves them.
3. Where repair gets stuck, `mend`: an exact matching on random lawful edges and all that was found so far.
4. `polish`: an exact matching on the best partners by topic and the pairs so far, which can only gain.
5. A bound still not reached, and at most `DENSE` people: the exact engine on the complete graph.

Cost: O(n log n) for steps 1 and 2, a sparse matching each for 3 and 4: seconds for 10,000 people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np

from matching.blossom import bare_solver, heaviest, in_order
from matching.candidates import best_partners, classify, some_partners, strangers
from matching.costs import Costs, pair_costs
from matching.rng import Lot
from matching.start import Pairs, fewest_same, first_pairs, repair, shuffle
from matching.table import Places, Table
from matching.types import Policy

Exact = Callable[[Table, Policy, Lot, Iterable[int]], list[Places]]
DENSE = 2_000
RANDOM_EDGES = 8
STUCK_EDGES = 150
BEST_EDGES = 12
FEW_EDGES = 30
FILLERS = 3  # random partners besides, for those whose best are taken
PIECE = 1_300  # pairs matched exactly at once; all of 2,600 people
PIVOTS, CHOICES = 20, 200


def best_sparse(
    table: Table, policy: Policy, lot: Lot, avoid: frozenset[int], exact: Exact
) -> tuple[list[Places], str]:
    """The round and the name of the engine that drew it."""
    costs = pair_costs(table, policy.quality, avoid, lot.stream("salt").next())
    alone = strangers(table)
    people = [place for place in range(table.n) if place not in alone]
    trio = seat_trio(costs, people) if len(people) % 2 else ()
    people = [place for place in people if place not in trio]
    target = max(0, fewest_same(table, [*people, *trio]) - costs.group(trio))
    pairs = first_pairs(table, people)
    if repair(costs, pairs, target, lot.stream("repair")) > target:
        pairs = mend(costs, people, pairs, lot.stream("mend"))
    shuffle(costs, pairs, lot.stream("shuffle"))
    pairs = polish(costs, people, pairs, lot.stream("polish"))
    groups = _with_last(costs, people, pairs, trio)
    out = len(people) + len(trio) - sum(map(len, groups))
    if (out or sum(map(costs.group, groups)) > target + costs.group(trio)) and table.n <= DENSE:
        return exact(table, policy, lot.stream("exact"), avoid), "dense"
    return groups, "sparse"


def seat_trio(costs: Costs, people: Sequence[int]) -> Places:
    """Three who may meet, at no cost beyond what the largest team forces: fewest trios so far, then most in common."""
    table = costs.table
    wish = {3: 0, None: 1, 2: 2}
    chairs = {place: (table.people[place].trios, wish[table.people[place].size]) for place in people}
    order = sorted(people, key=lambda place: (chairs[place], place))
    bound = fewest_same(table, people)
    for first in order[:PIVOTS]:
        near = [place for place in order[:CHOICES] if place != first]
        near.sort(key=lambda place: (chairs[place], -costs.good(first, place)))
        for second in near:
            for third in near[near.index(second) + 1 :][:PIVOTS]:
                if _costs_nothing(costs, people, (first, second, third), bound):
                    return first, second, third
    return ()


def _costs_nothing(costs: Costs, people: Sequence[int], trio: Places, bound: int) -> bool:
    if costs.group(trio) > bound:
        return False
    rest = [place for place in people if place not in trio] if bound else []
    return costs.group(trio) + fewest_same(costs.table, rest) == bound


def mend(costs: Costs, people: Sequence[int], pairs: Pairs, lot: Lot) -> Pairs:
    """As many lawful pairs as possible at the least cost, on random edges and the lawful pairs so far.

    Those in a pair that costs, and those in none, may choose among many; everyone else among a few.
    """
    classes = classify(costs.table, people)
    calm = {place for pair in pairs if costs.group(pair) == 0 for place in pair}
    edges = {pair for pair in pairs if costs.group(pair) < costs.forbidden}
    for place in people:
        count = RANDOM_EDGES if place in calm else STUCK_EDGES
        edges |= {(place, other) for other in some_partners(costs, classes, place, count, lot)}
    return _solve(costs, edges, lot)


def polish(costs: Costs, people: Sequence[int], pairs: Pairs, lot: Lot) -> Pairs:
    """The best matching on the best partners by topic and the pairs so far, piece by piece where people are many.

    A piece is a random part of the pairs with whoever has none, so that the work grows with the number of pieces;
    more than one piece is gone through twice, cut in another way.
    """
    if not costs.share or (not any(costs.table.likes) and not any(costs.table.asks)):
        return pairs
    pairs = [pair for pair in pairs if costs.group(pair) < costs.forbidden]
    ceiling = max(map(costs.group, pairs), default=0)
    pieces = -(-len(pairs) // PIECE)
    for _ in range(min(pieces, 2)):
        placed = {place for pair in pairs for place in pair}
        free = [place for place in people if place not in placed]
        mixed, pairs = lot.shuffled(pairs), []
        for number in range(pieces):
            pairs += _polish_piece(costs, mixed[number::pieces], free if number == 0 else [], ceiling, lot)
    return pairs


def _polish_piece(costs: Costs, pairs: Pairs, free: Sequence[int], ceiling: int, lot: Lot) -> Pairs:
    people = sorted([place for pair in pairs for place in pair] + list(free))
    edges = set(pairs) | _worth_a_look(costs, people, ceiling, lot)
    return _solve(costs, edges, lot)


def _worth_a_look(costs: Costs, people: Sequence[int], ceiling: int, lot: Lot) -> set[tuple[int, int]]:
    """All lawful pairs where blocks leave few, otherwise the best by topic and some at random."""
    table = costs.table
    if len(people) * (len(people) - 1) // 2 - len(table.blocked) <= FEW_EDGES * len(people):
        few = (pair for pair in combinations(people, 2) if table.key(*pair) not in table.blocked)
        return {pair for pair in few if costs.group(pair) <= ceiling}
    edges = best_partners(costs, people, BEST_EDGES, ceiling, lot)
    classes = classify(table, people)
    for place in people:
        others = some_partners(costs, classes, place, FILLERS, lot)
        edges |= {(place, other) for other in others if costs.group((place, other)) <= ceiling}
    return edges


def _solve(costs: Costs, edges: Iterable[tuple[int, int]], lot: Lot) -> Pairs:
    """The heaviest largest matching on some edges, all aims in order."""
    ends = sorted({(min(edge), max(edge)) for edge in edges})
    if not ends:
        return []
    people = costs.table.people
    cost = np.array([-costs.group(edge) for edge in ends], dtype=object)
    bench = np.array([people[a].sat_out + people[b].sat_out for a, b in ends], dtype=np.int64)
    good = np.array([2 * costs.good(a, b) for a, b in ends], dtype=np.int64)
    tie = (lot.numbers(len(ends)) >> np.uint64(40)).astype(np.int64)
    weights = in_order([cost, bench, good, tie], costs.table.n // 2)
    return heaviest([(a, b, weight) for (a, b), weight in zip(ends, weights, strict=True)], bare_solver())


def _with_last(costs: Costs, people: Sequence[int], pairs: Pairs, trio: Places) -> list[Places]:
    """Lawful pairs and the trio; without one, somebody left over joins the pair where it costs least."""
    groups: list[Places] = [pair for pair in pairs if costs.group(pair) < costs.forbidden]
    if trio:
        return [*groups, trio]
    placed = {place for pair in groups for place in pair}
    options = [
        (costs.group((*pair, one)) - costs.group(pair), costs.table.people[one].trios, number, one)
        for one in people
        if one not in placed
        for number, pair in enumerate(groups)
    ]
    if options and min(options)[0] < costs.forbidden:
        _, _, number, one = min(options)
        groups[number] = (*groups[number], one)
    return groups
