"""The best score from a round that is optimal in the tiers, by exchanges that cost nothing in them.

First by levels: whoever has less than the level and finds somebody of that level in their list, who has less, too, is
matched with them, and the two left behind with each other. Then chains (Lin and Kernighan: An effective heuristic
algorithm for the traveling-salesman problem, 1973, for matchings): part a pair, match one half by its list, go on with
the half that is left behind, and close the ring with the other half where the sum is best. People whose neighbourhood
has not changed are not tried again. New pairs cost nothing, save for the last of a ring, which may cost what the first
has cost: so no tier gets worse. Cost: O(n K) for each level, and about O(n K depth) for the chains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.columns import Int32, Int64
from matching.kernels.leaf import leaf, whole
from matching.kernels.pairs import Facts, pair_cost, trio_cost
from matching.kernels.tastes import Tastes, pair_score
from matching.large.candidates import Wishes
from matching.large.shake import beside, take_places
from matching.rules import UNIT

LEVELS = 10
DEPTH = 24
BREADTH = 2  # ways to go on from the first step
SLACK = 1  # what a chain may owe on its way: nothing, but it may walk along plateaus
THIRDS = 20_000  # people who are tried in each seat of the trio


class Climber(NamedTuple):
    """Where the climb stands."""

    mate: Int32
    now: Int32  # the score of everybody's pair
    queue: Int32  # ring of people to try
    waiting: NDArray[np.uint8]  # whether somebody is in the queue
    path: Int64  # two rows of DEPTH + 1: the ends that were matched anew, and with whom


def climb(facts: Facts, tastes: Tastes, wishes: Wishes, mate: Int32, owe: int, tries: int) -> None:
    """Improve `mate` in place; at most `tries` chains, each never `owe` or more in debt on its way."""
    n = len(mate)
    climber = Climber(
        mate,
        np.zeros(n, dtype=np.int32),
        np.arange(n, dtype=np.int32),
        np.ones(n, dtype=np.uint8),
        np.zeros((2, DEPTH + 1), dtype=np.int64),
    )
    score_pairs(tastes, climber)
    for level in range(LEVELS, 0, -1):
        match_level(facts, tastes, wishes, climber, level * UNIT // LEVELS)
    run_chains(facts, tastes, wishes, climber, owe, tries)


@leaf
def score_pairs(tastes: Tastes, climber: Climber) -> None:
    """Fill in what everybody's pair scores."""
    for a in range(len(climber.mate)):
        if climber.mate[a] > a:
            climber.now[a] = climber.now[climber.mate[a]] = pair_score(tastes, a, climber.mate[a])


@leaf
def match_level(facts: Facts, tastes: Tastes, wishes: Wishes, climber: Climber, level: int) -> None:
    """Match people of this level with each other where both have less."""
    mate, now = climber.mate, climber.now
    for a in range(len(mate)):
        if now[a] >= level or mate[a] < 0:
            continue
        for turn in range(wishes.who.shape[1]):
            b, score = whole(wishes.who[a, turn]), whole(wishes.score[a, turn])
            if score < level:
                break
            if now[b] >= level or mate[b] < 0:
                continue
            p, q = whole(mate[a]), whole(mate[b])
            cost = pair_cost(facts, p, q)
            if cost != 0 and cost > pair_cost(facts, a, p) + pair_cost(facts, b, q):
                continue
            rest = pair_score(tastes, p, q)
            if score + rest <= now[a] + now[b]:
                continue
            mate[a], mate[b], now[a], now[b] = b, a, score, score
            mate[p], mate[q], now[p], now[q] = q, p, rest, rest
            break


@leaf
def run_chains(facts: Facts, tastes: Tastes, wishes: Wishes, climber: Climber, owe: int, tries: int) -> None:
    """Try a chain from everybody in the queue; whoever's pair changes goes to its end."""
    queue, waiting, mate, n = climber.queue, climber.waiting, climber.mate, len(climber.mate)
    first, count = 0, n
    while count > 0 and tries > 0:
        tries -= 1
        a = whole(queue[first])
        first, count = (first + 1 if first + 1 < n else 0), count - 1
        waiting[a] = 0
        if mate[a] < 0:
            continue
        b = whole(mate[a])
        length = find_chain(facts, tastes, wishes, climber, a, b, owe)
        if length < 0:
            continue
        close(tastes, climber, b, length)
        for turn in range(length + 1):
            for row in range(2):
                one = climber.path[row, turn]
                for other in (one, whole(mate[one])):
                    if not waiting[other]:
                        waiting[other] = 1
                        queue[first + count if first + count < n else first + count - n] = other
                        count += 1


