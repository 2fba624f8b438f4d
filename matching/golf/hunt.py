"""The search that found the base rounds of `bank.txt`: simulated annealing on one round whose differences all differ.

Definition: `copies` copies of the whole numbers modulo m and `fixed` people who stay put; adding 1 to everybody turns
one round into m. No two people meet twice in these m rounds if and only if no orbit of pairs under that addition is
used twice in the base round. A state is a round (or several, when they are developed together); a move lets two people
of different groups change places; the energy counts pairs whose orbit is used already. Cost of a step: O(k).
(Differences: Bose, On the construction of balanced incomplete block designs, 1939. Annealing: Kirkpatrick et al.,
1983.)

    python -m matching.golf.hunt 8 3 11        # groups, size, modulus: prints a line for bank.txt when one is found
"""

from __future__ import annotations

import sys

import numpy as np

from matching.columns import Int64
from matching.jit import jit
from matching.rng import Lot

STEPS = 1 << 16  # steps of one temperature
SCALE = 1 << 21  # chances are out of this
HOT, COLD = 1.0, 0.12


def orbits(copies: int, m: int, fixed: int) -> tuple[Int64, int]:
    """(n, n) numbers of the pairs' orbits and how many there are; 0 for a pair that would meet again at once.

    Person i * m + x is number x of copy i; the last `fixed` people stay where they are.
    """
    n = copies * m + fixed
    number: dict[tuple[int, ...], int] = {}
    table = np.zeros((n, n), dtype=np.int64)
    for a in range(n):
        for b in range(a + 1, n):
            key = _orbit(a, b, m, copies * m)
            if key:
                table[a, b] = table[b, a] = number.setdefault(key, len(number) + 1)
    return table, len(number) + 1


def _orbit(a: int, b: int, m: int, moving: int) -> tuple[int, ...]:
    """What all pairs that (a, b) turns into have in common, a < b; empty when the pair turns into itself too soon."""
    if b >= moving:
        return () if a >= moving else (b, a // m)
    if a // m != b // m:
        return (-1, a // m, b // m, (b - a) % m)
    apart = (b - a) % m
    return () if 2 * apart == m else (-2, a // m, min(apart, m - apart))


def hunt(g: int, k: int, m: int, lot: Lot, tries: int, levels: int = 60, bases: int = 1) -> Int64 | None:
    """Base rounds (bases, g, k) that give bases * m rounds without a repeat, or None when no try finds one."""
    copies, fixed = divmod(g * k, m)
    if fixed > g or m < 2:
        return None
    table, count = orbits(copies, m, fixed)
    for number in range(tries):
        chance = lot.stream(f"try {number}")
        rounds = np.stack([chance.order(g * k) for _ in range(bases)])
        used = np.zeros(count, dtype=np.int64)
        energy = _count(rounds, k, table, used)
        for level in range(levels):
            heat = HOT * (COLD / HOT) ** (level / max(1, levels - 1))
            chances = np.array([int(SCALE * np.exp(-rise / heat)) for rise in range(32)], dtype=np.int64)
            numbers = (chance.numbers(STEPS) >> np.uint64(1)).astype(np.int64)
            energy = _anneal(rounds, k, table, used, energy, numbers, chances)
            if energy == 0:
                return rounds.reshape(bases, g, k)
    return None


def _count(rounds: Int64, k: int, table: Int64, used: Int64) -> int:
    """Fill `used` and return the energy."""
    energy = 0
    for row in rounds.reshape(-1, k).tolist():
        for seat, one in enumerate(row):
            for other in row[:seat]:
                energy += int(add(int(table[one, other]), used))
    return energy


@jit
def _anneal(
    rounds: Int64, k: int, table: Int64, used: Int64, energy: int, numbers: Int64, chances: Int64
) -> int:  # pragma: no cover
    """Swap seats until the energy is 0 or the numbers run out; one number is one step. Returns the energy."""
    bases, n = rounds.shape
    mask = (1 << 21) - 1
    for number in numbers:
        one = (number & mask) * n >> 21
        two = (number >> 21 & mask) * n >> 21
        energy += swap(rounds[number % bases], k, one, two, table, used, number >> 42, chances)
        if energy == 0:
            break
    return energy


@jit
def swap(
    row: Int64, k: int, one: int, two: int, table: Int64, used: Int64, chance: int, chances: Int64
) -> int:  # pragma: no cover
    """Let seats `one` and `two` change people, unless that costs too much; the rise of the energy."""
    if one // k == two // k:
        return 0
    rise = -leave(row, k, one, table, used) - leave(row, k, two, table, used)
    row[one], row[two] = row[two], row[one]
    rise += enter(row, k, one, table, used) + enter(row, k, two, table, used)
    if rise <= 0 or (rise < 32 and chance < chances[rise]):
        return rise
    leave(row, k, one, table, used)
    leave(row, k, two, table, used)
    row[one], row[two] = row[two], row[one]
    enter(row, k, one, table, used)
    enter(row, k, two, table, used)
    return 0


@jit
def leave(row: Int64, k: int, seat: int, table: Int64, used: Int64) -> int:  # pragma: no cover
    """Take somebody's pairs with their group out; what that saves."""
    saved = 0
    for other in range(seat - seat % k, seat - seat % k + k):
        if other != seat:
            saved += drop(table[row[seat], row[other]], used)
    return saved


@jit
def enter(row: Int64, k: int, seat: int, table: Int64, used: Int64) -> int:  # pragma: no cover
    """Put somebody's pairs with their group in; what that costs."""
    cost = 0
    for other in range(seat - seat % k, seat - seat % k + k):
        if other != seat:
            cost += add(table[row[seat], row[other]], used)
    return cost


@jit
def drop(orbit: int, used: Int64) -> int:  # pragma: no cover
    """Use an orbit once less; what that saves."""
    used[orbit] -= 1
    return 1 if orbit == 0 or used[orbit] > 0 else 0


@jit
def add(orbit: int, used: Int64) -> int:  # pragma: no cover
    """Use an orbit once more; what that costs."""
    used[orbit] += 1
    return 1 if orbit == 0 or used[orbit] > 1 else 0


def line(g: int, k: int, m: int, found: Int64) -> str:
    """A line of `bank.txt`: groups, size, modulus, then each base round's people in order of seat."""
    return f"{g} {k} {m}" + "".join(" * " + " ".join(map(str, base.ravel().tolist())) for base in found)


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    result = hunt(words[0], words[1], words[2], Lot(sum(words)), *(words[3:] or [100]))
    print(line(words[0], words[1], words[2], result) if result is not None else "nothing found")
