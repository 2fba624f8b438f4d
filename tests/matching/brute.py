"""Every round there is, for pools of up to eight people: the judge of the tests.

Plain Python over the contract's words, in which `matching` has no part.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from matching import Person, Policy, Pool

Round = tuple[tuple[Person, ...], ...]
Tiers = tuple[int, int, int, int]


def best_tiers(pool: Pool, policy: Policy) -> Tiers:
    """Left out, repeats, age of repeats, same team, in this order."""
    return min(tiers(pool, groups) for groups in lawful_rounds(pool, policy))


def best_score(pool: Pool, policy: Policy) -> float:
    """The highest score among the rounds with the best tiers and the least costly seats."""
    rounds = [
        (tiers(pool, groups), *seats(pool, groups), -score(policy, groups)) for groups in lawful_rounds(pool, policy)
    ]
    return -min(rounds)[-1]


def lawful_rounds(pool: Pool, policy: Policy) -> Iterator[Round]:
    blocks = {frozenset(pair) for pair in pool.blocks}
    sizes = (2, 3) if policy.size == 2 else (policy.size - 1, policy.size, policy.size + 1)
    for groups in _partitions(list(pool.people), blocks, sizes):
        if policy.size > 2 or sum(len(group) == 3 for group in groups) <= 1:
            yield groups


def _partitions(people: list[Person], blocks: set[frozenset[str]], sizes: tuple[int, ...]) -> Iterator[Round]:
    if not people:
        yield ()
        return
    first, rest = people[0], people[1:]
    yield from _partitions(rest, blocks, sizes)
    for size in sizes:
        for others in combinations(rest, size - 1):
            group = (first, *others)
            if lawful(group, blocks):
                left = [one for one in rest if one not in others]
                for groups in _partitions(left, blocks, sizes):
                    yield (group, *groups)


def lawful(group: tuple[Person, ...], blocks: set[frozenset[str]]) -> bool:
    if any(frozenset((a.id, b.id)) in blocks for a, b in combinations(group, 2)):
        return False
    for choices in ([one.languages for one in group], [one.times for one in group]):
        given = [choice for choice in choices if choice]
        if given and not frozenset.intersection(*given):
            return False
    return True


def tiers(pool: Pool, groups: Round) -> Tiers:
    now = pool.round or max((met.round for met in pool.history), default=0) + 1
    first = min((met.round for met in pool.history), default=now)
    last: dict[frozenset[str], int] = {frozenset(pair): first - 1 for pair in pool.knows}
    for met in sorted(pool.history, key=lambda met: met.round):
        last[frozenset((met.a, met.b))] = met.round
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    ages = [now - last[key] for a, b in pairs if (key := frozenset((a.id, b.id))) in last]
    same = sum(a.team == b.team != "" for a, b in pairs)
    return len(pool.people) - sum(map(len, groups)), len(ages), sum(1000 // age for age in ages), same


def seats(pool: Pool, groups: Round) -> tuple[int, int]:
    """What the seats cost that nobody likes: being left out, then the trio; a wish decides between equals."""
    placed = {one.id for group in groups for one in group}
    out = _steps([one.sat_out for one in pool.people])
    trio = _steps([one.trios for one in pool.people])
    wish = {3: 0, None: 1, 2: 2}
    benched = sum(out[one.sat_out] for one in pool.people if one.id not in placed)
    return benched, sum(8 * trio[one.trios] + wish[one.size] for group in groups if len(group) == 3 for one in group)


def _steps(counts: list[int]) -> dict[int, int]:
    return {count: 4**step for step, count in enumerate(sorted(set(counts)))}


def score(policy: Policy, groups: Round) -> float:
    total = 0.0
    for group in groups:
        for a, b in combinations(group, 2):
            total += 2 * pair_score(policy, a, b) / (len(group) - 1)
    return total


def pair_score(policy: Policy, a: Person, b: Person) -> float:
    if policy.interests == "ask-offer":
        helps = bool(a.asks & b.offers) + bool(b.asks & a.offers)
        return 0.4 * helps + 0.2 * bool(a.interests & b.interests)
    if policy.interests == "one-in-common":
        return float(bool(a.interests & b.interests))
    return len(a.interests & b.interests) / len(a.interests | b.interests) if a.interests | b.interests else 0.0
