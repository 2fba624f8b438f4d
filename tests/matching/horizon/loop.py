"""A season of a fixed community, one round at a time: between two rounds only the pairs who met are carried over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from matching.columns import Columns, Int32, Int64, pair_keys
from matching.horizon import secure
from matching.horizon.fresh import across_matrix, edges_of, fresh_matrix, lawful_matrix
from matching.horizon.perfect import heaviest_perfect, perfect
from matching.rng import Lot
from tests.matching.column_makers import plain_columns

Secure = Callable[[Columns, Int32, Lot], Int32]


def community(n: int, met: Sequence[int] | Int64 = (), teams: Sequence[int] | None = None, **changes: Any) -> Columns:
    """`n` people, who met in these pairs; `teams` by number, -1 for none."""
    pairs = np.unique(np.asarray(met, dtype=np.int64))
    if teams is not None:
        changes["team"] = np.asarray(teams, dtype=np.int32)
        changes["teams"] = tuple(map(str, range(max(teams, default=-1) + 1)))
    return plain_columns(n, met=pairs, age=np.full(len(pairs), 100, dtype=np.int32), **changes)


def keys(n: int, pairs: Sequence[tuple[int, int]]) -> Int64:
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return np.sort(pair_keys(ends[:, 0], ends[:, 1], n))


def drawn(columns: Columns, lot: Lot) -> Int32:
    """An engine for tests: fresh first, then across teams, and otherwise by lot. Everybody needs a lawful partner."""
    lawful = lawful_matrix(columns)
    fresh = fresh_matrix(columns, lawful)
    across = across_matrix(columns, fresh)
    pairs = edges_of(across)
    found = perfect(pairs, columns.n, lot) if across.any(axis=1).all() else None
    if found is None:
        pairs = edges_of(lawful)
        a, b = pairs.T
        chance = (lot.numbers(len(pairs)) >> np.uint64(36)).astype(np.int64)
        team = columns.team
        other = (team[a] != team[b]) | (team[a] < 0)
        found = heaviest_perfect(pairs, fresh[a, b] * (1 << 45) + other * (1 << 35) + chance + 1, columns.n)
    assert found is not None
    return pairs[found].astype(np.int32)


def season(start: Columns, rounds: int, seed: int, keep: Secure = secure, go_on: bool = False) -> list[Int32]:
    """The rounds drawn until somebody meets again, at most so many; with `go_on`, also those after that."""
    played: list[Int32] = []
    met = start.met
    for number in range(rounds):
        columns = community(start.n, met, start.team.tolist(), blocks=start.blocks, languages=start.languages)
        lot = Lot(seed * 1_000 + number)
        seats = keep(columns, drawn(columns, lot.stream("drawn")), lot.stream("ahead"))
        assert sorted(seats.ravel().tolist()) == list(range(start.n))
        now = pair_keys(seats[:, 0].astype(np.int64), seats[:, 1].astype(np.int64), start.n)
        if np.isin(now, met).any() and not go_on:
            break
        played.append(seats)
        met = np.union1d(met, now)
    return played


def colleagues(columns: Columns, seats: Int32) -> int:
    team = columns.team
    return int(((team[seats[:, 0]] == team[seats[:, 1]]) & (team[seats[:, 0]] >= 0)).sum())
