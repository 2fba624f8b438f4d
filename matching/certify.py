"""The bounds that prove a round cannot be better.

Nothing here is shared with `solve`: figures are counted from the groups, and every bound holds by an argument of its
own (`matching/proof/`), from the cheapest to the dearest:

1. Counting: nobody left out and no repeats need no proof; same-team pairs follow from the sizes of teams.
2. A barrier (Tutte, Berge): a set of people whose removal leaves too many odd parts.
3. Dual values that the engine hands over, checked against every pair that may meet.
4. Small rounds of pairs are solved again.

A proof is a pair of equal figures: the tiers of the round, and a bound on the tiers of every round. The engine's own
claim counts for nothing. `optimal_tiers` is false when the two differ, even if the round is in fact best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matching.columns import Columns, Int32
from matching.drawn import Witness
from matching.pool import Pool
from matching.proof.bounds import Bounds, bound
from matching.proof.figures import Figures, count
from matching.rules import UNIT
from matching.types import Certificate, Groups, Policy


def certify(
    columns: Columns, policy: Policy, seats: Int32, engine: str, witnesses: Iterable[Witness] = ()
) -> Certificate:
    """Figures beside bounds. `seats` holds a group a row, as places padded with -1, which must keep the hard rules.

    Costs O(people log facts) where counting suffices, a look at every pair for each witness, and for small rounds some
    matchings.
    """
    figures = count(columns, policy.interests, seats)
    return _certificate(figures, bound(columns, policy, seats, figures, tuple(witnesses)), engine)


def certify_groups(pool: Pool, policy: Policy, groups: Groups, engine: str) -> Certificate:
    """The same for groups of ids, as after a change by hand."""
    return certify(pool.columns, policy, seats_of(pool, groups), engine)


def certify_by_hand(pool: Pool, policy: Policy, groups: Groups, known: Certificate | None = None) -> Certificate:
    """The same at once, while somebody waits who has just changed the groups: only what costs little is proven again.

    `known` is what was proven about a round of this very pool and policy: its bounds hold for every round, those of a
    later tier among the rounds that reach the earlier ones. Costs O(people log facts).
    """
    seats = seats_of(pool, groups)
    figures = count(pool.columns, policy.interests, seats)
    bounds = bound(pool.columns, policy, seats, figures, (), quick=True)
    found = _certificate(figures, bounds, "by hand")
    return _with_known(found, known or found)


def _with_known(found: Certificate, known: Certificate) -> Certificate:
    """The better of two proofs. A bound is for rounds as draws make them, as good in all earlier tiers: where this one
    is not, by several trios or worse repeats, it may be passed from below, and is lowered to what was found.
    """
    left_out = min(max(found.left_out_bound, known.left_out_bound), found.left_out)
    repeats = min(max(found.repeats_bound, known.repeats_bound), found.repeats)
    same = min(max(found.same_team_bound, known.same_team_bound), found.same_team)
    if known.optimal_tiers and _tiers(found) == _tiers(known):
        score = max(found.score, min(found.score_bound, known.score_bound))
        return replace(found, **_bounds(left_out, repeats, same), score_bound=score, optimal_tiers=True)
    return replace(found, **_bounds(left_out, repeats, same))


def _bounds(left_out: int, repeats: int, same_team: int) -> dict[str, Any]:
    return {"left_out_bound": left_out, "repeats_bound": repeats, "same_team_bound": same_team}


def _tiers(one: Certificate) -> tuple[int, int, int, int]:
    return one.left_out, one.repeats, one.repeat_cost, one.same_team


def seats_of(pool: Pool, groups: Sequence[Sequence[str]]) -> Int32:
    """Groups of ids as rows of places. Raises KeyError for a stranger. Costs O(people)."""
    if not groups:
        return np.empty((0, 2), dtype=np.int32)
    place = {str(one): number for number, one in enumerate(pool.columns.ids)}
    width = max(map(len, groups), default=2)
    rows = [[place[one] for one in group] + [-1] * (width - len(group)) for group in groups]
    return np.array(rows, dtype=np.int32).reshape(-1, width)


def _certificate(figures: Figures, bounds: Bounds, engine: str) -> Certificate:
    return Certificate(
        people=figures.people,
        left_out=figures.left_out,
        left_out_bound=bounds.left_out,
        repeats=figures.repeats,
        repeats_bound=bounds.tiers[0],
        repeat_cost=figures.repeat_cost,
        same_team=figures.same_team,
        same_team_bound=bounds.tiers[2],
        score=round(figures.score / UNIT, 6),
        score_bound=round(bounds.score / UNIT, 6),
        optimal_tiers=bounds.proven,
        engine=engine,
    )


__all__: Sequence[str] = ("certify", "certify_by_hand", "certify_groups", "seats_of")
