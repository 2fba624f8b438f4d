"""From the start to a round that is as good in the tiers as can be: trades, then paths, then who is left out.

The order of aims decides what a path may use: to free somebody who has nobody, any lawful pair; to avoid a repeat,
pairs of one team, too; and so on down. What no path mends here is either forced (everyone's choices rule it out) or
needs both directions around an odd cycle. Cost: O(n), and a scan of n for each stubborn pair.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int32, Int64, UInt64
from matching.kernels.leaf import leaf, whole
from matching.kernels.lot import below, shuffle
from matching.kernels.pairs import BAR, Facts, pair_cost, trio_cost
from matching.large.augment import Search, find_mate
from matching.large.repair import repair
from matching.large.start import ALONE, SEATED

LOOKS = 200  # trades tried before a path is searched
PATHS = 150_000_000  # pairs looked at for paths, all told: about a second
ROUNDS = 4


def mend(facts: Facts, mate: Int32, search: Search, state: UInt64) -> None:
    """Mend `mate` in place until nothing is at fault or nothing helps."""
    for _ in range(ROUNDS):
        bad = repair(facts, mate, LOOKS, state)
        if not len(bad) or reroute(facts, mate, bad, search, state) == 0:
            break


@leaf
def reroute(facts: Facts, mate: Int32, bad: Int32, search: Search, state: UInt64) -> int:
    """Free each pair at fault and look for paths; how many were mended."""
    mended = 0
    for a in bad:
        b = mate[a]
        if b < 0 or search.left[0] <= 0:
            continue
        cost = pair_cost(facts, a, b)
        if cost == 0:
            continue
        mate[a] = mate[b] = ALONE
        helped = find_mate(facts, mate, a, b, cost, search, state)
        if mate[b] == ALONE and find_mate(facts, mate, b, b, cost, search, state):
            helped = True
        if not helped:
            mate[a], mate[b] = b, a
        mended += int(helped)
    return mended


@leaf
def part(facts: Facts, mate: Int32) -> int:
    """Undo every pair that may not meet; how many people are alone now."""
    alone = 0
    for a in range(len(mate)):
        if mate[a] > a and pair_cost(facts, a, mate[a]) >= BAR:
            mate[mate[a]] = ALONE
            mate[a] = ALONE
            alone += 2
        elif mate[a] == ALONE:
            alone += 1
    return alone


@leaf
def dissolve(facts: Facts, mate: Int32, trio: Int32, search: Search, state: UInt64) -> bool:
    """Let one of the trio find a mate among those who are alone; whether that worked."""
    for turn in range(3):
        one, a, b = trio[turn], trio[(turn + 1) % 3], trio[(turn + 2) % 3]
        if pair_cost(facts, a, b) >= BAR:
            continue
        mate[a], mate[b], mate[one] = b, a, ALONE
        if find_mate(facts, mate, one, one, BAR, search, state):
            trio[:] = -1
            return True
        mate[a] = mate[b] = mate[one] = SEATED
    return False


def join(facts: Facts, mate: Int32, trio: Int32, seat: Int64, bench: Int64, state: UInt64) -> bool:
    """Let somebody who is alone join the pair where that costs least: tiers, whom it leaves out, seats, lot."""
    free = np.flatnonzero(mate == ALONE).astype(np.int32)
    shuffle(state, free)
    return seek_pair(facts, mate, trio, free, seat, bench, state)


@leaf
def seek_pair(facts: Facts, mate: Int32, trio: Int32, free: Int32, seat: Int64, bench: Int64, state: UInt64) -> bool:
    """`join` over those of `free`, each compared with every pair."""
    best, best_bench, best_seat = whole(BAR), whole(0), whole(0)
    third, offset = -1, below(state, len(mate))
    for one in free:
        for step in range(len(mate)):
            a = (step + offset) % len(mate)
            if mate[a] < a:
                continue
            cost = trio_cost(facts, one, a, mate[a]) - pair_cost(facts, a, mate[a])
            seats = seat[one] + seat[a] + seat[mate[a]]
            if cost > best or cost >= BAR // 2:
                continue
            if cost < best or bench[one] > best_bench or (bench[one] == best_bench and seats < best_seat):
                best, best_bench, best_seat = cost, bench[one], seats
                third = one
                trio[0], trio[1], trio[2] = one, a, mate[a]
    if third >= 0:
        mate[trio[0]] = mate[trio[1]] = mate[trio[2]] = SEATED
    return third >= 0


def relieve(facts: Facts, mate: Int32, bench: Int64, state: UInt64) -> None:
    """Who is alone takes the place of whoever was left out less often, where that costs nothing in the tiers."""
    take_turns(facts, mate, np.flatnonzero(mate == ALONE), bench, state)


@leaf
def take_turns(facts: Facts, mate: Int32, free: Int64, bench: Int64, state: UInt64) -> None:
    """`relieve` for those of `free`, each compared with everybody."""
    offset = below(state, len(mate))
    for one in free:
        found = one
        for step in range(len(mate)):
            a = (step + offset) % len(mate)
            if mate[a] < 0 or bench[a] >= bench[found]:
                continue
            if pair_cost(facts, one, mate[a]) <= pair_cost(facts, a, mate[a]):
                found = a
        if found != one:
            mate[one], mate[mate[found]] = mate[found], one
            mate[found] = ALONE
