"""Checks the dual values that an engine hands over, against every pair that may meet, and says what they prove.

With y >= 0 for each person and z >= 0 for each odd set, such that every lawful pair weighs at most y_a + y_b and the z
of all sets that hold both, no matching weighs more than sum(y) + sum(z * (size - 1) / 2) (Edmonds, Maximum matching and
a polyhedron with 0,1-vertices, 1965). Three ways lead from there to a round with a trio:

- half-integral: half of the trio's three pairs is a fractional matching, which the y cover, and z up to half of what
  the sets around one person add up to. Its score counts in full, its cost in the tiers at least by half.
- phantom: the third of the trio is paired with one more person, at the least that joining any two would cost.
- each trio on its own, beside a matching of the others (`trios.py`): the closest, but it looks at triples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matching.columns import Columns, Int64
from matching.drawn import Witness
from matching.proof.cover import covered_by_sets, covers, highest
from matching.proof.figures import Figures, Tiers
from matching.proof.joining import least_joining
from matching.proof.matrix import lawful_rows, score_rows
from matching.proof.trios import heaviest_trio
from matching.types import Interests

BLOCK = 1 << 20  # pairs looked at together
LARGEST = 1 << 60  # numbers up to here cannot overflow when two are added


@dataclass(frozen=True, slots=True)
class Proof:
    """Verified: no matching of lawful pairs weighs more than `most / 2`, no half-integral round more than
    `most_half / 2`; `most_phantom / 2` covers a matching in which the phantom takes part, `most_trio / 2` a round with
    a trio whose own base is not counted. None where not shown.
    """

    witness: Witness
    most: int
    most_half: int
    most_phantom: int | None
    most_trio: int | None = None

    def least_cost(self, figures: Figures) -> int:
        """What the tiers of every round with as many groups weigh at least, in the weights of the witness."""
        return _up(-self._spare(figures), self._step())

    def most_score(self, figures: Figures, least: int) -> int:
        """The highest score in millionths of a round with these tiers and as many groups, if lower than `least`."""
        if self.witness.score == 0:
            return least
        spare = self._spare(figures) + 2 * self.cost(figures.tiers)
        return min(least, spare * self.witness.unit // (2 * self.witness.score))

    def _spare(self, figures: Figures) -> int:
        """Twice what the score of every round with as many groups, and a trio or none as here, weighs beyond its tiers.

        Who is left out is given, so that the number of the others says whether there is a trio.
        """
        base, groups = self.witness.base, figures.groups
        if not figures.trio:
            return self.most - 2 * base * groups
        above = [self.most_half - base * (2 * groups + 1)]
        if self.most_phantom is not None:
            above.append(self.most_phantom - 2 * base * (groups + 1))
        if self.most_trio is not None:
            above.append(self.most_trio - 2 * base * (groups - 1))
        return min(above)

    def cost(self, tiers: Tiers) -> int:
        return self.witness.repeat * tiers[0] + self.witness.age * tiers[1] + self.witness.same * tiers[2]

    def _step(self) -> int:
        """Costs are multiples of this."""
        return int(np.gcd.reduce([self.witness.repeat, self.witness.age, self.witness.same]))


def _up(twice: int, step: int) -> int:
    """Half of it, rounded up to a whole number of steps, and never below nothing."""
    least = max(0, -(-twice // 2))
    return -(-least // step) * step if step else least


def verify(
    columns: Columns, mode: Interests, witness: Witness, trio: bool = False, known: Int64 | None = None
) -> Proof | None:
    """What these values prove about every round of these people; None when they do not hold.

    Looks at all n (n - 1) / 2 pairs, 64 at a time (`cover.py`). With `trio` it also looks at each trio on its own,
    which takes a matrix of pairs unless `known`, a trio to begin with, is as heavy as any could be.
    """
    if not _well_formed(columns, witness):
        return None
    around = np.zeros(len(witness.y), dtype=np.int64)
    for members, value in zip(witness.sets, witness.z.tolist(), strict=True):
        around[members] += value
    if int(around.max(initial=0)) + int(witness.y.max(initial=0)) > LARGEST:
        return None
    if not covers(columns, mode, witness):
        return None
    proof = _totals(columns, mode, witness, around)
    third = heaviest_trio(columns, mode, witness, known) if trio else None
    return proof if third is None else replace(proof, most_trio=proof.most + third)


def _well_formed(columns: Columns, witness: Witness) -> bool:
    """Shapes, signs, and numbers that can be added without overflow."""
    rates = (witness.base, witness.repeat, witness.age, witness.same, witness.score)
    heaviest = abs(witness.base) + witness.repeat + 1000 * witness.age + witness.same + highest(witness)
    sets = [np.unique(members) for members in witness.sets]
    return (
        len(witness.y) == columns.n + witness.phantom
        and len(witness.z) == len(sets)
        and min(rates) >= 0
        and witness.unit > 0
        and heaviest < LARGEST
        and int(witness.y.min(initial=0)) >= 0
        and int(witness.z.min(initial=0)) >= 0
        and all(len(own) % 2 == 1 and len(own) == len(given) for own, given in zip(sets, witness.sets, strict=True))
        and all(int(own[0]) >= 0 and int(own[-1]) < len(witness.y) for own in sets)
    )


def _blocks(n: int) -> Iterator[tuple[int, int]]:
    step = max(1, BLOCK // max(n, 1))
    for low in range(0, n, step):
        yield low, min(n, low + step)


def _totals(columns: Columns, mode: Interests, witness: Witness, around: Int64) -> Proof:
    """Twice the bounds, as whole numbers of any length."""
    values = zip(witness.sets, witness.z.tolist(), strict=True)
    sets = sum(value * (len(members) - 1) for members, value in values)
    people = sum(witness.y[: columns.n].tolist())
    most = 2 * people + sets
    phantom = None
    if witness.phantom and _phantom_covered(columns, mode, witness):
        phantom = most + 2 * int(witness.y[columns.n])
    return Proof(witness, most, most + int(around[: columns.n].max(initial=0)), phantom)


def _phantom_covered(columns: Columns, mode: Interests, witness: Witness) -> bool:
    """Whether y and z cover the pair of everyone with the phantom.

    Of three, take the one opposite to their best pair: that one adds no more score than either of its own pairs.
    """
    price = least_joining(columns, (witness.repeat, witness.age, witness.same))
    people = np.flatnonzero(price >= 0)
    weights = witness.base - price[people]
    if witness.score:
        weights += witness.score * -(-_best_scores(columns, mode)[people] // witness.unit)
    phantom = np.full(len(people), columns.n)
    covered = witness.y[people] + witness.y[columns.n] + covered_by_sets(witness, people, phantom)
    return bool((covered >= weights).all())


def _best_scores(columns: Columns, mode: Interests) -> Int64:
    best = np.zeros(columns.n, dtype=np.int64)
    for low, high in _blocks(columns.n):
        scores = np.where(lawful_rows(columns, low, high), score_rows(columns, mode, low, high), 0)
        best[low:high] = scores.max(axis=1, initial=0)
    return best
