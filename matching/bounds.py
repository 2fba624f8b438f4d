"""Bounds that cost little, and hold for every round.

- left out: the deficiency of the graph of everyone who may meet (Tutte-Berge, by one matching), less the one person
  whom a trio lets in; above `DENSE` people only those whom nobody may meet are counted.
- same team: people of one team in g groups cost least when spread evenly: with q, r = divmod(m, g), r groups hold q + 1
  of them and g - r hold q. For pairs that is max(0, m - g).
- score: nobody's mean can exceed the score with their best partner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import comb

import numpy as np
import rustworkx as rx

from matching.facts import Mask, gather, score_matrix
from matching.pool import Pool
from matching.recompute import trio_helps
from matching.rules import HELP, SHARED, UNIT, topics
from matching.types import Person, Policy

DENSE = 2_500


def fewest_left_out(pool: Pool, policy: Policy, left_out: int) -> int:
    """A bound on how many have no group. `left_out` is what a round achieved: nothing is computed when that is 0."""
    if left_out == 0:
        return 0
    sizes = _unplaceable(len(pool.people), policy.size)
    if len(pool.people) > DENSE:
        return sizes
    facts = gather(pool)
    lonely = int((~facts.allowed.any(axis=1)).sum())
    if policy.size > 2 or left_out == lonely:
        return max(sizes, lonely)
    missed = len(facts.people) - 2 * _most_pairs(facts.allowed)
    if left_out == missed and missed > 0 and not trio_helps(facts, (len(facts.people) - missed) // 2):
        return missed
    return max(0, missed - 1)


def _unplaceable(n: int, size: int) -> int:
    """How many must stay out because of numbers alone."""
    if size == 2:
        return int(n == 1)
    return next(out for out in range(n + 1) if _divides(n - out, size))


def _divides(n: int, size: int) -> bool:
    """Whether n people split into groups of size - 1 to size + 1."""
    groups = -(-n // (size + 1))
    return n == 0 or groups * (size - 1) <= n


def _most_pairs(allowed: Mask, skip: Iterable[int] = ()) -> int:
    free = allowed.copy()
    free[list(skip), :] = free[:, list(skip)] = False
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(free)))
    graph.add_edges_from_no_data(list(zip(*(ends.tolist() for ends in np.nonzero(np.triu(free))), strict=True)))
    return len(rx.max_weight_matching(graph, max_cardinality=True, verify_optimum=True))


def fewest_same_team(pool: Pool, policy: Policy, left_out: int) -> int:
    """A bound on pairs of one team, when this many are left out."""
    n = len(pool.people) - left_out
    groups = n // (policy.size - 1) if policy.size > 2 else n // 2
    if not groups:
        return 0
    teams = Counter(person.team for person in pool.people if person.team).values()
    if left_out:
        return max((_spread(max(0, members - left_out), groups) for members in teams), default=0)
    return sum(_spread(members, groups) for members in teams)


def _spread(members: int, groups: int) -> int:
    each, more = divmod(members, groups)
    return more * comb(each + 1, 2) + (groups - more) * comb(each, 2)


def best_partners(pool: Pool, policy: Policy, tiers: tuple[int, int, int]) -> int:
    """A bound on the score of every round that is as good in the tiers: everyone with their own best partner.

    When the round has no repeats, partners who met do not count; when it has no same-team pairs, nor do colleagues.
    """
    if len(pool.people) > DENSE:
        return _best_topics(pool.people, policy)
    if len(pool.people) < 2 or not any(person.interests | person.asks for person in pool.people):
        return 0
    facts = gather(pool)
    partners = facts.allowed & ~(facts.met & (tiers[0] == 0)) & ~(facts.same & (tiers[2] == 0))
    return int(np.where(partners, score_matrix(facts.people, policy.interests), 0).max(axis=1).sum())


def _best_topics(people: Iterable[Person], policy: Policy) -> int:
    """The same without a matrix: what somebody's topics could score with anyone, whatever the rules."""
    asked = Counter(word for person in people for word in topics(person.asks))
    offered = Counter(word for person in people for word in topics(person.offers))
    liked = Counter(word for person in people for word in topics(person.interests))
    total = 0
    for person in people:
        shares = any(liked[word] > 1 for word in topics(person.interests))
        helped = any(offered[word] for word in topics(person.asks)) + any(asked[word] for word in topics(person.offers))
        total += HELP * helped + SHARED * shares if policy.interests == "ask-offer" else UNIT * shares
    return total
