"""The bytes of a CSV as UTF-8, or the place that shows they are not: one verdict, however many letters are broken."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator

from app.files.headers import column_name
from app.files.verdicts import Verdict, file_error, shown

AS_UTF8 = 'Save the file as UTF-8 (in Excel: Save As, "CSV UTF-8").'
NUL_BYTE = "contains a NUL byte: this is not plain text."

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_TEXT = re.compile("[\0\udc80-\udcff]")  # NUL, and how surrogateescape carries a byte that is not UTF-8

Record = tuple[int, list[str]]


def without_utf16(content: bytes, name: str) -> bytes | Verdict:
    """UTF-16 with its mark as UTF-8; everything else as it is."""
    if not content.startswith(_UTF16):
        return content
    try:
        return content.decode("utf-16").encode()
    except UnicodeDecodeError:
        return file_error(name, "This is broken UTF-16 text.", AS_UTF8)


def lines_of(content: bytes) -> Iterator[str]:
    """The physical lines; a byte that is not UTF-8 comes through as a surrogate."""
    return iter(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors="surrogateescape", newline=""))


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def not_utf8(content: bytes, name: str, records: Iterable[Record | Verdict]) -> Verdict:
    """The verdict on a file that is not UTF-8, naming the first line, column and value that show it.

    In: its bytes, and its records, the header first.
    """
    # Half a byte order mark is read as none at all, and then no line shows it.
    first = next((number for number, line in enumerate(lines_of(content), 1) if _NO_TEXT.search(line)), 1)
    header: list[str] | None = None
    for item in records:
        if isinstance(item, Verdict):
            if item.line >= first:
                break
            continue
        line, cells = item
        at = next((index for index, cell in enumerate(cells) if _NO_TEXT.search(cell)), None)
        if at is not None:
            column = column_name(header[at]) if header and at < len(header) else None
            return file_error(name, f"{shown(cells[at])} {_what(cells[at])}", AS_UTF8, line, column or None)
        if header is None and any(cell.strip() for cell in cells):
            header = cells
    return file_error(name, "This line is not UTF-8, so the file cannot be read.", AS_UTF8, first)


def _what(cell: str) -> str:
    return NUL_BYTE if "\0" in cell else "is not UTF-8, so the file cannot be read."
