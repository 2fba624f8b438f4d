"""`coffee round …`: opened, looked at, approved, sent. Here on the database, or with --url on a remote service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Protocol

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson, Slug, Url

Facts = dict[str, Any]
LARGEST_SEED = 2**63 - 1

app = typer.Typer(help="Rounds: opened, looked at, approved, sent.", no_args_is_help=True)

Period = Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2026-W48.")]
Seed = Annotated[int | None, typer.Option(min=0, max=LARGEST_SEED, help="Replays a round; else drawn, and told.")]
Which = Annotated[list[str], typer.Argument(metavar="SLUG PERIOD", help="The round; or its id alone (rnd_…).")]


class Rounds(Protocol):
    """The organiser's verbs on rounds, wherever the rounds are."""

    def open(self, slug: str, period: str, *, seed: int | None, send: bool, wait: bool) -> Facts: ...

    def preview(self, slug: str, period: str | None, seed: int | None) -> Facts: ...

    def find(self, words: Sequence[str]) -> Facts: ...

    def approve(self, words: Sequence[str]) -> Facts: ...

    def send(self, words: Sequence[str]) -> Facts: ...

    def mail_trouble(self) -> str | None: ...


@contextmanager
def _rounds(url: str | None) -> Iterator[Rounds]:
    if url:
        from app.commands.rounds_there import RoundsThere

        with RoundsThere.at(url) as there:
            yield there
        return
    from app.commands.rounds_here import RoundsHere

    settings = house.settings()
    with house.opened(settings) as database:
        yield RoundsHere(settings, database)


@app.command("open")
def open_round(
    slug: Slug,
    period: Period,
    seed: Seed = None,
    send: Annotated[bool, typer.Option("--send", help="Approve and send it as soon as it is drawn.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is drawn.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Draw without writing anything: a preview.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Open a round and draw it. A period exists once: asked again, this shows the same round."""
    with _rounds(url) as rounds:
        if dry_run:
            _show_groups(rounds.preview(slug, None, seed), as_json)
            return
        found = rounds.open(slug, period, seed=seed, send=send, wait=wait)
    _show(found, as_json)


@app.command("preview")
def preview(
    slug: Slug,
    period: Annotated[str | None, typer.Argument(metavar="[PERIOD]", help="A round that is drawn; else a try.")] = None,
    seed: Seed = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Who would meet whom if a round were drawn now; nothing is written. With PERIOD: the round as it is drawn."""
    with _rounds(url) as rounds:
        found = rounds.preview(slug, period, seed)
    _show_groups(found, as_json)


@app.command("status")
def status(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """How a round stands: state, counts, certificate, and what needs a decision."""
    with _rounds(url) as rounds:
        found = rounds.find(_words(which))
        trouble = rounds.mail_trouble() if found["counts"]["messages"]["waiting"] else None
    _show(found, as_json)
    if trouble:
        terminal.say(f"The mail server takes nothing from us at the moment, so mails wait: {trouble}")


@app.command("approve")
def approve(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """Say yes to a drawn round. A second yes changes nothing."""
    with _rounds(url) as rounds:
        found = rounds.approve(_words(which))
    _show(found, as_json)


@app.command("send")
def send(
    which: Which,
    deliver: Annotated[bool, typer.Option("--deliver", help="Carry the mails from here, now.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let the introductions of an approved round go, each once. A second call changes nothing."""
    if deliver and url:
        raise Stopped(BAD, "--deliver hands mails over from here; a remote service does that itself.")
    with _rounds(url) as rounds:
        if deliver:
            from app.commands.delivering import send_from_here

            found = send_from_here(rounds, _words(which))
        else:
            found = rounds.send(_words(which))
    _show(found, as_json)
    if found["state"] == "sending" and not (deliver or url):
        terminal.say(
            "A running coffee serve or coffee worker carries the mails; or add --deliver to carry them from here."
        )


def _words(which: list[str]) -> list[str]:
    if len(which) == 2 or (len(which) == 1 and which[0].startswith("rnd_")):
        return which
    raise Stopped(BAD, "Name the round by its programme and period (eu 2026-W48), or by its id (rnd_…).")


def _show(found: Facts, as_json: bool) -> None:
    if as_json:
        terminal.answer(found)
        return
    from app.commands.round_words import lines_of

    terminal.show(*lines_of(found))


def _show_groups(found: Facts, as_json: bool) -> None:
    if as_json:
        terminal.answer(found)
        return
    from app.commands.round_words import certificate_lines, group_line

    terminal.table(("group", "people"), ((n, group_line(group)) for n, group in enumerate(found["groups"], 1)))
    if found["left_out"]:
        terminal.table(
            ("left out", "why"), ((one.get("name") or one["id"], one["reason"]) for one in found["left_out"])
        )
    terminal.show(*certificate_lines(found.get("certificate")))
    if "seed" in found:
        terminal.show(f"Seed: {found['seed']}")
