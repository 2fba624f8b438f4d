"""Rounds without a repeat from one line of algebra.

Definition: person (i, x) is number x of copy i, for k copies of a ring with g elements. In round r, group t holds
person (i, t + r * a_i) of every copy i. Two people (i, x) and (j, y) meet in the round r with r * (a_i - a_j) = x - y:
in exactly one, when the differences of the a_i are units. That gives g rounds of g groups, in which nobody meets their
own copy. When k divides g, the copies go on by themselves, each with a schedule for g people: for g = k^m these are
the lines of an affine space. Cost: O(rounds * people). (Transversal designs from fields; Bose, Shrikhande, Parker,
1960, for the product.)
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int64
from matching.golf.rings import prime_powers, ring


def transversal_rounds(g: int, k: int) -> Int64:
    """(g, g, k): g rounds of g groups of k; no rounds when the formula does not fit."""
    if g < k or min(q for q, _ in prime_powers(g)) < k:
        return np.zeros((0, g, k), dtype=np.int64)
    numbers = ring(g)
    steps = numbers.times[:, list(numbers.spread[:k])]  # r * a_i
    groups = numbers.plus[np.arange(g)[None, :, None], steps[:, None, :]]
    return groups + np.arange(k) * g


def inside_copies(within: Int64, g: int, k: int) -> Int64:
    """A schedule for one copy of g people (rounds, g / k, k) played by all k copies side by side."""
    copies = within[:, None, :, :] + (np.arange(k) * g)[None, :, None, None]
    return copies.reshape(len(within), g, k)
