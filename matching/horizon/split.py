"""A graph into disjoint perfect matchings: so many rounds in which nobody meets anyone twice.

Definition: a 1-factorisation of a d-regular graph is a split of its edges into d perfect matchings. Deciding whether
one exists is NP-complete (Holyer 1981), but regular graphs of degree >= n / 2 have one (Csaba, Kuehn, Lo, Osthus,
Treglown: Proof of the 1-factorization and Hamilton decomposition conjectures, 2016, for large n) and random ones have
one almost surely, so trying at random finds it.

Method: take random perfect matchings out, one by one. Almost all failures come at the very end, when three matchings
are left and the third leaves an odd circle; so the last levels are tried several times before everything starts anew.
Cost: degree matchings (`perfect.py`) plus a few for the tries; a search without end is impossible, its luck is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Int64
from matching.horizon.perfect import perfect
from matching.rng import Lot

TRIES = {1: 1, 2: 1, 3: 10, 4: 5, 5: 3}  # two above
SPARE = 50  # matchings that a try may cost beyond the degree
SMALL = 20  # people for whom a try costs next to nothing


@dataclass(slots=True)
class _Luck:
    left: int


def split(pairs: Int64, n: int, rounds: int, lot: Lot) -> list[Int64]:
    """Up to `rounds` disjoint perfect matchings of the graph (m, 2) on 0 .. n - 1, as places of pairs, in random order.

    Fewer when more were not found: the longest list. All the same to the caller which comes first.
    """
    best: list[Int64] = []
    for _ in range(12 if n <= SMALL else 4):
        found = _peel(pairs, np.arange(len(pairs)), n, rounds, lot, _Luck(rounds + SPARE))
        best = max(best, found, key=len)
        if len(best) == rounds or not best:
            break
    return lot.shuffled(best)


def _peel(pairs: Int64, left: Int64, n: int, rounds: int, lot: Lot, luck: _Luck) -> list[Int64]:
    """The longest list found: a matching out of the pairs that are left, and the same again with the rest."""
    best: list[Int64] = []
    if not rounds:
        return best
    for _ in range(TRIES.get(rounds, 2)):
        found = perfect(pairs[left], n, lot)
        luck.left -= 1
        if found is None:
            break
        rest = np.delete(left, found)
        best = max(best, [left[found], *_peel(pairs, rest, n, rounds - 1, lot, luck)], key=len)
        if len(best) == rounds or luck.left <= 0:
            break
    return best
