"""CSV bytes as records: separator and quotation marks, as kind as can be without guessing at values.

Source: RFC 4180, read strictly on quotation marks, because a forgotten one silently swallows the lines after it.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator

from app.files.encoding import is_utf8, lines_of, not_utf8, without_utf16
from app.files.verdicts import Verdict, file_error, shown

SEPARATORS = (",", ";", "\t")
LONGEST_RECORD = 100  # physical lines that one quoted value may span

_OTHER_SEPARATORS = ("|", ":", "^", "~", "!", "\\", "/", " ")
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)"),
    (b"PK\x03\x04", "a ZIP file, and not an Excel workbook"),
    (b"%PDF", "a PDF"),
)
_SEP_LINE = re.compile(r'"?sep=([,;|:^~\t])"?\s*', re.IGNORECASE)  # Excel's own way to name the separator

Record = tuple[int, list[str]]


def csv_records(content: bytes, name: str) -> Callable[[], Iterator[Record | Verdict]] | Verdict:
    """A function that reads the records anew at each call, or a verdict that the file cannot be read at all."""
    for magic, what in _FOREIGN:
        if content.startswith(magic):
            return file_error(name, f"This is {what}.", "Save it as .xlsx or as CSV in UTF-8.")
    text = without_utf16(content, name)
    return text if isinstance(text, Verdict) else _opened(text, name)


def _opened(content: bytes, name: str) -> Callable[[], Iterator[Record | Verdict]] | Verdict:
    first = next((line for line in lines_of(content) if line.strip()), "")
    named = _SEP_LINE.fullmatch(first)
    separator = named[1] if named else _separator(content)
    if separator is None:
        return _wrong_separator(name, content)
    skip = next(number for number, line in enumerate(lines_of(content), 1) if line == first) if named else 0

    def records() -> Iterator[Record | Verdict]:
        items = _records(content, separator, name)
        return (item for item in items if isinstance(item, Verdict) or item[0] > skip)

    return records if is_utf8(content) else not_utf8(content, name, records())


def _header(content: bytes, separator: str) -> Record:
    """The first record that is not blank; an unreadable one counts as a single column."""
    for item in _records(content, separator, ""):
        if isinstance(item, Verdict):
            return item.line, [""]
        if any(cell.strip() for cell in item[1]):
            return item
    return 1, [""]


def _separator(content: bytes) -> str | None:
    """The separator that gives the header the most columns, the comma if equal; None if it is plainly another one."""
    counts = {separator: len(_header(content, separator)[1]) for separator in SEPARATORS}
    best = max(SEPARATORS, key=counts.__getitem__)
    if counts[best] == 1 and _other_separator(content):
        return None
    return best


def _other_separator(content: bytes) -> str | None:
    text = " ".join(_header(content, ",")[1]).strip()
    return next((character for character in _OTHER_SEPARATORS if character in text), None) if "@" not in text else None


def _wrong_separator(name: str, content: bytes) -> Verdict:
    line, cells = _header(content, ",")
    found = {" ": "blanks"}.get(other := _other_separator(content) or "", f'"{other}"')
    problem = f"The columns are separated by {found}: {shown(' '.join(cells).strip())}."
    return file_error(name, problem, "Save the file with commas, semicolons or tabs between the columns.", line)


class _Feed:
    """Physical lines for one record at a time, with a way back: after a broken record, reading goes on below it."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.line = 0  # physical lines consumed

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= LONGEST_RECORD:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self.line += 1
        return line

    def begin(self) -> int:
        """Start a record; its line number."""
        self._taken.clear()
        return self.line + 1

    def give_back(self) -> None:
        """Return all lines of the record but the first."""
        self._again.extendleft(reversed(self._taken[1:]))
        self.line -= len(self._taken) - 1


def _records(content: bytes, separator: str, name: str) -> Iterator[Record | Verdict]:
    feed = _Feed(lines_of(content))
    while True:
        line = feed.begin()
        try:
            # One reader a record: its state never outlives a broken line, and Feed can end a record that never ends.
            cells = next(csv.reader(feed, delimiter=separator, strict=True, skipinitialspace=True), None)
        except csv.Error as error:
            feed.give_back()
            yield _unreadable(name, line, error)
            continue
        if cells is None:
            return
        yield line, cells


def _unreadable(name: str, line: int, error: csv.Error) -> Verdict:
    if "field limit" in str(error):
        return Verdict(name, line, None, "error", "A value on this line is far too long.", "Shorten it.")
    problem = "A value on this line begins with a quotation mark and does not end with one."
    return Verdict(name, line, None, "error", problem, 'Close it; inside a value, write a quotation mark twice ("").')
