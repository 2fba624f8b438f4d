"""The search for one round, whatever the history: anneal the tiers, make every group lawful, then draw or climb the
score.

Definition: for some numbers of groups, the most comfortable first, people are dealt (`deal.py`) and swapped: first
cold, which is enough where nearly everything is free; when a cost is left that a bound does not explain, from hot to
cold, some times over in small pools; at last by swaps that lower the first tier that changes. The best round of all by
the order of aims is kept. In a large pool only those who cost something look for another place, and the score is
climbed in windows of some thousand chairs. Steps are counted, not timed, so that every machine gives the same answer.
Cost: some hundred steps a person, O(k) looks a step. Nothing is promised about the optimum.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from matching.columns import Columns, Int32, Int64, UInt64
from matching.drawn import Progress
from matching.golf.climb import climb
from matching.golf.deal import Groups, deal
from matching.golf.finish import finish
from matching.golf.kernels import DRAW, Hall, anneal, costly, ease, mend, total_cost
from matching.golf.prices import APART, BENCH, Prices, Tiers, energy, measure, packed
from matching.golf.rescue import rescue
from matching.golf.shapes import Wishes, group_counts, seated, sizes, spread, team_sizes, wishes_of
from matching.golf.swaps import as_seats
from matching.kernels.lot import lot_state
from matching.kernels.pairs import Facts, gather
from matching.kernels.tastes import Tastes, counts, gather_tastes, no_tastes
from matching.rng import Lot
from matching.temperature import temperature
from matching.types import Interests

SMALL = 300  # people up to whom every effort is made
HOT, COLD = 10.0, 0.8
LEVELS = 30
TRIES = 2
WANDERS, IDLE = 24, 4
ENOUGH = 2  # more numbers of groups are tried only while somebody is left out
EASE = 300  # swaps that everybody who costs something looks at in a large pool
LOOKS = 1_000_000  # swaps that one mending looks at
NEVER = -(1 << 62)
WINDOW, PASSES = 5_000, 2  # chairs that change people among each other in a large pool, and how often these are mixed


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What every part of the search looks at."""

    columns: Columns
    facts: Facts
    tastes: Tastes
    k: int
    mode: Interests
    quality: float
    wishes: Wishes

    def measured(self, seats: Int32) -> Tiers:
        return measure(self.columns, seats, self.k)


def task_of(columns: Columns, mode: Interests, k: int, quality: float) -> Task:
    order = np.arange(columns.n, dtype=np.int32)
    tastes = gather_tastes(columns, mode, order) if quality > 0 and counts(columns, mode) else no_tastes()
    return Task(columns, gather(columns, order), tastes, k, mode, quality, wishes_of(columns, k))


def search(columns: Columns, mode: Interests, quality: float, k: int, lot: Lot, tell: Progress) -> Int32:
    """Seats of the best round found."""
    task = task_of(columns, mode, k, quality)
    options = _options(task)
    if not options:
        return np.full((0, k + 1), -1, dtype=np.int32)
    best: Int32 | None = None
    least = 0  # nobody knows yet how few can stay out
    for number, count in enumerate(options):
        seats = _round_of(task, count, lot.stream(f"count {count}"))
        if number == 0 and columns.n <= SMALL and task.measured(seats)[0] > columns.n - seated(columns.n, k):
            seats = _rescued(task, seats, lot.stream("rescue"))
            least = task.measured(seats)[0]
        best = seats if best is None else min(best, seats, key=task.measured)
        tell("groups", (number + 1) / len(options))
        tiers = task.measured(best)
        if ideal(columns, k, tiers) or (number >= ENOUGH and tiers[0] <= max(least, columns.n - seated(columns.n, k))):
            break
    assert best is not None
    return _scored(task, best, lot.stream("climb"))


