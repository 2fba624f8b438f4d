"""How many rounds can be left at most, by counting; and how many are certain, by theorems.

At most:
- whoever is in every round uses up a fresh partner each time: the fewest fresh partners of anybody;
- k people of whom one is the third of a trio use (k + 3) / 2 pairs a round: 2 * fresh pairs / (k + 3);
- where somebody must stay out, a round still holds the most pairs possible, v: fresh pairs / v. By Vizing's theorem
  v >= pairs / (most partners + 1), so that no matching needs to be found.

Certain:
- k even, everybody with at least k / 2 fresh partners: a round exists (Dirac 1952), and takes one partner from each.
  So d - k / 2 + 1 rounds can be drawn, whatever is chosen.
- k odd: with (k + 3) / 2 partners there is a trio, and Dirac's theorem holds for the rest; a trio takes two partners.
"""

from __future__ import annotations

from matching.columns import Columns, Int64
from matching.horizon.fresh import Bools, Degrees, edges_of, islands
from matching.horizon.perfect import EXACT, perfect
from matching.rng import Lot


def certain(people: int, partners: int) -> int:
    """Rounds that can be drawn whatever is chosen, when everybody of an even or odd community has so many partners."""
    if people % 2:
        return max(0, (2 * partners - people - 3) // 4 + 1)
    return max(0, partners - people // 2 + 1)


def at_most_of_island(lawful: Bools, fresh: Bools, alone: bool) -> int:
    """Rounds that the people of one connected part can have; `alone`: a trio is theirs, nobody else needs it."""
    k = len(lawful)
    degree, left = lawful.sum(axis=1), fresh.sum(axis=1)
    pairs = int(left.sum()) // 2
    if k % 2 == 0 and _paired(lawful, degree):
        return 0 if _stuck(fresh) else int(left.min())
    if k % 2 and alone and 2 * degree.min() >= k + 3:
        return min(int(left.min()), 2 * pairs // (k + 3))
    if k % 2 and 2 * degree.min() >= k - 1:
        return pairs // (k // 2)
    return pairs // _vizing(degree)


def at_most_by_degrees(columns: Columns, degrees: Degrees, left_out: int | None) -> int:
    """The same from counts alone, for any size. `left_out`: how many a round must leave out, when that is known."""
    placed = degrees.lawful > 0
    k, left = int(placed.sum()), degrees.fresh[placed]
    if not k:
        return 0
    everyone = left_out is not None and left_out <= columns.n - k
    if degrees.exact and 2 * degrees.lawful[placed].min() >= k + 3:
        everyone = True
    if everyone:
        few = int(left.min())
        return min(few, int(left.sum()) // (k + 3)) if k % 2 else few
    pairs = _vizing(degrees.lawful[placed]) if degrees.exact else 1
    return int(left.sum()) // 2 // pairs


def _vizing(degree: Int64) -> int:
    """Pairs of a largest matching, at least: edges have at most (most partners + 1) colours."""
    return max(1, -(-int(degree.sum()) // 2 // (int(degree.max()) + 1)))


def _paired(lawful: Bools, degree: Int64) -> bool:
    """Whether all can have a partner at once: by Dirac's theorem, or by a matching that is found."""
    if 2 * degree.min() >= len(lawful):
        return True
    return perfect(edges_of(lawful), len(lawful), Lot(0)) is not None


def _stuck(fresh: Bools) -> bool:
    """Whether it is proven that not all can have a fresh partner at once: by Tutte's condition, or by a matching."""
    if any(len(part) % 2 for part in islands(fresh)):
        return True
    pairs = edges_of(fresh)
    return len(pairs) <= EXACT and perfect(pairs, len(fresh), Lot(0)) is None
