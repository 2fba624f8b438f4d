"""Whether dual values cover every pair that may meet: all pairs at once by bits, those in doubt one by one.

People stand in order of their prices y. Then those whom a pair of some score would not be covered with are the first so
many of the order, for each person: a row of leading bits. Together with the rows of bits of who scores how much with
whom (`bits.py`) and who is of one team, that leaves the pairs which weigh more than their two prices if they have
not met. These few are held against everything: meetings, blocks, languages, times, and the prices of odd sets.

Where many pairs are in doubt, because they have met or are blocked, the pairs that have met are held against their
prices as a list instead, and blocked pairs are crossed out. No pair is ever passed over but by these rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Columns, Int64, UInt64, pair_ends
from matching.drawn import Witness
from matching.proof.bits import Scores, first_bits, pair_bits, unpacked
from matching.proof.pairs import Mask, may_meet, met_before, one_team, pair_scores
from matching.rules import UNIT
from matching.types import Interests

ROWS = 1 << 17  # words of bits handled together: they stay in the cache
DOUBTED = 16  # doubts a person up to which all of them are looked at one by one
LISTED = 1 << 18  # pairs looked at together


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """People in order of their prices: `order[i]` is the i-th."""

    columns: Columns
    witness: Witness
    order: Int64
    place: Int64
    y: Int64  # in this order
    first: UInt64


def covers(columns: Columns, mode: Interests, witness: Witness) -> bool:
    """Whether every lawful pair weighs at most its two y and the z of all sets that hold both."""
    y = witness.y[: columns.n]
    order = np.argsort(y, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    ranked = Ranked(columns, witness, order, place, y[order], first_bits(columns.n))
    scores = Scores(columns, mode, place) if witness.score else None
    step = max(1, ROWS // max(ranked.first.shape[1], 1))
    blocks = ((low, min(low + step, columns.n)) for low in range(0, columns.n, step))
    doubts = [(low, _doubtful(ranked, scores, low, high)) for low, high in blocks]
    if sum(int(np.bitwise_count(one).sum()) for _, one in doubts) > DOUBTED * columns.n:
        if not _meetings_hold(columns, mode, witness):
            return False
        for low, rows in doubts:
            _cross_out(ranked, rows, low)
    return all(_rows_hold(ranked, mode, low, rows) for low, rows in doubts)


def highest(witness: Witness) -> int:
    """What the score adds to a weight at most."""
    return 2 * witness.score * -(-UNIT // witness.unit)


def added(witness: Witness, score: Int64) -> Int64:
    """What scores in millionths add to weights, rounded up: still a bound."""
    more: Int64 = 2 * witness.score * -(-score // witness.unit)
    return more


def _doubtful(ranked: Ranked, scores: Scores | None, low: int, high: int) -> UInt64:
    """Of each of these and everybody after them in the order: who would not be covered if they had not met."""
    people = ranked.order[low:high]
    none = np.full((1, 1), ~np.uint64(0)), np.zeros(len(people), dtype=np.int64)
    cross = ~_same_team(ranked, people) if ranked.witness.same else None
    found = np.zeros((len(people), ranked.first.shape[1]), dtype=np.uint64)
    for rows, score in [none, *(scores.of(people) if scores else [])]:
        spare = ranked.witness.base + added(ranked.witness, score) - ranked.y[low:high]
        count = np.searchsorted(ranked.y, spare)
        if not count.any():
            continue
        if cross is None:
            found |= rows & ranked.first[count]
        else:
            inside = np.searchsorted(ranked.y, spare - ranked.witness.same)
            found |= rows & (ranked.first[count] & cross | ranked.first[inside])
    found &= ~ranked.first[low + 1 : high + 1]
    return found


def _same_team(ranked: Ranked, people: Int64) -> UInt64:
    team = ranked.columns.team
    some = np.flatnonzero(team >= 0)
    teams = pair_bits(team[some] + 1, ranked.place[some], int(team.max(initial=-1)) + 2, len(team))
    rows: UInt64 = teams[team[people] + 1]
    return rows


def _cross_out(ranked: Ranked, rows: UInt64, low: int) -> None:
    """Take out pairs that are blocked or have met: the former need no cover, the latter have been looked at."""
    keys = np.concatenate([ranked.columns.met, ranked.columns.blocks])
    ends = ranked.place[np.concatenate(pair_ends(keys, ranked.columns.n))]
    others = np.roll(ends, len(keys))
    inside = (ends >= low) & (ends < low + len(rows))
    rows &= ~pair_bits(ends[inside] - low, others[inside], len(rows), ranked.columns.n)


def _meetings_hold(columns: Columns, mode: Interests, witness: Witness) -> bool:
    """Whether everybody who has met is covered: few of them weigh enough to be looked at again."""
    a, b = pair_ends(columns.met, columns.n)
    slack = witness.y[a] + witness.y[b] - (witness.base - witness.repeat + highest(witness))
    short = np.flatnonzero(slack + witness.age * columns.age.astype(np.int64) < 0)
    return _list_holds(columns, mode, witness, a[short], b[short])


def _rows_hold(ranked: Ranked, mode: Interests, low: int, rows: UInt64) -> bool:
    """The same for the pairs of these bits, not too many at a time."""
    parts = -(-int(np.bitwise_count(rows).sum()) // LISTED)
    for part in np.array_split(np.arange(len(rows)), max(parts, 1)):
        row, other = unpacked(rows[part])
        a, b = ranked.order[part[row] + low], ranked.order[other]
        if not _list_holds(ranked.columns, mode, ranked.witness, a, b):
            return False
    return True


def _list_holds(columns: Columns, mode: Interests, witness: Witness, a: Int64, b: Int64) -> bool:
    """Whether these pairs, if they may meet, are covered."""
    parts = range(0, len(a), LISTED)
    return all(_holds(columns, mode, witness, a[at : at + LISTED], b[at : at + LISTED]) for at in parts)


def _holds(columns: Columns, mode: Interests, witness: Witness, a: Int64, b: Int64) -> bool:
    met, age = met_before(columns, a, b)
    slack = witness.y[a] + witness.y[b] - witness.base + witness.repeat * met + witness.age * age
    slack += witness.same * one_team(columns, a, b)
    short = np.flatnonzero(slack < highest(witness))
    short = short[may_meet(columns, a[short], b[short])]
    a, b, slack = a[short], b[short], slack[short]
    if witness.score:
        slack -= added(witness, pair_scores(columns, mode, a, b))
    held: Mask = slack + covered_by_sets(witness, a, b) >= 0
    return bool(held.all())


def covered_by_sets(witness: Witness, a: Int64, b: Int64) -> Int64:
    """The z of all sets that hold both ends, for each pair."""
    total = np.zeros(len(a), dtype=np.int64)
    if not len(a):
        return total
    for members, value in zip(witness.sets, witness.z.tolist(), strict=True):
        inside = np.zeros(len(witness.y), dtype=bool)
        inside[members] = True
        total[inside[a] & inside[b]] += value
    return total
