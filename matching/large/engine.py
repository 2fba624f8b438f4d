"""Pairs for any number of people, and one trio when that lets one more in: the steps in order.

Works in its own order of people, drawn from the lot, so it does not matter whether the columns were shuffled before:
at a million people, leave that out. Memory: about 300 bytes a person at most; the pairs of the history are not copied.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.columns import Columns, Int32, Int64, UInt64
from matching.drawn import Drawn, Progress
from matching.kernels.lot import below, lot_state
from matching.kernels.pairs import Facts, gather
from matching.kernels.tastes import Tastes, counts, gather_tastes, no_tastes
from matching.large.augment import Search, new_search
from matching.large.candidates import find_wishes
from matching.large.climb import better_thirds, climb
from matching.large.mend import PATHS, dissolve, join, mend, part, relieve
from matching.large.shake import chain
from matching.large.start import ALONE, SEATED, choose_trio, deal_pairs, seat_costs, team_order
from matching.rng import Lot
from matching.temperature import temperature
from matching.types import Interests

MIXING = 20  # steps of the chain for each person,
LARGE, LEAST = 200_000, 5  # and how many from so many people on
STARTS, SMALL, STARTS_SMALL = 1, 60, 16  # further starts when somebody is left out; more for so few people
FULL, PATHS_FULL = 32, 12_000_000  # from so many pairs a person filters are full: a look costs thirty times as much
WISHES, WINDOW = 6, 48  # partners in everybody's list, and people looked at in one bucket for them
TRIES = 40  # chains for each person at most,
OWE = 400_001  # and what one of them may owe on its way: more than this takes twice as long and gains 0.3 %


Enough = Callable[[Int32], bool]


def draw(
    columns: Columns, mode: Interests, quality: float, lot: Lot, tell: Progress, enough: Enough | None = None
) -> Drawn:
    """A round that is optimal in the tiers wherever paths and bounds can decide; then chance or score, by quality.

    With `enough`, somebody else can do better: a first round that is not enough for it is given up, for one without
    groups, and nobody searches long for paths.
    """
    if columns.n < 2:
        return Drawn(np.empty((0, 2), dtype=np.int32), "large")
    state = lot_state(lot.stream("large"))
    order = team_order(columns.team, len(columns.teams), state)
    facts = gather(columns, order)
    tell("arrays", 0.1)
    looks = PATHS if enough is None or len(columns.met) + len(columns.blocks) < FULL * columns.n else PATHS_FULL
    mate, trio = best_tiers(columns, facts, order, looks, state)
    if enough and not enough(to_seats(mate, trio, order)):
        return Drawn(np.empty((0, 2), dtype=np.int32), "large")
    tell("tiers", 0.3)
    interested = quality > 0 and counts(columns, mode)
    tastes = gather_tastes(columns, mode, order) if interested else no_tastes()
    if quality < 1 or not interested:
        mix(columns, facts, tastes, mate, trio, order, quality if interested else 0.0, state)
    else:
        improve(columns, facts, tastes, mate, trio, order, state)
    tell("done", 1.0)
    return Drawn(to_seats(mate, trio, order), "large")


def best_tiers(columns: Columns, facts: Facts, order: Int32, looks: int, state: UInt64) -> tuple[Int32, Int32]:
    """Mates and trio of a first round, mended. When somebody is left out, other starts may do better."""
    best = one_start(columns, facts, order, columns.n % 2 == 1, looks, state)
    fewest = int((best[0] == ALONE).sum())
    for start in range(STARTS_SMALL if columns.n < SMALL else STARTS):
        if fewest == 0:
            break
        found = one_start(columns, facts, order, (start + columns.n) % 2 == 0, looks, state)
        if (found[0] == ALONE).sum() < fewest:
            best, fewest = found, int((found[0] == ALONE).sum())
    return best


def one_start(
    columns: Columns, facts: Facts, order: Int32, seated: bool, looks: int, state: UInt64
) -> tuple[Int32, Int32]:
    """A round dealt and mended, with the trio first, or with nobody `seated` before it is seen who is alone."""
    trio = choose_trio(facts, seat_costs(columns, order)[0], state) if seated else np.full(3, -1, dtype=np.int32)
    mate = deal_pairs(columns.n, trio)
    search = new_search(columns.n, looks)
    mend(facts, mate, search, state)
    if part(facts, mate):
        place_the_rest(facts, mate, trio, seat_costs(columns, order), search, state)
    return mate, trio


def place_the_rest(
    facts: Facts, mate: Int32, trio: Int32, costs: tuple[Int64, Int64], search: Search, state: UInt64
) -> None:
    """As few as can be are left out: a trio is dissolved or made where that lets one more in."""
    seat, bench = costs
    if trio[0] >= 0 and dissolve(facts, mate, trio, search, state):
        mend(facts, mate, search, state)
    if trio[0] < 0 and join(facts, mate, trio, seat, bench, state):
        mend(facts, mate, search, state)
    relieve(facts, mate, bench, state)


def mix(
    columns: Columns,
    facts: Facts,
    tastes: Tastes,
    mate: Int32,
    trio: Int32,
    order: Int32,
    quality: float,
    state: UInt64,
) -> None:
    """Run the chain at this quality."""
    n = columns.n
    special = trio[0] >= 0 or bool((mate == ALONE).any())
    seat, bench = seat_costs(columns, order) if special else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    steps = n * (MIXING if n < LARGE else LEAST)
    chain(facts, tastes, mate, trio, seat, bench, temperature(quality), steps, state)


def shake(columns: Columns, mode: Interests, seats: Int32, quality: float, lot: Lot) -> Int32:
    """Another round from one that is optimal in the tiers, by lot: as good in every tier, and in whom seats fall to.

    Every total stays exactly as it is, forced repeats and pairs of one team included. Rows of two and one of three.
    At quality 0 each round that exchanges can reach is as likely; below 1 they follow `matching.temperature`.
    """
    state = lot_state(lot.stream("shake"))
    order = np.arange(columns.n, dtype=np.int32)
    facts = gather(columns, order)
    mate, trio = from_seats(seats, columns.n)
    interested = quality > 0 and counts(columns, mode)
    tastes = gather_tastes(columns, mode, order) if interested else no_tastes()
    mix(columns, facts, tastes, mate, trio, order, quality if interested else 0.0, state)
    return to_seats(mate, trio, order)


def from_seats(seats: Int32, n: int) -> tuple[Int32, Int32]:
    """Mates and trio of a round given as rows."""
    mate = np.full(n, ALONE, dtype=np.int32)
    trio = np.full(3, -1, dtype=np.int32)
    three = seats[:, 2] >= 0 if seats.shape[1] > 2 else np.zeros(len(seats), dtype=bool)
    for row in seats[three]:
        trio[:] = row[:3]
        mate[trio] = SEATED
    pairs = seats[~three]
    mate[pairs[:, 0]], mate[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    return mate, trio


def improve(
    columns: Columns, facts: Facts, tastes: Tastes, mate: Int32, trio: Int32, order: Int32, state: UInt64
) -> None:
    """Look for the best score that these tiers allow."""
    wishes = find_wishes(facts, tastes, WISHES, WINDOW, state)
    climb(facts, tastes, wishes, mate, OWE, TRIES * columns.n)
    if trio[0] >= 0:
        better_thirds(facts, tastes, mate, trio, seat_costs(columns, order)[0], below(state, columns.n))


def to_seats(mate: Int32, trio: Int32, order: Int32) -> Int32:
    """Groups as rows of the columns' own places, each sorted, rows by their first; -1 where a pair has no third."""
    low = np.flatnonzero(mate > np.arange(len(mate), dtype=np.int32))
    pairs = np.stack([order[low], order[mate[low]]], axis=1)
    pairs.sort(axis=1)
    if trio[0] >= 0:
        pairs = np.concatenate([pairs, np.full((len(pairs), 1), -1, dtype=np.int32)], axis=1)
        pairs = np.concatenate([pairs, np.sort(order[trio]).reshape(1, 3)])
    seats: Int32 = pairs[np.argsort(pairs[:, 0])]
    return seats
