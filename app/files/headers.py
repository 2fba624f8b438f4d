"""The header line of a file: how its names are understood, and what is said of those that are missing or unknown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.files.verdicts import Verdict, file_error, shown

if TYPE_CHECKING:
    from app.files.table import Table

LONGEST_LIST = 200  # characters of a header that a verdict repeats


def column_name(heading: str) -> str:
    """A heading as we understand it: lower case, blanks and hyphens as `_`."""
    words = unicodedata.normalize("NFC", heading).replace("-", " ").replace("_", " ").casefold().split()
    return "_".join(words)


def missing_columns(table: Table, required: Sequence[str]) -> list[Verdict]:
    """A verdict for each required column that the header does not name, with the headings as they stand there."""
    headings = ", ".join(filter(None, table.headings or table.columns)) or "none"
    found = shown(headings, LONGEST_LIST)[1:-1]
    header = ",".join(required)
    remedy = f"Name the columns in the first line, like this: {header}."
    if "@" in headings:
        remedy = f"The first line looks like data: put a header line above it, like this: {header}."
    return [
        file_error(table.name, f'The column "{column}" is missing; found: {found}.', remedy, table.header_line)
        for column in required
        if column not in table.columns
    ]


def unknown_columns(table: Table, known: Sequence[str]) -> list[Verdict]:
    """A warning for each column that nothing reads."""
    remedy = f"Known columns: {', '.join(known)}."
    return [
        Verdict(table.name, table.header_line, column, "warning", "This column is not used.", remedy)
        for column in table.columns
        if column and column not in known
    ]
