"""The exact engine for pairs: the best round of 50 to about 5,000 people, with the prices that prove it.

Modest rates first (`rates.py`): one matching for all aims. When its tiers meet bounds that need no proof (nobody left
out but by number, no repeats, no more of one team together than its size forces), it is the best round. Otherwise the
tiers alone are solved under exact rates: a proof when the first round reaches them, and the answer when it does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matching.columns import Columns, Int32
from matching.drawn import Drawn, Progress, Witness
from matching.exact.islands import Answer, best_answer
from matching.exact.rates import BITS, score_rates, tier_rates, witness_bits
from matching.exact.rows import AGE, BASE, REPEAT, SAME, UNIT_AT, Facts, Rates, facts_of
from matching.rng import Lot
from matching.shadows import tiers as tiers_of
from matching.types import Interests

Tiers = tuple[int, int, int, int]  # left out, repeats, ages, same team


def draw(columns: Columns, mode: Interests, quality: float, lot: Lot, tell: Progress) -> Drawn:  # noqa: ARG001
    """The best round with the best score; ties fall by place, and places were drawn by lot."""
    if columns.n < 2:
        return Drawn(np.zeros((0, 2), dtype=np.int32), "exact")
    facts = facts_of(columns, mode)
    tell("matching", 0.2)
    found = best_found(columns, facts, mode)
    tell("matched", 0.8)
    return Drawn(seats_of(found.answer), "exact", found.witnesses)


class Found(NamedTuple):
    """An answer, its tiers, what proves both, and whether the tiers are proven."""

    answer: Answer
    tiers: Tiers
    witnesses: tuple[Witness, ...]
    proven: bool


def best_found(columns: Columns, facts: Facts, mode: Interests) -> Found:
    """The best round by all aims in order."""
    rates, best = _scored(columns, facts, mode, witness_bits(mode))
    tiers = tiers_of(columns, seats_of(best))
    witnesses: tuple[Witness, ...] = (witness_of(rates, best),)
    if tiers == _free(columns):
        return Found(best, tiers, witnesses, True)
    exact = tier_rates(columns)
    least = best_answer(columns, facts, mode, exact, np.zeros(columns.n, dtype=np.int64))
    wanted, proof = tiers_of(columns, seats_of(least)), witness_of(exact, least)
    if tiers > wanted:  # modest rates traded a tier for what comes after it
        best = _scored(columns, facts, mode, BITS)[1]
        tiers, witnesses = tiers_of(columns, seats_of(best)), ()
    if tiers > wanted:
        best, tiers = least, wanted
    return Found(best, tiers, (proof, *witnesses), tiers == wanted and least.proven)


def _scored(columns: Columns, facts: Facts, mode: Interests, bits: int) -> tuple[Rates, Answer]:
    """The best round under modest rates; seats count when somebody has to take one, as always when n is odd."""
    seats = columns.n % 2 == 1 and _seats_differ(columns)
    rates, seat = score_rates(columns, mode, seats, bits)
    best = best_answer(columns, facts, mode, rates, seat)
    if not seats and (best.mate < 0).any() and _seats_differ(columns):
        rates, seat = score_rates(columns, mode, True, bits)
        best = best_answer(columns, facts, mode, rates, seat)
    return rates, best


def _seats_differ(columns: Columns) -> bool:
    return any(len(np.unique(one)) > 1 for one in (columns.trios, columns.size, columns.sat_out))


def _free(columns: Columns) -> Tiers:
    """The least that any round costs by the sizes of teams alone."""
    groups = max(columns.n // 2, 1)
    each, more = np.divmod(np.bincount(columns.team[columns.team >= 0], minlength=1), groups)
    same = more * (each + 1) * each // 2 + (groups - more) * each * (each - 1) // 2
    return (0, 0, 0, int(same.sum()))


def seats_of(found: Answer) -> Int32:
    """Pairs by their lower place, then the trio."""
    low = np.flatnonzero(found.mate > np.arange(len(found.mate)))
    seats = np.full((len(low) + bool(found.trio), 3 if found.trio else 2), -1, dtype=np.int32)
    seats[: len(low), 0], seats[: len(low), 1] = low, found.mate[low]
    if found.trio:
        seats[-1] = found.trio
    return seats


def witness_of(rates: Rates, found: Answer) -> Witness:
    """The prices as a witness, for doubled weights; bonuses are taken off them, as far as prices go."""
    unit = int(rates.rates[UNIT_AT])
    base, repeat, age, same = (2 * int(rates.rates[at]) for at in (BASE, REPEAT, AGE, SAME))
    sets = tuple(one.astype(np.int32) for one in found.sets)
    y = np.maximum(found.y - 2 * rates.bonus, 0)
    return Witness(y, sets, found.z, base, repeat, age, same, 2 if unit else 0, unit=max(1, unit))
