"""Which engine draws: by the size of the groups and of the community, and by what has been proven so far."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.drawn import Drawn, Progress, Witness
from matching.proof.cardinal import fewest_left_out
from matching.proof.figures import count
from matching.proof.spread import fewest_same_team
from matching.rng import Lot
from matching.shadows import pairs_of, tiers
from matching.types import Policy

SMALL = 200
EXACT = 5_000
HANDED = (
    10_000  # people up to whom the exact engine takes over where the one for large rounds may have missed something
)
TINY, REDRAWS = 8, 24  # people for whom every history is looked at, and how often a round is drawn again
PLANNED = 2_500  # people for whom the last rounds are planned
UNSHUFFLED = 20_000  # from here on the engine's own shuffling has to do: renumbering costs memory and time


def draw_round(columns: Columns, policy: Policy, lot: Lot, tell: Progress) -> Drawn:
    """One round of these people: optimal in the tiers wherever it can be proven, then by score and chance.

    Engines break ties by place, so places are dealt by lot first.
    """
    if columns.n < 2:
        return Drawn(np.empty((0, 2), dtype=np.int32), "none")
    if not _has_topics(columns):
        policy = replace(policy, quality=0.0)  # nothing to score: a lottery
    if columns.n >= UNSHUFFLED and policy.size == 2:
        return _pairs(columns, policy, lot, tell)
    order = lot.stream("order").order(columns.n)
    shuffled = columns.take(order)
    drawn = draw_with("golf", shuffled, policy, lot, tell) if policy.size > 2 else _pairs(shuffled, policy, lot, tell)
    return _back(drawn, order)


def _has_topics(columns: Columns) -> bool:
    return bool(len(columns.interests.words) or (len(columns.asks.words) and len(columns.offers.words)))


def draw_with(engine: str, columns: Columns, policy: Policy, lot: Lot, tell: Progress) -> Drawn:
    """One draw by the engine of this name, which is loaded only now."""
    module = import_module(f"matching.{engine}.engine")
    size = {"size": policy.size} if engine == "golf" else {}
    drawn: Drawn = module.draw(columns, policy.interests, policy.quality, lot.stream(engine), tell, **size)
    return drawn


def _pairs(columns: Columns, policy: Policy, lot: Lot, tell: Progress) -> Drawn:
    if columns.n <= SMALL:
        drawn = draw_with("small", columns, policy, lot, tell)
    elif columns.n <= EXACT and policy.quality == 1:
        drawn = draw_with("exact", columns, policy, lot, tell)
    elif EXACT < columns.n <= HANDED:
        drawn = _handed_over(columns, policy, lot, tell)
    else:
        drawn = draw_with("large", columns, policy, lot, tell)
        if columns.n <= EXACT and not _surely_best(columns, drawn.seats):
            drawn = _shaken(columns, policy, draw_with("exact", columns, policy, lot, tell), lot)
    if columns.n <= TINY:
        drawn = _unhurried(columns, policy, drawn, lot, tell)  # which knows nothing of teams
    return _planned(columns, policy, drawn, lot) if columns.n <= PLANNED else drawn


def _handed_over(columns: Columns, policy: Policy, lot: Lot, tell: Progress) -> Drawn:
    """The large engine as far as its tiers are surely best: seconds at most, or else what the exact one finds.

    Odd cycles, forced repeats and their age are what alternating paths overlook: among 6,000 people of whom three may
    meet nobody, they left out five. The exact engine needs 2 to 30 s there.
    """

    def enough(seats: Int32) -> bool:
        return _surely_best(columns, seats) or _must_be_out(columns, seats)

    draw = import_module("matching.large.engine").draw
    drawn: Drawn = draw(columns, policy.interests, policy.quality, lot.stream("large"), tell, enough)
    if len(drawn.seats):
        return drawn
    drawn = draw_with("exact", columns, policy, lot, tell)
    return drawn if policy.quality == 1 else _shaken(columns, policy, drawn, lot)


def _must_be_out(columns: Columns, seats: Int32) -> bool:
    """Whether somebody is left out in every round, as many as here, and nothing else costs more than it must."""
    out, repeats, _, same = tiers(columns, seats)
    if not out or repeats or same > fewest_same_team(columns, 2, out):
        return False
    return fewest_left_out(columns, 2, seats, count(columns, "ask-offer", seats)).bound == out


def _surely_best(columns: Columns, seats: Int32) -> bool:
    """Whether counting alone shows that no round has better tiers: nobody out, nobody again, teams spread evenly."""
    members = np.bincount(columns.team[columns.team >= 0], minlength=1)
    each, more = np.divmod(members, columns.n // 2)
    spread = more * (each + 1) * each // 2 + (columns.n // 2 - more) * each * (each - 1) // 2
    return tiers(columns, seats) == (0, 0, 0, int(spread.sum()))


def _shaken(columns: Columns, policy: Policy, drawn: Drawn, lot: Lot) -> Drawn:
    """The same tiers, and chance as far as quality leaves room for it."""
    shake = import_module("matching.large.engine").shake
    seats = shake(columns, policy.interests, drawn.seats, policy.quality, lot.stream("shake"))
    return replace(drawn, seats=seats)


def _planned(columns: Columns, policy: Policy, drawn: Drawn, lot: Lot) -> Drawn:
    """The same round, unless it would cost a later one."""
    from matching.horizon import secure

    def score(seats: Int32) -> int:
        return count(columns, policy.interests, seats).score

    lottery = policy.quality == 0
    seats = secure(columns, drawn.seats, lot.stream("ahead"), None if lottery else score, uneven=lottery)
    return drawn if seats is drawn.seats else replace(drawn, seats=seats)


def _unhurried(columns: Columns, policy: Policy, drawn: Drawn, lot: Lot, tell: Progress) -> Drawn:
    """Among so few, all histories can be looked at: draw again when a draw wastes a later round."""
    from matching.horizon import rounds_left

    hoped = rounds_left(columns).at_least - 1
    found = drawn
    for again in range(REDRAWS if hoped > 0 else 0):
        if rounds_left(_played(columns, found.seats)).at_least >= hoped:
            return found
        found = draw_with("small", columns, policy, lot.stream(f"again {again}"), tell)
    return drawn


def _played(columns: Columns, seats: Int32) -> Columns:
    """The same people after this round."""
    keys = np.setdiff1d(pairs_of(seats, columns.n), columns.met)
    met = np.concatenate([columns.met, keys])
    order = np.argsort(met)
    age = np.concatenate([columns.age, np.full(len(keys), 1000, dtype=np.int32)])
    return replace(columns, met=met[order], age=age[order])


def _back(drawn: Drawn, order: Int64) -> Drawn:
    """From drawn places to places in order of id, dual values included."""
    seats = np.append(order, -1)[drawn.seats].astype(np.int32)
    return Drawn(seats, drawn.engine, tuple(_witness_back(one, order) for one in drawn.witnesses))


def _witness_back(witness: Witness, order: Int64) -> Witness:
    y = witness.y.copy()
    y[order] = witness.y[: len(order)]
    longer = np.append(order, len(order))  # the phantom stays last
    return replace(witness, y=y, sets=tuple(np.sort(longer[one]).astype(np.int32) for one in witness.sets))
