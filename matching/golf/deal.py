"""A start: people dealt to groups so that every team is spread evenly, and those who share few choices sit together.

Definition: chairs are numbered layer by layer around the tables, people team by team, and person i takes chair i: a
team's people come to sit in different groups as far as there are groups, which reaches the bound on pairs of one team.
Where not everybody shares a language and a time, those with equal choices are dealt groups of their own first. O(n log
n).
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int64
from matching.rng import Lot

Groups = list[list[int]]


def deal(columns: Columns, sizes: list[int], pairs_wished: bool, lot: Lot) -> tuple[Groups, list[int]]:
    """Groups of these sizes, and who is without one: those who sat out least often, then by lot."""
    order = lot.order(columns.n)
    waiting = columns.n - sum(sizes)
    by_bench = order[np.argsort(columns.sat_out[order], kind="stable")]
    chosen = np.ones(columns.n, dtype=bool)
    chosen[by_bench[:waiting]] = False
    people = order[chosen[order]]
    twos = sizes.count(2) if pairs_wished else 0
    if not twos:
        return _by_choices(columns, people, sizes), by_bench[:waiting].tolist()
    keen = np.argsort(columns.size[people] == 3, kind="stable") if len(sizes) == twos else _keenest(columns, people)
    apart, rest = people[keen[: 2 * twos]], people[keen[2 * twos :]]
    groups = _by_choices(columns, rest, [size for size in sizes if size > 2])
    return groups + _by_choices(columns, apart, [2] * twos), by_bench[:waiting].tolist()


def _keenest(columns: Columns, people: Int64) -> Int64:
    """Those who wish two first, those who wish three last."""
    rank = np.array([1, 1, 0, 2])[columns.size[people]]
    return np.argsort(rank, kind="stable")


def _by_choices(columns: Columns, people: Int64, sizes: list[int]) -> Groups:
    """People with equal languages and times fill groups of their own; the rest are dealt in order of their choices."""
    _, kind = np.unique(np.hstack([columns.languages[people], columns.times[people]]), axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    if not len(people) or kind.max() == 0:
        return _by_teams(columns, people, sizes)
    counts = np.bincount(kind)
    groups: Groups = []
    rest: list[Int64] = []
    left = list(sizes)
    for one in np.argsort(-counts, kind="stable").tolist():
        mine, taken = people[kind == one], 0
        fill: list[int] = []
        while left and taken + left[0] <= len(mine):
            taken += left[0]
            fill.append(left.pop(0))
        groups += _by_teams(columns, mine[:taken], fill)
        rest.append(mine[taken:])
    remaining = np.concatenate(rest).tolist()
    for size in left:
        groups.append(remaining[:size])
        remaining = remaining[size:]
    return groups


def _by_teams(columns: Columns, people: Int64, sizes: list[int]) -> Groups:
    """Layer by layer around the tables, large teams first; people without a team are each their own."""
    team = columns.team[people].astype(np.int64)
    count = np.bincount(team + 1, minlength=1)
    count[0] = 0
    order = people[np.lexsort((team, -count[team + 1]))].tolist()
    sizes = sorted(sizes, reverse=True)
    groups: Groups = [[] for _ in sizes]
    taken = 0
    for layer in range(max(sizes, default=0)):
        for number, size in enumerate(sizes):
            if size > layer:
                groups[number].append(order[taken])
                taken += 1
    return groups
