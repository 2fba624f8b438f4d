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
from matching.words import Fact, fact, facts, message

ISLANDS = 3  # odd islands that are named

WITHOUT_A_GROUP = message("%(people)s without a group: %(reason)s.")
"""The one that tells why people were left out."""


def tier_costs(pool: Pool, policy: Policy, matching: Matching) -> tuple[str, ...]:
    """A sentence for each tier in which the round pays, in English; none when it pays nothing."""
    return tuple(str(one) for one in cost_facts(pool, policy, matching))


def cost_facts(pool: Pool, policy: Policy, matching: Matching) -> tuple[Fact, ...]:
    """The same, each with its parts, so that it can be said in other languages."""
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


def _left_out(matching: Matching) -> list[Fact]:
    reasons = Counter(out.reason for out in matching.left_out)
    return [
        fact(WITHOUT_A_GROUP, people=_people(count), reason=fact(reason)) for reason, count in sorted(reasons.items())
    ]


def _repeats(columns: Columns, policy: Policy, matching: Matching, seats: Int32) -> Fact:
    """How many meet again, and why where a set of people shows it (`proof/barrier.py`)."""
    figures = matching.certificate
    if figures.repeats != figures.repeats_bound:
        return facts(
            "%(count)s pair meets again; %(least)s.",
            "%(count)s pairs meet again; %(least)s.",
            figures.repeats,
            least=_at_least(figures.repeats_bound),
        )
    counted = fewest_repeats(columns, policy.size, seats, count(columns, policy.interests, seats))
    why = _too_few(counted.barrier) if counted.barrier and counted.bound == figures.repeats else None
    return facts(
        "%(count)s pair must meet again: %(why)s.",
        "%(count)s pairs must meet again: %(why)s.",
        figures.repeats,
        why=why or fact("no round for these people has fewer"),
    )


def _too_few(barrier: Barrier) -> Fact | None:
    """The barrier in words: many people with few others between them, or an odd island; None when it is neither."""
    singles, between = sum(len(part) == 1 for part in barrier.parts), len(barrier.cut)
    if singles and singles == len(barrier.parts):
        if not between:
            return facts(
                "%(count)s person has nobody new left to meet", "%(count)s people have nobody new left to meet", singles
            )
        new = facts("%(count)s new person", "%(count)s new people", between)
        return fact("%(people)s have only %(new)s between them", people=_people(singles), new=new)
    if not singles and not between and len(barrier.parts) <= ISLANDS:
        return fact(
            "%(sizes)s people have new people only among themselves, and an odd number cannot pair up",
            sizes=tuple(str(len(part)) for part in barrier.parts),
        )
    return None


def _same_team(columns: Columns, matching: Matching, seats: Int32) -> list[Fact]:
    """Teams of more people than there are groups; then whatever other rules add. Nothing "must" that is not proven."""
    figures = matching.certificate
    if figures.same_team != figures.same_team_bound:
        least = _at_least(figures.same_team_bound)
        return [
            facts(
                "%(count)s pair of one team; %(least)s.",
                "%(count)s pairs of one team; %(least)s.",
                figures.same_team,
                least=least,
            )
        ]
    members = np.bincount(columns.team[columns.team >= 0], minlength=len(columns.teams))
    inside = np.zeros(len(members), dtype=np.int64)
    for _, a, b in seat_pairs(seats):
        same = (columns.team[a] == columns.team[b]) & (columns.team[a] >= 0)
        inside += np.bincount(columns.team[a[same]], minlength=len(members))
    large = np.flatnonzero((members > len(seats)) & (inside > 0)).tolist()
    costs = [
        facts(
            "%(team)s has %(members)s of %(everyone)s: %(count)s pair must stay inside.",
            "%(team)s has %(members)s of %(everyone)s: %(count)s pairs must stay inside.",
            int(inside[team]),
            team=_team(columns, team),
            members=int(members[team]),
            everyone=_people(columns.n),
        )
        for team in sorted(large, key=lambda team: str(_team(columns, team)))
    ]
    if rest := matching.certificate.same_team - int(inside[large].sum()):
        costs.append(
            facts(
                "%(count)s pair of one team: blocks, languages, times or earlier meetings leave no other way.",
                "%(count)s pairs of one team: blocks, languages, times or earlier meetings leave no other way.",
                rest,
            )
        )
    return costs


def _team(columns: Columns, team: int) -> str | Fact:
    """Its name, or its number where the columns came without names."""
    return columns.teams[team] if team < len(columns.teams) else fact("team %(number)s", number=str(team))


def _at_least(bound: int) -> Fact:
    if not bound:
        return fact("nobody has proven that any must")
    return facts("at least %(count)s must", "at least %(count)s must", bound)


def _people(count: int) -> Fact:
    return facts("%(count)s person", "%(count)s people", count)
