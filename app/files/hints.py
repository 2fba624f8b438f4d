"""What is allowed in a file of people and was probably not meant: warnings, never a reason to leave somebody out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.files.names import folded
from app.files.table import TableRow
from app.files.verdicts import Verdict, shown

if TYPE_CHECKING:
    from app.files.people import PersonRow

LISTS = ("interests", "asks", "offers", "languages", "times")
SHARED = (("languages", "language"), ("times", "time"))  # a group needs one of each in common


def comma_lists(file: str, row: TableRow) -> list[Verdict]:
    """A warning for each list of a row that has commas where semicolons were probably meant."""
    return [_comma(file, row.line, column, cell) for column in LISTS if _has_commas(cell := row.cells.get(column, ""))]


def _has_commas(cell: str) -> bool:
    return "," in cell and ";" not in cell and len(_parts(cell)) > 1


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def _comma(file: str, line: int, column: str, cell: str) -> Verdict:
    better = shown("; ".join(_parts(cell)))[1:-1]
    remedy = f"Separate several by a semicolon: {better}."
    return Verdict(file, line, column, "warning", f"{shown(cell)} counts as one.", remedy)


def lonely_people(file: str, rows: Sequence[PersonRow]) -> list[Verdict]:
    """A warning for each person who shares no language, or no time, with anybody of these: nobody could meet them.

    An empty list means any, so one other person who left it empty is company enough. Costs O(people).
    """
    return [verdict for column, word in SHARED for verdict in _lonely(file, rows, column, word)]


def _lonely(file: str, rows: Sequence[PersonRow], column: str, word: str) -> list[Verdict]:
    lists: list[tuple[str, ...]] = [getattr(row, column) for row in rows]
    if len(rows) < 2 or not all(lists):
        return []
    count = Counter(folded(item) for items in lists for item in items)
    remedy = f"A group needs a {word} in common: check the spelling, or leave the cell empty if any will do."
    return [
        Verdict(file, row.line, column, "warning", _alone(word, items), remedy)
        for row, items in zip(rows, lists, strict=True)
        if all(count[folded(item)] == 1 for item in items)
    ]


def _alone(word: str, items: tuple[str, ...]) -> str:
    what = f"the {word}" if len(items) == 1 else f"any of the {word}s"
    return f"Nobody else in this file has {what} {shown('; '.join(items))}."
