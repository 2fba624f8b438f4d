"""`coffee people show` and `change`, and `coffee erase`: one person of a programme."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from app.commands import somebody, terminal
from app.commands.failures import BAD, FAILED, Stopped
from app.commands.options import AsJson, Url
from app.commands.somebody import Facts, Whom


class Standing(StrEnum):
    """What an organiser may make of somebody."""

    active = "active"
    paused = "paused"
    left = "left"


class Drawn(StrEnum):
    """Which rounds draw somebody."""

    every = "every"
    second = "second"
    asked = "asked"


TAKEN_BACK = ("size", "format")
"""Wishes that an empty word takes back."""


def _topics(what: str) -> Any:
    return typer.Option(metavar="LIST", help=f'{what}, split by ";"; in place of what was there.')


def show(whom: Whom, url: Url = None, as_json: AsJson = False) -> None:
    """One person: name, address, team, state, topics."""
    with somebody.somewhere(url) as people:
        _show(people.find(somebody.words(whom)), as_json)


def change(
    whom: Whom,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What they are called.")] = None,
    email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The right one, where no mail has ever arrived.")
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="TEAM", help='Where they belong; "" for no team.')] = None,
    size: Annotated[str | None, typer.Option(metavar="NUMBER", help='2 or 3 in a group; "" for no wish.')] = None,
    state: Annotated[Standing | None, typer.Option(help="Back, away until a day, or out of the programme.")] = None,
    paused_until: Annotated[str | None, typer.Option(metavar="DATE", help="When a pause ends: 2027-01-11.")] = None,
    skip_next: Annotated[bool | None, typer.Option(help="Whether they sit out the next round.")] = None,
    often: Annotated[Drawn | None, typer.Option(help="Which rounds draw them.")] = None,
    host: Annotated[bool | None, typer.Option(help="Whether they are drawn only for the odd one, as a host.")] = None,
    may_sit_out: Annotated[bool | None, typer.Option(help="Whether they sit out for the odd one.")] = None,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="WORD", help='in_person or remote; "" for no wish.')
    ] = None,
    time_zone: Annotated[str | None, typer.Option(metavar="ZONE", help='Theirs; "" for the programme\'s.')] = None,
    locale: Annotated[
        str | None, typer.Option(metavar="LANGUAGE", help='Of their pages and mails; "" for none.')
    ] = None,
    manager_email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help='Of their line manager; "" for none known.')
    ] = None,
    interests: Annotated[str | None, _topics("What they like to talk about")] = None,
    asks: Annotated[str | None, _topics("What they would like help with")] = None,
    offers: Annotated[str | None, _topics("What they can help with")] = None,
    languages: Annotated[str | None, _topics("Languages")] = None,
    times: Annotated[str | None, _topics("Times")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Correct what is given about a person; the rest stays. Who has left comes back only by themselves."""
    lists = {"interests": interests, "asks": asks, "offers": offers, "languages": languages, "times": times}
    topics = {kind: _listed(text) for kind, text in lists.items() if text is not None}
    said = {
        "name": name,
        "email": email,
        "team": team,
        "size": _size(size),
        "topics": topics or None,
        "state": state.value if state else None,
        "paused_until": paused_until,
        "skip_next": skip_next,
        "often": often.value if often else None,
        "host": host,
        "may_sit_out": may_sit_out,
        "format": format_,
        "time_zone": time_zone,
        "locale": locale,
        "manager_email": manager_email,
    }
    given = {
        fact: None if fact in TAKEN_BACK and value == "" else value for fact, value in said.items() if value is not None
    }
    if not given:
        raise Stopped(BAD, "Nothing to change: name what shall change, such as --team or --skip-next.")
    with somebody.somewhere(url) as people:
        _show(people.change(somebody.words(whom), given), as_json)


def erase(
    whom: Whom,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; without a terminal nobody can be asked.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Forget somebody for good, because they have asked for it. Nobody can bring that back, and no backup does."""
    with somebody.somewhere(url) as people:
        found = people.find(somebody.words(whom))
        if not yes and not dry_run:
            _ask(found)
        went = people.erase([found["id"]], dry_run=dry_run)
    if as_json:
        terminal.answer(went)
        return
    terminal.say(
        f"All that is kept about {found['name']} {'would go' if dry_run else 'is gone'}: their place in "
        f"{terminal.counted(went['rounds'], 'round', 'rounds')}, {len(went['not_sent'])} of them not sent yet, "
        f"and {terminal.counted(went['mails'], 'mail', 'mails')} of rounds."
    )


def _ask(found: Facts) -> None:
    """Stopped unless somebody at a terminal says yes."""
    if not terminal.can_ask():
        raise Stopped(BAD, "Nobody was erased: there is no terminal to ask at. To be sure without one, add --yes.")
    if not typer.confirm(f"Forget {found['name']} ({found['email']}) for good?", err=True):
        raise Stopped(FAILED, "Nobody was erased.")


def _size(text: str | None) -> int | str | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 3 else text


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(";") if one.strip()]


def _show(found: Facts, as_json: bool) -> None:
    if as_json:
        terminal.answer(found)
        return
    plain = {name: value for name, value in found.items() if name != "topics"}
    lists = {name: "; ".join(texts) for name, texts in found["topics"].items()}
    terminal.table(("what", "value"), ((name, _in_words(value)) for name, value in (plain | lists).items()))


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
