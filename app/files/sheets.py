"""Long tables that we write, a part at a time: as CSV or as an Excel workbook, every cell safe for a spreadsheet."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from app.files.cells import csv_lines, csv_text, safe_cell

BOM = "\ufeff"
"""By this a spreadsheet program knows that a CSV is UTF-8."""
AT_ONCE = 500
PIECE = 64 * 1024
IN_MEMORY = 1024 * 1024
LONGEST = 32_000  # characters that Excel takes in a cell, and a little room
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Rows = Iterable[Sequence[str]]


def csv_pieces(header: Sequence[str], rows: Rows, *, bom: bool = False) -> Iterator[bytes]:
    """A CSV in UTF-8, made while it is sent."""
    waiting = iter(rows)
    head = csv_text(header, islice(waiting, AT_ONCE))
    yield ((BOM if bom else "") + head).encode("utf-8", "replace")
    while some := list(islice(waiting, AT_ONCE)):
        yield csv_lines(some).encode("utf-8", "replace")


def workbook_pieces(title: str, header: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """An .xlsx with one sheet, written to a file that nobody sees, then sent: it is never whole in memory."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(header))
    for row in rows:
        sheet.append([_for_xml(cell) for cell in row])
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


@dataclass(frozen=True, slots=True)
class Format:
    """How a table is written: the end of its file's name, what kind of file that is, and what makes it, a part at a
    time, from a title, a header and rows.
    """

    end: str
    media_type: str
    pieces: Callable[[str, Sequence[str], Rows], Iterator[bytes]]


CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[str, Format] = {
    "csv": Format("csv", CSV, lambda _, header, rows: csv_pieces(header, rows)),
    "csv-bom": Format("csv", CSV, lambda _, header, rows: csv_pieces(header, rows, bom=True)),
    "xlsx": Format("xlsx", XLSX, workbook_pieces),
}
"""By the word for it."""


def _for_xml(text: str) -> str:
    return safe_cell(_NOT_FOR_XML.sub("\ufffd", text))[:LONGEST]
