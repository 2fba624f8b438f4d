"""What the rules cost this round, in sentences an organiser can pass on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from matching.pool import Pool
from matching.types import Matching, Person, Policy


def tier_costs(pool: Pool, policy: Policy, matching: Matching) -> tuple[str, ...]:  # noqa: ARG001
    """A sentence for each tier in which the round pays; none when it pays nothing."""
    figures = matching.certificate
    costs = [*_left_out(matching), *_repeats(matching)]
    if figures.same_team:
        costs += _same_team(pool, matching)
    return tuple(costs)


def _left_out(matching: Matching) -> list[str]:
    reasons = Counter(out.reason for out in matching.left_out)
    return [f"{_people(count)} without a group: {reason}." for reason, count in sorted(reasons.items())]


def _repeats(matching: Matching) -> list[str]:
    figures = matching.certificate
    if not figures.repeats:
        return []
    if figures.repeats == figures.repeats_bound:
        return [f"{_pairs(figures.repeats)} must meet again: no round for these people has fewer."]
    return [f"{_pairs(figures.repeats)} meet again; at least {figures.repeats_bound} must."]


def _same_team(pool: Pool, matching: Matching) -> list[str]:
    """Teams of more people than there are groups; then whatever other rules add."""
    teams = Counter(person.team for person in pool.people if person.team)
    groups = len(matching.groups)
    costs, named = [], 0
    for team, count in sorted(teams.items()):
        if count > groups and (inside := _inside(pool.people, matching, team)):
            costs.append(f"{team} has {count} of {_people(len(pool.people))}: {_pairs(inside)} must stay inside.")
            named += inside
    if rest := matching.certificate.same_team - named:
        costs.append(f"{_pairs(rest)} of one team: blocks, languages, times or earlier meetings leave no other way.")
    return costs


def _inside(people: Sequence[Person], matching: Matching, team: str) -> int:
    members = {person.id for person in people if person.team == team}
    return sum(a in members and b in members for group in matching.groups for a, b in combinations(group, 2))


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"
