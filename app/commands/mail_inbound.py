"""`coffee mail inbound`: what came back, as a mail server pipes it in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import house, terminal
from app.commands.failures import Stopped, judged

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
