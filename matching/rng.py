"""Our own lot: SplitMix64 in counter mode, so that a seed replays for ever, on every machine and with every library.

Definition: number i of a stream with key k is mix(k + (i + 1) * GOLDEN) modulo 2^64, where mix is the finaliser of
SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). One number costs O(1), and
a block of numbers is the same arithmetic on a numpy array. Streams are told apart by a word: `lot.stream("order")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB


def mix(value: int) -> int:
    """Scramble 64 bits so that every bit of the input moves half of the output."""
    value = ((value ^ (value >> 30)) * MIX_1) & MASK
    value = ((value ^ (value >> 27)) * MIX_2) & MASK
    return value ^ (value >> 31)


class Lot:
    """A stream of 64-bit numbers with a position. Two lots with one key deal the same numbers."""

    __slots__ = ("_dealt", "_key")

    def __init__(self, key: int) -> None:
        self._key = mix(key & MASK)
        self._dealt = 0

    def stream(self, word: str) -> Lot:
        """A lot of its own for one purpose; what is drawn from it moves no other."""
        key = self._key
        for byte in word.encode():
            key = mix((key ^ byte) + GOLDEN & MASK)
        return Lot(key)

    def next(self) -> int:
        self._dealt += 1
        return mix((self._key + self._dealt * GOLDEN) & MASK)

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1, each as likely: numbers from the broken last stretch are thrown away."""
        fair = (1 << 64) - (1 << 64) % limit
        while (number := self.next()) >= fair:
            pass
        return number % limit

    def numbers(self, count: int) -> NDArray[np.uint64]:
        """The next `count` numbers at once."""
        steps = np.arange(self._dealt + 1, self._dealt + count + 1, dtype=np.uint64)
        self._dealt += count
        value = steps * np.uint64(GOLDEN) + np.uint64(self._key)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(MIX_1)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(MIX_2)
        return value ^ (value >> np.uint64(31))

    def order(self, count: int) -> NDArray[np.int64]:
        """A random order of 0 .. count - 1: sort by a number each; O(n log n)."""
        return np.argsort(self.numbers(count), kind="stable")

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return [items[place] for place in self.order(len(items)).tolist()]

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]
