"""`coffee people …`: files of an organiser into a programme, with a verdict on every wrong line; who is in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, FAILED, Stopped
from app.commands.options import AsJson, Slug, Url

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.files.table import Table
    from app.files.verdicts import Verdict
    from app.services.imports import Plan, Sources

STDIN = "-"
KINDS = ("people", "history", "blocks", "knows")
MOST_WARNINGS = 20
MOST_LISTED = 200
DRY = "Nothing was changed: this was a dry run."

app = typer.Typer(help="People of a programme.", no_args_is_help=True)


@app.callback()
def people_group() -> None:
    """People of a programme."""


def _file(words: str) -> Any:
    return typer.Option(metavar="FILE", help=words)


@app.command("import")
def import_people(
    slug: Slug,
    people: Annotated[
        str | None, typer.Argument(metavar="PEOPLE", help="email,name,team and more; - reads a pipe.")
    ] = None,
    history: Annotated[str | None, _file("Who met in which round: round,a,b; rounds are whole numbers.")] = None,
    blocks: Annotated[str | None, _file("Who must never meet: a,b.")] = None,
    knows: Annotated[str | None, _file("Who knows each other already: a,b.")] = None,
    active: Annotated[
        bool, typer.Option("--active", help="Consent was given elsewhere: no confirmation mails.")
    ] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad lines out instead of stopping.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Bring people and their past along. Known ones are found by address and brought up to date; nobody is removed."""
    files = {name: path for name, path in zip(KINDS, (people, history, blocks, knows), strict=True) if path}
    if not files:
        raise Stopped(BAD, "Name a file of people, or at least one of --history, --blocks, --knows.")
    if list(files.values()).count(STDIN) > 1:
        raise Stopped(BAD, "Only one file can be read from standard input (-).")
    wishes = {"active": active, "skip_bad": skip_bad, "dry_run": dry_run}
    if url:
        from app.commands.remote_imports import import_there

        report = import_there(url, slug, files, **wishes)
    else:
        report = _import_here(slug, files, **wishes)
    if as_json:
        terminal.answer(report)
    else:
        terminal.say(*summary(report))


@app.command("list")
def list_people(
    slug: Slug,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, metavar="NUMBER", help="How many at a time.")] = 100,
    cursor: Annotated[str, typer.Option(metavar="CURSOR", help="The page after the one that named this.")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="Every page, one after the other.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Who is in a programme: name, address, team and state, a page at a time."""
    with _pages(url, slug) as page:
        found = page(cursor, limit)
        while everybody and found["next_cursor"]:
            following = page(found["next_cursor"], limit)
            found = following | {"participants": found["participants"] + following["participants"]}
    if as_json:
        terminal.answer(found)
        return
    columns = ("name", "email", "team", "state")
    rows = ([one[column] for column in columns] for one in found["participants"])
    terminal.table(("name", "address", "team", "state"), rows)
    if found["next_cursor"]:
        terminal.say(f"There are more: add --cursor {found['next_cursor']}, or --all.")


@contextmanager
def _pages(url: str | None, slug: str) -> Iterator[Callable[[str, int], dict[str, Any]]]:
    """Pages of people, wherever the people are, in the shape of the API's answer."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            path = f"/programmes/{quote(slug, safe='')}/participants"
            yield lambda cursor, limit: remote.get(f"{path}?{urlencode({'cursor': cursor, 'limit': limit})}")
        return
    with house.opened(house.settings()) as database:

        def here(cursor: str, limit: int) -> dict[str, Any]:
            from app.api import shown
            from app.queries import programmes as queries

            with database.reading() as session:
                page = shown.people_page(session, queries.programme(session, slug), cursor, limit)
            return page.model_dump(mode="json")

        yield here


def _import_here(slug: str, files: dict[str, str], *, active: bool, skip_bad: bool, dry_run: bool) -> dict[str, Any]:
    settings = house.settings()
    with house.opened(settings) as database:
        invites = "people" in files and not active  # and only those mails hold signed links
        secret = settings.secret if invites else ""
        from app.queries import programmes as queries
        from app.services import imports

        with database.reading() as session:
            planned = imports.plan(session, queries.programme(session, slug), _sources(files))
        judge(planned.verdicts, skip_bad=skip_bad)
        with database.reading() if dry_run else database.writing("cli: import") as session:
            report = _apply(session, slug, planned, active=active, secret=secret)
    return _answer(planned, report, dry_run=dry_run)


def _apply(session: Session, slug: str, planned: Plan, *, active: bool, secret: str) -> dict[str, Any]:
    from sqlalchemy.exc import IntegrityError

    from app.clock import now
    from app.queries import programmes as queries
    from app.services import imports

    programme = queries.programme(session, slug, lock=True)
    try:
        with terminal.progress_bar("importing") as progress:
            report = imports.apply(
                session,
                programme,
                planned,
                active=active,
                now=now(),
                secret_key=secret,
                actor=house.ACTOR,
                progress=progress,
            )
            session.flush()
    except IntegrityError:
        raise Stopped(
            FAILED, "Somebody changed the programme at the same moment; nothing was imported. Try again."
        ) from None
    return {name: value for name, value in asdict(report).items() if name != "verdicts"}


def _answer(planned: Plan, report: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
    """What an import did, or would do, in the shape of the API's answer."""
    return {
        "dry_run": dry_run,
        "usable": {kind: len(getattr(planned, kind)) for kind in KINDS},
        "errors": len(planned.errors),
        "report": report,
        "verdicts": [
            {name: value for name, value in asdict(verdict).items() if name != "scope"} for verdict in planned.verdicts
        ],
    }


def _sources(files: dict[str, str]) -> Sources:
    from app.services.imports import Sources

    return Sources(**{kind: table_of(name) for kind, name in files.items()})


def table_of(name: str) -> Table:
    """The file of that name, or standard input."""
    from app.files.table import read_table

    if name == STDIN:
        return read_table(typer.get_binary_stream("stdin").read(), "standard input")
    return read_table(Path(name), name)


def judge(verdicts: Sequence[Verdict], *, skip_bad: bool) -> None:
    """Say every verdict, and stop where bad lines may not be left out."""
    errors = [verdict for verdict in verdicts if verdict.level == "error"]
    warnings = [verdict for verdict in verdicts if verdict.level == "warning"]
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
        )
        if report[name]
    ]
    pairs = [f"{report[name]:,} of {name}" for name in ("history", "blocks", "knows") if report[name]]
    lines = [f"People: {', '.join(people) or 'nobody'}."]
    if pairs:
        lines.append(f"New pairs: {', '.join(pairs)}.")
    return [*lines, DRY] if said["dry_run"] else lines
