"""`coffee people apart, together, blocks`: whom organisers keep apart, here or at a service elsewhere."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from app.commands import house, terminal
from app.commands.options import AsJson, Slug, Url
from app.commands.people import MOST_LISTED

One = Annotated[str, typer.Argument(metavar="ONE", help="An address or an id of somebody in the programme.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="The same of somebody else.")]


def apart(slug: Slug, one: One, other: Other, url: Url = None, as_json: AsJson = False) -> None:
    """Let two people never be drawn together; twice is as once. Neither of them is told."""
    _told(_done(url, slug, one, other, lift=False), as_json, "are kept apart from now on")


def together(slug: Slug, one: One, other: Other, url: Url = None, as_json: AsJson = False) -> None:
    """Take that back. What people have said themselves stays, and is not shown."""
    _told(_done(url, slug, one, other, lift=True), as_json, "are not kept apart by organisers any more")


def blocks(
    slug: Slug,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, metavar="NUMBER", help="How many at a time.")] = 100,
    cursor: Annotated[str, typer.Option(metavar="CURSOR", help="The page after the one that named this.")] = "",
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Whom organisers keep apart, a page at a time; what people have said themselves is not in it."""
    found = _page(url, slug, cursor, limit)
    if as_json:
        terminal.answer(found)
        return
    rows = ([pair[side][fact] for side in "ab" for fact in ("name", "email")] for pair in found["blocks"])
    terminal.table(("name", "address", "never with", "address"), rows)
    if found["next_cursor"]:
        terminal.say(f"There are more: add --cursor {found['next_cursor']}.")


def _told(pair: dict[str, Any], as_json: bool, words: str) -> None:
    if as_json:
        terminal.answer(pair)
    else:
        terminal.say(f"{pair['a']['name']} and {pair['b']['name']} {words}.")


def _path(slug: str) -> str:
    return f"/programmes/{quote(slug, safe='')}/blocks"


def _page(url: str | None, slug: str, cursor: str, limit: int) -> dict[str, Any]:
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            there: dict[str, Any] = remote.get(f"{_path(slug)}?{urlencode({'cursor': cursor, 'limit': limit})}")
            return there
    from app.api import apart as shown
    from app.queries import programmes as queries

    with house.opened(house.settings()) as database, database.reading() as session:
        return shown.page_of_blocks(session, queries.programme(session, slug), cursor, limit).model_dump(mode="json")


def _done(url: str | None, slug: str, one: str, other: str, *, lift: bool) -> dict[str, Any]:
    if url:
        from app.commands.remote import Remote

        with Remote.at(url) as remote:
            path = f"{_path(slug)}/lift" if lift else _path(slug)
            there: dict[str, Any] = remote.post(path, {"a": one, "b": other})
            return there
    from app.api import apart as shown
    from app.clock import now
    from app.queries import programmes as queries
    from app.services import apart as services

    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: people apart") as session:
        programme = queries.programme(session, slug, lock=True)
        people = services.two(session, programme, one, other)
        if lift:
            services.lift(session, programme, people, now=now(), actor="cli")
        else:
            secret_key = settings.secret
            services.keep_apart(session, programme, people, now=now(), secret_key=secret_key, actor="cli")
        return shown.shown(people).model_dump(mode="json")
