"""An Excel workbook as records: the first sheet, values as a CSV would hold them."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

from app.files.verdicts import Verdict, file_error, shown

MOST_UNPACKED = 300_000_000  # bytes; a small ZIP may hold far more than it seems
MOST_STRINGS = 20_000_000  # bytes of the part with all texts, which is read whole before the first row
TIGHTEST, SMALL = 100, 1_000_000  # how far a part may be packed, unless it is small; a sheet of Excel comes to 20
MOST_ROWS, MOST_COLUMNS = 1_048_576, 256  # Excel's own limit of rows; columns beyond ours are not read

CONTENTS = "[Content_Types].xml"

Record = tuple[int, list[str]]

_RESAVE = "Open it in a spreadsheet program and save it again as .xlsx, or as CSV in UTF-8."


def is_workbook(content: bytes) -> bool:
    """Whether these bytes are an .xlsx, whatever the file is called."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True  # cut off, most likely: let the reader say so


def xlsx_records(content: bytes, name: str) -> Callable[[], Iterator[Record | Verdict]] | Verdict:
    """A function that reads the first sheet anew at each call, or a verdict that the workbook cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if _too_large(archive):
                return file_error(name, "This workbook is far too large.", "Split it.")
            if any(_too_tight(entry) for entry in archive.infolist()):
                return file_error(name, "This workbook unpacks to far more than it seems to hold.", _RESAVE)
        sheets = _sheets(content)
    except Exception:  # openpyxl raises whatever a broken part leads to: KeyError, ValueError, XML errors, …
        return _broken(name)
    if not sheets:
        return file_error(name, "This workbook has no sheet with cells.", _RESAVE)
    return lambda: _rows(sheets, name)


def _too_large(archive: zipfile.ZipFile) -> bool:
    """Whether it holds more than we read, all in all or in its texts."""
    if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
        return True
    return archive.getinfo(CONTENTS).file_size > SMALL or _size_of_strings(archive) > MOST_STRINGS


def _size_of_strings(archive: zipfile.ZipFile) -> int:
    """The size of the part that openpyxl will take for the texts, whatever it is called."""
    from openpyxl.packaging.manifest import Manifest
    from openpyxl.xml.constants import SHARED_STRINGS
    from openpyxl.xml.functions import fromstring

    tree: Any = fromstring(archive.read(CONTENTS))
    contents: Any = Manifest.from_tree(tree)
    part = contents.find(SHARED_STRINGS)
    return archive.getinfo(part.PartName[1:]).file_size if part is not None else 0


def _too_tight(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > SMALL and entry.file_size > TIGHTEST * entry.compress_size


def _sheets(content: bytes) -> list[Any]:
    import openpyxl

    with warnings.catch_warnings():  # about styles and validations that we do not read
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets: list[Any] = list(book.worksheets)
    for sheet in sheets:
        sheet.reset_dimensions()  # what the file says about its size may be wrong
    return sheets


def _rows(sheets: list[Any], name: str) -> Iterator[Record | Verdict]:
    if len(sheets) > 1:
        problem = f"This workbook has {len(sheets)} sheets; only the first is read: {shown(str(sheets[0].title))}."
        yield Verdict(name, 0, None, "warning", problem, "Move the list to the first sheet if it is elsewhere.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = enumerate(sheets[0].iter_rows(values_only=True, max_row=MOST_ROWS, max_col=MOST_COLUMNS), 1)
            width = 0
            for line, values in rows:
                cells = [_text(value) for value in values]
                width = max(width, len(cells))
                yield line, cells + [""] * (width - len(cells))
    except Exception:  # as above: a broken part shows only when it is reached
        yield _broken(name)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _broken(name: str) -> Verdict:
    return file_error(name, "This is a broken Excel workbook.", _RESAVE)
