"""Whole numbers 0 .. g - 1 with an addition and a multiplication in which many differences can be divided by.

Definition: g is a product of prime powers q; the ring is the product of the fields GF(q), element by element. The first
`units` elements of the list `spread` differ pairwise by a unit, where `units` is the smallest q: nothing in such a ring
can do better. (MacNeish, Euler squares, 1922.) Cost: O(g^2) for the tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Int64


@dataclass(frozen=True, slots=True)
class Ring:
    """Addition and multiplication as (g, g) tables, and elements whose differences are all units."""

    plus: Int64
    times: Int64
    spread: tuple[int, ...]


def ring(g: int) -> Ring:
    """The ring with g elements, g >= 2."""
    result: Ring | None = None
    for q, prime in prime_powers(g):
        result = field(q, prime) if result is None else _product(result, field(q, prime))
    if result is None:
        raise ValueError(f"{g} elements make no ring: use 2 or more")
    return result


def prime_powers(g: int) -> list[tuple[int, int]]:
    """The prime powers whose product is g, each with its prime."""
    found, prime = [], 2
    while g > 1:
        power = 1
        while g % prime == 0:
            g //= prime
            power *= prime
        if power > 1:
            found.append((power, prime))
        prime += 1
    return found


def field(q: int, prime: int) -> Ring:
    """GF(q): polynomials over the whole numbers modulo the prime, written as digits to that base."""
    digits = 0
    while prime**digits < q:
        digits += 1
    number = np.arange(q)
    parts = np.stack([number // prime**place % prime for place in range(digits)])
    weights = prime ** np.arange(digits)
    plus = np.tensordot(weights, (parts[:, :, None] + parts[:, None, :]) % prime, axes=1)
    powers = _powers_of_a_generator(q, prime, digits)
    logarithm = np.zeros(q, dtype=np.int64)
    logarithm[powers] = np.arange(q - 1)
    times = powers[(logarithm[:, None] + logarithm[None, :]) % (q - 1)]
    times[0, :] = times[:, 0] = 0
    return Ring(plus, times, tuple(range(q)))


def _powers_of_a_generator(q: int, prime: int, digits: int) -> Int64:
    """Powers 0 .. q - 2 of an element that reaches all but 0: try each way to write x^digits by lower powers."""
    for tail in range(1, q):
        reduced = [tail // prime**place % prime for place in range(digits)]
        powers, now = [1], _shift(1, reduced, prime)
        while now != 1 and now != 0 and len(powers) < q:
            powers.append(now)
            now = _shift(now, reduced, prime)
        if len(powers) == q - 1:
            return np.array(powers, dtype=np.int64)
    raise ValueError(f"{q} is no power of {prime}")


def _shift(number: int, tail: list[int], prime: int) -> int:
    """The polynomial times x, with x^digits written as `tail`."""
    digits = len(tail)
    parts = [number // prime**place % prime for place in range(digits)]
    shifted = [0, *parts[:-1]]
    return sum(
        (low + parts[-1] * high) % prime * prime**place
        for place, (low, high) in enumerate(zip(shifted, tail, strict=True))
    )


def _product(left: Ring, right: Ring) -> Ring:
    """Pairs of elements: (a, b) is number a * len(right) + b."""
    size = len(right.plus)
    a, b = np.divmod(np.arange(len(left.plus) * size), size)
    plus = left.plus[np.ix_(a, a)] * size + right.plus[np.ix_(b, b)]
    times = left.times[np.ix_(a, a)] * size + right.times[np.ix_(b, b)]
    spread = tuple(one * size + two for one, two in zip(left.spread, right.spread, strict=False))
    return Ring(plus, times, spread)
