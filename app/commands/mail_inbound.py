"""`coffee mail inbound`, `suppressed` and `lift`: what came back, and the addresses that it closed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, FAILED, Stopped, judged
from app.commands.options import AsJson

if TYPE_CHECKING:
    from app.services.bounces import Outcome

TRY_LATER = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the message and calls again."""


def take(
    to: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="ORIGINAL_RECIPIENT",
            help="The envelope address, bounces+TAG@…; Postfix tells it.",
        ),
    ] = "",
) -> None:
    """Take one bounce, complaint or machine's reply from standard input: the pipe command for a mail server's alias.

    Junk is taken too, and changes nothing. Exit code 75 asks the mail server to come again: the database is away.
    """
    from emails import inbound

    data = sys.stdin.buffer.read(inbound.LARGEST)
    while sys.stdin.buffer.read(inbound.LARGEST):
        pass  # to the end: a pipe that breaks would bounce the bounce
    try:
        outcome = _taken(data, to)
    except Exception as error:
        raise Stopped(TRY_LATER, *judged(error)[1]) from None
    terminal.say(_WORDS[outcome.what])


_WORDS = {
    "noted": "Taken.",
    "repeated": "Taken before; nothing changed.",
    "unknown": "No mail of ours is meant; nothing changed.",
    "nothing": "It says nothing about a mail of ours; nothing changed.",
}


def _taken(data: bytes, to: str) -> Outcome:
    from app.clock import now
    from app.services import bounces
    from emails import inbound

    report = inbound.read(data, to)
    settings = house.settings()
    with house.opened(settings) as database, database.writing("inbound: take") as session:
        return bounces.take(
            session, report, source="pipe", event_key=bounces.key_of(data), now=now(), secret_key=settings.secret
        )


def suppressed(as_json: AsJson = False) -> None:
    """The addresses to which nothing is sent any more, as far as they belong to somebody in a programme now."""
    said = _suppressed()
    if as_json:
        terminal.answer(said)
        return
    for line in said["addresses"]:
        status = f" {line['status']}" if line["status"] else ""
        terminal.show(f"{line['address']}: {line['reason']}{status}, since {line['since'][:10]}")
    total = sum(said["counts"].values())
    terminal.say(
        f"{terminal.counted(total, 'address is', 'addresses are')} closed; {len(said['addresses'])} of them known."
    )


def _suppressed() -> dict[str, Any]:
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


def lift(address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where mail may go again.")]) -> None:
    """Let mail go to an address again; whoever was held for it is in the draw."""
    from app.files.addresses import parse_address
    from app.files.verdicts import Problem

    parsed = parse_address(address)
    if isinstance(parsed, Problem):
        raise Stopped(BAD, f"{parsed.problem} {parsed.remedy}")
    settings = house.settings()
    with house.opened(settings) as database, database.writing("cli: mail lift") as session:
        from sqlmodel import select

        from app.clock import now
        from app.models import Organisation
        from app.services import bounces

        organisations = session.exec(select(Organisation.id).order_by(Organisation.id)).all()
        lifted = [
            bounces.lift(session, each, parsed.key, now=now(), secret_key=settings.secret, actor=house.ACTOR)
            for each in organisations
        ]
    if not any(lifted):
        raise Stopped(FAILED, "Nothing stops mail to that address.")
    terminal.say("Mail goes there again.")
