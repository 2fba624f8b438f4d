"""Whether these people may be one group, for whoever makes groups by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from matching.columns import pair_keys
from matching.pool import Pool


def fit_together(pool: Pool, group: Sequence[str]) -> bool:
    """Whether nobody is blocked with anybody, and all share a language and a time. Says nothing about sizes, and not
    why: the answer is the same for a block. Raises KeyError for a stranger. Costs O(log blocks).
    """
    columns = pool.columns
    places = [pool.place(one) for one in group]
    pairs = np.array(list(combinations(places, 2)), dtype=np.int64).reshape(-1, 2)
    keys = pair_keys(pairs[:, 0], pairs[:, 1], columns.n)
    if len(columns.blocks):
        found = np.searchsorted(columns.blocks, keys)
        there = found < len(columns.blocks)
        if (columns.blocks[found[there]] == keys[there]).any():
            return False
    return all(np.bitwise_and.reduce(choices[places], axis=0).any() for choices in (columns.languages, columns.times))


def sizes(size: int) -> range:
    """How many people a group may have: 2 and 3 for pairs, else one more or less."""
    return range(2, 4) if size == 2 else range(size - 1, size + 2)
