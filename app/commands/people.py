"""`coffee people …`: files of an organiser into a programme, with a verdict on every wrong line; who is in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, Stopped
from app.commands.importing import KINDS, STDIN, Asked, import_here, mapped, summary
from app.commands.options import AsJson, Columns, Slug, Url

MOST_LISTED = 200


class Shown(StrEnum):
    """How somebody stands, as organisers may know it."""

    active = "active"
    paused = "paused"
    held = "held"
    pending = "pending"
    left = "left"


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
    history: Annotated[str | None, _file("Who met in which round: round,a,b, or as other tools keep it.")] = None,
    blocks: Annotated[str | None, _file("Who must never meet: a,b.")] = None,
    knows: Annotated[str | None, _file("Who knows each other already: a,b.")] = None,
    active: Annotated[
        bool, typer.Option("--active", help="Consent was given elsewhere: no confirmation mails.")
    ] = False,
    columns: Columns = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad lines out instead of stopping.")] = False,
    sync: Annotated[bool, typer.Option("--sync", help="Say who is in the programme and not in the file.")] = False,
    leavers: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="With --sync: pause or leave, what becomes of them; else nothing."),
    ] = None,
    confirmed: Annotated[
        int | None,
        typer.Option("--yes-really", min=0, metavar="NUMBER", help="How many of them go, where it is many."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Bring people and their past along. Known ones are found by address and brought up to date; nobody is removed, but
    with --sync and --leavers.
    """
    files = {name: path for name, path in zip(KINDS, (people, history, blocks, knows), strict=True) if path}
    if not files:
        raise Stopped(BAD, "Name a file of people, or at least one of --history, --blocks, --knows.")
    if list(files.values()).count(STDIN) > 1:
        raise Stopped(BAD, "Only one file can be read from standard input (-).")
    _check_sync(files, sync, leavers, confirmed)
    asked = Asked(
        slug,
        files,
        mapped(columns or ()),
        active=active,
        skip_bad=skip_bad,
        dry_run=dry_run,
        sync=sync,
        leavers=leavers,
        confirmed=confirmed,
    )
    if url:
        from app.commands.remote_imports import import_there

        report = import_there(url, asked)
    else:
        report = import_here(asked)
    if as_json:
        terminal.answer(report)
    else:
        terminal.say(*summary(report))


def _check_sync(files: dict[str, str], sync: bool, leavers: str | None, confirmed: int | None) -> None:
    if leavers not in (None, "pause", "leave"):
        raise Stopped(BAD, f"--leavers {leavers}: write pause or leave.")
    if sync and "people" not in files:
        raise Stopped(BAD, "--sync needs the file of people: it says who is in the programme.")
    if leavers and not sync:
        raise Stopped(BAD, "--leavers goes with --sync, which says who is not in the file.")
    if confirmed is not None and not leavers:
        raise Stopped(BAD, "--yes-really goes with --leavers: it names how many go.")


@app.command("list")
def list_people(
    slug: Slug,
    state: Annotated[Shown | None, typer.Option(help="Only those; held is whom no mail reaches.")] = None,
    search: Annotated[str, typer.Option(metavar="WORDS", help="Only those with them in name or address.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, metavar="NUMBER", help="How many at a time.")] = 100,
    cursor: Annotated[str, typer.Option(metavar="CURSOR", help="The page after the one that named this.")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="Every page, one after the other.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Who is in a programme: name, address, team and state, a page at a time."""
    with _pages(url, slug, state.value if state else None, search) as page:
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
def _pages(
    url: str | None, slug: str, state: str | None, search: str
) -> Iterator[Callable[[str, int], dict[str, Any]]]:
    """Pages of people, wherever the people are, in the shape of the API's answer."""
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            path = f"/programmes/{quote(slug, safe='')}/participants"
            asked = {"q": search} | ({"state": state} if state else {})
            yield lambda cursor, limit: remote.get(f"{path}?{urlencode(asked | {'cursor': cursor, 'limit': limit})}")
        return
    with house.opened(house.settings()) as database:

        def here(cursor: str, limit: int) -> dict[str, Any]:
            from app.api import shown
            from app.api.participants import WHICH
            from app.queries import programmes as queries

            which = next((meant for word, meant in WHICH.items() if word == state), None)
            with database.reading() as session:
                programme = queries.programme(session, slug)
                page = shown.people_page(session, programme, cursor, limit, state=which, words=search)
            return page.model_dump(mode="json")

        yield here
