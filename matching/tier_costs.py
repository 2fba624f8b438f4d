"""What the rules cost this round, in sentences an organiser can pass on."""

from __future__ import annotations

from collections import Counter

import numpy as np

from matching.certify import seats_of
from matching.columns import Columns, Int32
from matching.pool import Pool
from matching.proof.barrier import Barrier
from matching.proof.cardinal import fewest_repeats
from matching.proof.figures import count, seat_pairs
from matching.types import Matching, Policy

ISLANDS = 3  # odd islands that are named


def tier_costs(pool: Pool, policy: Policy, matching: Matching) -> tuple[str, ...]:
    """A sentence for each tier in which the round pays; none when it pays nothing."""
    figures = matching.certificate
    costs = _left_out(matching)
    if not figures.repeats and not figures.same_team:
        return tuple(costs)
    seats = seats_of(pool, matching.groups)
    if figures.repeats:
        costs.append(_repeats(pool.columns, policy, matching, seats))
    if figures.same_team:
        costs += _same_team(pool.columns, matching, seats)
    return tuple(costs)


def _left_out(matching: Matching) -> list[str]:
    reasons = Counter(out.reason for out in matching.left_out)
    return [f"{_people(count)} without a group: {reason}." for reason, count in sorted(reasons.items())]


def _repeats(columns: Columns, policy: Policy, matching: Matching, seats: Int32) -> str:
    """How many meet again, and why where a set of people shows it (`proof/barrier.py`)."""
    figures = matching.certificate
    if figures.repeats != figures.repeats_bound:
        meet = "1 pair meets" if figures.repeats == 1 else f"{figures.repeats} pairs meet"
        return f"{meet} again; {_at_least(figures.repeats_bound)}."
    counted = fewest_repeats(columns, policy.size, seats, count(columns, policy.interests, seats))
    why = _too_few(counted.barrier) if counted.barrier and counted.bound == figures.repeats else ""
    return f"{_pairs(figures.repeats)} must meet again: {why or 'no round for these people has fewer'}."


def _too_few(barrier: Barrier) -> str:
    """The barrier in words: many people with few others between them, or an odd island; nothing when it is neither."""
    singles, between = sum(len(part) == 1 for part in barrier.parts), len(barrier.cut)
    if singles and singles == len(barrier.parts):
        if not between:
            return f"{_people(singles)} {_have(singles)} nobody new left to meet"
        return f"{_people(singles)} have only {between} new {'person' if between == 1 else 'people'} between them"
    if not singles and not between and len(barrier.parts) <= ISLANDS:
        sizes = " and ".join(str(len(part)) for part in barrier.parts)
        return f"{sizes} people have new people only among themselves, and an odd number cannot pair up"
    return ""


def _same_team(columns: Columns, matching: Matching, seats: Int32) -> list[str]:
    """Teams of more people than there are groups; then whatever other rules add. Nothing "must" that is not proven."""
    figures = matching.certificate
    if figures.same_team != figures.same_team_bound:
        return [f"{_pairs(figures.same_team)} of one team; {_at_least(figures.same_team_bound)}."]
    members = np.bincount(columns.team[columns.team >= 0], minlength=len(columns.teams))
    inside = np.zeros(len(members), dtype=np.int64)
    for _, a, b in seat_pairs(seats):
        same = (columns.team[a] == columns.team[b]) & (columns.team[a] >= 0)
        inside += np.bincount(columns.team[a[same]], minlength=len(members))
    large = np.flatnonzero((members > len(seats)) & (inside > 0)).tolist()
    everyone = _people(columns.n)
    costs = [
        f"{_team(columns, team)} has {members[team]} of {everyone}: {_pairs(int(inside[team]))} must stay inside."
        for team in sorted(large, key=lambda team: _team(columns, team))
    ]
    if rest := matching.certificate.same_team - int(inside[large].sum()):
        costs.append(f"{_pairs(rest)} of one team: blocks, languages, times or earlier meetings leave no other way.")
    return costs


def _team(columns: Columns, team: int) -> str:
    """Its name, or its number where the columns came without names."""
    return columns.teams[team] if team < len(columns.teams) else f"team {team}"


def _at_least(bound: int) -> str:
    return f"at least {bound} must" if bound else "nobody has proven that any must"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
