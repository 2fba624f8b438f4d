"""The next round of a schedule that the history turns out to be the beginning of.

Definition: for n people and groups of k the schedule is that of g = ceil(n / k) groups of k; up to k - 1 of its places
stay free, which costs the last round when they are two or more. The first round needs no look: whoever sits together,
some relabelling makes it round 0. Later, `recognise` finds places for everybody in which all earlier rounds happened;
of several such seatings the one whose next round costs least in the tiers, and then scores best, is played. The rounds
come in the order of the schedule, and who takes which place is drawn. Beside shadow draws they come in any order: which
rounds were held is found first (`orders`). While few rounds have been held, the shadows are read as rounds of the same
schedule, so that K + 1 draws are K + 1 of its rounds, whichever of them the lot then makes real. Cost: that of the
seatings; nothing is remembered between rounds but the history and the pairs to keep apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.golf.bank import schedule
from matching.golf.orders import orders
from matching.golf.past import ABSENT, older_rounds, past_rounds, shadow_rounds
from matching.golf.prices import lawful, measure
from matching.golf.recognise import seating
from matching.golf.scores import group_scores
from matching.rng import Lot

EFFORT = 3_000_000  # looks at a person in a round that all tries may cost
FEW = 4  # seatings that may fail when there is no other order
SEATINGS = 24  # tried when they differ in what they cost
LOOSE = 3  # rounds after which there may be many ways to go on: more fix the schedule well enough without shadows


def next_round(columns: Columns, scores: Int64 | None, k: int, quality: float, lot: Lot) -> Int32 | None:
    """Seats for everybody in the round after those of the history; None when it is not the beginning of a schedule.

    `scores` (n, n) decides between seatings when it is given and the quality is above 0.
    """
    rounds = schedule(-(-columns.n // k), k)
    for past, older in _pasts(columns, k):
        if 0 < len(past) + older < len(rounds) and _groups_in(past) <= rounds.shape[1]:
            seats = _continued(columns, past, older, rounds, scores if quality > 0 else None, lot)
            if seats is not None:
                return seats
    return None


def _pasts(columns: Columns, k: int) -> Iterator[tuple[Int64, int]]:
    """The rounds that were held, and how many before; with their shadows first, as long as there are few."""
    held = past_rounds(columns, k)
    if held is None:
        return
    if len(columns.apart) and len(held) <= LOOSE:
        shadows = shadow_rounds(columns, k)
        if shadows is not None:
            yield np.vstack([held, shadows]), 0
    yield held, older_rounds(columns, held)


def _continued(
    columns: Columns, past: Int64, older: int, rounds: Int64, scores: Int64 | None, lot: Lot
) -> Int32 | None:
    """The best round of the schedule, of those that were not held, over some seatings."""
    k = rounds.shape[2]
    empty = _places_left(rounds[-1], rounds[0].size - columns.n)
    ways = [orders(past, rounds, older, free) for free in empty]
    order = [next(way, None) for way in ways]
    choosy, misses = _choosy(columns, scores), 0
    steps = max(2 * columns.n, EFFORT // (columns.n * (len(past) + 1) * (SEATINGS if choosy else FEW)))
    many = older > 0 or len(columns.apart) > 0
    found: list[tuple[tuple[int, ...], Int32]] = []
    for number in range(SEATINGS):
        way = number % len(empty)
        played = order[way]
        chance = lot.stream(f"seat {number}")
        places = None if played is None else seating(past, rounds, played, chance, steps, empty[way])
        if played is not None and places is not None:
            found += _judged(columns, _rounds_left(rounds, played, places, many), scores, k)
        else:
            order[way] = next(ways[way], None) or played
            misses += order[way] == played
        least = min((cost for cost, _ in found), default=None)
        if misses >= FEW or (least and not (choosy and any(least))):
            break
    return min(found, key=lambda one: one[0])[1] if found else None


def _rounds_left(rounds: Int64, played: Sequence[int], places: Int64, many: bool) -> list[Int32]:
    """The next round; or all that are left, where they can differ in what they cost."""
    left = [number for number in range(len(rounds)) if number not in played]
    seats = [_round(rounds[number], places, rounds.shape[2]) for number in (left if many else left[:1])]
    return [one for one in seats if one is not None]


def _judged(columns: Columns, seats: list[Int32], scores: Int64 | None, k: int) -> list[tuple[tuple[int, ...], Int32]]:
    """Lawful rounds behind what they cost, tiers first."""
    return [
        ((*measure(columns, one, k), 0 if scores is None else -group_scores(scores, one)), one)
        for one in seats
        if lawful(columns, one)
    ]


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
