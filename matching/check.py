"""The promises a matching keeps, read from the people's side.

Written without looking at `solve` or `certify` and without their arithmetic: it takes the answer apart group by group
and counts every figure again. An empty tuple means that all promises are kept. A million people take some seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns, Int64, Lists, UInt64
from matching.pool import Pool
from matching.types import Groups, Matching, Policy

ROUNDING = 1e-5  # for each person: a pair score is kept to a millionth
ENOUGH = 1_000  # problems of one sort that are named
Mask = NDArray[np.bool_]


def check(pool: Pool, policy: Policy, matching: Matching) -> tuple[str, ...]:
    """Every broken promise in a sentence. Costs O(people log history)."""
    columns = pool.columns
    place = {str(one): number for number, one in enumerate(columns.ids)}
    out = [one.id for one in matching.left_out]
    real = Seated.of(place, matching.groups)
    problems = _places(columns, place, matching.groups, out)
    for number, groups in enumerate(matching.shadows, start=1):
        shadow, where = Seated.of(place, groups), f"shadow {number}: "
        problems += [where + text for text in _hard(columns, policy, shadow)]
        problems += [where + text for text in _places(columns, place, groups, None)]
    problems += _hard(columns, policy, real, fixed=sum(len(group) == 3 for group in matching.locked))
    problems += [f"locked group {', '.join(one)} was changed" for one in _changed(matching)]
    problems += [f"{one.id} is left out without a reason" for one in matching.left_out if not one.reason]
    if matching.size != policy.size:
        problems.append(f"the matching says size {matching.size}, the policy {policy.size}")
    if not problems:
        problems += _figures(columns, policy, real, matching)
    return tuple(problems)


@dataclass(frozen=True, slots=True, eq=False)
class Seated:
    """Groups as one long column of members, -1 for strangers: those of group g are members[start[g] : start[g + 1]]."""

    groups: Groups
    members: Int64
    start: Int64

    @classmethod
    def of(cls, place: dict[str, int], groups: Groups) -> Seated:
        members = np.fromiter((place.get(one, -1) for one in chain.from_iterable(groups)), dtype=np.int64)
        start = np.zeros(len(groups) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, groups), dtype=np.int64, count=len(groups)), out=start[1:])
        return cls(groups, members, start)

    @property
    def sizes(self) -> Int64:
        return np.diff(self.start)

    def name(self, group: int) -> str:
        return f"group {', '.join(self.groups[group])}"

    def pairs(self) -> Iterator[tuple[Int64, Int64, Int64]]:
        """Group, member and member of every two known people who sit together, size by size."""
        for size in np.unique(self.sizes).tolist():
            rows = np.flatnonzero(self.sizes == size)
            for left, right in combinations(range(size), 2):
                a, b = self.members[self.start[rows] + left], self.members[self.start[rows] + right]
                known = (a >= 0) & (b >= 0) & (a != b)
                yield rows[known], a[known], b[known]


def _places(columns: Columns, place: dict[str, int], groups: Groups, out: Sequence[str] | None) -> list[str]:
    """Everyone is in exactly one group or left out once; where nobody is said to be left out, at most once."""
    named = list(chain(chain.from_iterable(groups), out or ()))
    found = np.fromiter((place.get(one, -1) for one in named), dtype=np.int64, count=len(named))
    strangers: dict[str, int] = {}
    for number in np.flatnonzero(found < 0).tolist():
        strangers[named[number]] = strangers.get(named[number], 0) + 1
    counts = np.bincount(found[found >= 0], minlength=columns.n)
    often = {str(columns.ids[one]): int(counts[one]) for one in np.flatnonzero(counts > 1)[:ENOUGH].tolist()}
    often |= {one: count for one, count in strangers.items() if count > 1}
    problems = [f"{one} appears {count} times" for one, count in sorted(often.items())]
    problems += [f"{one} is not in the pool" for one in sorted(strangers)]
    missing = np.flatnonzero(counts == 0)[:ENOUGH].tolist() if out is not None else []
    return problems + [f"{columns.ids[one]} is neither in a group nor left out" for one in missing]


def _hard(columns: Columns, policy: Policy, seated: Seated, fixed: int = 0) -> list[str]:
    """Sizes, blocks, languages and times."""
    found: list[tuple[int, int, str]] = []
    for rows, a, b in seated.pairs():
        barred = np.flatnonzero(_among(columns.blocks, a, b, columns.n)[0])[:ENOUGH]
        found += [(int(rows[one]), 0, _named(columns, int(a[one]), int(b[one]))) for one in barred.tolist()]
    for number, (bits, what) in enumerate(((columns.languages, "language"), (columns.times, "time")), start=1):
        apart = np.flatnonzero(~_agree(bits, seated))[:ENOUGH]
        found += [(group, number, f"no common {what}") for group in apart.tolist()]
    return _sizes(policy, seated, fixed) + [f"{seated.name(group)}: {text}" for group, _, text in sorted(found)]


def _sizes(policy: Policy, seated: Seated, fixed: int) -> list[str]:
    """Group sizes; one trio is enough beside those that were fixed by hand."""
    allowed = (2, 3) if policy.size == 2 else (policy.size - 1, policy.size, policy.size + 1)
    wrong = np.flatnonzero(~np.isin(seated.sizes, allowed))[:ENOUGH].tolist()
    problems = [f"{seated.name(group)} has {len(seated.groups[group])} people" for group in wrong]
    trios = int((seated.sizes == 3).sum())
    if policy.size == 2 and trios > 1 + fixed:
        problems.append(f"{trios} trios, where one is enough")
    return problems


def _changed(matching: Matching) -> list[tuple[str, ...]]:
    groups = {frozenset(group) for group in matching.groups}
    return [group for group in matching.locked if frozenset(group) not in groups]


def _named(columns: Columns, a: int, b: int) -> str:
    return f"{columns.ids[a]} and {columns.ids[b]} are blocked"


def _agree(bits: UInt64, seated: Seated) -> Mask:
    """Whether some bit is set for all known members of each group."""
    agree: Mask = seated.sizes == 0
    taken = np.where((seated.members >= 0)[:, None], bits[seated.members], ~np.uint64(0))
    full = np.flatnonzero(~agree)
    if len(full):
        agree[full] = (np.bitwise_and.reduceat(taken, seated.start[full], axis=0) != 0).any(axis=1)
    return agree


def _among(keys: Int64, a: Int64, b: Int64, n: int) -> tuple[Mask, Int64]:
    """Which of these pairs stand among the keys, and where."""
    wanted = np.where(a < b, a * n + b, b * n + a)
    at = np.searchsorted(keys, wanted)
    there = at < len(keys)
    there[there] = keys[at[there]] == wanted[there]
    return there, at


def _figures(columns: Columns, policy: Policy, seated: Seated, matching: Matching) -> list[str]:
    """The certificate says what the groups say, and no bound is beaten."""
    said = matching.certificate
    counted = {
        "people": columns.n,
        "left_out": columns.n - len(seated.members),
        **_pair_figures(columns, seated),
    }
    problems = [
        f"certificate: {name} is {getattr(said, name)}, counted {value}"
        for name, value in counted.items()
        if getattr(said, name) != value
    ]
    score = _score(columns, policy, seated)
    if abs(said.score - score) > ROUNDING * max(1, columns.n):
        problems.append(f"certificate: score is {said.score}, counted {round(score, 6)}")
    return problems + _bounds(matching)


def _pair_figures(columns: Columns, seated: Seated) -> dict[str, int]:
    repeats = cost = same = 0
    for _, a, b in seated.pairs():
        again, at = _among(columns.met, a, b, columns.n)
        repeats += int(again.sum())
        cost += int(columns.age[at[again]].sum(dtype=np.int64))
        same += int(((columns.team[a] == columns.team[b]) & (columns.team[a] >= 0)).sum())
    return {"repeats": repeats, "repeat_cost": cost, "same_team": same}


def _score(columns: Columns, policy: Policy, seated: Seated) -> float:
    """Every member's mean score with the others, added up."""
    total = 0.0
    for rows, a, b in seated.pairs():
        total += float((2 * _pair_scores(columns, policy, a, b) / (seated.sizes[rows] - 1)).sum())
    return total


