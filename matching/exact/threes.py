"""Which three could be the trio: all triples whose prices leave less slack than a gap.

A trio weighs 3/2 base, less the tier costs of its three pairs and of its seats, plus the sum of its three scores, while
a pair counts twice its score. In doubled weights, with prices under which every pair fits, a round with trio abc weighs
at most sum(y) + sum(z * (len(set) - 1) / 2) - slack(abc), where

    slack(abc) = y_a + y_b + y_c - 2 * trio + z of every set that holds at least two of them

because such a set has room for one pair fewer next to the trio. So when the best round known weighs `gap` less than the
prices allow, only triples with slack < gap can do better. With h = y_a + y_b - 2 * pair + 2 * tier cost,
slack(abc) >= (h_ab + h_ac + h_bc) / 2. Least values of h, for pairs inside, across and outside a team of more than
half of all people, say how far above the least all three may be together; the two lower ones are below half of that,
and triples are found as neighbours of a common member. Costs O(n^2) for the pairs, and O(1) for each two near pairs
at one person.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int64
from matching.exact.blossom import link_both_ways
from matching.exact.halves import FAR, Graph
from matching.exact.inner import inner
from matching.exact.rows import AGE, APART, BASE, NEVER, REPEAT, SAME, UNIT_AT, Facts, Holders, Rates, fill_scores
from matching.exact.rows import may_meet as share_choices
from matching.exact.state import Forest
from matching.jit import jit
from matching.kernels.leaf import leaf
from matching.rules import UNIT


@leaf
def among(g: Graph, a: int, b: int) -> int:
    """Where b stands among the neighbours of a, or -1."""
    found = -1
    for at in range(g.start[a], g.start[a + 1]):
        if g.head[at] == b:
            found = at
    return found


@leaf
def blocked(f: Facts, a: int, b: int) -> bool:
    return among(f.blocks, a, b) >= 0


@leaf
def tier_cost(f: Facts, r: Rates, a: int, b: int) -> int:
    """What the tiers of a pair cost at these rates; FAR when a block forbids it."""
    if among(f.blocks, a, b) >= 0:
        return FAR
    cost = int(r.rates[SAME]) if f.team[a] == f.team[b] and f.team[a] >= 0 else 0
    met = among(f.met, a, b)
    if met >= 0:
        cost += r.rates[REPEAT] + r.rates[AGE] * (f.met.twice[met] >> 1)
    if among(f.apart, a, b) >= 0:
        cost += r.rates[APART]
    return cost


@inner
def _shared(mine: Holders, a: int, theirs: Holders, b: int) -> int:
    """How many topics two sorted lists have in common."""
    at, to = mine.start[a], theirs.start[b]
    found = 0
    while at < mine.start[a + 1] and to < theirs.start[b + 1]:
        if mine.words[at] == theirs.words[to]:
            found += 1
        if mine.words[at] <= theirs.words[to]:
            at += 1
        else:
            to += 1
    return found


@leaf
def twice_score(f: Facts, r: Rates, a: int, b: int) -> int:
    """Twice the score of a pair, in units of the mode."""
    if r.rates[UNIT_AT] == 0:
        return 0
    likes = _shared(f.likes, a, f.likes, b)
    if f.jaccard:
        together = f.likes.start[a + 1] - f.likes.start[a] + f.likes.start[b + 1] - f.likes.start[b] - likes
        return 2 * ((2 * UNIT * likes + together) // (2 * together)) if likes > 0 else 0
    flags = 4 if likes > 0 else 0
    if f.table[1] > 0:
        flags += (1 if _shared(f.asks, a, f.offers, b) > 0 else 0) + (2 if _shared(f.offers, a, f.asks, b) > 0 else 0)
    return int(f.table[flags])


@inner
def _share_all(f: Facts, a: int, b: int, c: int) -> bool:
    """Whether three people share one language and one time."""
    language, time = np.uint64(0), np.uint64(0)
    for word in range(f.languages.shape[1]):
        language |= f.languages[a, word] & f.languages[b, word] & f.languages[c, word]
    for word in range(f.times.shape[1]):
        time |= f.times[a, word] & f.times[b, word] & f.times[c, word]
    return bool(language != 0) and bool(time != 0)


@leaf
def twice_trio(f: Facts, r: Rates, seat: Int64, a: int, b: int, c: int) -> int:
    """Twice what a trio weighs; NEVER when a rule forbids it."""
    if not _share_all(f, a, b, c):
        return NEVER
    ab, ac, bc = tier_cost(f, r, a, b), tier_cost(f, r, a, c), tier_cost(f, r, b, c)
    if max(ab, ac, bc) == FAR:
        return NEVER
    costs = ab + ac + bc + seat[a] + seat[b] + seat[c]
    scores = twice_score(f, r, a, b) + twice_score(f, r, a, c) + twice_score(f, r, b, c)
    return int(3 * r.rates[BASE] - 2 * costs + scores + 2 * (r.bonus[a] + r.bonus[b] + r.bonus[c]))


@inner
def _second_time(forest: Forest, one: int) -> int:
    """Count one more member in every set around somebody; the prices of the sets that had exactly one before."""
    total = 0
    node = forest.up[one]
    while node >= 0:
        if forest.mark[node] == 1:
            total += forest.z[node]
        forest.mark[node] += 1
        node = forest.up[node]
    return total


@inner
def _uncount(forest: Forest, one: int) -> None:
    node = forest.up[one]
    while node >= 0 and forest.mark[node] > 0:
        forest.mark[node] = 0
        node = forest.up[node]


@inner
def _sets_with_two(forest: Forest, a: int, b: int, c: int) -> int:
    """The prices of all odd sets that hold at least two of three."""
    total = _second_time(forest, a) + _second_time(forest, b) + _second_time(forest, c)
    _uncount(forest, a)
    _uncount(forest, b)
    _uncount(forest, c)
    return total


@inner
def trio_slack(f: Facts, r: Rates, seat: Int64, y: Int64, forest: Forest, a: int, b: int, c: int) -> int:
    """By how much the prices of three people exceed what they weigh as a trio (see above)."""
    weight = twice_trio(f, r, seat, a, b, c)
    return FAR if weight == NEVER else y[a] + y[b] + y[c] - weight + _sets_with_two(forest, a, b, c)


@inner
def _row_of_h(f: Facts, r: Rates, y: Int64, a: int, flags: Int64, row: Int64) -> None:
    """H of a with everybody after a, less what a language or a time forbids: y_a + y_b - 2 * pair + 2 * tier cost."""
    fill_scores(f, a, a + 1, flags, row)
    if r.rates[UNIT_AT] == 0:
        row[:] = 0
    own = y[a] - 2 * r.rates[BASE] - 2 * r.bonus[a]
    team = f.team[a] if f.team[a] >= 0 else -2
    for b in range(a + 1, len(y)):
        row[b] = own + y[b] - 2 * (row[b] + r.bonus[b]) + (4 * r.rates[SAME] if f.team[b] == team else 0)
    for at in range(f.met.start[a], f.met.start[a + 1]):
        row[f.met.head[at]] += 4 * (r.rates[REPEAT] + r.rates[AGE] * (f.met.twice[at] >> 1))
    for at in range(f.apart.start[a], f.apart.start[a + 1]):
        row[f.apart.head[at]] += 4 * r.rates[APART]
    for at in range(f.blocks.start[a], f.blocks.start[a + 1]):
        row[f.blocks.head[at]] = FAR


@jit
def least_h(f: Facts, r: Rates, y: Int64, large: int) -> Int64:
    """The least h of pairs of which 0, 1, 2 are in team `large`."""
    n = len(y)
    least = np.full(3, FAR >> 3, dtype=np.int64)
    row, flags = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for a in range(n):
        _row_of_h(f, r, y, a, flags, row)
        own = 1 if f.team[a] == large else 0
        for b in range(a + 1, n):
            kind = own + (1 if f.team[b] == large else 0)
            if row[b] < least[kind] and share_choices(f, a, b):
                least[kind] = row[b]
    return least


@jit
def near_pairs(
    f: Facts, r: Rates, y: Int64, large: int, least: Int64, limit: int, most: int
) -> tuple[Int64, Int64, Int64, bool]:
    """Pairs whose h is less than `limit` above the least of their kind, and by how much; whether all had room."""
    n = len(y)
    a_, b_, h_ = np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
    row, flags = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    count = 0
    for a in range(n):
        _row_of_h(f, r, y, a, flags, row)
        own = 1 if f.team[a] == large else 0
        for b in range(a + 1, n):
            more = row[b] - least[own + (1 if f.team[b] == large else 0)]
            if more < limit and share_choices(f, a, b):
                if count == most:
                    return a_, b_, h_, False
                a_[count], b_[count], h_[count] = a, b, more
                count += 1
    return a_[:count], b_[:count], h_[:count], True


@leaf
def near_triples(
    f: Facts,
    r: Rates,
    seat: Int64,
    y: Int64,
    forest: Forest,
    g: Graph,
    spare: Int64,
    large: int,
    gap: int,
    keys: Int64,
    slacks: Int64,
) -> tuple[int, bool]:
    """Triples with slack < gap around the pairs in g (`twice` is twice their excess, in order), into keys and slacks.

    `spare[k]` is what the excesses of a triple with k members of team `large` must stay below. Some triples come more
    than once. Returns how many, and whether there was room, in results and in steps, for all.
    """
    most = len(keys)
    count, steps, widest = 0, 0, spare[0]
    for k in range(1, len(spare)):  # in a leaf, numba may fail to compile .max()
        widest = max(widest, spare[k])
    for a in range(len(y)):
        for at in range(g.start[a], g.start[a + 1]):
            if steps > 20 * most + 1_000_000 or count == most:
                return count, False
            for to in range(at + 1, g.start[a + 1]):
                excess = (g.twice[at] + g.twice[to]) >> 1
                if excess >= widest:
                    break
                steps += 1
                b, c = int(g.head[at]), int(g.head[to])
                if excess >= spare[_members(f, large, a, b, c)] or count == most:
                    continue
                weight = twice_trio(f, r, seat, a, b, c)
                slack = y[a] + y[b] + y[c] - weight
                if weight == NEVER or slack >= gap:  # prices of sets only add to it
                    continue
                slack += _sets_with_two(forest, a, b, c)
                if slack < gap:
                    keys[count] = _triple_key(len(y), a, b, c)
                    slacks[count] = slack
                    count += 1
    return count, count < most


@inner
def _members(f: Facts, team: int, a: int, b: int, c: int) -> int:
    return (1 if f.team[a] == team else 0) + (1 if f.team[b] == team else 0) + (1 if f.team[c] == team else 0)


@inner
def _triple_key(n: int, a: int, b: int, c: int) -> int:
    low, high = min(a, b, c), max(a, b, c)
    return (low * n + (a + b + c - low - high)) * n + high


def hopeful_triples(
    f: Facts, r: Rates, seat: Int64, y: Int64, forest: Forest, gap: int, most: int, large: int
) -> tuple[Int64, Int64, bool]:
    """All triples with slack < gap, least slack first: keys, slacks; False when there were too many to list.

    An excess is h less the least h of pairs of that kind. Three excesses stay below 2 gap less the least h of the
    kinds in the triple, so two of them stay below half of that.
    """
    with_seats = y + 2 * seat  # a seat in the trio counts at both pairs of its member
    least = least_h(f, r, with_seats, large)
    none, one, both = least.tolist()
    spare = np.array([3 * none, none + 2 * one, 2 * one + both, 3 * both], dtype=np.int64)
    spare = 2 * gap - spare
    nothing = np.zeros(0, dtype=np.int64)
    if spare.max() <= 0:
        return nothing, nothing, True
    limit = (int(spare.max()) + 1) // 2
    a, b, excess, all_pairs = near_pairs(f, r, with_seats, large, least, limit, 10 * most + 1_000_000)
    order = np.argsort(excess, kind="stable")
    g = link_both_ways(len(y), a[order], b[order], excess[order])
    keys, slacks = np.zeros((2, most), dtype=np.int64)
    count, all_triples = near_triples(f, r, seat, y, forest, g, spare, large, gap, keys, slacks)
    keys, first = np.unique(keys[:count], return_index=True)
    slacks = slacks[first]
    order = np.argsort(slacks, kind="stable")
    return keys[order], slacks[order], all_pairs and all_triples


def triple_of(n: int, key: int) -> tuple[int, int, int]:
    return key // n // n, key // n % n, key % n


@leaf
def _slacks_of(f: Facts, r: Rates, seat: Int64, y: Int64, forest: Forest, keys: Int64, slacks: Int64) -> None:
    n = len(y)
    for at in range(len(keys)):
        key = keys[at]
        slacks[at] = trio_slack(f, r, seat, y, forest, key // n // n, key // n % n, key % n)


def slacks_of(f: Facts, r: Rates, seat: Int64, y: Int64, forest: Forest, keys: Int64) -> Int64:
    """The slack of each triple under other prices."""
    slacks = np.zeros(len(keys), dtype=np.int64)
    _slacks_of(f, r, seat, y, forest, keys, slacks)
    return slacks


@leaf
def best_join(f: Facts, r: Rates, seat: Int64, mate: Int64) -> tuple[int, int]:
    """The key of the trio that somebody free joining a pair makes best, and twice what that gains; -1 if none can."""
    n = len(mate)
    best, gain = -1, NEVER
    for c in range(n):
        if mate[c] >= 0:
            continue
        for a in range(n):
            b = int(mate[a])
            if b <= a:
                continue
            trio = twice_trio(f, r, seat, a, b, c)
            if trio != NEVER:
                pair = r.rates[BASE] - tier_cost(f, r, a, b) + twice_score(f, r, a, b) + r.bonus[a] + r.bonus[b]
                if trio - 2 * pair > gain:
                    best, gain = _triple_key(n, a, b, c), trio - 2 * pair
    return best, gain
