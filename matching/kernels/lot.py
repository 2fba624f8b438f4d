"""The lot inside compiled loops: SplitMix64 with its state in a uint64[1] array.

Same arithmetic as `matching.rng` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
Numbers below a limit come by multiplication with rejection, so that each is exactly as likely (Lemire: Fast random
integer generation in an interval, 2019). A number costs about 2 ns compiled, and the same bits follow without numba.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int32, UInt64
from matching.kernels.leaf import leaf, whole
from matching.rng import GOLDEN, MASK, MIX_1, MIX_2, Lot, mix

STEP, FIRST, SECOND = np.uint64(GOLDEN), np.uint64(MIX_1), np.uint64(MIX_2)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)


def lot_state(lot: Lot) -> UInt64:
    """A state for kernels, dealt by a lot."""
    return np.array([lot.next()], dtype=np.uint64)


def _number_plain(state: UInt64) -> np.uint64:
    """In whole numbers of Python, because numpy warns when one number alone wraps around."""
    value = (int(state[0]) + GOLDEN) & MASK
    state[0] = value
    return np.uint64(mix(value))


def _number_compiled(state: UInt64) -> np.uint64:
    state[0] += STEP
    value: np.uint64 = state[0]
    value = (value ^ (value >> S30)) * FIRST
    value = (value ^ (value >> S27)) * SECOND
    return value ^ (value >> S31)


_compiled = leaf(_number_compiled)
number = _number_plain if _compiled is _number_compiled else _compiled


@leaf
def below(state: UInt64, limit: int) -> int:
    """A whole number from 0 to limit - 1; limit is at most 2^32."""
    wide = np.uint64(limit)
    product = (number(state) >> S32) * wide
    if (product & LOW) < wide:
        broken = (np.uint64(1) << S32) % wide
        while (product & LOW) < broken:
            product = (number(state) >> S32) * wide
    return whole(product >> S32)


@leaf
def shuffle(state: UInt64, items: Int32) -> None:
    """A random order in place (Fisher and Yates), O(length)."""
    for last in range(len(items) - 1, 0, -1):
        other = below(state, last + 1)
        items[last], items[other] = items[other], items[last]
