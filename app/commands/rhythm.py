"""`coffee programme rhythm`: when a programme's mails go, and how many."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands import programmes, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Slug, Url


def _days(of: str) -> object:
    return typer.Option(metavar="DAYS", help=f"{of} 0: never.")


def rhythm(
    slug: Slug,
    remind_after: Annotated[int | None, _days("Working days after the introduction: have you found a time?")] = None,
    check_in_after: Annotated[int | None, _days("Days after the introduction: did you meet?")] = None,
    check_in_again_after: Annotated[int | None, _days("Working days after that, unanswered: once more.")] = None,
    outcome_after: Annotated[int | None, _days("Days after the introduction: did anything come of it?")] = None,
    announce_before: Annotated[int | None, _days("Working days before a draw: you are in it.")] = None,
    hold_after: Annotated[
        int | None, typer.Option(metavar="ROUNDS", help="Rounds without a sign until somebody rests. 0: never.")
    ] = None,
    welcome_back: Annotated[bool | None, typer.Option(help="A word on the day on which a pause ends.")] = None,
    most: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Mails a person gets for a round, 1 to 10.")
    ] = None,
    from_hour: Annotated[
        int | None, typer.Option(metavar="HOUR", help="Mails that can wait go from this hour.")
    ] = None,
    until_hour: Annotated[
        int | None, typer.Option(metavar="HOUR", help="And until this one. 0 until 24: at any hour of any day.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Say when the mails of a programme go; what is not named stays."""
    said = {
        "remind_after": remind_after,
        "check_in_after": check_in_after,
        "check_in_again_after": check_in_again_after,
        "outcome_after": outcome_after,
        "announce_before": announce_before,
        "hold_after": hold_after,
        "welcome_back": welcome_back,
        "mails_a_round": most,
        "mail_from_hour": from_hour,
        "mail_until_hour": until_hour,
    }
    given = {name: value for name, value in said.items() if value is not None}
    if not given:
        raise Stopped(BAD, "Nothing to change: name what shall change, such as --remind-after or --most.")
    changed = programmes.changed(url, slug, given)
    if as_json:
        terminal.answer(changed)
    else:
        terminal.table(("what", "value"), ((name, changed[name]) for name in said))
