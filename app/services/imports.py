"""Bringing people and their past along: read first (`plan`), with a verdict on each line, then written all at once
(`apply`), or bundle by bundle (`import_jobs`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import chain, islice
from typing import Self

from sqlmodel import Session, select

from app.errors import BadInput, Fault
from app.files.pairs import HistoryFile, HistoryRow, PairRow, known_names, read_blocks, read_history, read_knows
from app.files.people import PeopleFile, PersonRow, read_people
from app.files.table import Table
from app.files.verdicts import Verdict, errors
from app.models import Participant, Programme
from app.services import audit, participants, rounds
from app.services.import_pairs import too_late, write_pairs
from app.services.import_people import clash, said, write_people
from app.services.import_rows import AT_ONCE, GOODBYES, PAIRS, ROWS, Bundle, LeaverRow, Terms, bundles
from app.services.import_sync import Sync, check, missing, notes, send_away

Progress = Callable[[str, float], None]
KINDS = ("people", "history", "blocks", "knows")


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one import; each may be missing, but not all."""

    people: Table | None = None
    history: Table | None = None
    blocks: Table | None = None
    knows: Table | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Which heading of the people's file is to be taken for which of our columns, where its name does not say so."""

    @classmethod
    def of(cls, tables: Mapping[str, Table], columns: Mapping[str, str] | None = None) -> Self:
        """The files by kind."""
        return cls(
            tables.get("people"), tables.get("history"), tables.get("blocks"), tables.get("knows"), columns or {}
        )

    def tables(self) -> dict[str, Table]:
        """The files that there are, by kind."""
        given = {kind: getattr(self, kind) for kind in KINDS}
        return {kind: table for kind, table in given.items() if table is not None}

    def longer_than(self, most: int) -> bool:
        """Whether all of them have more lines than that; reads no further than it must."""
        tables = self.tables().values()
        lines = chain.from_iterable(table.records() for table in tables)
        headers = sum(table.header_line > 0 for table in tables)
        return next(islice(lines, most + headers, None), None) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written, and what is wrong with the rest."""

    people: tuple[PersonRow, ...] = ()
    history: tuple[HistoryRow, ...] = ()
    blocks: tuple[PairRow, ...] = ()
    knows: tuple[PairRow, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """What the files are called, by kind."""
    missing: int = 0
    """How many are in the programme and not in the file, where that was asked."""
    leavers: tuple[LeaverRow, ...] = ()
    """Those of them who are to go."""

    @property
    def lines(self) -> int:
        """How many lines would be written."""
        return sum(self.usable.values()) + len(self.leavers)

    @property
    def usable(self) -> dict[str, int]:
        """The same by kind."""
        return {kind: len(getattr(self, kind)) for kind in KINDS}

    def bundles(self, size: int = AT_ONCE) -> Iterator[Bundle]:
        """What is to be written, in the order in which it must be, at most `size` people at once."""
        for kind in ROWS:
            lines = {"people": size, "leavers": max(size // GOODBYES, 1)}.get(kind, size * PAIRS)
            yield from bundles(kind, self.files.get(kind, kind), getattr(self, kind), lines)

    def report(self) -> "Report":
        """What an import says before it has done anything."""
        left_out = len({(verdict.file, verdict.line) for verdict in self.errors})
        return Report(
            missing=self.missing, skipped_lines=left_out, verdicts=[str(verdict) for verdict in self.verdicts]
        )

    @property
    def errors(self) -> list[Verdict]:
        """The verdicts that stop an import unless bad lines are skipped."""
        return errors(self.verdicts)


@dataclass(slots=True)
class Report:
    """What an import did. `left_alone` are people who have left: only they themselves can come back."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_alone: int = 0
    invited: int = 0
    history: int = 0
    blocks: int = 0
    knows: int = 0
    missing: int = 0
    paused: int = 0
    left: int = 0
    skipped_lines: int = 0
    verdicts: list[str] = field(default_factory=list)

    def add(self, counts: Mapping[str, int], late: Sequence[Verdict]) -> None:
        """Count what a bundle came to, and what was wrong by then."""
        for name, number in counts.items():
            setattr(self, name, getattr(self, name) + number)
        self.skipped_lines += len(late)
        self.verdicts += map(str, late)

    @property
    def counts(self) -> dict[str, int]:
        """All but the words."""
        return {name: number for name, number in asdict(self).items() if name != "verdicts"}


