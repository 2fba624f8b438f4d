"""Parts of the pool between which nobody may meet: a trio changes one part only, so each is looked at by itself.

Without this, prices of one part say nothing about a trio in another: whether a part has an odd number of people left
is not a matter of prices. The best trio is the one that gains most over the pairs of its part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Columns, Int64
from matching.exact.blossom import sets_of
from matching.exact.pricing import Solved, best_complete
from matching.exact.rows import Facts, Rates, facts_of, may_meet
from matching.exact.threes import blocked
from matching.exact.trio import Question, Round, best_round, ceiling_of
from matching.jit import jit
from matching.types import Interests


class Answer(NamedTuple):
    """A round with at most one trio, prices that prove it, and whether no round weighs more."""

    mate: Int64
    trio: tuple[int, ...]
    y: Int64
    sets: tuple[Int64, ...]
    z: Int64
    proven: bool


@jit
def parts(f: Facts) -> Int64:
    """The number of each person's part, from 0. Costs O(n^2) at most, O(n) where most people may meet."""
    n = len(f.team)
    part = np.full(n, -1, dtype=np.int64)
    todo = np.zeros(n, dtype=np.int64)
    rest = np.arange(n)
    left, found = n, 0
    while left > 0:
        left -= 1
        todo[0] = rest[left]
        part[rest[left]] = found
        waiting = 1
        while waiting > 0 and left > 0:
            waiting -= 1
            a = int(todo[waiting])
            kept = 0
            for at in range(left):
                b = int(rest[at])
                if may_meet(f, a, b) and not blocked(f, a, b):
                    part[b] = found
                    todo[waiting] = b
                    waiting += 1
                else:
                    rest[kept] = b
                    kept += 1
            left = kept
        found += 1
    return part


def largest_team(columns: Columns) -> int:
    """The team of nearly half of all people or more, -1 when there is none."""
    counts = np.bincount(columns.team[columns.team >= 0], minlength=1)
    return int(counts.argmax()) if counts.max() > 0.45 * columns.n else -1


def best_answer(columns: Columns, facts: Facts, mode: Interests, rates: Rates, seat: Int64) -> Answer:
    """The heaviest round with at most one trio at these rates."""
    large = largest_team(columns)
    pairs = best_complete(facts, rates, large)
    free = pairs.mate < 0
    if not free.any():
        return Answer(pairs.mate, (), pairs.y, *sets_of(pairs.forest), True)
    part = parts(facts)
    if part.max() == 0:
        found = best_round(Question(facts, rates, seat, large), pairs)
        return Answer(found.mate, found.trio, found.prices.y, *sets_of(found.prices.forest), found.proven)
    tries = []
    for one in np.unique(part[free]).tolist():
        members = np.nonzero(part == one)[0]
        if len(members) >= 3:
            tries.append((members, *_within(columns.take(members), mode, rates, seat, members)))
    best = max(tries, key=lambda each: each[1], default=None)
    proven = all(each[2].proven for each in tries)
    if best is None or not best[2].trio:
        return Answer(pairs.mate, (), pairs.y, *sets_of(pairs.forest), proven)
    return _put_together(pairs, best[0], best[2])._replace(proven=proven)


def _within(columns: Columns, mode: Interests, rates: Rates, seat: Int64, members: Int64) -> tuple[int, Round]:
    """What a trio in one part gains over its pairs, and the best round of that part."""
    facts, own = facts_of(columns, mode), rates._replace(bonus=rates.bonus[members])
    large = largest_team(columns)
    pairs = best_complete(facts, own, large)
    before = ceiling_of(pairs.forest)
    found = best_round(Question(facts, own, seat[members], large), pairs)
    return found.worth - before, found


def _put_together(pairs: Solved, members: Int64, found: Round) -> Answer:
    """The round of one part in the pairs of all others."""
    mate, y = pairs.mate.copy(), pairs.y.copy()
    mate[members] = np.where(found.mate >= 0, members[found.mate], -1)
    y[members] = found.prices.y
    sets, z = sets_of(pairs.forest)
    others = [at for at, one in enumerate(sets) if one[0] not in members]
    own_sets, own_z = sets_of(found.prices.forest)
    all_sets = (*(sets[at] for at in others), *(members[one].astype(np.int64) for one in own_sets))
    trio = tuple(int(members[one]) for one in found.trio)
    return Answer(mate, trio, y, all_sets, np.concatenate([z[others], own_z]), found.proven)
