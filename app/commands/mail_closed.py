"""`coffee mail suppressed` and `lift`: addresses to which nothing is sent, listed and opened again.

Those of the whole machine, for who runs it; or those of one programme, as its organisers see them, here or at a remote
service: they do not open what somebody has closed themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

import typer

from app.commands import house, somebody, terminal
from app.commands.failures import BAD, FAILED, Stopped
from app.commands.options import AsJson, Url

Facts = dict[str, Any]
Of = Annotated[
    str | None, typer.Option("--programme", metavar="SLUG", help="Of this programme, as its organisers see it.")
]


def suppressed(programme: Of = None, url: Url = None, as_json: AsJson = False) -> None:
    """The addresses to which nothing is sent any more, as far as they belong to somebody in a programme now."""
    _check(programme, url)
    said = _suppressed() if programme is None else _closed_there(url, programme) if url else _closed_here(programme)
    if as_json:
        terminal.answer(said)
        return
    terminal.show(*_lines(said["addresses"]))
    known = len(said["addresses"])
    if programme is not None:
        terminal.say(f"{terminal.counted(known, 'address is', 'addresses are')} closed.")
        return
    total = sum(said["counts"].values())
    terminal.say(f"{terminal.counted(total, 'address is', 'addresses are')} closed; {known} of them known.")


def lift(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where mail may go again.")],
    programme: Of = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let mail go to an address again; whoever was held for it is in the draw."""
    _check(programme, url)
    key = _key_of(address)
    if programme is None:
        said: Facts = _lift_anywhere(address, key)
    else:
        with somebody.somewhere(url) as found:
            said = found.lift([programme, address])
    if as_json:
        terminal.answer(said)
    else:
        terminal.say("Mail goes there again.")


def _check(programme: str | None, url: str | None) -> None:
    if url and programme is None:
        raise Stopped(BAD, "--url needs --programme: an organiser's key opens the addresses of a programme's people.")


def _lines(addresses: list[Facts]) -> Iterator[str]:
    for line in addresses:
        status = f" {line['status']}" if line["status"] else ""
        yield f"{line['address']}: {line['reason']}{status}, since {line['since'][:10]}"


def _closed_here(slug: str) -> Facts:
    settings = house.settings()
    with house.opened(settings) as database, database.reading() as session:
        from app.api.suppressed import shown_as
        from app.queries import programmes
        from app.services import reopening

        found = reopening.closed_in(session, programmes.programme(session, slug), secret_key=settings.secret)
        return {"addresses": [shown_as(one).model_dump(mode="json") for one in found], "next_cursor": None}


def _closed_there(url: str, slug: str) -> Facts:
    from app.commands.remote import Remote

    with Remote.at(url) as remote:
        said: Facts = remote.whole(f"/programmes/{quote(slug, safe='')}/suppressed", "addresses")
    return said


def _suppressed() -> Facts:
    settings = house.settings()
    with house.opened(settings) as database, database.reading() as session:
        from app.services import suppression

        known = suppression.known(session, secret_key=settings.secret)
        return {
            "counts": suppression.counts(session),
            "addresses": [
                {"address": address, "reason": row.reason.value, "status": row.status, "since": row.since.isoformat()}
                for address, row in known
            ],
        }


def _key_of(address: str) -> str:
    from app.files.addresses import parse_address
    from app.files.verdicts import Problem

    parsed = parse_address(address)
    if isinstance(parsed, Problem):
        raise Stopped(BAD, f"{parsed.problem} {parsed.remedy}")
    return parsed.key


def _lift_anywhere(address: str, key: str) -> Facts:
    """In every organisation of this machine, whoever closed it."""
    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: mail lift") as session:
        from sqlmodel import select

        from app.clock import now
        from app.models import Organisation
        from app.services import bounces

        organisations = session.exec(select(Organisation.id).order_by(Organisation.id)).all()
        lifted = [
            bounces.lift(session, each, key, now=now(), secret_key=settings.secret, actor=house.ACTOR)
            for each in organisations
        ]
    if not any(lifted):
        raise Stopped(FAILED, "Nothing stops mail to that address.")
    return {"address": address}
