"""`coffee report`: what a programme did in a quarter."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, terminal
from app.commands.failures import FAILED, Stopped
from app.commands.options import AsJson, Slug, Url

Facts = dict[str, Any]
FIGURES = {
    "rounds": "rounds sent",
    "people": "people took part",
    "introductions": "introductions sent",
    "answered": "answers",
    "met": "answers say that they met",
}
FEW = "too few to show"


def report(
    slug: Slug,
    quarter: Annotated[
        str | None, typer.Option("--quarter", metavar="QUARTER", help="Such as 2026-Q3; without it, the latest.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What a programme did in a quarter, as its sponsor was told: in steps, and never of few people."""
    every = _there(url, slug) if url else _here(slug)
    found = next((one for one in every if quarter in (None, one["quarter"])), None)
    if found is None:
        raise Stopped(FAILED, _why_none(every, quarter))
    if as_json:
        terminal.answer(found)
        return
    terminal.show(f"{found['quarter']}: from {found['first_day']} to {found['last_day']}")
    terminal.table(("what", "how many"), ((words, _told(name, found[name])) for name, words in FIGURES.items()))
    columns = ("number", "period", "sent_on", "people", "answered", "met")
    rows = ([_told(column, one[column]) for column in columns] for one in found["each"])
    terminal.table(("round", *columns[1:]), rows)
    terminal.say(f"As of {found['written_at']}. Mailed to {found['mailed_to'] or 'nobody'}.")


def _here(slug: str) -> list[Facts]:
    with house.opened(house.settings()) as database, database.reading() as session:
        from app.api import reports as api
        from app.queries import programmes, reports

        found = reports.reports(session, programmes.programme(session, slug))
        return [api.shown(one).model_dump(mode="json") for one in found]


def _there(url: str, slug: str) -> list[Facts]:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        found: list[Facts] = remote.whole(f"/programmes/{quote(slug, safe='')}/reports", "reports")["reports"]
    return found


def _why_none(every: list[Facts], quarter: str | None) -> str:
    if not every:
        return "No report yet: the first is written on the first working morning after a quarter with a round."
    return f"There is no report on {quarter}. There is one on: {', '.join(one['quarter'] for one in every)}."


def _told(name: str, value: Any) -> str:
    if name in ("people", "introductions", "answered", "met"):
        return FEW if value is None else f"at least {value:,}"
    return str(value)
