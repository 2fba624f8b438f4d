"""`coffee round keep`, `release`, `schedule`, `unschedule`, `remind`: which mails leave, and when; `stop`: no draw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from app.commands import rounds
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Url
from app.commands.rounds import InHours, Which

People = Annotated[list[str], typer.Option("--person", metavar="PERSON", help="By address or id; repeatable.")]
Groups = Annotated[list[str], typer.Option("--group", metavar="GROUP", help="By number or id; repeatable.")]


def keep(
    which: Which,
    people: People = [],  # noqa: B006 - Typer makes a new one
    groups: Groups = [],  # noqa: B006
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Keep mails of an approved round back when it is sent: of some people, or of whole groups."""
    if not people and not groups:
        raise Stopped(BAD, "Nobody is named: add --person or --group.")
    _word(which, "keep", _whose(people, groups), url, as_json)


def release(
    which: Which,
    people: People = [],  # noqa: B006
    groups: Groups = [],  # noqa: B006
    everybody: Annotated[bool, typer.Option("--all", help="All that are kept back.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Do not keep these mails back any more; if the round has been sent, they leave, once."""
    if not people and not groups and not everybody:
        raise Stopped(BAD, "Nobody is named: add --person, --group or --all.")
    _word(which, "release", _whose(people, groups) | {"all": everybody}, url, as_json)


def schedule(
    which: Which,
    at: Annotated[
        str, typer.Option(metavar="MOMENT", help="Such as 2026-11-24T09:00, by the clocks of the programme.")
    ],
    in_hours: InHours = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Have an approved round sent by itself at a moment; until then it can be undone."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Stopped(BAD, f"--at {at}: this is no moment. Write it like 2026-11-24T09:00") from None
    _word(which, "schedule", {"at": moment.isoformat(), "in_hours": in_hours}, url, as_json)


def unschedule(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Do not send a round by itself; it stays approved."""
    _word(which, "unschedule", {}, url, as_json)


def stop(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Give up a draw again that was asked for on a page and is not done yet: the groups stay as they are."""
    _word(which, "stop", {}, url, as_json)


def remind(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Ask everybody of an introduced round who has not answered, once a day at most. Each question comes once."""
    _word(which, "remind", {}, url, as_json)


def _whose(people: list[str], groups: list[str]) -> dict[str, Any]:
    numbers = [int(one) if one.isascii() and one.isdigit() else one for one in groups]
    return {"people": people, "groups": numbers}


def _word(which: list[str], verb: str, body: dict[str, Any], url: str | None, as_json: bool) -> None:
    with rounds.somewhere(url) as found:
        rounds.show(found.word(rounds.words(which), verb, body), as_json)