def _pair_scores(columns: Columns, policy: Policy, a: Int64, b: Int64) -> NDArray[np.float64]:
    likes = columns.interests
    shared = _in_common(columns, likes, a, likes, b)
    if policy.interests == "jaccard":
        length = np.diff(likes.start)
        scores: NDArray[np.float64] = shared / np.maximum(length[a] + length[b] - shared, 1)
        return scores
    if policy.interests == "one-in-common":
        return (shared > 0).astype(np.float64)
    helped = (_in_common(columns, columns.asks, x, columns.offers, y) > 0 for x, y in ((a, b), (b, a)))
    return (2.0 * sum(one.astype(np.int64) for one in helped) + (shared > 0)) / 5


def _in_common(columns: Columns, left: Lists, a: Int64, right: Lists, b: Int64) -> Int64:
    """How many topics the left list of the one has in common with the right list of the other, for each pair."""
    mine, yours = _topics(left, a, columns.topics), _topics(right, b, columns.topics)
    at = np.searchsorted(yours, mine)
    hit = at < len(yours)
    hit[hit] = yours[at[hit]] == mine[hit]
    return np.bincount(mine[hit] // max(columns.topics, 1), minlength=len(a))


def _topics(lists: Lists, places: Int64, topics: int) -> Int64:
    """The topics of these people, numbered on from pair to pair."""
    chosen = lists.take(places)
    numbers: Int64 = np.repeat(np.arange(len(places)) * topics, np.diff(chosen.start)) + chosen.words
    return numbers


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
