"""The promises a matching keeps, read from the people's side.

Written without looking at `solve` or `certify` and without their arithmetic: it goes through the answer group by group
and computes every figure again, scores as exact fractions. An empty tuple means that all promises are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

from matching.pool import Pool
from matching.types import Groups, Matching, Person, Policy

ROUNDING = Fraction(1, 100_000)  # a pair score is kept to a millionth


def check(pool: Pool, policy: Policy, matching: Matching) -> tuple[str, ...]:
    """Every broken promise in a sentence. Costs O(people + history)."""
    people = {person.id: person for person in pool.people}
    out = [one.id for one in matching.left_out]
    problems = [*_places(people, matching.groups, out, "")]
    for number, shadow in enumerate(matching.shadows, start=1):
        problems += _hard(pool, people, policy, shadow, f"shadow {number}: ")
        problems += _once(people, shadow, f"shadow {number}: ")
    problems += _hard(pool, people, policy, matching.groups, "")
    problems += [f"{one.id} is left out without a reason" for one in matching.left_out if not one.reason]
    if matching.size != policy.size:
        problems.append(f"the matching says size {matching.size}, the policy {policy.size}")
    if not problems:
        problems += _figures(pool, people, policy, matching)
    return tuple(problems)


def _places(people: dict[str, Person], groups: Groups, out: Sequence[str], where: str) -> list[str]:
    """Everyone is in exactly one group or left out once."""
    seen = Counter([one for group in groups for one in group] + list(out))
    problems = [f"{where}{one} appears {count} times" for one, count in sorted(seen.items()) if count > 1]
    problems += [f"{where}{one} is not in the pool" for one in sorted(set(seen) - set(people))]
    return problems + [f"{where}{one} is neither in a group nor left out" for one in sorted(set(people) - set(seen))]


def _once(people: dict[str, Person], groups: Groups, where: str) -> list[str]:
    placed = {one for group in groups for one in group}
    return _places(people, groups, [one for one in people if one not in placed], where)


def _hard(pool: Pool, people: dict[str, Person], policy: Policy, groups: Groups, where: str) -> list[str]:
    """Sizes, blocks, languages and times."""
    blocks = {frozenset(pair) for pair in pool.blocks}
    problems = _sizes(policy, groups, where)
    for group in groups:
        members = [people[one] for one in group if one in people]
        name = f"{where}group {', '.join(group)}"
        for a, b in combinations(group, 2):
            if frozenset((a, b)) in blocks:
                problems.append(f"{name}: {a} and {b} are blocked")
        if not _agree(person.languages for person in members):
            problems.append(f"{name}: no common language")
        if not _agree(person.times for person in members):
            problems.append(f"{name}: no common time")
    return problems


def _sizes(policy: Policy, groups: Groups, where: str) -> list[str]:
    allowed = {2, 3} if policy.size == 2 else {policy.size - 1, policy.size, policy.size + 1}
    problems = [f"{where}group {', '.join(one)} has {len(one)} people" for one in groups if len(one) not in allowed]
    trios = sum(len(group) == 3 for group in groups)
    if policy.size == 2 and trios > 1:
        problems.append(f"{where}{trios} trios, where one is enough")
    return problems


def _agree(choices: Iterable[frozenset[str]]) -> bool:
    """Some word is in every choice that is not empty."""
    given = [{_plain(word) for word in choice} - {""} for choice in choices]
    given = [words for words in given if words]
    return not given or any(all(word in words for words in given) for word in given[0])


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _figures(pool: Pool, people: dict[str, Person], policy: Policy, matching: Matching) -> list[str]:
    """The certificate says what the groups say, and no bound is beaten."""
    said = matching.certificate
    counted = {
        "people": len(people),
        "left_out": len(people) - sum(map(len, matching.groups)),
        **_pair_figures(pool, people, matching.groups),
    }
    problems = [
        f"certificate: {name} is {getattr(said, name)}, counted {value}"
        for name, value in counted.items()
        if getattr(said, name) != value
    ]
    score = sum((_group_score(people, policy, group) for group in matching.groups), Fraction(0))
    if abs(Fraction(said.score) - score) > ROUNDING * max(1, len(people)):
        problems.append(f"certificate: score is {said.score}, counted {float(score)}")
    return problems + _bounds(matching)


def _pair_figures(pool: Pool, people: dict[str, Person], groups: Groups) -> dict[str, int]:
    now = pool.round if pool.round is not None else 1 + max((met.round for met in pool.history), default=0)
    first = min((met.round for met in pool.history), default=now)
    last: dict[frozenset[str], int] = {frozenset(pair): first - 1 for pair in pool.knows}
    for met in pool.history:
        pair = frozenset((met.a, met.b))
        last[pair] = max(met.round, last.get(pair, met.round))
    pairs = [frozenset(pair) for group in groups for pair in combinations(group, 2)]
    ages = [now - last[pair] for pair in pairs if pair in last]
    teams = [{people[one].team for one in pair} for pair in pairs]
    return {
        "repeats": len(ages),
        "repeat_cost": sum(1000 // age for age in ages),
        "same_team": sum(len(team) == 1 and team != {""} for team in teams),
    }


def _group_score(people: dict[str, Person], policy: Policy, group: Sequence[str]) -> Fraction:
    """Every member's mean score with the others, added up."""
    pairs = [_pair_score(people[a], people[b], policy.interests) for a, b in combinations(group, 2)]
    return Fraction(2, len(group) - 1) * sum(pairs)


def _pair_score(a: Person, b: Person, mode: str) -> Fraction:
    likes = [{_plain(word) for word in one.interests} - {""} for one in (a, b)]
    if mode == "jaccard":
        return Fraction(len(likes[0] & likes[1]), len(likes[0] | likes[1]) or 1)
    if mode == "one-in-common":
        return Fraction(int(bool(likes[0] & likes[1])))
    helped = sum(bool({_plain(w) for w in x.asks} & {_plain(w) for w in y.offers} - {""}) for x, y in ((a, b), (b, a)))
    return Fraction(2 * helped + bool(likes[0] & likes[1]), 5)


def _bounds(matching: Matching) -> list[str]:
    """A figure below its bound would make the bound a lie."""
    said = matching.certificate
    tiers = [("left_out", said.left_out, said.left_out_bound), ("repeats", said.repeats, said.repeats_bound)]
    tiers.append(("same_team", said.same_team, said.same_team_bound))
    for name, value, bound in tiers:
        if value < bound:
            return [f"certificate: {name} is {value}, below its bound {bound}"]
        if value > bound:
            return [f"certificate: says optimal, but {name} is {value} and its bound {bound}"] * said.optimal_tiers
    if said.score > said.score_bound + 1e-6:
        return [f"certificate: score {said.score} is above its bound {said.score_bound}"]
    return []
