"""Small rounds solved again, on matrices of their own: tiers, and the score where it is asked for, of the best round.

Weights count the tiers in mixed radix and the score below them. Prices (`prices.py`) bound what a round may still gain
over the one at hand; pairs whose slack is more than that are in no better round and fall away. On the others:

- pairs: one matching; the solver verifies the linear programming duality of its answer.
- pairs and a trio: half of the trio's three pairs is bounded by the same prices, which leaves few trios. They are tried
  from the most promising on, each by a matching beside it, until none of the others can do better. Where they are too
  many, the third is paired with a phantom, at the best that joining any two would do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import rustworkx as rx

from matching.columns import Columns, Int64
from matching.proof.figures import Figures, Tiers
from matching.proof.joining import least_joining
from matching.proof.matrix import age_rows, lawful_rows, score_rows, team_rows
from matching.proof.pairs import Mask, share
from matching.proof.prices import prices
from matching.rules import UNIT
from matching.types import Interests

EDGES = 250_000  # pairs up to which a matching is solved; beyond, the prices are the bound
TRIOS = 300  # trios tried by a matching of their own
LOOKS = 100_000_000  # trios looked at
KEPT = 1 << 20  # trios that may remain to be sorted
NEVER, FULL = -(1 << 61), 1 << 59


@dataclass(frozen=True, slots=True)
class Again:
    """No round with as many groups has better tiers, nor a higher score (in millionths) with these tiers."""

    tiers: Tiers
    score: int


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Weights of all pairs: `scale` for one same-team pair, more for the tiers before, less for the score."""

    columns: Columns
    lawful: Mask
    weight: Int64
    paid: Int64  # what the tiers take from the weight
    radix: int
    scale: int
    figures: Figures

    @property
    def rates(self) -> Tiers:
        """What a repeat, a unit of age and a pair of one team weigh."""
        return self.radix * (1000 * self.radix + 1) * self.scale, self.radix * self.scale, self.scale

    def unpack(self, total: int) -> Again:
        """A round that weighs so much, in tiers and score."""
        cost, score = max(-(total // self.scale), 0), total % self.scale
        rest, same = divmod(cost, self.radix)
        repeats, age = divmod(rest, 1000 * self.radix + 1)
        return Again((repeats, age, same), score)

    @property
    def claim(self) -> int:
        """What the round at hand weighs."""
        paid = sum(rate * tier for rate, tier in zip(self.rates, self.figures.tiers, strict=True))
        return self.figures.score * (self.scale > 1) - paid


def again(columns: Columns, mode: Interests, figures: Figures, scored: bool) -> Again:
    """The best of the rounds with as many groups, where no round leaves fewer people out.

    What it says is a bound where the best is not found within some hundred matchings.
    """
    problem = _pose(columns, mode, figures, scored)
    y = prices(problem.weight, problem.lawful)
    placed = figures.people - figures.left_out
    gain = int(np.sort(y)[len(y) - placed :].sum()) - 2 * problem.claim
    if gain <= 0:
        return problem.unpack(problem.claim)
    slack = y[:, None] + y[None, :] - 2 * problem.weight
    useful = problem.lawful & (slack <= gain)
    if useful.sum() > 2 * EDGES:
        return problem.unpack(problem.claim + gain // 2)
    if not figures.trio:
        return problem.unpack(max(problem.claim, heaviest(problem, useful, figures.groups)))
    return problem.unpack(_with_trio(problem, useful, slack, gain))


def _pose(columns: Columns, mode: Interests, figures: Figures, scored: bool) -> Problem:
    n, radix = columns.n, figures.groups + 3
    scale = 2 * UNIT * radix if scored else 1
    met, age = age_rows(columns, 0, n)
    paid = ((met * np.int64(1000 * radix + 1) + age) * radix + team_rows(columns, 0, n)) * scale
    weight = (2 * score_rows(columns, mode, 0, n) if scored else 0) - paid
    return Problem(columns, lawful_rows(columns, 0, n), weight, paid, radix, scale, figures)


def heaviest(
    problem: Problem, useful: Mask, pairs: int, skip: tuple[int, ...] = (), phantom: Int64 | None = None
) -> int:
    """The weight of the heaviest matching of so many useful pairs, the most there can be; `NEVER` when there are fewer.

    `phantom` holds what everyone's pair with the phantom weighs, `NEVER` for whom it is not open.
    """
    free = np.triu(useful)
    free[list(skip)] = free[:, list(skip)] = False
    a, b = np.nonzero(free)
    edges = list(zip(a.tolist(), b.tolist(), problem.weight[a, b].tolist(), strict=True))
    if phantom is not None:
        edges += [(one, len(free), int(phantom[one])) for one in np.flatnonzero(phantom > NEVER).tolist()]
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(free) + 1))
    graph.add_edges_from(edges)
    found = rx.max_weight_matching(graph, max_cardinality=True, weight_fn=int, verify_optimum=True)
    if len(found) != pairs:
        return NEVER
    return sum(int(graph.get_edge_data(one, other)) for one, other in found)


def _with_trio(problem: Problem, useful: Mask, slack: Int64, gain: int) -> int:
    """The weight of the best round with a trio, or a bound on it."""
    above: int = problem.claim + gain // 2
    possible = problem.lawful & (slack + 2 * problem.paid <= 2 * gain)
    if int((possible.sum(axis=1) ** 2).sum()) > LOOKS:
        return min(above, max(problem.claim, _phantom(problem, slack, gain)))
    trios, short = _promising(problem, slack, gain)
    best: int = problem.claim
    for number, lost in enumerate(short.tolist()):
        above = problem.claim + (2 * gain - lost) // 4
        if above <= best:
            return best
        if number == TRIOS or len(trios) == KEPT:
            return max(best, min(above, _phantom(problem, slack, gain)))
        best = max(best, _around(problem, useful, trios[number]))
    return best


def _promising(problem: Problem, slack: Int64, gain: int) -> tuple[Int64, Int64]:
    """Lawful trios that lose no more than the gain, and what they lose, the least first.

    A trio weighs half of its three pairs, less half of what these pay: so it loses half of each slack and of each
    payment (the slack is of doubled weights, so that what is lost stands here in quarters).
    """
    lost = np.where(problem.lawful, slack + 2 * problem.paid, FULL)
    found = [_thirds(lost, one, 2 * gain) for one in range(len(lost) - 2)]
    trios = np.concatenate(found) if found else np.zeros((0, 3), dtype=np.int64)
    a, b, c = trios.T
    fits = share(problem.columns.languages, a, b, c) & share(problem.columns.times, a, b, c)
    trios = trios[fits]
    a, b, c = trios.T
    short = lost[a, b] + lost[a, c] + lost[b, c]
    order = np.argsort(short, kind="stable")[:KEPT]
    return trios[order], short[order]


def _thirds(lost: Int64, one: int, most: int) -> Int64:
    """Trios of this person and two after them."""
    rest = np.flatnonzero(lost[one, one + 1 :] <= most) + one + 1
    all_three = lost[np.ix_(rest, rest)] + lost[one, rest][:, None] + lost[one, rest][None, :]
    a, b = np.nonzero(np.triu(all_three <= most, 1))
    return np.stack([np.full(len(a), one), rest[a], rest[b]], axis=1)


def _around(problem: Problem, useful: Mask, trio: Int64) -> int:
    """The heaviest round with this trio."""
    a, b, c = trio.tolist()
    beside: int = heaviest(problem, useful, problem.figures.groups - 1, (a, b, c))
    pairs = ((a, b), (a, c), (b, c))
    gained: int = sum(int(problem.weight[two]) - int(problem.paid[two]) for two in pairs) // 2
    return beside + gained


def _phantom(problem: Problem, slack: Int64, gain: int) -> int:
    """A bound on every round with a trio: the third at the best that joining any two would do.

    Of three, take the one opposite to their best pair: that one adds no more score than either of its own pairs. The
    pair of the others counts by half in the prices, so that it may have twice the slack.
    """
    price = least_joining(problem.columns, problem.rates)
    most = np.where(problem.lawful, (problem.weight + problem.paid) // 2, 0).max(axis=1)
    third = np.where(price < 0, NEVER, most - price)
    useful = problem.lawful & (slack <= 2 * gain)
    if useful.sum() > 2 * EDGES:
        return problem.claim + gain // 2
    return heaviest(problem, useful, problem.figures.groups + 1, (), third)
