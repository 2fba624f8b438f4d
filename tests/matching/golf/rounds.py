"""Playing rounds through the face of the engine, and judging them with pair counts in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from matching.columns import Columns, frozen
from matching.golf.engine import draw
from matching.rng import Lot
from matching.rules import age_cost
from tests.matching.column_makers import plain_columns

Groups = list[list[int]]


def silent(stage: str, share: float) -> None:
    """Nobody watches the progress."""


def groups_of(columns: Columns, size: int, seed: int, quality: float = 1.0, mode: Any = "ask-offer") -> Groups:
    """A round, people by their place in `columns`; the draw sees them in random order, as from the face."""
    lot = Lot(seed)
    order = lot.stream("order").order(columns.n)
    drawn = draw(columns.take(order), mode, quality, lot, silent, size)
    return [[int(order[one]) for one in row if one >= 0] for row in drawn.seats.tolist()]


def with_history(columns: Columns, rounds: Sequence[Groups]) -> Columns:
    """These rounds as history, the last one a round ago."""
    last = {
        min(a, b) * columns.n + max(a, b): len(rounds) - number
        for number, groups in enumerate(rounds)
        for group in groups
        for a, b in combinations(group, 2)
    }
    keys = sorted(last)
    met = np.array(keys, dtype=np.int64)
    age = np.array([age_cost(last[key]) for key in keys], dtype=np.int32)
    return replace(columns, met=frozen(met)[0], age=frozen(age)[0])


def pairs_in(groups: Iterable[Iterable[int]]) -> list[tuple[int, int]]:
    return [pair for group in groups for pair in combinations(sorted(group), 2)]


def rounds_without_repeat(
    g: int, k: int, seed: int, most: int, people: int | None = None, **facts: Any
) -> list[Groups]:
    """Rounds drawn one at a time from no history, until somebody meets again, stays out or sits in another size."""
    n = people or g * k
    columns = plain_columns(n, **facts)
    rounds: list[Groups] = []
    seen: set[tuple[int, int]] = set()
    while len(rounds) < most:
        groups = groups_of(with_history(columns, rounds), k, 1000 * seed + len(rounds))
        pairs = pairs_in(groups)
        short = g * k - n
        if sorted(map(len, groups)) != [k - 1] * short + [k] * (g - short) or seen & set(pairs):
            break
        seen.update(pairs)
        rounds.append(groups)
    return rounds
