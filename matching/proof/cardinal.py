"""Bounds that count: how many must stay out, meet again, or meet their own team.

Each is the deficiency of a graph (`barrier.py`): of the lawful pairs, of those who have not met, of those from
different teams. With `most` pairs in such a graph, a round of g groups holds at least g - most that cost something; a
trio changes nothing, because the best it can do is to stand for one pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matching.columns import Columns, Int32, Int64
from matching.proof.barrier import Barrier, deficiency, search
from matching.proof.figures import Figures, mates
from matching.proof.graph import DENSE, Graph
from matching.proof.pairs import Mask, met_before, one_team, share
from matching.proof.spread import fewest_same_team, unplaceable

SMALL_PART = 60  # people of an odd part among whom a trio is looked for
TRIOS = 200  # trios tried in one part


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A bound, and the barrier that shows it where one was needed."""

    bound: int
    barrier: Barrier | None = None


def fewest_left_out(columns: Columns, size: int, seats: Int32, figures: Figures) -> Counted:
    """How many no round can place. Costs nothing when everybody has a group."""
    if figures.left_out == 0:
        return Counted(0)
    if size > 2:
        return _circles_left_out(columns, size, seats)
    graph, mate = Graph.of(columns), mates(columns, seats)
    barrier, _, done = search(graph, mate, _singles(columns, seats, mate))
    missing = deficiency(graph, barrier)
    if missing and (figures.trio or not done or _trio_helps(graph, barrier)):
        missing -= 1
    return Counted(max(missing, unplaceable(columns.n, size)), barrier)


def fewest_repeats(columns: Columns, size: int, seats: Int32, figures: Figures) -> Counted:
    """How many pairs meet again in every round that leaves as few out."""
    if figures.repeats == 0:
        return Counted(0)
    if size > 2:
        return Counted(_few_new_faces(columns, size, figures.left_out))
    return _costly_pairs(columns, seats, figures, fresh=True, cross=False)


def fewest_inside(columns: Columns, size: int, seats: Int32, figures: Figures) -> Counted:
    """How many pairs are of one team in every round that is as good in the tiers before."""
    spread = fewest_same_team(columns, size, figures.left_out)
    if figures.same_team == spread or size > 2:
        return Counted(min(spread, figures.same_team))
    counted = _costly_pairs(columns, seats, figures, fresh=figures.repeats == 0, cross=True)
    return counted if counted.bound > spread else Counted(spread)


def _costly_pairs(columns: Columns, seats: Int32, figures: Figures, fresh: bool, cross: bool) -> Counted:
    """Groups less the most pairs that cost nothing."""
    graph = Graph.of(columns, fresh, cross)
    mate = mates(columns, seats)
    singles = _singles(columns, seats, mate)
    paired = np.flatnonzero(mate >= 0)
    costly = np.zeros(len(paired), dtype=bool)
    if fresh:
        costly |= met_before(columns, paired, mate[paired])[0]
    if cross:
        costly |= one_team(columns, paired, mate[paired])
    mate[paired[costly]] = -1
    barrier, _, _ = search(graph, mate, np.union1d(singles, paired[costly]))
    most = (columns.n - deficiency(graph, barrier)) // 2
    return Counted(max(0, figures.groups - most), barrier)


def _singles(columns: Columns, seats: Int32, mate: Int64) -> Int64:
    """Everyone without a group. The third of a trio is single too, and belongs to the part that is left."""
    placed = np.zeros(columns.n, dtype=bool)
    placed[seats[seats >= 0]] = True
    return np.flatnonzero(~placed & (mate < 0))


def _trio_helps(graph: Graph, barrier: Barrier) -> bool:
    """Whether one trio might let one person more in. Says True where finding out would cost too much.

    By the structure of Gallai and Edmonds the three must lie in one odd part, and the others of it must pair up.
    """
    return any(len(part) > 2 and _trio_fits(graph, part) for part in _all_parts(graph, barrier))


def _all_parts(graph: Graph, barrier: Barrier) -> list[Int64]:
    rest = np.ones(graph.n, dtype=bool)
    rest[barrier.cut] = False
    for part in barrier.parts:
        rest[part] = False
    return [*barrier.parts, np.flatnonzero(rest)] if rest.sum() % 2 else list(barrier.parts)


def _trio_fits(graph: Graph, part: Int64) -> bool:
    if len(part) > SMALL_PART:
        return True
    columns = graph.columns
    near = np.array([graph.row(int(one))[part] for one in part])
    places = combinations(range(len(part)), 3)
    lawful = np.array([(a, b, c) for a, b, c in places if near[a, b] and near[a, c] and near[b, c]], dtype=np.int64)
    if not len(lawful):
        return False
    a, b, c = part[lawful].T
    trios = lawful[share(columns.languages, a, b, c) & share(columns.times, a, b, c)]
    if len(trios) > TRIOS:
        return True
    return any(_pairs_up(columns, np.delete(part, trio)) for trio in trios)


def _pairs_up(columns: Columns, people: Int64) -> bool:
    """Whether these split into lawful pairs."""
    if not len(people):
        return True
    nobody = np.full(len(people), -1, dtype=np.int64)
    _, mate, _ = search(Graph.of(columns.take(people)), nobody, np.arange(len(people)))
    return bool((mate >= 0).all())


def _circles_left_out(columns: Columns, size: int, seats: Int32) -> Counted:
    """Groups of three and more: islands that do not divide, and more strangers than there are people between them."""
    graph, mate = Graph.of(columns), mates(columns, seats)
    singles = _singles(columns, seats, mate)
    numbers = unplaceable(columns.n, size)
    if graph.rows is None:
        few = singles[:100]
        lonely = sum(int(graph.row(int(one)).sum()) < size - 2 for one in few)
        return Counted(max(numbers, lonely + unplaceable(columns.n - lonely, size)))
    barrier, _, _ = search(graph, mate, singles)
    strangers = _strangers(graph, barrier) - len(barrier.cut) // (size - 2)
    return Counted(max(numbers, strangers, _island_left_out(graph.rows, size)), barrier)


def _strangers(graph: Graph, barrier: Barrier) -> int:
    """People whose only partners are in the cut: a group holds one of them and at least size - 2 of the cut."""
    outside = np.ones(graph.n, dtype=bool)
    outside[barrier.cut] = False
    return sum(len(part) == 1 and not (graph.row(int(part[0])) & outside).any() for part in barrier.parts)


def _island_left_out(rows: Mask, size: int) -> int:
    """Whoever has too few partners is out; then every island by itself."""
    there = np.ones(len(rows), dtype=bool)
    while (few := there & ((rows & there).sum(axis=1) < size - 2)).any():
        there &= ~few
    missing, seen = int((~there).sum()), ~there
    while not seen.all():
        island = np.zeros(len(rows), dtype=bool)
        border = island.copy()
        border[int(np.argmin(seen))] = True
        while border.any():
            island |= border
            border = rows[border].any(axis=0) & there & ~island
        seen |= island
        missing += unplaceable(int(island.sum()), size)
    return missing


def _few_new_faces(columns: Columns, size: int, left_out: int) -> int:
    """Everyone sits with at least size - 2 others: those who have fewer new people to meet must repeat."""
    if columns.n > DENSE:
        return 0
    rows = Graph.of(columns, fresh=True).rows
    assert rows is not None
    forced = np.sort(np.maximum(size - 2 - rows.sum(axis=1), 0))
    return -(-int(forced[: columns.n - left_out].sum()) // 2)
