"""Some groups stay as they are, the rest is drawn again: the people who are free, and the way back.

    free, places = free_part(columns, locked)
    drawn = draw(free, ...)                        # any engine, with all its guarantees for the free part
    seats = merge(locked, drawn.seats, places)

Rows are places of `columns`, padded with -1. What is guaranteed for the free part is that no other round of those
people is better; whether another choice of locks would be, nobody has asked.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from matching.columns import Columns, Int32, Int64, pair_keys


def free_part(columns: Columns, locked: Int32) -> tuple[Columns, Int64]:
    """The columns of everybody who is in no locked group, and their places in the whole.

    Raises ValueError, naming the people, when a locked group breaks a hard rule or two hold the same person. Costs
    O(n + pairs of history).
    """
    check_locks(columns, locked)
    taken = np.zeros(columns.n, dtype=bool)
    taken[locked[locked >= 0]] = True
    places = np.flatnonzero(~taken)
    return columns.take(places), places


def merge(locked: Int32, drawn: Int32, places: Int64) -> Int32:
    """The locked groups and those drawn among the free, as places of the whole, sorted."""
    back = np.append(places, -1)[drawn].astype(np.int32) if len(drawn) else drawn
    width = max(locked.shape[1] if len(locked) else 2, drawn.shape[1] if len(drawn) else 2)
    rows = [
        (*sorted(one for one in row if one >= 0), *[-1] * (width - sum(one >= 0 for one in row)))
        for part in (locked, back)
        for row in part.tolist()
    ]
    return np.array(sorted(rows), dtype=np.int32).reshape(-1, width)


def check_locks(columns: Columns, locked: Int32) -> None:
    """Raise ValueError when a locked group cannot be: in words, with the ids of the people."""
    seen: set[int] = set()
    for row in locked.tolist():
        group = [one for one in row if one >= 0]
        outside = [one for one in group if one >= columns.n]
        if outside:
            raise ValueError(f"a locked group names place {outside[0]}, and there are {columns.n} people")
        twice = [one for one in group if one in seen or group.count(one) > 1]
        if twice:
            raise ValueError(f"{columns.ids[twice[0]]} is in two locked places: unlock one of them")
        seen.update(group)
        _check_group(columns, group)


def _check_group(columns: Columns, group: list[int]) -> None:
    names = _names(columns, group)
    if len(group) < 2:
        raise ValueError(f"{names or 'nobody'} alone is no group: lock at least two people together")
    for a, b in combinations(group, 2):
        key = int(pair_keys(np.array([a]), np.array([b]), columns.n)[0])
        found = int(np.searchsorted(columns.blocks, key))
        if found < len(columns.blocks) and columns.blocks[found] == key:
            raise ValueError(f"{_names(columns, [a, b])} may not meet: unlock this group")
    for what, choices in (("language", columns.languages), ("time", columns.times)):
        if not np.bitwise_and.reduce(choices[group], axis=0).any():
            raise ValueError(f"{names} share no {what}: unlock this group")


def _names(columns: Columns, group: list[int]) -> str:
    ids = [str(columns.ids[one]) for one in group]
    return " and ".join([", ".join(ids[:-1]), ids[-1]] if len(ids) > 1 else ids)
