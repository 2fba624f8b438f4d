"""The files of pairs: who met in earlier rounds, who must not meet, who knows each other already."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.files.addresses import canonical_key
from app.files.headers import missing_columns, unknown_columns
from app.files.names import folded
from app.files.table import Table, TableRow
from app.files.values import RowReader, parse_round
from app.files.verdicts import Problem, Verdict, shown

HISTORY_COLUMNS = ("round", "a", "b")
PAIR_COLUMNS = ("a", "b")

Names = Callable[[], Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Two people who met in a round, by their ids, the smaller first."""

    line: int
    round: int
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two people, by their ids, the smaller first."""

    line: int
    a: str
    b: str


@dataclass(frozen=True)
class HistoryFile:
    """The good lines of a history, and a verdict for each bad one."""

    name: str
    rows: tuple[HistoryRow, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class PairsFile:
    """The good lines of a file of pairs, and a verdict for each bad one."""

    name: str
    rows: tuple[PairRow, ...]
    verdicts: tuple[Verdict, ...]


def read_history(
    table: Table,
    known: Mapping[str, str],
    people: str = "the people file",
    names: Names = dict,
) -> HistoryFile:
    """Read who met whom in which round.

    In: a table; every id and canonical address with the id it stands for (`PeopleFile.known`); what to call the file
    of people; every name, folded, with the id of the only one who has it, because other tools know people by name
    (asked for only when there is need).
    Out: the good lines, repeated ones included, and a verdict for each bad one: a missing or odd round, a
    stranger, a person with oneself.
    """
    verdicts = _opened(table, HISTORY_COLUMNS)
    rows = []
    for cells in _readers(table, verdicts):
        number = cells.read("round", parse_round, 0)
        pair = _pair(cells, known, people, names)
        if pair and not cells.bad:
            rows.append(HistoryRow(cells.row.line, number, *pair))
    return HistoryFile(table.name, tuple(rows), tuple(verdicts))


def known_names(people: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Every name, folded, with the id of the one who has it; None where several do. In: names with ids."""
    found: dict[str, str | None] = {}
    for name, person in people:
        key = folded(" ".join(name.split()))
        found[key] = person if found.get(key, person) == person else None
    return found


def read_blocks(table: Table, known: Mapping[str, str], people: str = "the people file") -> PairsFile:
    """Read who must never be in one group: as `read_history`, without the round. A block that names nobody is bad."""
    return _read_pairs(table, known, people)


def read_knows(table: Table, known: Mapping[str, str], people: str = "the people file") -> PairsFile:
    """Read who knows each other already: as `read_history`, without the round."""
    return _read_pairs(table, known, people)


def _read_pairs(table: Table, known: Mapping[str, str], people: str) -> PairsFile:
    verdicts = _opened(table, PAIR_COLUMNS)
    rows = [
        PairRow(cells.row.line, *pair)
        for cells in _readers(table, verdicts)
        if (pair := _pair(cells, known, people)) is not None
    ]
    return PairsFile(table.name, tuple(rows), tuple(verdicts))


def _opened(table: Table, columns: tuple[str, ...]) -> list[Verdict]:
    verdicts = list(table.verdicts)
    if not table.broken:
        verdicts += missing_columns(table, columns) or unknown_columns(table, columns)
    return verdicts


def _readers(table: Table, verdicts: list[Verdict]) -> Iterator[RowReader]:
    if any(verdict.stops for verdict in verdicts):
        return
    for row in table:
        if isinstance(row, TableRow):
            yield RowReader(table.name, row, verdicts)
        else:
            verdicts.append(row)


def _pair(cells: RowReader, known: Mapping[str, str], people: str, names: Names = dict) -> tuple[str, str] | None:
    """The ids of the two people of a row in order, or None and the reasons among the verdicts."""
    a = cells.read("a", lambda text: _id(text, known, people, names), None)
    b = cells.read("b", lambda text: _id(text, known, people, names), None)
    if a is None or b is None:
        return None
    if a == b:
        cells.refuse("b", Problem("Both columns name the same person.", "Name two people, or remove the line."))
        return None
    return (a, b) if a < b else (b, a)


def _id(text: str, known: Mapping[str, str], people: str, names: Names) -> str | Problem:
    if not text:
        return Problem("The person is missing.", "Write an e-mail address or an id.")
    found = known.get(text) or known.get(unicodedata.normalize("NFC", text)) or known.get(canonical_key(text))
    if found is None and (name := folded(" ".join(text.split()))) in names():
        found = names()[name]
        if found is None:
            return Problem(f"Several people are called {shown(text)}.", "Write an e-mail address or an id.")
    if found is None:
        return Problem(f"{shown(text)} names nobody in {people}.", f"Correct it, or add the person to {people}.")
    return found
