"""The most that a trio adds to the dual bound on the pairs beside it.

Take a round whose trio is T, and verified duals y and z. Its other groups are a matching of people outside T. Each of
these pairs weighs at most its two y and the z of every set that holds both, so that together they weigh at most the y
of everybody outside T and, for each set B, z_B times the pairs that B has room for there: floor((|B| - |B and T|) / 2).
B is odd. With none or one of T in B that is (|B| - 1) / 2, with two or three of them one less. People left out take
nothing away, as no y is below 0. So with D = sum(y) + sum(z_B * (|B| - 1) / 2) the round weighs at most

    D + W_T - (the y of T) - (the z of all sets that hold two or more of T),

where W_T counts the tier costs of all three pairs in full and their three scores once (those of a pair count twice).
Over all rounds with a trio that is D and a triangle of greatest weight: each pair of T weighs its score less its cost
and half of its two y. The matrix holds twice that, in whole numbers. Z_ab is the z of all sets that hold a and b; the
sets that hold two or more of three are worth Z_ab + Z_ac + Z_bc, less twice those that hold all, which are worth no
more than the least of the three Z: so at least a third of each Z may be taken off its pair. (Where sets lie inside each
other or apart, as those of matchings do, the least is exact.)

Each triangle is looked for from the corner where its two heavier pairs meet. They weigh more than two thirds of the
best triangle so far, or it is no better, and the third pair weighs at most half of what the two do. Where that takes
too long, the other triangles are looked for from the third pair, which with the heaviest pairs of both its ends must
outweigh the best so far: first those that might by most. Where that takes too long as well, what the next might weigh
is the bound. Where only pairs of two halves are heavy, as of a large team and all others, such sums promise too much;
but if all three pairs are heavy, the ends of the third pair share a heavy neighbour, which one product shows to be so
for none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Columns, Int64
from matching.drawn import Witness
from matching.proof.cover import added, covered_by_sets
from matching.proof.joining import cost_rows
from matching.proof.matrix import score_rows
from matching.proof.pairs import Mask, may_meet, met_before, one_team, pair_scores, share
from matching.rules import UNIT
from matching.types import Interests

MOST = 2_500  # people whose pairs fit into a matrix
CORNERS = 1 << 24  # triangles looked at from a corner: a tenth of a second
THIRDS = 1 << 27  # triangles looked at from a third pair: half a second
MEMBERS = 1 << 26  # pairs inside sets
LISTED = 1 << 16  # triangles at a time, the best, that are checked one by one
BLOCK = 1 << 20  # pairs weighed together
HEAVIEST = 1 << 58  # what a pair may weigh, up or down: so three stay above NONE
NONE, NEVER = -(1 << 60), -(1 << 61)  # lighter than every triangle; a pair that keeps its triangles below NONE


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What each pair adds to a trio at most (doubled), and twice the z of all sets that hold both, if there are any."""

    columns: Columns
    weight: Int64
    shared: Int64 | None


