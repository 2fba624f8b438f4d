"""How many rounds are left before anyone must meet again.

Rounds as the order of aims draws them: as many people as possible, no repeat, across teams as far as that goes. The
answer is a bound from both sides: `at_least` rounds are proven by a plan that was found or by a theorem that holds
for every size, `at_most` by counting (`count.py`) or because all histories were tried. `likely` is what theory says
where nothing was proven: regular graphs of degree >= n / 2 split into rounds (Csaba et al. 2016, for large n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Columns, Int64
from matching.horizon.count import at_most_by_degrees, at_most_of_island, certain
from matching.horizon.fresh import Bools, across_matrix, degrees, edges_of, fresh_matrix, islands, lawful_matrix
from matching.horizon.perfect import heaviest_perfect, perfect
from matching.horizon.pieces import LARGE, MOST, UNEVEN, reach
from matching.horizon.search import TINY, longest
from matching.horizon.split import split
from matching.rng import Lot

PLAN_PAIRS = 6_000  # fresh pairs among which all the rounds left are planned
PLAN_SOME = 8  # rounds that are planned among more, so that "at least" says something
TRIES = 6  # people who are tried as the third of a trio
EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class RoundsLeft:
    """Bounds on the rounds without a repeat, and the sentence that says so."""

    at_least: int
    at_most: int
    likely: int
    words: str


@dataclass(frozen=True, slots=True)
class _Span:
    low: int
    likely: int
    high: int


NOBODY = _Span(0, 0, EVER)


def rounds_left(columns: Columns, shadows: int = 0, left_out: int | None = None) -> RoundsLeft:
    """The rounds left for exactly these people, when nobody comes or goes.

    With `shadows`, each round uses up `shadows` + 1 disjoint draws. `left_out` is the number that a certificate has
    proven; only asked for above 1,000 people, where everything is counted in O(n log n + met). Below, 5 to 100 ms,
    and up to 0.4 s when a large community is past its first half.
    """
    span = _dense(columns) if columns.n <= MOST else _counted(columns, left_out)
    if span.high == EVER:
        return RoundsLeft(0, 0, 0, "nobody may meet anybody")
    low, likely, high = (number // (shadows + 1) for number in (span.low, span.likely, span.high))
    low, likely, high = int(low), int(likely), int(high)  # of numpy's, some of them
    return RoundsLeft(low, high, likely, _words(low, likely, high))


def _words(low: int, likely: int, high: int) -> str:
    if high == 0:
        return "no round is left: someone must meet again"
    if low == high:
        return f"{_rounds(high)} left before anyone must meet again"
    if likely == high:
        return f"{_rounds(high)} left before anyone must meet again, by theory ({low} for certain)"
    if low == 0:
        return f"at most {_rounds(high)} left before anyone must meet again"
    return f"between {low} and {high} rounds are left before anyone must meet again"


def _rounds(count: int) -> str:
    return "1 round is" if count == 1 else f"{count} rounds are"


def _counted(columns: Columns, left_out: int | None) -> _Span:
    found = degrees(columns)
    placed = found.lawful > 0
    high = at_most_by_degrees(columns, found, left_out)
    if not placed.any():
        return NOBODY
    if not found.exact:
        return _Span(0, 0, high)
    people, few = int(placed.sum()), int(found.fresh[placed].min())
    low = min(high, certain(people, few))
    even = people % 2 == 0 and few == found.fresh.max() and 2 * few >= people and not _teams_matter(columns)
    return _Span(low, few if even else low, high)


def _teams_matter(columns: Columns) -> bool:
    """Whether some pairs are colleagues and others are not."""
    return bool((columns.team >= 0).any() and (columns.team != columns.team[0]).any())


def _dense(columns: Columns) -> _Span:
    lawful = lawful_matrix(columns)
    fresh = fresh_matrix(columns, lawful)
    across = across_matrix(columns, fresh)
    parts = [part for part in islands(lawful) if len(part) > 1]
    odd = sum(len(part) % 2 for part in parts)
    spans = [_island(lawful[here], fresh[here], across[here], odd) for here in (np.ix_(p, p) for p in parts)]
    span = _shortest(spans) if spans else NOBODY
    if columns.n <= TINY and span.low < span.high < EVER:
        found = longest(lawful, fresh, across, span.high)
        return span if found is None else _Span(found, found, found)
    return span


def _shortest(spans: list[_Span]) -> _Span:
    return _Span(*(min(getattr(one, name) for one in spans) for name in ("low", "likely", "high")))


def _island(lawful: Bools, fresh: Bools, across: Bools, odd: int) -> _Span:
    """One connected part of who may meet at all; `odd` parts want the only trio."""
    high = at_most_of_island(lawful, fresh, alone=odd == 1)
    if not high:
        return _Span(0, 0, 0)
    if len(fresh) % 2:
        low = _odd(fresh, across) if odd == 1 else 0
        return _Span(low, low, high)
    span = _shortest([_fresh_part(fresh[here], across[here]) for here in (np.ix_(p, p) for p in islands(fresh))])
    return _Span(min(span.low, high), min(span.likely, high), min(span.high, high))


def _odd(fresh: Bools, across: Bools) -> int:
    low = certain(len(fresh), int(fresh.sum(axis=1).min()))
    if len(fresh) > UNEVEN or (fresh != across).any():
        return low
    return max(low, *(_with_trio(fresh.copy(), Lot(number)) for number in range(2)))


def _with_trio(fresh: Bools, lot: Lot) -> int:
    """Rounds with a trio that were found one after the other; the third is someone with many fresh partners."""
    for rounds in range(len(fresh)):
        many = np.lexsort((lot.order(len(fresh)), -fresh.sum(axis=1)))[:TRIES]
        round_ = next((found for third in many.tolist() if (found := _trio_round(fresh, third, lot)) is not None), None)
        if round_ is None:
            return rounds
        fresh[round_[:, 0], round_[:, 1]] = fresh[round_[:, 1], round_[:, 0]] = False
    return len(fresh)


def _trio_round(fresh: Bools, third: int, lot: Lot) -> Int64 | None:
    """The pairs of a round in which this person joins a pair of two fresh partners."""
    others = np.delete(np.arange(len(fresh)), third)
    pairs = others[edges_of(fresh[np.ix_(others, others)])]
    found = perfect(np.searchsorted(others, pairs), len(others), lot)
    if found is None:
        return None
    welcome = np.flatnonzero(fresh[third][pairs[found]].all(axis=1))
    if not len(welcome):
        return None
    host = pairs[found[welcome[lot.below(len(welcome))]]]
    return np.concatenate([pairs[found], np.stack([host, np.full(2, third)], axis=1)])


def _fresh_part(fresh: Bools, across: Bools) -> _Span:
    """One connected part of the first meetings that are left: rounds across teams first, then inside."""
    if len(fresh) % 2:
        return _Span(0, 0, 0)
    degree = across.sum(axis=1)
    inside = fresh & ~across
    if not inside.any() or not across.any():
        return _alike(fresh)
    if degree.min() < degree.max():
        low = _drawn(fresh, across) if len(fresh) <= UNEVEN else _next(fresh)
        return _Span(low, low, EVER)
    first = _shortest([_alike(across[here]) for here in (np.ix_(p, p) for p in islands(across))])
    then = _shortest([_alike(inside[here]) for here in (np.ix_(p, p) for p in islands(inside))])
    if first.low < degree.min():
        return _Span(first.low, first.likely + then.likely * (first.likely == degree.min()), EVER)
    return _Span(first.low + then.low, first.low + then.likely, first.low + then.high)


def _next(graph: Bools) -> int:
    """Rounds that are certain whatever is chosen; or the next one, when it was found."""
    low = certain(len(graph), int(graph.sum(axis=1).min()))
    return low or len(split(edges_of(graph), len(graph), 1, Lot(0)))


def _alike(graph: Bools) -> _Span:
    """A connected graph in which every round is as good as any other."""
    k, degree = len(graph), graph.sum(axis=1)
    few, regular = int(degree.min()), degree.min() == degree.max()
    if k % 2 or not few:
        return _Span(0, 0, 0)
    if regular and _complete_multipartite(graph):
        return _Span(few, few, few)
    low = certain(k, few)
    some = PLAN_SOME if k <= LARGE else 1
    wanted = few if degree.sum() <= 2 * PLAN_PAIRS or few <= reach(k) else some
    if low < wanted:
        low = max(low, len(split(edges_of(graph), k, wanted, Lot(k))))
    return _Span(low, few if regular and 2 * few >= k else low, few)


def _complete_multipartite(graph: Bools) -> bool:
    """Whether it is everybody with everybody outside their own part, parts of one size.

    Such a graph with an even number of people always splits into rounds (Hoffman and Rodger, The chromatic index of
    complete multipartite graphs, 1992; parts of one person: the circle method, Kirkman 1847).
    """
    apart = ~graph
    return bool((apart == apart[apart.argmax(axis=1)]).all())


def _drawn(fresh: Bools, across: Bools) -> int:
    """Rounds that were drawn one after the other, each with as few colleagues as possible, until none was left."""
    lot = Lot(len(fresh))
    pairs = edges_of(fresh)
    for rounds in range(len(fresh)):
        weight = across[pairs[:, 0], pairs[:, 1]] * (1 << 40) + (lot.numbers(len(pairs)) >> np.uint64(35)).astype(int)
        found = heaviest_perfect(pairs, weight + 1, len(fresh)) if len(pairs) else None
        if found is None:
            return rounds
        pairs = np.delete(pairs, found, axis=0)
    return len(fresh)
