"""The history of a pool as rounds: which groups sat together, told apart by how long ago it was.

Definition: pairs with the same age cost met in the same round, if they fall apart into groups in which everybody met
everybody. A history of which this is not true, because a pair met twice, rounds share an age, or somebody knows others
from outside, is not the beginning of a schedule, and the answer is None. Cost: O(pairs + rounds * people).
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int64, pair_ends

ABSENT = -1


def past_rounds(columns: Columns, most: int) -> Int64 | None:
    """(rounds, n), oldest first: the number of each person's group in each round, ABSENT without one.

    None when some round is not made of groups of at most `most` people.
    """
    ages = np.unique(columns.age)
    rounds = [_groups(columns.met[columns.age == age], columns.n, most) for age in ages]
    if any(one is None for one in rounds):
        return None
    return np.array([one for one in rounds if one is not None], dtype=np.int64).reshape(len(ages), columns.n)


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
