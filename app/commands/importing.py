"""What `coffee people import` does on a database, and what it says, here and on a remote service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, FAILED, Stopped

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.files.table import Table
    from app.files.verdicts import Verdict
    from app.services.import_sync import Sync
    from app.services.imports import Plan, Sources

STDIN = "-"
KINDS = ("people", "history", "blocks", "knows")
MOST_WARNINGS = 20
DRY = "Nothing was changed: this was a dry run."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked: the names of files by kind, and which heading is which of our columns."""

    slug: str
    files: dict[str, str]
    columns: dict[str, str]
    active: bool = False
    skip_bad: bool = False
    dry_run: bool = False
    sync: bool = False
    leavers: str | None = None
    confirmed: int | None = None

    @property
    def writes_mails(self) -> bool:
        """Whether mails may be written; only they hold signed links, for which the secret key is needed. A block may
        part a group of a drawn round, whose people are told.
        """
        return ("people" in self.files and not self.active) or "blocks" in self.files or self.leavers is not None

    def in_sync(self) -> Sync | None:
        """Whether, and how, the file says who is in the programme at all."""
        from app.services.import_sync import Leavers, Sync

        return Sync(Leavers(self.leavers) if self.leavers else None, self.confirmed) if self.sync else None


def import_here(asked: Asked) -> dict[str, Any]:
    """Import into the database of the settings; what it did, in the shape of the API's answer."""
    from app.services import import_jobs

    settings = house.settings()
    sources = _sources(asked)
    if not asked.dry_run and sources.longer_than(import_jobs.MANY):
        from app.commands.big_imports import import_many

        return import_many(settings, asked, sources)
    with house.opened(settings) as database:
        secret = settings.secret if asked.writes_mails else ""
        from app.queries import programmes as queries
        from app.services import imports

        with database.reading() as session:
            planned = imports.plan(session, queries.programme(session, asked.slug), sources, asked.in_sync())
        judge(planned.verdicts, skip_bad=asked.skip_bad)
        if asked.dry_run and planned.lines > import_jobs.MANY:
            return _answer(planned, None, dry_run=True)
        with database.reading() if asked.dry_run else database.writing("cli: import") as session:
            report = _apply(session, asked, planned, secret)
    return _answer(planned, report, dry_run=asked.dry_run)


def _apply(session: Session, asked: Asked, planned: Plan, secret: str) -> dict[str, int]:
    from sqlalchemy.exc import IntegrityError

    from app.clock import now
    from app.queries import programmes as queries
    from app.services import imports

    programme = queries.programme(session, asked.slug, lock=True)
    try:
        report = imports.apply(
            session,
            programme,
            planned,
            active=asked.active,
            now=now(),
            secret_key=secret,
            actor=house.ACTOR,
            leavers=asked.leavers,
        )
        session.flush()
    except IntegrityError:
        raise Stopped(
            FAILED, "Somebody changed the programme at the same moment; nothing was imported. Try again."
        ) from None
    return report.counts


def _answer(planned: Plan, report: dict[str, int] | None, *, dry_run: bool) -> dict[str, Any]:
    """What an import did, or would do, in the shape of the API's answer."""
    return {
        "dry_run": dry_run,
        "usable": planned.usable,
        "errors": len(planned.errors),
        "report": report,
        "verdicts": [
            {name: value for name, value in asdict(verdict).items() if name != "scope"} for verdict in planned.verdicts
        ],
    }


def _sources(asked: Asked) -> Sources:
    from app.services.imports import Sources

    return Sources.of({kind: table_of(name, kind) for kind, name in asked.files.items()}, asked.columns)


def mapped(given: Sequence[str]) -> dict[str, str]:
    """Our columns with the headings they have in the file."""
    wanted: dict[str, str] = {}
    for one in given:
        ours, told, heading = one.partition("=")
        if not told or not ours.strip() or not heading.strip() or ours.strip() in wanted:
            raise Stopped(BAD, f'--map {one}: write each column once, like --map name="Full name".')
        wanted[ours.strip()] = heading.strip()
    return wanted


def table_of(name: str, kind: str = "people") -> Table:
    """The file of that name, or standard input; of history also as other tools keep it."""
    from app.files.past import read_past
    from app.files.table import read_table

    read = read_past if kind == "history" else read_table
    if name == STDIN:
        return read(typer.get_binary_stream("stdin").read(), "standard input")
    return read(Path(name), name)


def judge(verdicts: Sequence[Verdict], *, skip_bad: bool) -> None:
    """Say every verdict, and stop where bad lines may not be left out."""
    errors = [verdict for verdict in verdicts if verdict.level == "error"]
    warnings = [verdict for verdict in verdicts if verdict.level == "warning"]
    notes = [verdict for verdict in verdicts if verdict.level == "note"]
    terminal.say(*(f"note: {verdict}" for verdict in notes[:MOST_WARNINGS]))
    if len(notes) > MOST_WARNINGS:
        terminal.say(f"… and {len(notes) - MOST_WARNINGS:,} more notes.")
    terminal.say(*map(str, errors))
    terminal.say(*(f"warning: {verdict}" for verdict in warnings[:MOST_WARNINGS]))
    if len(warnings) > MOST_WARNINGS:
        terminal.say(f"… and {len(warnings) - MOST_WARNINGS:,} more warnings.")
    if any(verdict.stops for verdict in errors):
        raise Stopped(BAD, "Nothing was imported.")
    number = len({(verdict.file, verdict.line) for verdict in errors})
    bad = terminal.counted(number, "bad line", "bad lines")
    if errors and not skip_bad:
        them = "it" if number == 1 else "them"
        raise Stopped(BAD, f"Nothing was imported: {bad}. Correct {them}, or leave {them} out with --skip-bad.")
    if errors:
        terminal.say(f"Left out: {bad} (--skip-bad).")


def summary(said: dict[str, Any]) -> list[str]:
    """What an import did, in words; a remote service only counts what could be used when it runs dry."""
    report = said["report"]
    if report is None:
        usable = ", ".join(f"{number:,} of {kind}" for kind, number in said["usable"].items() if number)
        return [f"Lines that can be used: {usable or 'none'}.", DRY]
    people = [
        f"{report[name]:,} {words}"
        for name, words in (
            ("added", "added"),
            ("changed", "changed"),
            ("unchanged", "as before"),
            ("left_alone", "left alone, because they have left"),
            ("invited", "asked to confirm by mail"),
            ("missing", "not in the file"),
            ("paused", "paused"),
            ("left", "out of the programme"),
        )
        if report[name]
    ]
    pairs = [f"{report[name]:,} of {name}" for name in ("history", "blocks", "knows") if report[name]]
    lines = [f"People: {', '.join(people) or 'nobody'}."]
    if pairs:
        lines.append(f"New pairs: {', '.join(pairs)}.")
    return [*lines, DRY] if said["dry_run"] else lines
