"""Who met whom, as other tools and spreadsheets keep it: recognised by content, and read as our `round,a,b`.

| what | how it looks |
| --- | --- |
| ours | `round,a,b`; also with more people a line, `round,email_a,email_b,email_c` |
| a list | two or more people a line, with a date, or newest last |
| a mail merge | a line a person, with their match in a column; or a column a round |
| Yelp Beans | the JSON of its `/v1/metrics/meetings`: participant, meeting, date |
| colette | `solution_000012.toml` or `.csv`, or a ZIP of them; people by name |

The formats of other tools were read off their documentation and source; nothing of those stands here.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tomllib
import zipfile
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from app.files.pairs import HISTORY_COLUMNS
from app.files.table import MOST_ROWS, Record, Table, TableRow, read_table
from app.files.verdicts import Problem, Verdict, file_error, shown
from app.files.xlsx_source import is_workbook

MOST_UNPACKED = 50_000_000  # bytes of a ZIP
MOST_MEMBERS = 2_000

_KINDS = "person|name|e_?mail|mail|member|participant|partner|colleague|employee|user|attendee|teilnehmer|kollege"
_PERSON = re.compile(rf"(?:[a-f]|(?:{_KINDS})_?(?:[1-6]|[a-f])|primary|secondary)")
_MATCH = re.compile(r"(?:your_|my_)?(?:match(?:ed_with)?|partner|buddy|paired_with|coffee_partner)(?:_?[1-6])?")
_MATCH_ADDRESS = re.compile(rf"{_MATCH.pattern}(?:_s)?_(?:e_?mail|mail|e_?mail_address)")
_OF_A_ROUND = re.compile(r"(?:round|week|month|runde|woche)_?([0-9]{1,8})")
_SELF = ("email", "e_mail", "mail", "email_address", "id", "name", "full_name", "person", "employee", "participant")
_DATES = ("date", "day", "met_on", "met_at", "when", "datum", "fecha", "meeting_date")
_ROUNDS = ("round", "round_number", "runde", "ronde")
_SOLUTION = re.compile(r"(?:.*[/\\])?solution_([0-9]{1,8})\.(toml|csv)", re.IGNORECASE)

Met = tuple[int, Hashable, tuple[str, ...]]
"""A line, what tells its round from others, and the people who met."""


def read_past(source: bytes | Path, name: str, most_rows: int = MOST_ROWS) -> Table:
    """A file of history as a table `round,a,b`, with a note that says as what it was read, unless it is one of ours.

    Nothing is raised for bad input; what is not recognised is read as ours, and the verdicts say what is missing.
    """
    content = _content(source)
    if content is None:
        return read_table(source, name, most_rows)
    foreign = _from_json(content, name) or _from_zip(content, name) or _from_toml(content, name)
    if foreign is not None:
        return replace(foreign, most_rows=most_rows, digest=hashlib.sha256(content).hexdigest())
    table = read_table(content, name, most_rows)
    if table.broken or set(HISTORY_COLUMNS) <= set(table.columns):
        return table
    return _from_sheet(table)


def _content(source: bytes | Path) -> bytes | None:
    try:
        return source.read_bytes() if isinstance(source, Path) else source
    except OSError:
        return None


# --- sheets ----------------------------------------------------------------------------------------------------------


def _from_sheet(table: Table) -> Table:
    columns = [column for column in table.columns if column]
    when = _first(columns, _ROUNDS) or _first(columns, _DATES)
    if "primary" in columns and "secondary" in columns:
        number = _number_in(table.name)
        return _listed(table, ["primary", "secondary"], lambda _: number, f"colette's pairs of round {number}")
    people = [column for column in columns if _PERSON.fullmatch(column)]
    matches = [column for column in columns if _MATCH_ADDRESS.fullmatch(column)] or [
        column for column in columns if _MATCH.fullmatch(column) and column not in people
    ]
    rounds = [column for column in columns if _OF_A_ROUND.fullmatch(column)]
    me = _first([column for column in columns if column not in matches], _SELF)
    if me and matches:
        return _merged(table, me, matches, when)
    if me and rounds:
        return _by_round(table, me, rounds)
    if len(people) < 2 and len(columns) - (when is not None) == 2:
        people = [column for column in columns if column != when]
    if len(people) < 2:
        return table
    if all("@" in heading for heading in table.headings[:2]):
        table = replace(table, header_line=table.header_line - 1)  # the first line is a pair already
    if when is None:
        return _in_order(table, people)
    words = "a list of people with rounds" if when in _ROUNDS else "a list of people with dates, a round each day"
    return _listed(table, people, lambda row: _when(row, when), words)


def _merged(table: Table, me: str, matches: Sequence[str], when: str | None) -> Table:
    words = "a mail merge, a line a person with their match"
    return _listed(table, [me, *matches], lambda row: _when(row, when) if when else 1, words)


def _by_round(table: Table, me: str, rounds: Sequence[str]) -> Table:
    """A line a person, a column a round."""

    def met(row: TableRow) -> Iterator[tuple[Hashable, tuple[str, ...]]]:
        for column in rounds:
            found = _OF_A_ROUND.fullmatch(column)
            assert found
            yield int(found[1]), (row.cells[me], row.cells[column])

    return _as_table(table, met, "a line a person, and a column a round")


def _in_order(table: Table, people: Sequence[str]) -> Table:
    """Newest last: a round is over as soon as somebody meets again."""
    met: set[str] = set()
    number = 1

    def next_one(row: TableRow) -> Hashable:
        nonlocal number
        here = {cell.casefold() for column in people if (cell := row.cells[column])}
        if met & here:
            met.clear()
            number += 1
        met.update(here)
        return number

    return _listed(table, people, next_one, "a list without rounds, the newest last")


def _listed(table: Table, people: Sequence[str], when: Callable[[TableRow], Hashable | Problem], words: str) -> Table:
    def met(row: TableRow) -> Iterator[tuple[Hashable | Problem, tuple[str, ...]]]:
        yield when(row), tuple(row.cells[column] for column in people)

    return _as_table(table, met, words)


def _as_table(
    table: Table, met: Callable[[TableRow], Iterable[tuple[Hashable | Problem, tuple[str, ...]]]], words: str
) -> Table:
    found: list[Met] = []
    wrong: list[Verdict] = []
    for row in table:
        if isinstance(row, Verdict):
            wrong.append(row)
            continue
        for when, people in met(row):
            if isinstance(when, Problem):
                wrong.append(Verdict(table.name, row.line, None, "error", when.problem, when.remedy))
            else:
                found.append((row.line, when, people))
    return _table(table.name, found, words, wrong, digest=table.digest, earlier=table.verdicts)


def _when(row: TableRow, column: str) -> Hashable | Problem:
    text = row.cells[column]
    if column in _ROUNDS:
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 8 else _no_round(text)
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return Problem(f"{shown(text)} is not a date.", "Write it like 2026-12-31.")


def _no_round(text: str) -> Problem:
    return Problem(f"{shown(text)} is not a round number.", "Write a whole number; a later round has a larger one.")


def _first(columns: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in columns), None)


# --- other tools -----------------------------------------------------------------------------------------------------


def _from_json(content: bytes, name: str) -> Table | None:
    """Yelp Beans: a list of objects, one for each person of each meeting."""
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[{", b"[ ", b"[\n", b"[\r", b"{")):
        return None
    try:
        given = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) and "meeting" in one for one in given):
        problem = "This JSON is not a list of meetings."
        return Table(name, verdicts=(file_error(name, problem, _BEANS),))
    meetings: dict[tuple[str, str], tuple[int, list[str]]] = {}
    wrong: list[Verdict] = []
    for line, one in enumerate(given, 1):
        day, person = one.get("date"), one.get("participant")
        if not isinstance(person, str) or not isinstance(day, str) or not _is_day(day[:10]):
            wrong.append(Verdict(name, line, None, "error", "This entry lacks a participant or a date.", _BEANS))
            continue
        meetings.setdefault((day[:10], str(one["meeting"])), (line, []))[1].append(person)
    found: list[Met] = [(line, day, tuple(people)) for (day, _), (line, people) in meetings.items()]
    return _table(name, found, "meetings of Yelp Beans, a round each day", wrong)


_BEANS = "Save what Beans answers at /v1/metrics/meetings, or a table with the columns round,a,b."


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _from_toml(content: bytes, name: str) -> Table | None:
    """A round of colette."""
    if b"[[pair]]" not in content or content.startswith(b"PK"):
        return None
    found = _solution(content, name)
    if isinstance(found, Verdict):
        return Table(name, verdicts=(found,))
    return _table(name, found, "a round of colette")


def _solution(content: bytes, name: str) -> list[Met] | Verdict:
    try:
        given: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
        number, pairs = int(given["round"]), [(str(one["primary"]), str(one["secondary"])) for one in given["pair"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return file_error(name, "This looks like a round of colette and cannot be read as one.", "Export it again.")
    if not 0 <= number <= 99_999_999:
        return file_error(name, f"{number} is not a round number.", "Write a whole number from 0.")
    return [(line, number, pair) for line, pair in enumerate(pairs, 1)]


def _from_zip(content: bytes, name: str) -> Table | None:
    """The rounds of colette in one ZIP; where a round is there twice, the .toml counts, as in colette."""
    if not content.startswith(b"PK\x03\x04") or is_workbook(content):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if _SOLUTION.fullmatch(one.filename)]
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
                return Table(name, verdicts=(file_error(name, "This archive is far too large.", "Split it."),))
            rounds = {one.filename: archive.read(one) for one in members}
    except Exception:  # zipfile raises whatever a broken or locked archive leads to
        return Table(name, verdicts=(file_error(name, "This archive cannot be read.", "Pack it again."),))
    return _all_rounds(rounds, name) if rounds else None


def _all_rounds(rounds: dict[str, bytes], name: str) -> Table:
    by_number: dict[Hashable, list[Met]] = {}
    wrong: list[Verdict] = []
    for member in sorted(rounds, key=lambda one: (one.lower().endswith(".toml"), one)):
        is_toml = member.lower().endswith(".toml")
        found = _solution(rounds[member], member) if is_toml else _pairs_of(rounds[member], member)
        if isinstance(found, Verdict):
            wrong.append(replace(found, file=f"{name}/{member}"))
        elif found:
            by_number[found[0][1]] = found
    return _table(name, [one for met in by_number.values() for one in met], "rounds of colette", earlier=wrong)


def _pairs_of(content: bytes, name: str) -> list[Met] | Verdict:
    table = read_table(content, name)
    if table.broken:
        return table.verdicts[0]
    if not {"primary", "secondary"} <= set(table.columns):
        return file_error(name, "There are no columns primary and secondary.", "Export it again.")
    rows = (row for row in table if isinstance(row, TableRow))
    number = _number_in(name)
    return [(row.line, number, (row.cells["primary"], row.cells["secondary"])) for row in rows]


def _number_in(name: str) -> int:
    """The round that the name of a file of colette tells; the first where it tells none."""
    found = _SOLUTION.fullmatch(name)
    return int(found[1]) if found else 1


# --- as ours ---------------------------------------------------------------------------------------------------------


def _table(
    name: str,
    met: Sequence[Met],
    words: str,
    wrong: Sequence[Verdict] = (),
    *,
    digest: str = "",
    earlier: Sequence[Verdict] = (),
) -> Table:
    """Meetings as a table of ours: every pair once a round, rounds numbered where they only had days."""
    days = sorted({when for _, when, _ in met if not isinstance(when, int)}, key=str)
    numbers: dict[Hashable, int] = {day: number for number, day in enumerate(days, 1)}
    seen: dict[int, set[frozenset[str]]] = defaultdict(set)
    records: list[Record | Verdict] = list(wrong)
    for line, when, people in met:
        number = when if isinstance(when, int) else numbers[when]
        present = list(dict.fromkeys(person.strip() for person in people if person.strip()))
        for pair in combinations(present, 2):
            if frozenset(pair) not in seen[number]:
                seen[number].add(frozenset(pair))
                records.append((line, [str(number), *pair]))
    told = (*earlier, *_told(name, words, met))
    return Table(name, HISTORY_COLUMNS, 0, told, headings=HISTORY_COLUMNS, records=lambda: iter(records), digest=digest)


def _told(name: str, words: str, met: Sequence[Met]) -> tuple[Verdict, ...]:
    rounds = len({when for _, when, _ in met})
    counted = "1 round" if rounds == 1 else f"{rounds} rounds"
    problem = f"This was read as {words}: {counted}."
    return (
        Verdict(name, 0, None, "note", problem, "If that is wrong, write it as a table with the columns round,a,b."),
    )
