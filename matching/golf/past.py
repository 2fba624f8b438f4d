"""The history of a pool as rounds: which groups sat together, told apart by how long ago it was.

Definition: pairs with the same age cost met in the same round, if they fall apart into groups in which everybody met
everybody. Age costs tell the last 35 rounds apart; what is older is not read, for so many rounds fix a schedule. A
history of which the newest rounds are not of this kind, because a pair met twice or somebody knows others from outside,
is no part of a schedule, and the answer is None. Cost: O(pairs + rounds * people).
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int64, pair_ends
from matching.golf.resolve import resolved

ABSENT = -1
ENOUGH = 12  # rounds that fix a schedule, whatever is older


def past_rounds(columns: Columns, most: int) -> Int64 | None:
    """(rounds, n), oldest first: the number of each person's group in each round, ABSENT without one.

    None when one of the last `ENOUGH` rounds is not made of groups of at most `most` people.
    """
    ages = np.unique(columns.age)[::-1]
    rounds: list[Int64] = []
    for age in ages:
        groups = _groups(columns.met[columns.age == age], columns.n, most)
        if groups is None:
            if len(rounds) < ENOUGH:
                return None
            break
        rounds.append(groups)
    return np.array(rounds[::-1], dtype=np.int64).reshape(len(rounds), columns.n)


def older_rounds(columns: Columns, past: Int64) -> int:
    """How many rounds before those of the past the history holds, by the number of its pairs."""
    pairs = [_pairs_of(row) for row in past]
    return round((len(columns.met) - sum(pairs)) / max(pairs)) if pairs else 0


def _pairs_of(row: Int64) -> int:
    sizes = np.bincount(row[row != ABSENT])
    return int((sizes * (sizes - 1) // 2).sum())


def shadow_rounds(columns: Columns, most: int) -> Int64 | None:
    """The pairs to keep apart as rounds (rounds, n), in any order; None when they are none."""
    return resolved(columns.apart, columns.n, most)


def _groups(pairs: Int64, n: int, most: int) -> Int64 | None:
    """Groups of one round, each named by its lowest person."""
    low, high = pair_ends(pairs, n)
    name = np.full(n, n, dtype=np.int64)
    np.minimum.at(name, high, low)
    np.minimum.at(name, low, low)
    present = name < n
    sizes = np.bincount(name[present], minlength=n)
    whole = (name[low] == name[high]).all() and sizes.max(initial=0) <= most
    if not whole or int((sizes * (sizes - 1) // 2).sum()) != len(pairs):
        return None
    return np.where(present, name, ABSENT)
