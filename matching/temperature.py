"""How much chance there is between the lottery (quality 0) and the best score (quality 1): one formula for all engines.

Among the rounds that are equal in the tiers and in the seats, a round is drawn with probability proportional to

    exp(score / T),    T = (1 - quality) / quality

where the score is that of the certificate: the sum over people of their mean pair score. (A Gibbs distribution, reached
by the rule of Metropolis et al., Equation of state calculations by fast computing machines, 1953: a random change that
loses `loss` is made with probability exp(-loss / T).) At quality 0 every round is as likely, at 1/2 a round that scores
one point less is e times rarer, at 9/10 it is 8,103 times rarer, and at 1 nothing that loses is ever done.

Whole numbers only, so that every machine, with and without numba, makes the same decisions. `temperature(quality)` is
one int64 array of two tables; with `loss` >= 0 in millionths of a point and `number` the next 64 random bits,

    number >> 2 < table[loss & 4095] * table[4096 + min(loss >> 12, 4095)]

is true with probability exp(-loss / T), within 2^-30. `loss` may be up to 2^24 (16 points): what one change can lose.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np

from matching.columns import Int64
from matching.rules import UNIT

DIGIT = 12  # a loss is two digits of so many bits
STEPS = 1 << DIGIT
ONE = 1 << 31  # probability 1 in either table
PRECISION = 160  # bits behind the point while the tables are made


@lru_cache(maxsize=16)
def temperature(quality: float) -> Int64:
    """The 8,192 numbers described above; about 3 ms, once for each quality."""
    if quality <= 0:
        table = np.full(2 * STEPS, ONE, dtype=np.int64)
    elif quality >= 1:
        table = np.zeros(2 * STEPS, dtype=np.int64)
        table[[0, STEPS]] = ONE
    else:
        share = Fraction(quality)  # a float is a whole number over a power of two: nothing is rounded here
        cold = share / (1 - share) / UNIT
        table = np.array(_powers(_exp_minus(cold)) + _powers(_exp_minus(cold * STEPS)), dtype=np.int64)
    table.setflags(write=False)
    return table


def accepted(table: Int64, loss: int, number: int) -> bool:
    """Whether a change that loses so much is made, for 64 random bits; the plain Python of the rule above."""
    if loss <= 0:
        return True
    return (number >> 2) < int(table[loss & STEPS - 1]) * int(table[STEPS + min(loss >> DIGIT, STEPS - 1)])


def _exp_minus(power: Fraction) -> int:
    """exp(-power) with `PRECISION` binary places: halve until small, sum the series, square back."""
    if power > 200:
        return 0
    halvings = 16
    small = (power.numerator << PRECISION) // (power.denominator << halvings)
    term = total = 1 << PRECISION
    for number in range(1, 40):
        term = -(term * small >> PRECISION) // number
        total += term
    for _ in range(halvings):
        total = total * total >> PRECISION
    return total


def _powers(base: int) -> list[int]:
    """base^0, base^1, ... with 31 binary places."""
    power, powers = 1 << PRECISION, []
    for _ in range(STEPS):
        powers.append(power >> PRECISION - 31)
        power = power * base >> PRECISION
    return powers