def _rescued(task: Task, seats: Int32, lot: Lot) -> Int32:
    """The round, or a better one that begins with groups from scratch."""
    columns, k = task.columns, task.k
    groups = rescue(columns, k, columns.n - seated(columns.n, k), lot.stream("groups"))
    if columns.n - sum(map(len, groups)) > task.measured(seats)[0]:
        return seats
    hall = hall_of(columns, groups, k)
    _settle(task, hall, lot_state(lot.stream("settle")))
    return min(seats, finish(columns, groups_of(hall), k, lot.stream("finish")), key=task.measured)


def ideal(columns: Columns, k: int, tiers: Tiers) -> bool:
    """Whether no round can be better in the tiers: nobody more out than the numbers say, no repeat, teams spread."""
    people = seated(columns.n, k)
    least = spread(team_sizes(columns), people // (k - 1)) if people else 0
    return tiers[0] == columns.n - people and tiers[1] == 0 and tiers[3] <= least and tiers[4] == 0


def _options(task: Task) -> list[int]:
    """Numbers of groups to try: the most comfortable, then those that spread the teams better, then the others."""
    n, k = seated(task.columns.n, task.k), task.k
    if n == 0:
        return []
    teams = team_sizes(task.columns)
    all_counts = group_counts(n, k, task.wishes)
    least = spread(teams, max(all_counts))  # more groups never bring more of one team together
    even = bisect_left(range(max(all_counts)), -least, key=lambda count: -spread(teams, max(count, 1)))
    best = next(count for count in all_counts if count >= even)
    fewer = range(min(all_counts) - 1, 0, -1) if task.columns.n <= SMALL else ()
    most = 8 if task.columns.n <= SMALL else 2
    first = [all_counts[0], best] if task.columns.n <= SMALL else [best, all_counts[0]]
    return list(dict.fromkeys([*first, max(all_counts), *all_counts, *fewer]))[:most]


def _round_of(task: Task, count: int, lot: Lot) -> Int32:
    """The best of some tries with this number of groups."""
    columns, k = task.columns, task.k
    people = min(seated(columns.n, k), count * (k + 1))
    shape = sizes(people, count, task.wishes)
    least = spread(team_sizes(columns), count)
    best: tuple[Tiers, Int32] | None = None
    for number in range(TRIES):
        chance = lot.stream(f"try {number}")
        groups, _ = deal(columns, shape, task.wishes[0] > 0, chance.stream("deal"))
        hall = hall_of(columns, groups, k)
        strain = measure(columns, as_seats(groups, k), k)[5] % BENCH
        if number == 0 and columns.n > SMALL:
            _eased(task, hall, chance.stream("ease"))
        else:
            _cool(task, hall, 5 * least + strain, chance.stream("swaps"))
        seats = finish(columns, groups_of(hall), k, chance.stream("finish"))
        tiers = task.measured(seats)
        if best is None or tiers < best[0]:
            best = tiers, seats
        if tiers[0] + tiers[1] == 0 and tiers[3] <= least and tiers[4] == 0:
            break
    assert best is not None
    return best[1]


def _eased(task: Task, hall: Hall, lot: Lot) -> None:
    """What is enough in a large pool where little is forced: those who cost something look for another place."""
    state = lot_state(lot)
    for prices in (energy(task.columns, task.k), packed(task.columns, task.k)):
        for _ in range(IDLE):
            if not ease(hall, task.facts, prices, EASE, 15 * task.columns.n, state):
                break
    _settle(task, hall, state)


def _cool(task: Task, hall: Hall, goal: int, lot: Lot) -> None:
    """Swap until the energy reaches the goal or is cold; then settle by the order of aims."""
    n, prices = task.columns.n, energy(task.columns, task.k)
    state = lot_state(lot)
    now = total_cost(hall, task.facts, prices)
    now += anneal(hall, task.facts, prices, 40 * n, goal - now, state, chances(COLD))
    if now > goal:
        for level in range(LEVELS):
            heat = HOT * (COLD / HOT) ** (level / (LEVELS - 1))
            steps = max(6_000, min(200 * n, 40_000), 4 * n)
            now += anneal(hall, task.facts, prices, steps, goal - now, state, chances(heat))
            if now <= goal:
                break
    _settle(task, hall, state)


def _settle(task: Task, hall: Hall, state: UInt64) -> None:
    """Swaps that lower the first tier that changes, and wander about among equals in between."""
    prices, n = packed(task.columns, task.k), task.columns.n
    idle = 0
    for _ in range(WANDERS):
        anneal(hall, task.facts, prices, 5 * n if n <= SMALL else n, NEVER, state, chances(0))
        if idle == IDLE or not costly(hall, task.facts, prices, APART):
            break
        made = mend(hall, task.facts, prices, APART, LOOKS, state)
        idle = 0 if made else idle + 1


def chances(heat: float) -> Int64:
    """How likely a rise of 0, 1, 2, ... is accepted, out of 2^30."""
    if heat <= 0:
        return np.full(1, DRAW, dtype=np.int64)
    return np.array([round(DRAW * 2.718281828459045 ** (-rise / heat)) for rise in range(64)], dtype=np.int64)


def _scored(task: Task, seats: Int32, lot: Lot) -> Int32:
    """Swaps that cost nothing: up the score as far as the quality says, or anywhere."""
    groups = [[one for one in row if one >= 0] for row in seats.tolist()]
    if not groups:
        return seats
    hall = hall_of(task.columns, groups, task.k)
    steps = 20 if not task.tastes.mode else 500 if task.columns.n <= SMALL else 100
    state, table = lot_state(lot), temperature(task.quality)
    if task.columns.n <= WINDOW:
        _climb(task.facts, task.tastes, packed(task.columns, task.k), hall, steps * task.columns.n, state, table)
    else:
        for number in range(PASSES):
            hall = _by_windows(task, hall, steps // PASSES, lot.stream(f"pass {number}"), state, table)
    return finish(task.columns, groups_of(hall), task.k, lot)


def _climb(facts: Facts, tastes: Tastes, prices: Prices, hall: Hall, steps: int, state: UInt64, table: Int64) -> None:
    climb(hall, facts, tastes, prices, np.zeros(len(hall.size) + 1, dtype=np.int64), steps, state, table)


def _by_windows(task: Task, hall: Hall, steps: int, lot: Lot, state: UInt64, table: Int64) -> Hall:
    """Swaps among some groups at a time, in random order: what is known of so few people stays close to the processor.

    People are renumbered as they sit, so that those of a window lie together.
    """
    count, width = len(hall.size), hall.width
    turn = lot.order(count)
    chair = np.concatenate([hall.chair[: count * width].reshape(-1, width)[turn].ravel(), hall.chair[count * width :]])
    order = chair[chair >= 0].astype(np.int32)
    place = np.where(chair >= 0, np.cumsum(chair >= 0) - 1, -1)
    size, facts = hall.size[turn], gather(task.columns, order)
    tastes = gather_tastes(task.columns, task.mode, order) if task.tastes.mode else task.tastes
    prices = packed(task.columns, task.k)
    prices = prices._replace(out=prices.out[order], seat=prices.seat[order])
    each = WINDOW // width
    for first in range(0, count, each):
        stop = len(place) if first + each >= count else (first + each) * width
        part = Hall(place[first * width : stop], size[first : first + each], width)
        _climb(facts, tastes, prices, part, steps * int((part.chair >= 0).sum()), state, table)
    return Hall(np.append(order, -1)[place].astype(np.int64), size, width)


def hall_of(columns: Columns, groups: Groups, k: int) -> Hall:
    """Groups as chairs; beside them everybody who has none, and some empty ones."""
    width = k + 1
    placed = {one for group in groups for one in group}
    beside = [one for one in range(columns.n) if one not in placed]
    spare = [-1] * (2 + columns.n // 20)
    chair = [one for group in groups for one in group + [-1] * (width - len(group))]
    size = np.array([len(group) for group in groups], dtype=np.int64)
    return Hall(np.array(chair + beside + spare, dtype=np.int64), size, width)


def groups_of(hall: Hall) -> Groups:
    rows = hall.chair[: len(hall.size) * hall.width].reshape(-1, hall.width).tolist()
    return [[one for one in row if one >= 0] for row in rows]
