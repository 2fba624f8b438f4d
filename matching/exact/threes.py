"""What a trio weighs, and how much the prices leave it short of what a round with it would need.

A trio weighs 3/2 base, less the tier costs of its three pairs and of its seats, plus the sum of its three scores, while
a pair counts twice its score. In doubled weights, with prices under which every pair fits, a round with trio abc weighs
at most sum(y) + sum(z * (len(set) - 1) / 2) - slack(abc), where

    slack(abc) = y_a + y_b + y_c - 2 * trio + z of every set that holds at least two of them

because such a set has room for one pair fewer next to the trio.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Int64
from matching.exact.halves import FAR, Graph
from matching.exact.inner import inner
from matching.exact.rows import AGE, APART, BASE, NEVER, REPEAT, SAME, UNIT_AT, Facts, Holders, Rates
from matching.exact.state import Forest
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
def sets_with_two(forest: Forest, a: int, b: int, c: int) -> int:
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
    return FAR if weight == NEVER else y[a] + y[b] + y[c] - weight + sets_with_two(forest, a, b, c)


@inner
def triple_key(n: int, a: int, b: int, c: int) -> int:
    low, high = min(a, b, c), max(a, b, c)
    return (low * n + (a + b + c - low - high)) * n + high


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
                    best, gain = triple_key(n, a, b, c), trio - 2 * pair
    return best, gain
