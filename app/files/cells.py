"""Cells that we write: a spreadsheet must show what people typed, never run it.

Source: RFC 4180, and rule A17 of our reliability research (OWASP, CSV injection) with its by-passes: full-width signs,
signs after blanks, signs at the start of a later line inside a cell or
after what is a separator elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_BLANKS = r"[\s\0\ufeff\u200b-\u200f]*"
_SIGNS = r"[=+@\-\uff1d\uff0b\uff0d\uff20\u2212]"
_FORMULA = re.compile(rf"(?:^|[\r\n]){_BLANKS}(?:{_SIGNS}|[\t\r\n\0])|[;,\t]{_BLANKS}{_SIGNS}")
_QUOTED = re.compile(r'[;,\t"\n\r]')
"""What some spreadsheet takes for the end of a cell: which separator it expects depends on its country."""


def safe_cell(text: str) -> str:
    """The text for a cell of a CSV or spreadsheet: with a leading `'` if a spreadsheet might take it for a formula."""
    return f"'{text}" if _FORMULA.search(text) else text


def as_typed(cell: str) -> str:
    """A cell that may have been made safe, as it was before: what was exported comes back as it is."""
    rest = cell.removeprefix("'")
    return rest if rest != cell and safe_cell(rest) == cell else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A whole CSV, every cell safe, lines ended by a line feed."""
    return csv_lines([header]) + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Lines of a CSV, every cell safe."""
    return "".join(",".join(map(_written, row)) + "\n" if list(row) != [""] else '""\n' for row in rows)


def _written(cell: str) -> str:
    """A safe cell, in quotation marks where it holds what may end a cell, and without carriage returns: for a
    spreadsheet a new row would begin there.
    """
    safe = safe_cell(cell).replace("\r\n", "\n").replace("\r", "\n")
    return '"{}"'.format(safe.replace('"', '""')) if _QUOTED.search(safe) else safe
