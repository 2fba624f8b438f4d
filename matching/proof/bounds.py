"""All bounds of a round together: each from the cheapest argument that reaches it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.drawn import Witness
from matching.proof.again import again
from matching.proof.assignment import NEVER, score_bound
from matching.proof.cardinal import fewest_inside, fewest_left_out, fewest_repeats
from matching.proof.figures import Figures, Tiers
from matching.proof.joining import least_joining
from matching.proof.matrix import age_rows, lawful_rows, score_rows, team_rows
from matching.proof.pairs import Mask
from matching.proof.topical import topic_bound
from matching.proof.witness import Proof, verify
from matching.rules import UNIT
from matching.types import Policy

SMALL = 150  # people up to whom the score is solved again at once
SCORED = 400  # people up to whom it is where no bound comes close
SOLVED = 2_000  # people up to whom the tiers are solved again where nothing cheaper proves them
CLOSE = 1_000  # within one part of so many of the score no better bound is worth its time
MATRIX = 2_500  # people whose pair scores fit into a matrix
WEIGHTS = ((4, 0), (4, 4), (40, 40))  # how many scores a forced repeat, and one more unit in its age, weigh


@dataclass(frozen=True, slots=True)
class Bounds:
    """No round leaves out fewer; among those none has better tiers; among rounds with the same tiers none scores more.

    `tiers` are repeats, their age and same team: no later one holds unless those before it are reached. `score` is in
    millionths.
    """

    left_out: int
    tiers: Tiers
    score: int
    proven: bool


def bound(
    columns: Columns,
    policy: Policy,
    seats: Int32,
    figures: Figures,
    witnesses: tuple[Witness, ...],
    *,
    quick: bool = False,
) -> Bounds:
    """Costs O(people) where counting suffices; see `certify`. `quick` leaves out what takes a second: nothing is solved
    again, and no score of all pairs is looked at.
    """
    left_out = fewest_left_out(columns, policy.size, seats, figures).bound
    fewest = left_out == figures.left_out
    proofs = _proofs(columns, policy, seats, figures, witnesses)
    tiers = counted = _counted(columns, policy, seats, figures)
    if fewest and policy.size == 2:
        tiers = max([tiers, *(_tiers_by(proof, figures) for proof in proofs)])
        tiers = tiers if quick else _solved_tiers(columns, policy, figures, tiers)
    proven = fewest and tiers == figures.tiers
    if tiers[:2] != figures.tiers[:2]:  # the best round trades same team for repeats: this one need not
        tiers = (*tiers[:2], counted[2])
    score = _quick_score(columns, policy, figures) if quick else _score(columns, policy, figures, proofs, proven)
    return Bounds(left_out, tiers, max(figures.score, score), proven)


def _quick_score(columns: Columns, policy: Policy, figures: Figures) -> int:
    if not len(columns.interests.words) and not len(columns.asks.words):
        return 0
    return min((figures.people - figures.left_out) * UNIT, topic_bound(columns, policy.interests, figures))


def _score(columns: Columns, policy: Policy, figures: Figures, proofs: list[Proof], proven: bool) -> int:
    """From what is at hand to what costs more, until it is close."""
    least = (figures.people - figures.left_out) * UNIT
    for proof in proofs:
        least = min(least, proof.most_score(figures, least))
    if proven and columns.n <= SMALL:
        least = _solved_score(columns, policy, figures, least)
    if figures.score + figures.score // CLOSE < least:
        least = min(least, _own_score_bound(columns, policy, figures, least))
    if figures.score + figures.score // CLOSE < least and proven and columns.n > SMALL:
        least = _solved_score(columns, policy, figures, least)
    return least


def _proofs(
    columns: Columns, policy: Policy, seats: Int32, figures: Figures, witnesses: tuple[Witness, ...]
) -> list[Proof]:
    if policy.size > 2:
        return []
    trio = seats[(seats >= 0).sum(axis=1) == 3][0].astype(np.int64) if figures.trio else None
    proofs = [verify(columns, policy.interests, witness, figures.trio, trio) for witness in witnesses]
    return [proof for proof in proofs if proof is not None]


def _counted(columns: Columns, policy: Policy, seats: Int32, figures: Figures) -> Tiers:
    """Bounds on the tiers by counting and barriers, each among rounds that reach the tiers before."""
    repeats = fewest_repeats(columns, policy.size, seats, figures).bound
    oldest = repeats * int(columns.age.min(initial=1000))
    inside = fewest_inside(columns, policy.size, seats, figures).bound
    return repeats, oldest, inside


def _tiers_by(proof: Proof, figures: Figures) -> Tiers:
    """What the least cost says about each tier, those before it being reached.

    When the round costs no more than any can, its tiers are best if the weights keep the order of aims among the rounds
    that could be better: with one repeat less and all else at its worst, or one unit of age less.
    """
    least, pairs = proof.least_cost(figures), figures.groups + 2 * figures.trio
    witness = proof.witness
    spare, worst = witness.same * pairs, witness.repeat + 1000 * witness.age
    repeats = max(0, -(-(least - spare) // worst)) if worst else 0
    if repeats < figures.repeats:
        return repeats, 0, 0
    rest = least - witness.repeat * figures.repeats
    age = max(0, -(-(rest - spare) // witness.age)) if witness.age else 0
    if age < figures.repeat_cost:
        return figures.repeats, age, 0
    rest -= witness.age * figures.repeat_cost
    same = max(0, -(-rest // witness.same)) if witness.same else 0
    return figures.repeats, figures.repeat_cost, min(same, figures.same_team)


def _solved_tiers(columns: Columns, policy: Policy, figures: Figures, tiers: Tiers) -> Tiers:
    """Rounds of pairs once more from the start, where nothing cheaper proves that the tiers are best."""
    if tiers == figures.tiers or columns.n > SOLVED or not figures.groups:
        return tiers
    best = again(columns, policy.interests, figures, scored=False)
    return max(tiers, best.tiers)


def _solved_score(columns: Columns, policy: Policy, figures: Figures, least: int) -> int:
    """The same with the score, for rounds that are best in the tiers."""
    if policy.size > 2 or columns.n > SCORED:
        return least
    best = again(columns, policy.interests, figures, scored=True)
    return min(least, best.score) if best.tiers == figures.tiers else least


def _own_score_bound(columns: Columns, policy: Policy, figures: Figures, least: int) -> int:
    """Prices of people, from a matrix where it fits, from topics where it does not."""
    if not len(columns.interests.words) and not len(columns.asks.words):
        return 0
    if columns.n > MATRIX:
        return min(least, topic_bound(columns, policy.interests, figures))
    lawful = lawful_rows(columns, 0, columns.n)
    met, age = age_rows(columns, 0, columns.n)
    same = team_rows(columns, 0, columns.n)
    if not figures.repeats:
        lawful &= ~met
    if not figures.same_team:
        lawful &= ~same
    worth = np.where(lawful, 2 * score_rows(columns, policy.interests, 0, columns.n), NEVER)
    placed = figures.people - figures.left_out
    if not figures.repeats and not figures.same_team:
        return score_bound(worth, placed)
    worths = (met, age, same)
    return min(_penalised(columns, worth, worths, figures, rates) for rates in WEIGHTS)


def _penalised(
    columns: Columns, worth: Int64, costs: tuple[Int64 | Mask, ...], figures: Figures, rates: tuple[int, int]
) -> int:
    """Lagrange: pairs pay for what they cost, and the round gets back what it must pay anyway.

    The three pairs of a trio count by half, and so does what they pay: at least three quarters of what joining costs.
    """
    each = (rates[0] * UNIT, rates[1] * UNIT // 1000, 2 * UNIT)
    paid = sum(rate * cost for rate, cost in zip(each, costs, strict=True))
    back = sum(rate * tier for rate, tier in zip(each, figures.tiers, strict=True))
    if figures.trio:
        price = least_joining(columns, each)
        back -= 3 * int(price[price >= 0].min()) // 4 if (price >= 0).any() else 0
    return score_bound(np.where(worth > NEVER, worth - paid, NEVER), figures.people - figures.left_out) + back
