"""The next round of a schedule that the history turns out to be the beginning of.

Definition: for n people and groups of k the schedule is that of g = ceil(n / k) groups of k; up to k - 1 of its places
stay free, which costs the last round when they are two or more. The first round needs no look: whoever sits together,
some relabelling makes it round 0. Later, `recognise` finds places for everybody in which all earlier rounds happened;
of several such seatings the one whose next round costs least in the tiers, and then scores best, is played. So the
order of the rounds is fixed, and who takes which place is drawn. Cost: that of the seatings; nothing is remembered
between rounds but the history.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.golf.bank import schedule
from matching.golf.past import ABSENT, past_rounds
from matching.golf.prices import lawful, measure
from matching.golf.recognise import seating
from matching.golf.scores import group_scores
from matching.rng import Lot

EFFORT = 3_000_000  # looks at a person in a round that all tries may cost
FEW = 4  # seatings tried when they do not
SEATINGS = 24  # tried when they differ in what they cost


def next_round(columns: Columns, scores: Int64 | None, k: int, quality: float, lot: Lot) -> Int32 | None:
    """Seats for everybody in the round after those of the history; None when it is not the beginning of a schedule.

    `scores` (n, n) decides between seatings when it is given and the quality is above 0.
    """
    g = -(-columns.n // k)
    rounds = schedule(g, k)
    past = past_rounds(columns, k)
    if past is None or not 0 < len(past) < len(rounds) or _groups_in(past) > g:
        return None
    empty = _places_left(rounds[-1], g * k - columns.n)
    choosy = _choosy(columns, scores)
    tries = SEATINGS if choosy else FEW
    steps = max(2 * columns.n, EFFORT // (columns.n * (len(past) + 1) * tries))
    found: list[tuple[tuple[int, ...], Int32]] = []
    for number in range(tries):
        places = seating(
            past, rounds, range(len(past)), lot.stream(f"seat {number}"), steps, empty[number % len(empty)]
        )
        seats = None if places is None else _round(rounds[len(past)], places, k)
        if seats is not None and lawful(columns, seats):
            praise = 0 if scores is None or quality <= 0 else group_scores(scores, seats)
            found.append(((*measure(columns, seats, k), -praise), seats))
        if (found and not choosy) or (not found and number + 1 >= FEW):
            break
    return min(found, key=lambda one: one[0])[1] if found else None


def _groups_in(past: Int64) -> int:
    """The most groups of one round."""
    return max(len(np.unique(row[row != ABSENT])) for row in past)


def _choosy(columns: Columns, scores: Int64 | None) -> bool:
    """Whether seatings differ in anything but chance."""
    rules = len(columns.blocks) or len(columns.apart) or (columns.team >= 0).any()
    choices = any((bits != bits[0]).any() for bits in (columns.languages, columns.times))
    return bool(rules or choices or scores is not None)


def _places_left(last: Int64, count: int) -> tuple[tuple[int, ...], ...]:
    """Which places stay free: together in one group of the last round only. Or any, when somebody came or went."""
    return (tuple(last[0, :count].tolist()), ()) if count else ((),)


def _round(groups: Int64, places: Int64, k: int) -> Int32 | None:
    """The round of the schedule in terms of people; None when a group falls below k - 1."""
    person = np.full(groups.size, -1, dtype=np.int32)
    person[places] = np.arange(len(places), dtype=np.int32)
    seats = np.full((len(groups), k + 1), -1, dtype=np.int32)
    seats[:, :k] = -np.sort(-person[groups], axis=1)
    return seats if ((seats >= 0).sum(axis=1) >= k - 1).all() else None
