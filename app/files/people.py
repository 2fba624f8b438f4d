"""The file of people: who takes part, with what they told us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from app.files.addresses import Address, canonical_key, parse_address
from app.files.columns import taken
from app.files.headers import missing_columns, unknown_columns
from app.files.hints import comma_lists, lonely_people
from app.files.names import clean_name
from app.files.pairs import known_names
from app.files.table import Table, TableRow
from app.files.values import (
    RowReader,
    parse_count,
    parse_date,
    parse_formats,
    parse_list,
    parse_optional,
    parse_size,
    parse_team,
    parse_words,
    parse_zone,
)
from app.files.verdicts import Problem, Verdict

REQUIRED = ("email", "name", "team")
OPTIONAL = (
    *("id", "location", "interests", "asks", "offers", "languages", "times"),
    *("size", "trios", "sat_out", "paused_until", "formats", "access", "time_zone", "manager_email"),
)
_NOBODY = Address("", "", "")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One good row. `email` is as typed, `mailbox` what mail is sent to, `key` what makes the address unique."""

    line: int
    email: str
    mailbox: str
    key: str
    name: str
    team: str
    external_id: str | None = None
    location: str = ""
    interests: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    size: int | None = None
    trios: int = 0
    sat_out: int = 0
    paused_until: date | None = None
    format: str | None = None
    access: str = ""
    time_zone: str = ""
    manager_email: str = ""
    keeps: tuple[str, ...] = ()
    """What the file does not tell: it is for people who are new, and whoever is known keeps theirs."""

    @property
    def id(self) -> str:
        """What the other files and the answers call this person: the id, or the canonical address."""
        return self.external_id or self.key


@dataclass(frozen=True)
class PeopleFile:
    """The good rows in the order of the file, and a verdict on everything else. The caller decides what that means."""

    name: str
    rows: tuple[PersonRow, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def broken(self) -> bool:
        """Whether nothing of the file can be used."""
        return any(verdict.stops for verdict in self.verdicts)

    @property
    def known(self) -> dict[str, str]:
        """Every id and every canonical address, each with the id it stands for."""
        return {row.key: row.id for row in self.rows} | {row.id: row.id for row in self.rows}

    @cached_property
    def names(self) -> dict[str, str | None]:
        """Every name, folded, with the id of the only one who has it."""
        return known_names((row.name, row.id) for row in self.rows)


def read_people(table: Table, wanted: Mapping[str, str] | None = None) -> PeopleFile:
    """Read every row; a bad one costs a verdict and never stops the others.

    In: a table; which heading is to be taken for which of our columns, where its name does not say so. Out: the good
    rows, and verdicts on the file, its columns and its bad rows.
    An address or id that stands in the file twice is refused on the later line, naming the earlier one.
    """
    table, told = taken(table, wanted or {}, (*REQUIRED, *OPTIONAL))
    verdicts = [*table.verdicts, *told]
    if not table.broken:
        verdicts += missing_columns(table, REQUIRED)
    if any(verdict.stops for verdict in verdicts):
        return PeopleFile(table.name, (), tuple(verdicts))
    verdicts += unknown_columns(table, (*REQUIRED, *OPTIONAL))
    rows = _distinct_ids(table.name, tuple(_rows(table, verdicts)), verdicts)
    if not rows and len(verdicts) == len(table.verdicts) + len(told):
        verdicts.append(_nobody(table.name))
    verdicts += lonely_people(table.name, rows)
    verdicts.sort(key=lambda verdict: verdict.line)
    return PeopleFile(table.name, rows, tuple(verdicts))


def _nobody(file: str) -> Verdict:
    return Verdict(file, 0, None, "warning", "There is nobody below the header.", "Write one line for each person.")


@dataclass
class _Seen:
    """The line on which each address and each id stood first."""

    addresses: dict[str, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)


def _rows(table: Table, verdicts: list[Verdict]) -> Iterator[PersonRow]:
    seen = _Seen()
    for row in table:
        if isinstance(row, Verdict):
            verdicts.append(row)
            continue
        if table.header_line:  # lists that came as JSON are split already
            verdicts += comma_lists(table.name, row)
        if person := _person(table.name, row, seen, verdicts):
            yield replace(person, keeps=table.keeps) if table.keeps else person


def _person(file: str, row: TableRow, seen: _Seen, verdicts: list[Verdict]) -> PersonRow | None:
    cells = RowReader(file, row, verdicts)
    address = cells.read("email", parse_address, _NOBODY)
    external_id = cells.read_if_any("id", parse_optional, "")
    _refuse_twice(cells, "email", "address", address.key, seen.addresses)
    _refuse_twice(cells, "id", "id", external_id, seen.ids)
    person = PersonRow(
        line=row.line,
        email=address.typed,
        mailbox=address.mailbox,
        key=address.key,
        name=cells.read("name", clean_name, ""),
        team=cells.read_if_any("team", parse_team, ""),
        external_id=external_id or None,
        location=cells.read_if_any("location", parse_optional, ""),
        interests=cells.read_if_any("interests", parse_list, ()),
        asks=cells.read_if_any("asks", parse_list, ()),
        offers=cells.read_if_any("offers", parse_list, ()),
        languages=cells.read_if_any("languages", parse_list, ()),
        times=cells.read_if_any("times", parse_list, ()),
        size=cells.read_if_any("size", parse_size, None),
        trios=cells.read_if_any("trios", parse_count, 0),
        sat_out=cells.read_if_any("sat_out", parse_count, 0),
        paused_until=cells.read_if_any("paused_until", parse_date, None),
        format=cells.read_if_any("formats", parse_formats, None),
        access=cells.read_if_any("access", parse_words, ""),
        time_zone=cells.read_if_any("time_zone", parse_zone, ""),
        manager_email=_manager(cells, address),
    )
    if not (person.team or cells.bad):
        cells.warn(
            "team", "The team is empty.", "Nobody counts as a colleague of this person; write the team if there is one."
        )
    return None if cells.bad else person


def _manager(cells: RowReader, own: Address) -> str:
    """The address of the line manager. Who leads all stands in some lists as their own manager, and has none."""
    manager = cells.read_if_any("manager_email", parse_address, _NOBODY)
    if manager.key and manager.key == own.key:
        problem = "This person is named as their own line manager."
        cells.warn("manager_email", problem, "They are taken to have none; write another address if they have one.")
        return ""
    return manager.mailbox


def _refuse_twice(cells: RowReader, column: str, what: str, value: str, lines: dict[str, int]) -> None:
    if not value:
        return
    earlier = lines.setdefault(value, cells.row.line)
    if earlier != cells.row.line:
        cells.refuse(column, Problem(f"This {what} is already on line {earlier}.", "Keep one of the two lines."))


def _distinct_ids(file: str, rows: tuple[PersonRow, ...], verdicts: list[Verdict]) -> tuple[PersonRow, ...]:
    """The rows whose id cannot be mistaken for somebody else's address."""
    lines = {row.key: row.line for row in rows}
    good = []
    for row in rows:
        line = lines.get(canonical_key(row.external_id), row.line) if row.external_id else row.line
        if line == row.line:
            good.append(row)
        else:
            problem = f"This id is the address of another person, on line {line}."
            verdicts.append(Verdict(file, row.line, "id", "error", problem, "Write another id."))
    return tuple(good)