def plan(session: Session, programme: Programme, sources: Sources, sync: Sync | None = None) -> Plan:
    """Read the files against what the programme knows already. Writes nothing. With `sync` it also tells who is not in
    the file. Raises BadInput without a file, and TooManyLeavers.
    """
    if not sources.tables():
        raise BadInput(Fault("files", "are missing.", "Give at least one of people, history, blocks, knows."))
    if sync is not None and sources.people is None:
        raise BadInput(Fault("sync", "needs the file of people.", "It says who is in the programme."))
    known = known_people(session, programme)
    people = read_people(sources.people, sources.columns) if sources.people else PeopleFile("", (), ())
    verdicts = [*people.verdicts, *_clashes(session, programme, people), *_too_many(people)]
    clashing = {verdict.line for verdict in verdicts if verdict.level == "error"}
    rows = tuple(row for row in people.rows if row.line not in clashing)
    for row in rows:
        known[row.key] = known[row.id] = known.get(row.key, row.id)
    where = people.name or "this programme"
    history = _read_history(session, programme, sources.history, known, where, rows)
    blocks = read_blocks(sources.blocks, known, where) if sources.blocks else None
    knows = read_knows(sources.knows, known, where) if sources.knows else None
    past = too_late(session, programme, history.name, history.rows) if history else []
    late = {verdict.line for verdict in past}
    gone, here = missing(session, programme, people) if sync else ([], 0)
    if sync:
        check(replace(people, rows=rows, verdicts=tuple(verdicts)), len(gone), here, sync)
        verdicts += notes(people.name, gone, sync)
    return Plan(
        people=rows,
        history=tuple(row for row in history.rows if row.line not in late) if history else (),
        blocks=blocks.rows if blocks else (),
        knows=knows.rows if knows else (),
        verdicts=(
            *verdicts,
            *(history.verdicts if history else ()),
            *past,
            *(blocks.verdicts if blocks else ()),
            *(knows.verdicts if knows else ()),
        ),
        files={kind: table.name for kind, table in sources.tables().items()},
        missing=len(gone),
        leavers=tuple(LeaverRow(0, person.id) for person in gone) if sync and sync.leavers else (),
    )


def _read_history(
    session: Session,
    programme: Programme,
    table: Table | None,
    known: Mapping[str, str],
    where: str,
    rows: Sequence[PersonRow],
) -> HistoryFile | None:
    if table is None:
        return None

    @cache
    def names() -> dict[str, str | None]:
        query = select(Participant.name, Participant.match_key).where(Participant.programme_id == programme.id)
        return known_names(chain(session.exec(query), ((row.name, known[row.id]) for row in rows)))

    return read_history(table, known, where, names)


def known_people(session: Session, programme: Programme) -> dict[str, str]:
    """Every canonical address and every id of a programme, each with the name the matcher knows the person by."""
    rows = session.exec(
        select(Participant.email_key, Participant.match_key).where(Participant.programme_id == programme.id)
    ).all()
    return dict(rows) | {key: key for _, key in rows}


def _clashes(session: Session, programme: Programme, people: PeopleFile) -> list[Verdict]:
    rows = session.exec(
        select(Participant.email_key, Participant.match_key).where(Participant.programme_id == programme.id)
    ).all()
    ids, addresses = dict(rows), {key: email for email, key in rows}
    found = (clash(people.name, row, ids, addresses) for row in people.rows)
    return [verdict for verdict in found if verdict is not None]


def _too_many(people: PeopleFile) -> list[Verdict]:
    """A list that is longer than a participant may keep."""
    return [
        Verdict(
            people.name,
            row.line,
            f"{kind.value}s",
            "error",
            f"This list has {len(texts)} items.",
            f"Choose the {participants.limit_of(kind)} that matter most.",
        )
        for row in people.rows
        for kind, texts in said(row).items()
        if len(texts) > participants.limit_of(kind)
    ]


def apply(
    session: Session,
    programme: Programme,
    planned: Plan,
    *,
    active: bool,
    now: datetime,
    secret_key: str,
    actor: str,
    leavers: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Write what was planned, in the caller's transaction: some hundred lines; `import_jobs` writes more. People are
    found by address: new ones are added, known ones brought up to date, nobody removed.

    With `active`, consent was given elsewhere and people are in at once; otherwise each new one gets a confirmation
    mail.
    """
    terms = Terms(active, now, secret_key, actor, leavers)
    report = planned.report()
    session.flush()
    written = 0
    for bundle in planned.bundles():
        report.add(*write(session, programme, bundle, terms))
        written += len(bundle.rows)
        if progress:
            progress(bundle.kind, written / planned.lines)
    finish(session, programme, report.counts, terms)
    if progress:
        progress("done", 1.0)
    return report


def write(session: Session, programme: Programme, bundle: Bundle, terms: Terms) -> tuple[dict[str, int], list[Verdict]]:
    """Write one bundle: what was done, counted, and a verdict on each line that is wrong by now. The caller holds the
    programme's lock.
    """
    if bundle.kind == "people":
        return write_people(session, programme, bundle, terms)
    if bundle.kind == "leavers":
        return send_away(session, programme, bundle, terms), []
    number, late = write_pairs(session, programme, bundle, terms.now)
    return {bundle.kind: number}, late


def finish(session: Session, programme: Programme, counts: Mapping[str, int], terms: Terms) -> None:
    """What comes after the last line: groups that a new block parts, and the trail."""
    if counts["blocks"]:
        rounds.part(session, programme, now=terms.now, secret_key=terms.secret_key)
    audit.note(
        session,
        programme,
        now=terms.now,
        actor=terms.actor,
        action="people.import",
        added=counts["added"],
        changed=counts["changed"],
        history=counts["history"],
        blocks=counts["blocks"],
        knows=counts["knows"],
        paused=counts["paused"],
        left=counts["left"],
    )
