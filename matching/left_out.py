"""Why somebody has no group: the simplest true reason, in words an organiser can pass on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns, Int64, UInt64, pair_ends
from matching.pool import Pool
from matching.types import LeftOut
from matching.words import message

REASONS = {
    "alone": message("nobody else takes part in this round"),
    "blocked": message("blocked with everyone who is free"),
    "language": message("shares no language with anyone who takes part"),
    "time": message("shares no time with anyone who takes part"),
    "rules": message("no one who takes part fits blocks, languages and times together"),
    "no_partner": message("everyone who could have met this person was needed in another group"),
    "too_few": message("too few people who fit together were left for one more group"),
}


def explain_left_out(pool: Pool, ids: Iterable[str]) -> tuple[LeftOut, ...]:
    """One reason for each of the ids, in order of id. Costs O(people + blocks), and little for each."""
    wanted = set(ids)
    if strangers := sorted(one for one in wanted if not pool.knows_of(one)):
        raise ValueError(f"{', '.join(strangers)}: not in the pool")
    places = np.array(sorted(pool.place(one) for one in wanted), dtype=np.int64)
    return reasons(pool.columns, places)


def reasons(columns: Columns, places: Int64) -> tuple[LeftOut, ...]:
    """One reason for each place; whoever is not named sits in a group."""
    if not len(places):
        return ()
    seated = np.ones(columns.n, dtype=bool)
    seated[places] = False
    choices = _choices(columns, seated)
    barred = np.bincount(np.concatenate(pair_ends(columns.blocks, columns.n)), minlength=columns.n)
    unfit, unfit_seated = _barred_but_fitting(columns, seated)
    found = []
    for one in places.tolist():
        kind = choices.kind[one]
        code = _code(columns.n, choices, one, int(barred[one]), int(unfit[one]))
        if code == "no_partner" and choices.seated[kind] <= unfit_seated[one]:
            code = "too_few"
        found.append(LeftOut(str(columns.ids[one]), code, REASONS[code]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Choices:
    """People by what they chose: how many others share a language, a time, or both with somebody of each kind; and how
    many of those who sit in a group share both.
    """

    kind: Int64
    language: Int64
    time: Int64
    both: Int64
    seated: Int64


def _choices(columns: Columns, seated: NDArray[np.bool_]) -> _Choices:
    """Costs O(people log people + kinds^2): people choose alike, so kinds are few."""
    width = columns.languages.shape[1]
    table, kind, count = np.unique(
        np.hstack([columns.languages, columns.times]), axis=0, return_inverse=True, return_counts=True
    )
    kind = kind.reshape(-1)
    sitting = np.bincount(kind[seated], minlength=len(table))
    totals = np.zeros((4, len(table)), dtype=np.int64)
    for number, row in enumerate(table):
        language, time = _share(table[:, :width], row[:width]), _share(table[:, width:], row[width:])
        totals[:3, number] = count @ np.stack([language, time, language & time], axis=1)
        totals[3, number] = sitting @ (language & time)
    totals[:3] -= 1  # everyone shares with themselves
    return _Choices(kind, *totals)


def _share(many: UInt64, one: UInt64) -> NDArray[np.bool_]:
    return np.asarray((many & one).any(axis=1))


def _barred_but_fitting(columns: Columns, seated: NDArray[np.bool_]) -> tuple[Int64, Int64]:
    """With how many each person is blocked although language and time would fit: of all, and of those in a group."""
    a, b = pair_ends(columns.blocks, columns.n)
    fits = (columns.languages[a] & columns.languages[b]).any(axis=1) & (columns.times[a] & columns.times[b]).any(axis=1)
    one, other = np.concatenate([a[fits], b[fits]]), np.concatenate([b[fits], a[fits]])
    return np.bincount(one, minlength=columns.n), np.bincount(one[seated[other]], minlength=columns.n)


def _code(n: int, choices: _Choices, place: int, barred: int, unfit: int) -> str:
    kind = choices.kind[place]
    if n == 1:
        return "alone"
    if barred == n - 1:
        return "blocked"
    if not choices.language[kind]:
        return "language"
    if not choices.time[kind]:
        return "time"
    return "no_partner" if choices.both[kind] > unfit else "rules"
