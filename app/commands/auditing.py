"""`coffee audit`: what organisers of a programme have done, the oldest first, here or at a remote service."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Slug, Url

Facts = dict[str, Any]
AT_ONCE = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def audit(
    slug: Slug,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT", help="From then on: 2026-11-24, or 2026-11-24T09:00, by the programme's clocks."
        ),
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What organisers of a programme have done, and workers at their word. What participants do is not among it."""
    begin = f"{since}T00:00:00" if since and _DAY.fullmatch(since) else since
    said = _there(url, slug, begin) if url else _here(slug, begin)
    if as_json:
        terminal.answer(said)
        return
    columns = ("at", "by", "what", "to", "more")
    terminal.table(
        columns,
        ([*map(_cell, map(one.get, ("at", "actor", "action", "subject", "detail")))] for one in said["entries"]),
    )


def _cell(value: Any) -> Any:
    return ", ".join(f"{name} {one}" for name, one in value.items()) if isinstance(value, dict) else value


def _here(slug: str, since: str | None) -> Facts:
    from pydantic import TypeAdapter, ValidationError

    from app.api.audit import shown_as
    from app.api.values import Instant
    from app.queries import audit as queries
    from app.queries import programmes
    from app.services.moments import moment_in

    try:
        typed = TypeAdapter(Instant).validate_python(since) if since is not None else None
    except ValidationError:
        raise Stopped(BAD, "--since: is not a moment. Write it like 2026-11-24 or 2026-11-24T09:00.") from None
    with house.opened(house.settings()) as database, database.reading() as session:
        programme = programmes.programme(session, slug)
        begin = typed and moment_in(typed, programme, "--since", days=True)
        entries, after = [], ""
        while some := queries.page(session, programme, after, AT_ONCE, begin):
            entries += [shown_as(entry).model_dump(mode="json") for entry in some]
            after = queries.cursor_of(some[-1])
    return {"entries": entries, "next_cursor": None}


def _there(url: str, slug: str, since: str | None) -> Facts:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        asked = {} if since is None else {"since": since}
        said: Facts = remote.whole(f"/programmes/{quote(slug, safe='')}/audit", "entries", asked)
    return said
