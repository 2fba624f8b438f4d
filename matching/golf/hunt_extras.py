"""The search for schedules of g groups of k with g more or less rounds than people in a copy: base round plus orbits.

Definition: k copies of the whole numbers modulo g. A base round with distinct differences gives g rounds; differences
between copies that it leaves unused may form groups with one person of each copy, and the g groups into which such a
group turns are a round by themselves. For g = 7, k = 3 that is the Kirkman system of 21 people: 7 + 3 rounds, everybody
meets everybody. Annealing as in `hunt.py`, where the groups beside the round change one number at a time.
(Ray-Chaudhuri and Wilson, Solution of Kirkman's schoolgirl problem, 1971.)

    python -m matching.golf.hunt_extras 7 3 3      # groups, size, rounds beside the base round's
"""

from __future__ import annotations

import sys

import numpy as np

from matching.columns import Int64
from matching.golf.hunt import COLD, HOT, SCALE, STEPS, add, enter, leave, orbits, swap
from matching.jit import jit
from matching.rng import Lot


def hunt_extras(g: int, k: int, more: int, lot: Lot, tries: int, levels: int = 60) -> tuple[Int64, Int64] | None:
    """A base round (g, k) and `more` groups (more, k) whose orbits are rounds, or None when no try finds them."""
    table, count = orbits(k, g, 0)
    for number in range(tries):
        chance = lot.stream(f"try {number}")
        base = chance.order(g * k)
        extras = (chance.numbers(more * k) % np.uint64(g)).astype(np.int64).reshape(more, k) + np.arange(k) * g
        used = np.zeros(count, dtype=np.int64)
        energy = _count(base.reshape(g, k), table, used) + _count(extras, table, used)
        for level in range(levels):
            heat = HOT * (COLD / HOT) ** (level / max(1, levels - 1))
            chances = np.array([int(SCALE * np.exp(-rise / heat)) for rise in range(32)], dtype=np.int64)
            numbers = (chance.numbers(STEPS) >> np.uint64(1)).astype(np.int64)
            energy = _anneal(base, extras, g, k, table, used, energy, numbers, chances)
            if energy == 0:
                return base.reshape(g, k), extras
    return None


def _count(groups: Int64, table: Int64, used: Int64) -> int:
    energy = 0
    for row in groups.tolist():
        for seat, one in enumerate(row):
            for other in row[:seat]:
                energy += int(add(int(table[one, other]), used))
    return energy


@jit
def _anneal(
    base: Int64,
    extras: Int64,
    g: int,
    k: int,
    table: Int64,
    used: Int64,
    energy: int,
    numbers: Int64,
    chances: Int64,
) -> int:  # pragma: no cover
    """Swap seats of the base round or change a number of an extra group; one number is one step."""
    places = len(base) + extras.size
    mask = (1 << 21) - 1
    for number in numbers:
        one = (number & mask) * places >> 21
        if one < len(base):
            energy += swap(base, k, one, (number >> 21 & mask) * len(base) >> 21, table, used, number >> 42, chances)
        else:
            row, copy = (one - len(base)) // k, (one - len(base)) % k
            fresh = copy * g + ((number >> 21 & mask) * g >> 21)
            energy += _change(extras[row], copy, fresh, table, used, number >> 42, chances)
        if energy == 0:
            break
    return energy


@jit
def _change(
    row: Int64, copy: int, fresh: int, table: Int64, used: Int64, chance: int, chances: Int64
) -> int:  # pragma: no cover
    """Put `fresh` in place of the number of this copy, unless that costs too much; the rise of the energy."""
    old = row[copy]
    if old == fresh:
        return 0
    rise = -leave(row, len(row), copy, table, used)
    row[copy] = fresh
    rise += enter(row, len(row), copy, table, used)
    if rise <= 0 or (rise < 32 and chance < chances[rise]):
        return rise
    leave(row, len(row), copy, table, used)
    row[copy] = old
    enter(row, len(row), copy, table, used)
    return 0


def line(g: int, k: int, base: Int64, extras: Int64) -> str:
    """A line of `bank.txt`."""
    groups = "".join(" o " + " ".join(map(str, row)) for row in extras.tolist())
    return f"{g} {k} {g} * " + " ".join(map(str, base.ravel().tolist())) + groups


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    found = hunt_extras(words[0], words[1], words[2], Lot(sum(words)), *(words[3:] or [100]))
    print(line(words[0], words[1], *found) if found else "nothing found")
