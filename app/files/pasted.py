"""Addresses out of a mail, a sheet or a list, as a table: `Name <address>`, `name, address` or bare, one a line or with
commas and semicolons between them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from app.files.addresses import canonical_key
from app.files.cells import as_typed
from app.files.table import MOST_ROWS, Record, Records, Table
from app.files.verdicts import Verdict, file_error

COLUMNS = ("email", "name")
LONGEST = 2_000_000
"""Characters that may be pasted."""
_PIECES = re.compile(r'"[^"\n]*"|<[^<>\n]*>|[^,;\t\n"<]+|[,;\t\n"<]')
_BETWEEN = (",", ";", "\t", "\n")
_WORD = re.compile(r"[^\W\d_]+")


def read_pasted(text: str, name: str, most_rows: int = MOST_ROWS) -> Table:
    """What was pasted as a table with an address and a name, which may be empty; its lines are the entries in order."""
    if len(text) > LONGEST:
        problem = f"This is more than {LONGEST:,} characters."
        return Table(name, verdicts=(file_error(name, problem, "Paste it in parts, or send it as a file."),))
    entries = list(islice(_entries("\n".join(text.splitlines())), most_rows + 1))
    if len(entries) > most_rows:
        problem = f"There are more than {most_rows:,} entries."
        return Table(name, verdicts=(file_error(name, problem, "Paste it in parts."),))
    if not entries:
        return Table(name, verdicts=(file_error(name, "There is no address.", "Write one on each line."),))
    records: list[Record] = [(number, [as_typed(text) for text in entry]) for number, entry in enumerate(entries, 1)]
    return Table(
        name,
        COLUMNS,
        header_line=0,
        most_rows=most_rows,
        headings=COLUMNS,
        records=lambda: iter(records),
        digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def filled(table: Table, known: Mapping[str, tuple[str, str]], keeps: frozenset[str], team: str = "") -> Table:
    """The table with a name and a team on each line, where `keeps` says that the file does not tell them: those that a
    known person has, by canonical address; for others a name made from the address, and the team given.
    """
    columns = (*table.columns, *(column for column in ("name", "team") if column not in table.columns))
    places = {column: columns.index(column) for column in keeps}
    if not keeps or "email" not in columns:
        return table
    records = _filled(table, known, places, columns.index("email"), team)
    return replace(table, columns=columns, records=records, keeps=tuple(sorted(keeps)))


def _filled(
    table: Table, known: Mapping[str, tuple[str, str]], places: Mapping[str, int], email: int, team: str
) -> Records:
    narrow = len(table.columns)
    more = [""] * sum(place >= narrow for place in places.values())

    def records() -> Iterator[Record | Verdict]:
        for record in table.records():
            if isinstance(record, Verdict) or record[0] <= table.header_line or not any(map(str.strip, record[1])):
                yield record
                continue
            line, given = record
            wrong = table.misfit(line, given)
            if wrong is not None:
                yield wrong
                continue
            cells = [*given[:narrow], *more]
            person = known.get(canonical_key(cells[email]))
            name, of_team = person or (name_from(cells[email]), team)
            for column, place in places.items():
                if person is not None or not cells[place].strip():
                    cells[place] = name if column == "name" else of_team
            yield line, cells

    return records


def name_from(address: str) -> str:
    """`sam.okoro2@example.org` → `Sam Okoro`: better than nothing, until they correct it themselves."""
    local = address.partition("@")[0].partition("+")[0].strip()
    words = _WORD.findall(local)
    return " ".join(word.capitalize() for word in words)[:100] or local[:100]


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Address and name, as far as there is one."""
    waiting = ""  # a piece without an address: it may be the name of the next one
    for piece, end in _pieces(text):
        address, name = _split(piece)
        if not address:
            if waiting:
                yield waiting, ""
            waiting = piece if end in (",", "\t") else ""
            if not waiting:
                yield piece, ""
            continue
        if name and waiting:
            name, waiting = f"{name} {waiting}", ""  # Okoro, Sam <sam@example.org>
        yield address, name or waiting
        waiting = ""
    if waiting:
        yield waiting, ""


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What stands between commas, semicolons, tabs and line ends, quotation marks respected, each with its end."""
    piece = ""
    for found in _PIECES.finditer(text):
        if found[0] in _BETWEEN:
            if piece.strip():
                yield piece.strip(), found[0]
            piece = ""
        else:
            piece += found[0]
    if piece.strip():
        yield piece.strip(), "\n"


def _in_order(name: str) -> str:
    """`Okoro, Sam` as people say it."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else name


def _split(piece: str) -> tuple[str, str]:
    """`Name <address>` in two; a bare address alone; neither where there is none."""
    if piece.endswith(">") and "<" in piece:
        name, _, address = piece[:-1].rpartition("<")
        return address.strip(), _in_order(name.strip().strip("\"'").strip())
    if "@" not in piece:
        return "", ""
    words = piece.split()
    return (words[-1], " ".join(words[:-1]).strip("\"'")) if "@" in words[-1] and len(words) > 1 else (piece, "")
