"""`coffee mail preview`: every mail with sample data, on the terminal, or as files for a browser or mail reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, FAILED, Stopped
from app.commands.options import AsJson, Url

if TYPE_CHECKING:
    from app.services.previews import Stage

Facts = dict[str, Any]
Find = Callable[[str], Facts]
"""A sample in full, by its name, in the shape that the API gives it."""

ENDINGS = {"html": ".html", "text": ".txt", "eml": ".eml"}


def preview(
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Which mail; without it, all are listed.")] = None,
    programme: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Whose mails; without it, those of a programme that is made up.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write files there, with an index.html to begin at.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="The HTML.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The plain text: on a terminal, the default.")] = False,
    eml: Annotated[bool, typer.Option("--eml", help="The bytes that would leave, for a mail reader.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show every mail with sample data, as people would get it. Nothing is sent."""
    wanted = [name for name, asked in (("html", html), ("text", text), ("eml", eml)) if asked]
    _check(kind, out, wanted, url, programme, as_json)
    with _samples(url, programme) as (lines, find):
        if kind is not None:
            _check_kind(kind, [line["name"] for line in lines()])
        if out is not None:
            found = [find(kind)] if kind else [find(line["name"]) for line in lines()]
            _write(out, found, wanted or list(ENDINGS))
        elif kind is None:
            _list(lines(), as_json)
        elif as_json:
            terminal.answer(find(kind))
        else:
            _show(find(kind), wanted[0] if wanted else "text")


def _check(
    kind: str | None, out: Path | None, wanted: list[str], url: str | None, programme: str | None, as_json: bool
) -> None:
    """Stopped, in words, for what does not go together."""
    if url and not programme:
        raise Stopped(BAD, "--url needs --programme: a remote service shows the mails of a programme of its own.")
    if out is None and kind is None and wanted:
        raise Stopped(BAD, f"--{wanted[0]}: of which mail? Name it with --kind, or a folder for all with --out.")
    if out is None and len(wanted) > 1:
        raise Stopped(BAD, f"--{wanted[0]} and --{wanted[1]}: take one, or a folder for both with --out.")
    if as_json and (out is not None or wanted):
        raise Stopped(BAD, "--json goes with --kind and --programme alone: it has the text, the HTML and the bytes.")
    if out is not None and out.exists() and not out.is_dir():
        raise Stopped(BAD, f"--out: {out} is a file. Name a folder; it is made if there is none.")


def _check_kind(kind: str, known: list[str]) -> None:
    """Stopped, with those there are, for one that is not among them."""
    if kind not in known:
        raise Stopped(BAD, f"--kind: there is no mail {kind!r}. There are: {', '.join(known)}.")


@contextmanager
def _samples(url: str | None, slug: str | None) -> Iterator[tuple[Callable[[], list[Facts]], Find]]:
    """The samples of a remote programme, of one in the database, or of one that is made up."""
    if url and slug:
        with _there(url, slug) as found:
            yield found
    elif slug:
        with _of_the_database(slug) as stage:
            yield _of_stage(stage)
    else:
        from app.clock import now
        from app.services import previews

        yield _of_stage(previews.stand_in(house.settings(), now()))


@contextmanager
def _there(url: str, slug: str) -> Iterator[tuple[Callable[[], list[Facts]], Find]]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        path = f"/programmes/{quote(slug, safe='')}/emails"
        yield lambda: remote.get(path)["emails"], lambda name: remote.get(f"{path}/{quote(name, safe='')}")


@contextmanager
def _of_the_database(slug: str) -> Iterator[Stage]:
    settings = house.settings()
    with house.opened(settings) as database, database.reading() as session:
        from app.clock import now
        from app.queries import programmes
        from app.services.previews import Stage

        programme = programmes.programme(session, slug)
        yield Stage(programme, programmes.organisation_of(session, programme).name, settings, now())


def _of_stage(stage: Stage) -> tuple[Callable[[], list[Facts]], Find]:
    from app.api import samples
    from app.services import previews

    def lines() -> list[Facts]:
        return [samples.line(one).model_dump(mode="json") for one in previews.previews(stage)]

    return lines, lambda name: samples.in_full(previews.preview(stage, name)).model_dump(mode="json")


def _list(lines: list[Facts], as_json: bool) -> None:
    if as_json:
        terminal.answer({"emails": lines})
        return
    terminal.table(("kind", "subject", "when"), ([one["name"], one["subject"], one["when"]] for one in lines))
    terminal.say("One of them: coffee mail preview --kind KIND. All as files: coffee mail preview --out FOLDER.")


def _show(found: Facts, part: str) -> None:
    """One part of a mail; what inboxes show of it goes to standard error, so that a pipe holds the mail alone."""
    if part == "text":
        terminal.say(f"From: {found['sender']}", f"Subject: {found['subject']}", f"Preheader: {found['preheader']}", "")
    typer.get_binary_stream("stdout").write(found[part].encode("utf-8"))
    typer.get_binary_stream("stdout").flush()


def _write(folder: Path, found: list[Facts], parts: list[str]) -> None:
    """A file for each part of each mail, and a page that leads to them."""
    if not all(re.fullmatch(r"[a-z0-9_]{1,60}", one["name"]) for one in found):
        raise Stopped(FAILED, "The service named a mail in a way that makes no file.")
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        for part in parts:
            (folder / f"{one['name']}{ENDINGS[part]}").write_bytes(one[part].encode("utf-8"))
    (folder / "index.html").write_text(_index(found, parts), encoding="utf-8")
    mails = terminal.counted(len(found), "mail is", "mails are")
    terminal.say(f"{mails} in {folder}. Begin at {folder / 'index.html'}")


def _index(found: list[Facts], parts: list[str]) -> str:
    """A page without anything from elsewhere: subject, preheader, when, and a link for each file."""
    rows = "".join(_entry(one, parts) for one in found)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>Sample mails</title>\n'
        "<style>body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 17px/1.6 system-ui, sans-serif; }"
        " li { margin-block-end: 1.25rem; } a { margin-inline-end: 1rem; }</style>\n</head>\n<body>\n"
        f"<h1>Sample mails</h1>\n<p>From {escape(found[0]['sender'])}. "
        f"With people who do not exist; no link in them opens anything.</p>\n<ul>\n{rows}</ul>\n</body>\n</html>\n"
    )


def _entry(one: Facts, parts: list[str]) -> str:
    links = " ".join(f'<a href="{one["name"]}{ENDINGS[part]}">{ENDINGS[part][1:]}</a>' for part in parts)
    words = f"<strong><bdi>{escape(one['subject'])}</bdi></strong><br>\n<bdi>{escape(one['preheader'])}</bdi><br>\n"
    return f"<li>{words}{escape(one['name'])}: {escape(one['when'])}<br>\n{links}</li>\n"