@leaf
def find_chain(facts: Facts, tastes: Tastes, wishes: Wishes, climber: Climber, a: int, b: int, owe: int) -> int:
    """A chain that gains, from parting a and b, into `path`; the number of its last step, or -1."""
    path, mate, now = climber.path, climber.mate, climber.now
    debt = pair_cost(facts, a, b)
    for turn in range(wishes.who.shape[1]):
        c = whole(wishes.who[a, turn])
        if wishes.score[a, turn] <= now[a] - SLACK or c < 0:
            break
        gain = whole(wishes.score[a, turn]) - now[a] - now[c]
        if gain <= -owe or mate[c] < 0 or c == b:
            continue
        path[0, 0], path[1, 0] = a, c
        tried = 0
        for _ in range(BREADTH):
            second = next_step(wishes, climber, whole(mate[c]), b, gain, 0, tried, owe)
            found = follow(facts, tastes, wishes, climber, b, gain, second, debt, owe)
            if found >= 0:
                return found
            if second < 0:
                break
            tried |= 1 << second
    return -1


@leaf
def follow(
    facts: Facts,
    tastes: Tastes,
    wishes: Wishes,
    climber: Climber,
    b: int,
    gain: int,
    at: int,
    debt: int,
    owe: int,
) -> int:
    """Go on from the first step of a path, next by number `at` of the list; the step after which the ring gains most.

    -1 when it never does.
    """
    path, mate = climber.path, climber.mate
    best, found, step = whole(0), -1, 0
    while True:
        end = whole(mate[path[1, step]])
        last = pair_score(tastes, end, b)
        if gain + last > best and pair_cost(facts, end, b) <= debt:
            best, found = gain + last, step
        if step + 1 >= DEPTH or at < 0:
            return found
        c = whole(wishes.who[end, at])
        gain += whole(wishes.score[end, at]) - climber.now[c]
        step += 1
        path[0, step], path[1, step] = end, c
        at = next_step(wishes, climber, whole(mate[c]), b, gain, step, 0, owe)


@leaf
def next_step(wishes: Wishes, climber: Climber, end: int, b: int, gain: int, step: int, tried: int, owe: int) -> int:
    """Which of the list of `end` to take next: the most gained, none of whose pair is on the path; -1 for none.

    `tried` has the bits of those not to take again.
    """
    best, chosen = whole(-owe), -1
    for turn in range(wishes.who.shape[1]):
        c = whole(wishes.who[end, turn])
        if c < 0 or gain + wishes.score[end, turn] <= max(best, -SLACK):
            break
        d = whole(climber.mate[c])
        worth = gain + wishes.score[end, turn] - climber.now[c]
        if worth <= best or d < 0 or b in (c, d) or d == end or (tried >> turn) & 1:
            continue
        used = False
        for earlier in range(step + 1):
            e, f = climber.path[0, earlier], climber.path[1, earlier]
            used = used or e in (c, d) or f in (c, d)
        if not used:
            best, chosen = worth, turn
    return chosen


@leaf
def close(tastes: Tastes, climber: Climber, b: int, length: int) -> None:
    """Make the pairs of the path, and match the half left behind by its last step with b."""
    path, mate, now = climber.path, climber.mate, climber.now
    end = whole(mate[path[1, length]])
    for turn in range(length + 1):
        one, two = path[0, turn], path[1, turn]
        mate[one], mate[two] = two, one
        now[one] = now[two] = pair_score(tastes, one, two)
    mate[end], mate[b] = b, end
    now[end] = now[b] = pair_score(tastes, end, b)


@leaf
def better_thirds(facts: Facts, tastes: Tastes, mate: Int32, trio: Int32, seat: Int64, first: int) -> None:
    """Each seat of the trio goes to somebody with as many past trios for whom the score gains most."""
    n = len(mate)
    for turn in range(3):
        best, found = whole(0), -1
        one = whole(trio[turn])
        p, q = beside(trio, one)
        for step in range(min(n, THIRDS)):
            a = (first + step) % n
            if mate[a] < 0 or seat[a] != seat[one]:
                continue
            gain = pair_score(tastes, a, p) + pair_score(tastes, a, q)
            gain -= pair_score(tastes, one, p) + pair_score(tastes, one, q)
            gain += 2 * (pair_score(tastes, one, mate[a]) - pair_score(tastes, a, mate[a]))
            if gain <= best:
                continue
            change = trio_cost(facts, a, p, q) - trio_cost(facts, one, p, q)
            if change + pair_cost(facts, one, mate[a]) - pair_cost(facts, a, mate[a]) == 0:
                best, found = gain, a
        if found >= 0:
            take_places(mate, trio, one, found)
