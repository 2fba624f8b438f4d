"""Pool to groups, from a seed: one face, an engine for each size of round.

exact     pairs, up to 400 people: one matching in the complete graph (`pairs.py`, `trio.py`)
sparse    pairs, above: start, repair and candidates (`sparse.py`), the dense matching where that gets stuck
circles   groups of three to six and one more or less: local search (`circles.py`)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from matching.board import build_board
from matching.certify import certify
from matching.circles import best_circles
from matching.left_out import explain_left_out
from matching.pairs import best_pairs
from matching.pool import Pool
from matching.rng import Lot
from matching.shadows import Draw, draw_all
from matching.sparse import best_sparse
from matching.table import Places, Table, prepare
from matching.trio import best_with_trio
from matching.types import Groups, Matching, Policy

Progress = Callable[[str, float], None]
EXACT = 400


def match(pool: Pool, policy: Policy | None = None, seed: int = 0, progress: Progress | None = None) -> Matching:
    """The best round for this pool: groups, who is left out and why, and a certificate.

    The same pool, policy and seed give the same answer in every process and on every machine, whatever the order of
    people, history and blocks. `progress` is told a word and a share of the way, from 0 to 1.
    """
    policy = policy or Policy()
    tell = progress or _silent
    lot = Lot(_valid(seed))
    tell("preparing", 0.0)
    table = prepare(pool, policy, lot.stream("order"))
    real, shadows = draw_all(table, policy, lot, draw, tell)
    groups = _named(table, real.groups)
    tell("certifying", 0.9)
    placed = {member for group in groups for member in group}
    answer = Matching(
        seed=seed,
        size=policy.size,
        groups=groups,
        left_out=explain_left_out(pool, (person.id for person in pool.people if person.id not in placed)),
        certificate=certify(pool, policy, groups, real.engine),
        shadows=tuple(_named(table, shadow.groups) for shadow in shadows),
    )
    tell("done", 1.0)
    return answer


def draw(table: Table, policy: Policy, lot: Lot, avoid: Iterable[int] = ()) -> Draw:
    """One round, by the engine for its size. `avoid` are pairs to keep apart where possible."""
    if table.n < 2:
        return Draw((), "none")
    if policy.size > 2:
        return Draw(tuple(best_circles(table, policy, lot, frozenset(avoid))), "circles")
    if table.n <= EXACT:
        return Draw(tuple(best_exact(table, policy, lot, avoid)), "exact")
    groups, engine = best_sparse(table, policy, lot, frozenset(avoid), best_exact)
    return Draw(tuple(groups), engine)


def best_exact(table: Table, policy: Policy, lot: Lot, avoid: Iterable[int] = ()) -> list[Places]:
    """Pairs, and a trio where one more person gets in by it."""
    board = build_board(table, policy.quality, lot, avoid)
    pairs = best_pairs(board, range(table.n))
    return pairs if 2 * len(pairs) == table.n else best_with_trio(board, pairs)


def _named(table: Table, groups: Iterable[Places]) -> Groups:
    """Places back to ids, in canonical order."""
    return tuple(sorted(tuple(sorted(table.people[place].id for place in group)) for group in groups))


def _silent(word: str, share: float) -> None:
    """Nobody wants to know."""


def _valid(seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise ValueError(f"seed is {seed!r}: use a whole number from 0 to {(1 << 63) - 1}")
    return seed
