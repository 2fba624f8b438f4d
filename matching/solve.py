"""Pool to groups, from a seed: one face, an engine for each size of round.

small     pairs, up to 200 people: one matching in the complete graph, nothing compiled is loaded (`small/`)
exact     pairs, up to 5,000: a blossom algorithm on promising pairs, then on all that could improve it (`exact/`)
large     pairs, any number: a start, mending, chains (`large/`)
golf      groups of three to six and one more or less: constructions, then search (`golf/`)

A round of pairs is looked at once more: does it leave the later rounds possible (`horizon/`)?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from matching.certify import certify, seats_of
from matching.columns import Columns, Int32, Int64
from matching.drawn import Drawn, Progress
from matching.engines import draw_round
from matching.left_out import reasons
from matching.locks import free_part, merge
from matching.pool import Pool
from matching.proof.figures import count
from matching.rng import Lot
from matching.rules import UNIT
from matching.shadows import draw_all
from matching.types import Certificate, Groups, Matching, Policy

Locked = Iterable[Sequence[str]]


def match(
    pool: Pool, policy: Policy | None = None, seed: int = 0, progress: Progress | None = None, locked: Locked = ()
) -> Matching:
    """The best round for this pool: groups, who is left out and why, and a certificate.

    The same pool, policy, seed and locked groups give the same answer in every process and on every machine, whatever
    the order of people, history and blocks. `locked` groups stay as they are; the others are drawn as if those people
    were not there, and the certificate is about the whole round with these groups fixed. `progress` is told a word and
    a share of the way, from 0 to 1; "tiers" when all but the interest score is settled. Raises ValueError for a seed
    or for locked groups that cannot be, naming the people.
    """
    policy = policy or Policy()
    tell = progress or _silent
    lot = Lot(_valid(seed))
    tell("preparing", 0.0)
    fixed = _fixed(pool, policy, [tuple(group) for group in locked])
    free, places = free_part(pool.columns, fixed) if len(fixed) else (pool.columns, None)
    real, shadows = draw_all(free, policy, lot, draw_round, _part_of(tell, 0.05, 0.85))
    tell("certifying", 0.9)
    certificate = certify(free, policy, real.seats, real.engine, real.witnesses)
    seats = real.seats if places is None else merge(fixed, real.seats, places)
    answer = Matching(
        seed=seed,
        size=policy.size,
        groups=_named(pool, seats),
        left_out=reasons(pool.columns, _missing(pool.columns.n, seats)),
        certificate=certificate if places is None else _with_fixed(certificate, pool.columns, policy, fixed),
        shadows=tuple(_shadow(pool, one, places) for one in shadows),
        locked=_named(pool, fixed),
    )
    tell("done", 1.0)
    return answer


def _fixed(pool: Pool, policy: Policy, locked: Sequence[Sequence[str]]) -> Int32:
    """Locked groups as rows of places. Raises ValueError for strangers and for groups of a size nobody may have."""
    sizes = (2, 3) if policy.size == 2 else range(policy.size - 1, policy.size + 2)
    for group in locked:
        if strangers := [one for one in group if not pool.knows_of(one)]:
            raise ValueError(f"{', '.join(strangers)}: locked, but not in the pool")
        if len(group) not in sizes:
            bounds = f"groups have {sizes[0]} to {sizes[-1]} people"
            raise ValueError(f"{', '.join(group)}: a locked group of {len(group)}, but {bounds}")
    return seats_of(pool, locked)


def _with_fixed(free: Certificate, columns: Columns, policy: Policy, fixed: Int32) -> Certificate:
    """What the free part costs and must cost, and beside both what the locked groups cost."""
    cost = count(columns, policy.interests, fixed)
    more = {"repeats": cost.repeats, "same_team": cost.same_team, "score": cost.score / UNIT}
    bounds = {f"{name}_bound": getattr(free, f"{name}_bound") + value for name, value in more.items()}
    figures = {name: getattr(free, name) + value for name, value in more.items()}
    for sums in (bounds, figures):
        for name in ("score", "score_bound"):
            if name in sums:
                sums[name] = round(sums[name], 6)
    return replace(free, people=columns.n, repeat_cost=free.repeat_cost + cost.repeat_cost, **figures, **bounds)


def _shadow(pool: Pool, shadow: Drawn, places: Int64 | None) -> Groups:
    return _named(pool, shadow.seats if places is None else merge(shadow.seats[:0], shadow.seats, places))


def _missing(n: int, seats: Int32) -> Int64:
    placed = np.zeros(n, dtype=bool)
    placed[seats[seats >= 0]] = True
    return np.flatnonzero(~placed)


def _named(pool: Pool, seats: Int32) -> Groups:
    """Places back to ids, in canonical order: places are in order of id, and everybody is in one row at most."""
    if not len(seats):
        return ()
    rows = np.sort(np.where(seats < 0, np.iinfo(np.int32).max, seats), axis=1)
    if (rows[1:, 0] < rows[:-1, 0]).any():
        rows = rows[np.argsort(rows[:, 0])]
    count = (rows < pool.columns.n).sum(axis=1)
    if (count == 2).all():
        return tuple(zip(pool.names(rows[:, 0]), pool.names(rows[:, 1]), strict=True))
    return tuple(pool.names(row[:many]) for row, many in zip(rows, count.tolist(), strict=True))


def _part_of(tell: Progress, begin: float, share: float) -> Progress:
    return lambda word, done: tell(word, begin + share * done)


def _silent(word: str, share: float) -> None:
    """Nobody wants to know."""


def _valid(seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise ValueError(f"seed is {seed!r}: use a whole number from 0 to {(1 << 63) - 1}")
    return seed
