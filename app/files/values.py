"""Cells as values: each function takes the text of a cell and gives the value, or why it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.files.names import clean_name, folded
from app.files.table import TableRow
from app.files.verdicts import Problem, Verdict, shown
from emails import phrase

MOST_ITEMS = 50  # in a list
MOST_WORDS = 300  # characters of what somebody needs
LATEST_ROUND = 99_999_999  # room for dates as round numbers, like 20260131

_COUNT = re.compile(r"[0-9]{1,6}")
_ROUND = re.compile(r"[0-9]{1,8}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_FORMATS = {"in person": "in_person", "in_person": "in_person", "remote": "remote"}

T = TypeVar("T")
D = TypeVar("D")


@dataclass
class RowReader:
    """Reads the cells of one row and collects a verdict for each that is refused."""

    file: str
    row: TableRow
    verdicts: list[Verdict]
    bad: bool = False

    def read(self, column: str, parse: Callable[[str], T | Problem], otherwise: D) -> T | D:
        """The value of a cell; when it is refused, `otherwise` and one verdict more."""
        value = parse(self.row.cells.get(column, ""))
        if isinstance(value, Problem):
            self.refuse(column, value)
            return otherwise
        return value

    def read_if_any(self, column: str, parse: Callable[[str], T | Problem], otherwise: D) -> T | D:
        """The same for a cell that may be empty, or missing: then it says nothing, and `otherwise` stands."""
        return self.read(column, parse, otherwise) if self.row.cells.get(column) else otherwise

    def refuse(self, column: str | None, problem: Problem) -> None:
        """Add an error on this row."""
        self.bad = True
        self.verdicts.append(Verdict(self.file, self.row.line, column, "error", problem.problem, problem.remedy))

    def warn(self, column: str, problem: str, remedy: str) -> None:
        """Add a warning on this row, which stays good."""
        self.verdicts.append(Verdict(self.file, self.row.line, column, "warning", problem, remedy))


def parse_team(text: str) -> str | Problem:
    """A team has a name like a person; empty is no team."""
    return clean_name(text, "team") if text else ""


def parse_zone(text: str) -> str | Problem:
    """An IANA time zone; empty is none."""
    try:
        return ZoneInfo(text).key if text else ""
    except (KeyError, ValueError, OSError):
        return Problem(f"The time zone {shown(text)} is not known.", "Write an IANA name such as Europe/London.")


def parse_optional(text: str) -> str | Problem:
    """A short text that may be empty."""
    return clean_name(text, "value") if text else ""


def parse_list(text: str) -> tuple[str, ...] | Problem:
    """Items split by `;`, trimmed, each kept once whatever its case, in the order written."""
    items: dict[str, str] = {}
    for part in text.split(";") if text else ():
        if not part.strip():
            continue
        item = clean_name(part, "item")
        if isinstance(item, Problem):
            return item
        items.setdefault(folded(item), item)
    if len(items) > MOST_ITEMS:
        return Problem(f"This list has {len(items)} items.", f"Write at most {MOST_ITEMS}.")
    return tuple(items.values())


def parse_size(text: str) -> int | Problem | None:
    """The group size a person wishes: 2, 3 or no wish."""
    if text in ("", "2", "3"):
        return int(text) if text else None
    return Problem(f"{shown(text)} is not a group size.", "Write 2 or 3, or leave it empty.")


def parse_formats(text: str) -> str | Problem | None:
    """How a person meets: the one way that they insist on, or None where any will do."""
    found = {_FORMATS.get(folded(part).strip().replace("-", " ")) for part in text.split(";") if part.strip()}
    if None in found:
        return Problem(f"{shown(text)} is no way of meeting.", "Write in person, remote, or both with ; between them.")
    return found.pop() if len(found) == 1 else None


def parse_words(text: str) -> str | Problem:
    """A few sentences on one line."""
    return clean_name(text, "text", MOST_WORDS) if text else ""


def parse_count(text: str) -> int | Problem:
    """How often something happened before; empty is never."""
    if _COUNT.fullmatch(text):
        return int(text)
    return Problem(f"{shown(text)} is not a count.", "Write a whole number from 0, or leave it empty.") if text else 0


def parse_date(text: str) -> date | Problem | None:
    """A day as in ISO 8601, or empty."""
    if not text:
        return None
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        return Problem(
            phrase("%(text)s is not a date.", text=shown(text)),
            phrase("Write it like %(example)s.", example="2026-12-31"),
        )


def parse_round(text: str) -> int | Problem:
    """The number of a round."""
    if _ROUND.fullmatch(text):
        return int(text)
    return Problem(
        f"{shown(text)} is not a round number." if text else "The round is missing.",
        f"Write a whole number from 0 to {LATEST_ROUND}; a later round has a larger one.",
    )
