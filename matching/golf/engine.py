"""E4: groups of three to six people. The face is `draw`; the module's docstrings say how each part works.

Up to ten people: the best of all rounds. A history that is a part of a schedule: its next round, when that is the best
in the tiers. A first round of a small pool: dealt, with some swaps. Everything else: the search.
"""

from __future__ import annotations

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.drawn import Drawn, Progress
from matching.golf.ahead import next_round
from matching.golf.deal import deal
from matching.golf.exact import MOST, best_of_all
from matching.golf.prices import lawful, matrix, measure, packed
from matching.golf.scores import nobody_scores, score_matrix
from matching.golf.shapes import group_counts, seated, sizes, spread, team_sizes, wishes_of
from matching.golf.swaps import as_seats, swap_about
from matching.rng import Lot
from matching.temperature import temperature
from matching.types import Interests

PLAIN = 60  # people up to whom a first round needs nothing compiled
CLIMB, MIX = 150, 20  # swaps for each person: for the score, and for the lot alone
KNOWN = 400  # people up to whom a history is looked at


def draw(columns: Columns, mode: Interests, quality: float, lot: Lot, tell: Progress, size: int = 3) -> Drawn:
    """One round of groups of `size`, one less or one more. People stand in drawn order already.

    Deterministic: the same columns, quality and lot give the same seats everywhere. The search promises no optimum.
    """
    if columns.n <= MOST:
        groups = best_of_all(columns, _scores(columns, mode), size, quality, lot.stream("exact"))
        return Drawn(as_seats(groups, size), "golf: every round")
    planned = _next(columns, mode, quality, size, lot)
    weighed = slice(4) if planned is not None else slice(6)  # going on with a schedule outranks pairs to keep apart
    if planned is None and not len(columns.met) and columns.n <= PLAIN:
        planned = _first(columns, mode, quality, size, lot.stream("first"))
    if planned is not None and _ideal(columns, planned, size):
        return Drawn(planned, "golf: schedule")
    from matching.golf.search import search  # what it loads is compiled: only for rounds that need it

    found = search(columns, mode, quality, size, lot.stream("search"), tell)
    if planned is not None and measure(columns, planned, size)[weighed] <= measure(columns, found, size)[weighed]:
        return Drawn(planned, "golf: schedule")
    return Drawn(found, "golf: search")


def _next(columns: Columns, mode: Interests, quality: float, k: int, lot: Lot) -> Int32 | None:
    """The next round of a schedule, when the history, or else the earlier draws of this round, are a part of one."""
    if not len(columns.met) + len(columns.apart) or columns.n > KNOWN or wishes_of(columns, k)[0]:
        return None
    scores = None if quality <= 0 or nobody_scores(columns, mode) else _scores(columns, mode)
    return next_round(columns, scores, k, quality, lot.stream("ahead"))


def _first(columns: Columns, mode: Interests, quality: float, k: int, lot: Lot) -> Int32 | None:
    """Dealt and swapped; None when the groups do not keep the rules."""
    wishes = wishes_of(columns, k)
    people = seated(columns.n, k)
    count = group_counts(people, k, wishes)[0]
    groups, _ = deal(columns, sizes(people, count, wishes), wishes[0] > 0, lot.stream("deal"))
    costs = matrix(columns, packed(columns, k))
    scores = np.zeros_like(costs) if quality <= 0 else _scores(columns, mode)
    if costs.any() or scores.any() or _choices_differ(columns):
        steps = CLIMB if scores.any() else MIX
        swap_about(columns, groups, costs, scores, temperature(quality), steps, lot.stream("swaps"))
    seats = as_seats(groups, k)
    return seats if lawful(columns, seats) else None


def _ideal(columns: Columns, seats: Int32, k: int) -> bool:
    """Whether no round can be better in the tiers, and nobody's wish for two needs a look."""
    people = seated(columns.n, k)
    least = spread(team_sizes(columns), people // (k - 1))
    out, repeats, _, same, apart, _ = measure(columns, seats, k)
    return out == columns.n - people and repeats == apart == 0 and same <= least


def _choices_differ(columns: Columns) -> bool:
    return any(bool((bits != bits[0]).any()) for bits in (columns.languages, columns.times))


def _scores(columns: Columns, mode: Interests) -> Int64:
    if nobody_scores(columns, mode):
        return np.zeros((columns.n, columns.n), dtype=np.int64)
    return score_matrix(columns, mode)
