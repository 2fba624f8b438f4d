"""A file of the organiser as rows of named cells: CSV or .xlsx, with verdicts on what cannot be read.

Reading is lazy and can be repeated: a `Table` keeps the bytes and parses while it is iterated.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.files.cells import as_typed
from app.files.csv_source import csv_records
from app.files.encoding import AS_UTF8, NUL_BYTE
from app.files.headers import column_name
from app.files.verdicts import Verdict, file_error, shown
from app.files.xlsx_source import is_workbook, xlsx_records

MOST_ROWS = 1_000_000

Record = tuple[int, list[str]]  # physical line, cells
Records = Callable[[], Iterator[Record | Verdict]]

_EVERY_COLUMN = "Write every column, empty ones too, and put a value that contains the separator in quotation marks."


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its physical line, and its cells by column name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A file with a header. Iterating gives rows, and a verdict in place of each row that cannot be read."""

    name: str
    columns: tuple[str, ...] = ()  # as understood: trimmed, lower case, blanks as _; "" where a header cell is empty
    header_line: int = 1
    verdicts: tuple[Verdict, ...] = ()  # on the file as a whole
    most_rows: int = MOST_ROWS
    headings: tuple[str, ...] = ()  # the header as it stands in the file
    records: Records = field(default=lambda: iter(()), repr=False, compare=False)
    digest: str = field(default="", repr=False, compare=False)  # of the content, by which it is known again
    keeps: tuple[str, ...] = ()  # columns that the file does not tell and that were filled in

    @property
    def broken(self) -> bool:
        """Whether no row can be used."""
        return any(verdict.stops for verdict in self.verdicts)

    def __iter__(self) -> Iterator[TableRow | Verdict]:
        rows = 0
        for record in self.records():
            if isinstance(record, Verdict):
                yield record
            elif record[0] > self.header_line and any(cells := [cell.strip() for cell in record[1]]):
                rows += 1
                if rows > self.most_rows:
                    problem = f"There are more than {self.most_rows:,} rows."
                    yield file_error(self.name, problem, "Split the file.", record[0])
                    return
                yield self._row(record[0], cells)

    def _row(self, line: int, cells: list[str]) -> TableRow | Verdict:
        if "\0" in "".join(cells):
            return self._unreadable(line, cells)
        return self.misfit(line, cells) or TableRow(line, dict(zip(self.columns, cells, strict=False)))

    def misfit(self, line: int, cells: list[str]) -> Verdict | None:
        """What is said of a line that has not as many cells as the header."""
        width = len(self.columns)
        if len(cells) >= width and not any(cell.strip() for cell in cells[width:]):
            return None
        problem = f"This line has {_columns(len(cells))} where the header has {width}."
        return Verdict(self.name, line, None, "error", problem, _EVERY_COLUMN)

    def _unreadable(self, line: int, cells: list[str]) -> Verdict:
        at = next(index for index, cell in enumerate(cells) if "\0" in cell)
        column = self.columns[at] if at < len(self.columns) else None
        return _nul_byte(self.name, line, column or None, cells[at])


def read_table(source: bytes | Path, name: str, most_rows: int = MOST_ROWS) -> Table:
    """Open a CSV or .xlsx file, told apart by content.

    In: the bytes or a path; the name that verdicts use; the most rows to accept.
    Out: a table. If nothing of it can be read (missing, empty, not text, no usable header) it is `broken`, with the
    reason among its verdicts and without rows. Nothing is raised for bad input.
    """
    try:
        content = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        return Table(name, verdicts=(_unopened(name, error),))
    if not content.strip():
        return Table(name, verdicts=(_empty(name),))
    records = xlsx_records(content, name) if is_workbook(content) else csv_records(content, name)
    if isinstance(records, Verdict):
        return Table(name, verdicts=(records,))
    return replace(_with_header(name, _as_typed(records), most_rows), digest=hashlib.sha256(content).hexdigest())


def _as_typed(records: Records) -> Records:
    """Records without the apostrophes by which an export was made safe for a spreadsheet."""

    def typed() -> Iterator[Record | Verdict]:
        for record in records():
            yield record if isinstance(record, Verdict) else (record[0], [as_typed(cell) for cell in record[1]])

    return typed


def _with_header(name: str, records: Records, most_rows: int) -> Table:
    for record in records():
        if isinstance(record, Verdict):
            if record.level == "error":
                return Table(name, verdicts=(_as_file_error(record),))
        elif any(cell.strip() for cell in record[1]):
            return _headed(name, record, records, most_rows)
    return Table(name, verdicts=(_empty(name),))


def _headed(name: str, header: Record, records: Records, most_rows: int) -> Table:
    line, cells = header
    if bad := next((cell for cell in cells if "\0" in cell), None):
        return Table(name, verdicts=(_as_file_error(_nul_byte(name, line, None, bad)),))
    columns = tuple(column_name(cell) for cell in cells)
    while columns and not columns[-1]:  # separators after the last name
        columns = columns[:-1]
    repeated = tuple(
        file_error(name, f"The column {shown(column)} is there {times} times.", "Keep one of them.", line)
        for column, times in Counter(columns).items()
        if column and times > 1
    )
    headings = tuple(cell.strip() for cell in cells)
    return Table(name, columns, line, repeated, most_rows, headings, records)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _as_file_error(verdict: Verdict) -> Verdict:
    return file_error(verdict.file, verdict.problem, verdict.remedy, verdict.line, verdict.column)


def _nul_byte(name: str, line: int, column: str | None, value: str) -> Verdict:
    return Verdict(name, line, column, "error", f"{shown(value)} {NUL_BYTE}", AS_UTF8)


def _empty(name: str) -> Verdict:
    return file_error(name, "The file is empty.", "Begin with a header line that names the columns.")


def _unopened(name: str, error: OSError) -> Verdict:
    if isinstance(error, FileNotFoundError):
        return file_error(name, "There is no such file.", "Check its name and folder.")
    if isinstance(error, IsADirectoryError):
        return file_error(name, "This is a folder.", "Name a file in it.")
    if isinstance(error, PermissionError):
        return file_error(name, "This file may not be read.", "Ask for the permission to read it.")
    return file_error(name, f"The file cannot be read ({error.strerror or error}).", "Check the disk and the name.")
