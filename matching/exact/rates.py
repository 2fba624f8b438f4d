"""What the tiers cost in one whole number: exactly in order, or modestly and checked afterwards.

Exact rates (`tier_rates`) let one step of a tier outweigh all that the later tiers of a whole round can add up to; with
whole numbers of 64 bits there is then no room for the score. Modest rates (`score_rates`) put every level a power of
two over the one below, as high as fits: the heaviest matching under them is the best round if its tiers are the best
ones, which is checked. That is enough: under any rates, a round with the same tiers and a better score weighs more.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int64
from matching.exact.rows import Rates, score_unit
from matching.rules import UNIT
from matching.seats import bench_costs, trio_costs
from matching.types import Interests

BITS = 61  # the sum of all doubled weights of a round stays below two to this
AGES = 1_000  # the most that the age of one repeat costs


def tier_rates(columns: Columns) -> Rates:
    """Left out, repeats, ages, same team exactly in this order; no score, no other aims."""
    places = columns.n // 2 + 3  # a trio counts three pairs
    same = 2
    age = same * places
    repeat = age * (int(columns.age.max(initial=0)) * places + 1) if len(columns.met) else age
    base = repeat * places
    return _rates(columns.n, base, repeat, age, same, 0, 0)


def score_rates(columns: Columns, mode: Interests, seats: bool, bits: int) -> tuple[Rates, Int64]:
    """Modest rates with the score, and what a seat in the trio costs each person (0 unless `seats` count).

    Seats count where somebody is left out or has to be third: then placing a person is worth a bonus by how often they
    sat out. `bits` is how large the doubled weights of a round may add up to. Costs of seats are cut off at `cap`, far
    above the cheapest seat, to leave room for the other levels.
    """
    unit = score_unit(mode)
    cap = 31 if unit == 1 else 255
    level = 2 * UNIT // unit
    third = _capped(trio_costs(columns.trios, columns.size), cap) * seats
    bench = _capped(bench_costs(columns.sat_out), cap) * seats
    spans = [3 * int(third.max(initial=0)) + 1, int(bench.max(initial=0)) + 1]
    met = len(columns.met) > 0
    levels = 3 + met + (len(columns.apart) > 0) + sum(span > 1 for span in spans)
    fixed = level * spans[0] * spans[1] * (AGES if met else 1)
    step = 1 << max(1, (bits - columns.n.bit_length() - fixed.bit_length()) // levels)
    rates = []
    for span in spans:
        rates.append(level * step if span > 1 else 0)
        level *= step * span if span > 1 else 1
    apart = level * step if len(columns.apart) else 0
    same = max(level, apart) * step
    age = same * step if met else same
    repeat = age * AGES * step if met else same
    made = _rates(columns.n, repeat * step, repeat, age, same, apart, unit)
    return made._replace(bonus=rates[1] * bench), rates[0] * third


def witness_bits(mode: Interests) -> int:
    """How large weights may be that are still whole numbers of 64 bits when scores are counted in millionths."""
    return BITS - score_unit(mode).bit_length()


def _capped(costs: Int64, cap: int) -> Int64:
    capped: Int64 = np.minimum(costs - costs.min(initial=1 << 40), cap)
    return capped


def _rates(n: int, base: int, repeat: int, age: int, same: int, apart: int, unit: int) -> Rates:
    return Rates(
        np.array([base + base % 2, repeat, age, same, apart, unit], dtype=np.int64), np.zeros(n, dtype=np.int64)
    )
