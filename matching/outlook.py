"""How long a pool can go on without anyone meeting twice."""

from __future__ import annotations

from matching.horizon import RoundsLeft
from matching.horizon import rounds_left as _of_columns
from matching.pool import Pool

__all__ = ["RoundsLeft", "rounds_left"]


def rounds_left(pool: Pool, shadows: int = 0) -> RoundsLeft:
    """The rounds of pairs left before a repeat is forced, if exactly these people go on; see `horizon/left.py`.

    With `shadows`, each round uses up that many draws more.
    """
    return _of_columns(pool.columns, shadows)
