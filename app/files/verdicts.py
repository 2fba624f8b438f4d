"""What is wrong with a file, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]
Scope = Literal["line", "file"]

SHOWN = 60  # characters of a value that a verdict repeats


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value is refused, and what to write instead: two sentences for a person, and phrases where a form of the
    pages may show them.
    """

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing about one file. `line` is the physical line (the header is 1, in .xlsx the row), 0 the whole file."""

    file: str
    line: int
    column: str | None
    level: Level
    problem: str
    remedy: str
    scope: Scope = "line"  # "file": nothing of the file can be used, so leaving out lines does not help

    @property
    def stops(self) -> bool:
        """Whether this makes the whole file unusable."""
        return self.level == "error" and self.scope == "file"

    def __str__(self) -> str:
        """As in `people.csv, line 4, column email: "foo" is not an e-mail address. Write it like name@example.org.`"""
        where = escaped(self.file)
        if self.line:
            where += f", line {self.line}"
        if self.column:
            where += f", column {escaped(self.column)}"
        return f"{where}: {self.problem} {self.remedy}"


def errors(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts that refuse something, warnings left aside."""
    return [verdict for verdict in verdicts if verdict.level == "error"]


def file_error(file: str, problem: str, remedy: str, line: int = 0, column: str | None = None) -> Verdict:
    """A verdict that makes the whole file unusable."""
    return Verdict(file, line, column, "error", problem, remedy, "file")


def shown(value: str, limit: int = SHOWN) -> str:
    """A value as a verdict repeats it: in quotation marks, shortened, with nothing that could move a cursor."""
    head = escaped(value[: limit + 1])
    return f'"{head[:limit]}…"' if len(value) > limit or len(head) > limit else f'"{head}"'


def escaped(text: str) -> str:
    """The text with control, format and lone characters as escapes; a byte that was not UTF-8 as its hexadecimal."""
    return text if text.isprintable() else "".join(map(_escaped_character, text))


def _escaped_character(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python's surrogateescape carries a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
