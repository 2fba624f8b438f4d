"""Pools to columns in drawn order, seats back to people, and a test for whether chance is fair."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matching import Person, Pool
from matching.columns import Columns, Int32
from matching.rng import Lot
from matching.small.engine import draw
from matching.types import Interests

Round = tuple[tuple[Person, ...], ...]


def silent(word: str, share: float) -> None:
    """Nobody wants to know."""


def shuffled(pool: Pool, seed: int) -> Columns:
    return pool.columns.take(Lot(seed).stream("order").order(len(pool.people)))


def drawn(pool: Pool, seed: int = 7, mode: Interests = "ask-offer", quality: float = 1.0) -> Round:
    """One round by the small engine, as people."""
    columns = shuffled(pool, seed)
    return people_of(pool, columns, draw(columns, mode, quality, Lot(seed), silent).seats)


def people_of(pool: Pool, columns: Columns, seats: Int32) -> Round:
    by_id = {person.id: person for person in pool.people}
    return tuple(tuple(by_id[str(columns.ids[one])] for one in row if one >= 0) for row in seats.tolist())


def chi_squared_limit(freedom: int) -> float:
    """What chi-squared exceeds once in a thousand times (Wilson and Hilferty, 1931)."""
    part = 2 / (9 * freedom)
    return freedom * float(1 - part + 3.0902 * np.sqrt(part)) ** 3


def chi_squared(seen: Iterable[float], expected: Iterable[float]) -> float:
    return sum((one - other) ** 2 / other for one, other in zip(seen, expected, strict=True))
