"""Cells that we write: a spreadsheet must show what people typed, never run it.

Source: RFC 4180, and rule A17 of our reliability research (OWASP, CSV injection) with its by-passes: full-width signs,
signs after blanks, signs at the start of a later line inside a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"(?:^|[\r\n])[\s\0\ufeff\u200b-\u200f]*(?:[=+@\-\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n\0])")


def safe_cell(text: str) -> str:
    """The text for a cell of a CSV or spreadsheet: with a leading `'` if a spreadsheet might take it for a formula."""
    return f"'{text}" if _FORMULA.search(text) else text


def _in_one_row(cell: str) -> str:
    """A safe cell without the carriage returns that the writer of the standard library leaves bare: for a spreadsheet a
    new row would begin there.
    """
    return safe_cell(cell).replace("\r\n", "\n").replace("\r", "\n")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A whole CSV, every cell safe, lines ended by a line feed."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(header)
    return out.getvalue() + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Lines of a CSV below its header, every cell safe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_in_one_row(cell) for cell in row] for row in rows)
    return out.getvalue()
