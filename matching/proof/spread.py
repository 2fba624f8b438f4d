"""Bounds that need nothing but counting."""

from __future__ import annotations

from math import comb

import numpy as np

from matching.columns import Columns


def unplaceable(people: int, size: int) -> int:
    """How many must stay out because of numbers alone: a single person, or five in groups of three or four."""
    if size == 2:
        return int(people == 1)
    return next(out for out in range(people + 1) if _divides(people - out, size))


def _divides(people: int, size: int) -> bool:
    """Whether these split into groups of size - 1 to size + 1."""
    groups = -(-people // (size + 1))
    return people == 0 or groups * (size - 1) <= people


def most_groups(people: int, size: int) -> int:
    return people // 2 if size == 2 else people // (size - 1)


def fewest_same_team(columns: Columns, size: int, left_out: int) -> int:
    """Pairs of one team when this many are left out: people of a team in g groups cost least when spread evenly.

    With q, r = divmod(members, g) r groups hold q + 1 of them and g - r hold q. Whoever is left out could be of any
    team, so that then only the largest team counts.
    """
    groups = most_groups(columns.n - left_out, size)
    if not groups:
        return 0
    teams = np.bincount(columns.team[columns.team >= 0]).tolist()
    if left_out:
        return max((_spread(max(0, members - left_out), groups) for members in teams), default=0)
    return sum(_spread(members, groups) for members in teams if members > groups)


def _spread(members: int, groups: int) -> int:
    each, more = divmod(members, groups)
    return more * comb(each + 1, 2) + (groups - more) * comb(each, 2)
