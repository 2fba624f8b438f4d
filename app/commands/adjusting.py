"""`coffee round adjust`, `changes`, `unapprove`: the groups of a drawn round, changed by hand before its approval."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from app.commands import rounds, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Url
from app.commands.rounds import Seed, Seen, Which

Facts = dict[str, Any]
IN_TWO = ("swap", "move", "add_to")


class WithPairs(TyperCommand):
    """Options that take two words, any number of times, which Typer cannot say."""

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        for one in self.params:
            if one.name in IN_TWO:
                one.nargs = 2


def adjust(
    which: Which,
    unlock: Annotated[list[str], typer.Option(metavar="GROUP", help="Let a group be changed again.")] = (),  # type: ignore[assignment]
    add: Annotated[list[str], typer.Option(metavar="PERSON", help="Who joined late, and waits for a group.")] = (),  # type: ignore[assignment]
    add_to: Annotated[list[Any], typer.Option(metavar="PERSON GROUP", help="Who joined late, into a group.")] = (),  # type: ignore[assignment]
    exclude: Annotated[list[str], typer.Option(metavar="PERSON", help="Leave somebody out of this round.")] = (),  # type: ignore[assignment]
    split: Annotated[list[str], typer.Option(metavar="GROUP", help="Take a group apart.")] = (),  # type: ignore[assignment]
    swap: Annotated[list[Any], typer.Option(metavar="PERSON PERSON", help="Two people take each other's place.")] = (),  # type: ignore[assignment]
    move: Annotated[
        list[Any], typer.Option(metavar="PERSON GROUP", help="Into another group, or into one at all.")
    ] = (),  # type: ignore[assignment]
    group: Annotated[list[str], typer.Option(metavar="PERSON,PERSON", help="Make a new group of them.")] = (),  # type: ignore[assignment]
    lock: Annotated[list[str], typer.Option(metavar="GROUP", help="Keep a group as it is.")] = (),  # type: ignore[assignment]
    draw_again: Annotated[bool, typer.Option("--draw-again", help="Draw all who are in no locked group.")] = False,
    rest_only: Annotated[bool, typer.Option("--rest-only", help="Draw only those who have no group.")] = False,
    seed: Seed = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last change back. Stands alone.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would come to, and write nothing.")] = False,
    seen: Seen = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Change the groups of a round that is drawn and not approved: all that is asked for, or nothing.

    People by address or id; groups by their number, as coffee round preview prints it, or by id. Several changes are
    made in the order of the options below, and the draw last.
    """
    if (seed is not None or rest_only) and not draw_again:
        raise Stopped(BAD, "--seed and --rest-only belong to --draw-again.")
    changes: list[Facts] = [
        *({"do": "unlock", "group": _where(one)} for one in unlock),
        *({"do": "add", "person": one} for one in add),
        *({"do": "add", "person": one, "to": _where(to)} for one, to in add_to),
        *({"do": "exclude", "person": one} for one in exclude),
        *({"do": "split", "group": _where(one)} for one in split),
        *({"do": "swap", "a": one, "b": other} for one, other in swap),
        *({"do": "move", "person": one, "to": _where(to)} for one, to in move),
        *({"do": "group", "people": [word.strip() for word in one.split(",")]} for one in group),
        *({"do": "lock", "group": _where(one)} for one in lock),
    ]
    if draw_again:
        changes.append({"do": "draw_again", "rest_only": rest_only} | ({} if seed is None else {"seed": seed}))
    if undo:
        changes.append({"do": "undo"})
    if not changes:
        raise Stopped(BAD, "Say what to change: --swap, --move, --exclude, --draw-again, … (see --help).")
    with rounds.somewhere(url) as there:
        found = there.adjust(rounds.words(which), {"changes": changes, "dry_run": dry_run}, seen)
    if as_json:
        terminal.answer(found)
        return
    from app.commands.round_words import adjusted_lines, group_rows, left_out_rows

    terminal.show(*found["words"])
    if found["groups"]:
        terminal.table(("group", "people", "why"), group_rows(found))
    if found["left_out"]:
        terminal.table(("left out", "why"), left_out_rows(found))
    terminal.show(*adjusted_lines(found))


def _where(word: str) -> str | int:
    return int(word) if word.isdecimal() and len(word) < 8 else word


def changes(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """What was changed by hand since the draw, the first first."""
    with rounds.somewhere(url) as there:
        found = there.changes(rounds.words(which))
    if as_json:
        terminal.answer(found)
        return
    rows = ((one["number"], _when(one), " ".join(one["words"]), _undone(one), one["actor"]) for one in found["changes"])
    terminal.table(("number", "when", "what", "undone", "by"), rows)


def _when(one: Facts) -> str:
    return str(one["at"])[:16].replace("T", " ")


def _undone(one: Facts) -> str:
    return "yes" if one["undone_at"] else ""


def unapprove(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Take an approval back, as long as nothing has been sent: groups can be changed again."""
    with rounds.somewhere(url) as there:
        found = there.unapprove(rounds.words(which))
    rounds.show(found, as_json)
