"""What an engine hands back: who sits with whom, and numbers by which others can see that nothing beats it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matching.columns import Int32, Int64

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """Dual values of a matching problem, from which anybody can prove a bound without trusting who found them.

    The problem: pairs weigh `base - repeat * [met] - age * age cost - same * [one team] + score * 2 * (pair score //
    unit)`, all in whole numbers, where `unit` divides every pair score (in millionths): so weights fit into 64 bits.
    Pairs that may not meet do not exist. `y` holds a value >= 0 for each person (and, with
    `phantom`, for one more who stands for the chance of being the third of a trio), `z` a value >= 0 for each odd set.

    When every pair weighs at most y_a + y_b + the z of every set that holds both, no matching weighs more than
    sum(y) + sum(z * (len(set) - 1) / 2). (Edmonds, Maximum matching and a polyhedron with 0,1-vertices, 1965.)
    """

    y: Int64
    sets: tuple[Int32, ...]
    z: Int64
    base: int
    repeat: int
    age: int
    same: int
    score: int
    phantom: bool = False
    unit: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Groups as rows of places, padded with -1; whoever is in no row is left out."""

    seats: Int32
    engine: str
    witnesses: tuple[Witness, ...] = ()
