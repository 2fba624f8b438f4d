"""How long a pool can go on without anyone meeting twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from matching.horizon import RoundsLeft
from matching.horizon import rounds_left as _of_columns
from matching.pool import Pool
from matching.types import Matching, Met

__all__ = ["RoundsLeft", "rounds_left", "rounds_left_after"]


def rounds_left(pool: Pool, shadows: int = 0) -> RoundsLeft:
    """The rounds of pairs left before a repeat is forced, if exactly these people go on; see `horizon/left.py`.

    With `shadows`, each round uses up that many draws more.
    """
    return _of_columns(pool.columns, shadows)


def rounds_left_after(pool: Pool, matching: Matching, shadows: int = 0) -> RoundsLeft | None:
    """The rounds left once this one has been held, shadow draws included; None where nobody counts them.

    Not counted for groups of three and more, nor for pools that came in as columns.
    """
    if matching.size != 2 or pool.given is not None:
        return None
    met = [Met(pool.this_round, a, b) for group in matching.groups for a, b in combinations(group, 2)]
    known = [Met(pool.known_since, a, b) for a, b in pool.knows]
    kept = tuple(
        Met(pool.this_round, a, b) for draw in matching.shadows for group in draw for a, b in combinations(group, 2)
    )
    held = replace(pool, history=(*pool.history, *known, *met, *kept), knows=(), round=pool.this_round + 1)
    return rounds_left(held, shadows)