def heaviest_trio(columns: Columns, mode: Interests, witness: Witness, known: Int64 | None = None) -> int | None:
    """Twice the most by which a round with a trio may outweigh D, the trio's own base not counted.

    The witness must cover all pairs. `known` is a trio from which the search begins, and ends at once where none can be
    heavier: no side weighs more than -base, because a pair weighs at most its two y. None where there are too many
    people, the numbers are too large, or no three may meet. Costs O(n^2) and at most `CORNERS` and `THIRDS`: at 2,000
    people mostly the time for weighing all pairs once.
    """
    if 2 * _largest(witness) > HEAVIEST:
        return None
    found, looks = NONE if known is None else _weight_of(columns, mode, witness, known), 0
    if not len(witness.sets) and found == -3 * witness.base:
        return found
    if columns.n > MOST:
        return None
    sides = _sides(columns, mode, witness)
    first, second = _two_best(sides.weight)
    order = np.argsort(-(first + second), kind="stable")
    for place, corner in enumerate(order.tolist()):
        best, both = int(first[corner]), int(first[corner] + second[corner])
        if 3 * both <= 2 * found:
            break
        near = np.flatnonzero(sides.weight[corner] > (2 * found - 3 * best) // 3)
        looks += len(near) ** 2
        if looks > CORNERS:
            found = min(3 * both // 2, _from_thirds(sides, np.sort(order[place:]), found))
            break
        found = _at_corner(sides, corner, near, found)
    return found if found > NONE else None


def _weight_of(columns: Columns, mode: Interests, witness: Witness, trio: Int64) -> int:
    """What one trio adds, with all that sets take off; `NONE` where the three may not meet."""
    a, b = trio[[0, 0, 1]], trio[[1, 2, 2]]
    one, two, three = trio[:1], trio[1:2], trio[2:]
    fits = share(columns.languages, one, two, three) & share(columns.times, one, two, three)
    if not fits.all() or not may_meet(columns, a, b).all():
        return NONE
    met, age = met_before(columns, a, b)
    cost = witness.repeat * met + witness.age * age + witness.same * one_team(columns, a, b)
    sides = added(witness, pair_scores(columns, mode, a, b)) - 2 * cost - witness.y[a] - witness.y[b]
    held = covered_by_sets(witness, a, b)
    return int(sides.sum()) - 2 * int(held.sum()) + 4 * int(held.min())


def _largest(witness: Witness) -> int:
    """No number of the witness that adds to a pair's weight is larger."""
    rates: int = witness.repeat + 1000 * witness.age + witness.same + 2 * witness.score * (UNIT // witness.unit + 1)
    prices: int = int(witness.y.max(initial=0)) + sum(witness.z.tolist())
    return rates + prices


def _sides(columns: Columns, mode: Interests, witness: Witness) -> Sides:
    n = columns.n
    y, shared = witness.y[:n], _shared(n, witness)
    weight = np.empty((n, n), dtype=np.int64)
    step = max(1, BLOCK // max(n, 1))
    for low in range(0, n, step):
        high = min(n, low + step)
        cost, lawful = cost_rows(columns, (witness.repeat, witness.age, witness.same), low, high)
        rows = -2 * cost - y[low:high, None] - y[None, :]
        if witness.score:
            rows += 2 * witness.score * -(-score_rows(columns, mode, low, high) // witness.unit)
        if shared is not None:
            rows -= shared[low:high] // 3
        weight[low:high] = np.where(lawful, rows, NEVER)
    return Sides(columns, weight, shared)


def _shared(n: int, witness: Witness) -> Int64 | None:
    """Twice the z of all sets that hold both: of the first ones, as long as there is time (to leave out z is sound)."""
    if not len(witness.sets):
        return None
    shared, left = np.zeros((n, n), dtype=np.int64), MEMBERS
    for members, value in zip(witness.sets, witness.z.tolist(), strict=True):
        people = members[members < n]
        left -= len(people) ** 2
        if left < 0:
            break
        shared[np.ix_(people, people)] += 2 * value
    return shared


def _two_best(weight: Int64) -> tuple[Int64, Int64]:
    """The heaviest pair of each person, and the next."""
    if len(weight) < 2:
        return np.full(len(weight), NEVER), np.full(len(weight), NEVER)
    two = np.partition(weight, len(weight) - 2, axis=1)[:, -2:]
    return two[:, 1], two[:, 0]


def _at_corner(sides: Sides, corner: int, near: Int64, found: int) -> int:
    """The heaviest of these triangles, or what was found before, if that is more; a bound when they are too many."""
    own = sides.weight[corner, near]
    total = sides.weight[np.ix_(near, near)] + own[:, None] + own[None, :]
    left, right = np.nonzero(total > found)
    left, right = left[left < right], right[left < right]
    return _heaviest(sides, (np.full(len(left), corner), near[left], near[right]), total[left, right], found)


def _from_thirds(sides: Sides, corners: Int64, found: int) -> int:
    """The same for all triangles whose two heavier pairs meet at one of these corners, by the pair opposite to it."""
    beside = np.ascontiguousarray(sides.weight[:, corners])
    best = beside.max(axis=1)
    open_: Mask = np.triu(sides.weight + best[:, None] + best[None, :] > found, 1)
    heavy = sides.weight > found // 3
    near = heavy[:, corners].astype(np.float32)
    open_ &= ~heavy | (near @ near.T > 0)
    left, right = np.nonzero(open_)
    hope = sides.weight[left, right] + best[left] + best[right]
    step = max(1, BLOCK // len(corners))
    most = THIRDS // len(corners)
    if len(hope) > most:
        kept = np.argpartition(hope, -most - 1)[-most - 1 :]
        left, right, hope = left[kept], right[kept], hope[kept]
    order = np.argsort(-hope, kind="stable")
    left, right, hope = left[order], right[order], hope[order]
    for low in range(0, len(hope), step):
        if hope[low] <= found:
            return found
        if low + step > most:
            return int(hope[low])
        a, b = left[low : low + step], right[low : low + step]
        total = beside[a] + beside[b] + sides.weight[a, b][:, None]
        pair, third = np.nonzero(total > found)
        found = _heaviest(sides, (corners[third], a[pair], b[pair]), total[pair, third], found)
    return found


def _heaviest(sides: Sides, three: tuple[Int64, Int64, Int64], value: Int64, found: int) -> int:
    """The heaviest of these triangles with all that sets take off, or a bound when there are too many to check."""
    one, left, right = three
    rest = NONE
    if len(value) > LISTED:
        top = np.argpartition(value, -LISTED - 1)[-LISTED - 1 :]
        one, left, right, value, rest = one[top], left[top], right[top], value[top], int(value[top[0]])
    if sides.shared is not None:
        taken = np.stack([sides.shared[one, left], sides.shared[one, right], sides.shared[left, right]])
        value = value + (taken // 3).sum(axis=0) - (taken.sum(axis=0) - 2 * taken.min(axis=0))
    fits = share(sides.columns.languages, one, left, right) & share(sides.columns.times, one, left, right)
    return max(rest, int(value[fits].max(initial=found)))
