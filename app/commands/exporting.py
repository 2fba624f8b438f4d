"""`coffee export …`: people, groups, the audit and one person, taken home as files. Each is noted in the audit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from app.commands import house, rounds, somebody, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Slug, Url
from app.commands.rounds import Which
from app.commands.somebody import Whom

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.commands.remote import Remote
    from app.db import Database
    from app.services.exports import By, File
    from app.settings import Settings

    Pieces = Iterator[bytes]
    Here = Callable[[Session, Database, Settings, By], File]
    There = Callable[[Remote], str]

app = typer.Typer(help="Files to take home.", no_args_is_help=True)


class Kind(StrEnum):
    """How a table is written."""

    csv = "csv"
    csv_bom = "csv-bom"
    xlsx = "xlsx"


As = Annotated[Kind, typer.Option("--format", help="csv-bom is for Excel, xlsx a workbook.")]
Out = Annotated[
    str | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there; else to standard output.")
]


@app.callback()
def export_group() -> None:
    """Files to take home."""


@app.command("people")
def people(slug: Slug, kind: As = Kind.csv, out: Out = None, url: Url = None, as_json: AsJson = False) -> None:
    """Everybody of a programme, in columns that an import reads."""

    def here(session: Session, database: Database, _: Settings, by: By) -> File:
        from app.queries import programmes
        from app.services import exports

        return exports.people(session, database, programmes.programme(session, slug), by)

    _table(here, lambda _: f"/programmes/{quote(slug, safe='')}/participants", kind, out, url, as_json)


@app.command("audit")
def audit(slug: Slug, kind: As = Kind.csv, out: Out = None, url: Url = None, as_json: AsJson = False) -> None:
    """What organisers of a programme have done, the oldest first. What participants do is not among it."""

    def here(session: Session, database: Database, _: Settings, by: By) -> File:
        from app.queries import programmes
        from app.services import exports

        return exports.trail(session, database, programmes.programme(session, slug), by)

    _table(here, lambda _: f"/programmes/{quote(slug, safe='')}/audit", kind, out, url, as_json)


@app.command("groups")
def groups(which: Which, kind: As = Kind.csv, out: Out = None, url: Url = None, as_json: AsJson = False) -> None:
    """Who meets whom in a round, and who has no group."""
    words = rounds.words(which)

    def here(session: Session, database: Database, settings: Settings, by: By) -> File:
        from app.commands.rounds_here import RoundsHere
        from app.services import exports

        return exports.groups(session, database, *RoundsHere(settings, database).found(session, words), by)

    def there(remote: Remote) -> str:
        from app.commands.rounds_there import RoundsThere

        return f"/rounds/{RoundsThere(remote).id_of(words)}/groups"

    _table(here, there, kind, out, url, as_json)


@app.command("person")
def person(whom: Whom, out: Out = None, url: Url = None, as_json: AsJson = False) -> None:
    """What is kept about a person, as JSON, as far as organisers may know it. On their own page they find all of it."""
    _check(out, as_json)
    with somebody.somewhere(url) as found:
        copy = found.copy(somebody.words(whom))
    text = json.dumps(copy, indent=2, ensure_ascii=False) + "\n"
    _save(iter([text.encode("utf-8", "replace")]), out, as_json)


def _table(here: Here, there: There, kind: Kind, out: str | None, url: str | None, as_json: bool) -> None:
    _check(out, as_json)
    with _from_there(there, kind, url) if url else _from_here(here, kind) as pieces:
        _save(pieces, out, as_json)


@contextmanager
def _from_here(here: Here, kind: Kind) -> Iterator[Pieces]:
    settings = house.settings()
    with house.opened(settings) as database:
        from app.clock import now
        from app.services.exports import By

        with database.writing("cli: export") as session:
            file = here(session, database, settings, By(house.ACTOR, now(), kind.value))
        yield file.pieces  # read while it is written, after the note in the audit is committed


@contextmanager
def _from_there(there: There, kind: Kind, url: str) -> Iterator[Pieces]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        yield remote.pieces(f"{there(remote)}/export?format={kind.value}")


def _check(out: str | None, as_json: bool) -> None:
    """Stopped, in words, for what could not be written to; before anybody is read."""
    if as_json and out is None:
        raise Stopped(BAD, "--json says what was written: name the file with --out.")
    if out is None:
        return
    if Path(out).is_dir():
        raise Stopped(BAD, f"--out {out}: this is a folder. Name a file in it.")
    if not Path(out).resolve().parent.is_dir():
        raise Stopped(BAD, f"--out {out}: there is no such folder. Make it, or choose another.")


def _save(pieces: Pieces, out: str | None, as_json: bool) -> None:
    """Write it whole or not at all, and say so; to a pipe, as it comes. Raises OSError."""
    if out is None:
        stream = typer.get_binary_stream("stdout")
        for piece in pieces:
            stream.write(piece)
        stream.flush()
        return
    from app.files.writing import write_pieces

    write_pieces(Path(out), pieces)
    size = Path(out).stat().st_size
    if as_json:
        terminal.answer({"file": out, "bytes": size})
    else:
        terminal.say(f"{out} is written, {size:,} bytes.")
