"""The bounds that prove a round cannot be better.

Nothing here is shared with `solve`: figures are counted from the pool, and bounds come from arguments of their own.

1. Cheap bounds (`bounds.py`): nobody left out and no repeats need no proof; same-team pairs follow from team sizes.
2. Where a cheap bound is not reached, `recompute.py` solves the tiers again on a graph of its own with a solver that
   verifies its optimum by linear programming duality, or a relaxation of the round with a trio. What it returns is a
   bound below which no round can be.

A proof is therefore a pair of equal figures: the tiers of the round, and a bound on the tiers of every round. The
engine's own claim counts for nothing. `optimal_tiers` is false when the two differ, even if the round is in fact best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from matching.bounds import best_partners, fewest_left_out, fewest_same_team
from matching.pool import Pool
from matching.recompute import Tiers, tier_bound
from matching.rules import UNIT, age_cost, pair_score
from matching.types import Certificate, Groups, Policy

RECOMPUTE = 1_200  # people for whom the tiers are solved again when cheap bounds do not meet


@dataclass(frozen=True, slots=True)
class Figures:
    """What a round costs, counted from its groups."""

    left_out: int
    repeats: int
    repeat_cost: int
    same_team: int
    score: int

    @property
    def tiers(self) -> Tiers:
        return self.repeats, self.repeat_cost, self.same_team


def certify(pool: Pool, policy: Policy, groups: Groups, engine: str) -> Certificate:
    """Figures beside bounds. Costs O(people + history) when cheap bounds are met, otherwise one to some matchings."""
    figures = count(pool, policy, groups)
    left_out_bound = fewest_left_out(pool, policy, figures.left_out)
    cheap = (0, 0, fewest_same_team(pool, policy, figures.left_out))
    bound = cheap
    if figures.left_out == left_out_bound and figures.tiers > cheap and _small_enough(pool, policy):
        bound = max(cheap, tier_bound(pool, groups, figures.tiers))
    proven = figures.left_out == left_out_bound and figures.tiers == bound
    reached = figures.tiers[:2] == bound[:2]
    return Certificate(
        people=len(pool.people),
        left_out=figures.left_out,
        left_out_bound=left_out_bound,
        repeats=figures.repeats,
        repeats_bound=bound[0],
        repeat_cost=figures.repeat_cost,
        same_team=figures.same_team,
        same_team_bound=bound[2] if reached else min(cheap[2], figures.same_team),
        score=round(figures.score / UNIT, 6),
        score_bound=round(best_partners(pool, policy, figures.tiers) / UNIT, 6),
        optimal_tiers=proven,
        engine=engine,
    )


def count(pool: Pool, policy: Policy, groups: Groups) -> Figures:
    """The tiers and the score of a round, one pair at a time."""
    people = {person.id: person for person in pool.people}
    met, this = last_meetings(pool), pool.this_round
    pairs = [frozenset(pair) for group in groups for pair in combinations(group, 2)]
    ages = [this - met[pair] for pair in pairs if pair in met]
    teams = [{people[one].team for one in pair} for pair in pairs]
    score = 0
    for group in groups:
        total = sum(pair_score(people[a], people[b], policy.interests) for a, b in combinations(group, 2))
        score += 2 * total // (len(group) - 1)
    return Figures(
        left_out=len(people) - sum(map(len, groups)),
        repeats=len(ages),
        repeat_cost=sum(map(age_cost, ages)),
        same_team=sum(len(team) == 1 and team != {""} for team in teams),
        score=score,
    )


def last_meetings(pool: Pool) -> dict[frozenset[str], int]:
    """The last round in which each pair met; knowing each other is a meeting before the first."""
    known = pool.known_since
    last = {frozenset(pair): known for pair in pool.knows}
    for met in pool.history:
        pair = frozenset((met.a, met.b))
        last[pair] = max(met.round, last.get(pair, met.round))
    return last


def _small_enough(pool: Pool, policy: Policy) -> bool:
    return policy.size == 2 and len(pool.people) <= RECOMPUTE


__all__: Sequence[str] = ("Figures", "certify", "count", "last_meetings")
