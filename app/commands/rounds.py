"""`coffee round …`: opened, looked at, approved, sent, cancelled. Here, or with --url on a remote service."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, Protocol

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, FAILED, Stopped
from app.commands.options import AsJson, Slug, Url

Facts = dict[str, Any]
LARGEST_SEED = 2**63 - 1
LOOK_SECONDS = 1.0


class MailFate(StrEnum):
    """The state of a mail, as it is shown."""

    accepted = "accepted"
    waiting = "waiting"
    held = "held"
    rejected = "rejected"
    suppressed = "suppressed"
    expired = "expired"


class Stuck(StrEnum):
    """Why a mail has come to nothing so far."""

    held = "held"
    returned = "returned"
    closed = "closed"
    late = "late"
    trying = "trying"


app = typer.Typer(help="Rounds: opened, looked at, approved, sent, cancelled.", no_args_is_help=True)

Period = Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2026-W48.")]
Seed = Annotated[
    int | None, typer.Option(min=0, max=LARGEST_SEED, metavar="NUMBER", help="Replays a round; else drawn, and told.")
]
Which = Annotated[list[str], typer.Argument(metavar="SLUG PERIOD", help="The round; or its id alone (rnd_…).")]

InHours = Annotated[bool, typer.Option("--in-hours", help="Each mail leaves in the working hours of its reader.")]
Seen = Annotated[
    str | None,
    typer.Option(
        metavar="FINGERPRINT", help="Of the groups as you saw them (preview --json); refused when they differ."
    ),
]


class Rounds(Protocol):
    """The organiser's verbs on rounds, wherever the rounds are."""

    def open(self, slug: str, period: str, *, seed: int | None, send: bool, wait: bool) -> Facts: ...

    def preview(self, slug: str, period: str | None, seed: int | None) -> Facts: ...

    def find(self, words: Sequence[str]) -> Facts: ...

    def approve(self, words: Sequence[str], seen: str | None = None) -> Facts: ...

    def unapprove(self, words: Sequence[str]) -> Facts: ...

    def adjust(self, words: Sequence[str], asked: Facts, seen: str | None) -> Facts: ...

    def changes(self, words: Sequence[str]) -> Facts: ...

    def own_words(self, words: Sequence[str]) -> Facts: ...

    def say(self, words: Sequence[str], asked: Facts, seen: str | None) -> Facts: ...

    def send(self, words: Sequence[str], seen: str | None = None, *, in_hours: bool = False) -> Facts: ...

    def would_send(self, words: Sequence[str], seen: str | None = None) -> Facts: ...

    def word(self, words: Sequence[str], verb: str, body: Facts) -> Facts: ...

    def cancel(self, words: Sequence[str]) -> None: ...

    def all(self, slug: str) -> Facts: ...

    def mails(self, words: Sequence[str], state: str | None) -> Facts: ...

    def watch(self, words: Sequence[str], reason: str | None) -> Facts: ...

    def mail_trouble(self) -> str | None: ...


@contextmanager
def somewhere(url: str | None) -> Iterator[Rounds]:
    """The rounds of this machine, or of a remote service."""
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
    with somewhere(url) as rounds:
        if dry_run:
            _show_groups(rounds.preview(slug, None, seed), as_json)
            return
        found = rounds.open(slug, period, seed=seed, send=send, wait=wait)
    if seed is not None and seed != found["seed"]:
        terminal.say(f"The round {period} exists already, with seed {found['seed']}; nothing was changed.")
    show(found, as_json)


@app.command("preview")
def preview(
    slug: Slug,
    period: Annotated[str | None, typer.Argument(metavar="PERIOD", help="A round that is drawn; else a try.")] = None,
    seed: Seed = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Who would meet whom if a round were drawn now; nothing is written. With PERIOD: the round as it is drawn."""
    with somewhere(url) as rounds:
        found = rounds.preview(slug, period, seed)
    _show_groups(found, as_json)


@app.command("status")
def status(which: Which, url: Url = None, as_json: AsJson = False) -> None:
    """How a round stands: state, counts, certificate, and what needs a decision."""
    with somewhere(url) as rounds:
        found = rounds.find(words(which))
        trouble = rounds.mail_trouble() if found["counts"]["messages"]["waiting"] else None
    show(found, as_json)
    if trouble:
        terminal.say(f"The mail server takes nothing from us at the moment, so mails wait: {trouble}")


@app.command("list")
def list_rounds(slug: Slug, url: Url = None, as_json: AsJson = False) -> None:
    """Every round of a programme, latest first."""
    with somewhere(url) as rounds:
        found = rounds.all(slug)
    if as_json:
        terminal.answer(found)
        return
    columns = ("period", "number", "state", "seed", "opened_at", "introduced_at", "id")
    terminal.table(columns, ([_cell(one, column) for column in columns] for one in found["rounds"]))


def _cell(one: Facts, column: str) -> object:
    """Moments to the minute, in UTC."""
    value = one[column]
    return str(value)[:16].replace("T", " ") if column.endswith("_at") and value else value


@app.command("mails")
def mails(
    which: Which,
    state: Annotated[MailFate | None, typer.Option(help="Only those.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What became of each mail of a round. What is held, rejected or expired can go again: coffee mail resend ID."""
    with somewhere(url) as rounds:
        found = rounds.mails(words(which), state.value if state else None)
    if as_json:
        terminal.answer(found)
        return
    columns = ("id", "address", "kind", "state", "answer")
    rows = ([one[column] for column in columns] for one in found["messages"])
    terminal.table(("id", "to", "kind", "state", "answer"), rows)


@app.command("watch")
def watch(
    which: Which,
    reason: Annotated[Stuck | None, typer.Option(help="Only mails that are stuck for this reason.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Wait until no mail is on its way any more.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """How a round goes on: what became of its mails, which came to nothing, and what people have said, in figures."""
    with somewhere(url) as rounds:
        found = rounds.watch(words(which), reason.value if reason else None)
        if follow:
            found = _followed(rounds, found, reason.value if reason else None)
    if as_json:
        terminal.answer(found)
        return
    from app.commands.round_words import watch_lines

    terminal.show(*watch_lines(found))
    if found["mails"]:
        rows = ([mail[name] for name in ("id", "address", "kind", "answer")] + [why] for why, mail in _stuck(found))
        terminal.table(("id", "to", "kind", "answer", "why"), rows)


def _stuck(found: Facts) -> Iterator[tuple[str, Facts]]:
    for one in found["mails"]:
        yield one["reason"], one["message"]


def _followed(rounds: Rounds, found: Facts, reason: str | None) -> Facts:
    """The same once nothing moves any more; Ctrl-C ends the waiting only."""
    with terminal.progress_bar("sending") as progress:
        while found["moves"]:
            mails = found["counts"]
            settled = mails["planned"] - mails["waiting"]
            if progress:
                progress(f"{settled:,} of {mails['planned']:,}", settled / max(mails["planned"], 1))
            time.sleep(LOOK_SECONDS)
            found = rounds.watch([found["round"]], reason)
    return found


@app.command("cancel")
def cancel(
    which: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; without a terminal nobody can be asked.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Take back a round that has not been sent: its draw and its mails are forgotten, its period is free again."""
    with somewhere(url) as rounds:
        found = rounds.find(words(which))
        if not yes:
            _ask(found)
        rounds.cancel([found["id"]])
    if as_json:
        terminal.answer({"cancelled": found["id"], "programme": found["programme"], "period": found["period"]})
    else:
        terminal.say(f"The round {found['period']} of {found['programme']} is cancelled.")


def _ask(found: Facts) -> None:
    """Stopped unless somebody at a terminal says yes."""
    if not terminal.can_ask():
        raise Stopped(BAD, "Nothing was cancelled: there is no terminal to ask at. To be sure without one, add --yes.")
    question = f"Cancel the round {found['period']} of {found['programme']}, and forget its draw?"
    if not typer.confirm(question, err=True):
        raise Stopped(FAILED, "Nothing was cancelled.")


@app.command("approve")
def approve(which: Which, seen: Seen = None, url: Url = None, as_json: AsJson = False) -> None:
    """Say yes to a drawn round. A second yes changes nothing."""
    with somewhere(url) as rounds:
        found = rounds.approve(words(which), seen)
    show(found, as_json)


@app.command("send")
def send(
    which: Which,
    deliver: Annotated[bool, typer.Option("--deliver", help="Carry the mails from here, now.")] = False,
    in_hours: InHours = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many mails would go, and send none.")] = False,
    seen: Seen = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let the introductions of an approved round go, each once, but those kept back. A second call changes nothing."""
    if dry_run:
        with somewhere(url) as rounds:
            _would_send(rounds.would_send(words(which), seen), as_json)
        return
    if deliver and url:
        raise Stopped(BAD, "--deliver hands mails over from here; a remote service does that itself.")
    if deliver and in_hours:
        raise Stopped(BAD, "--deliver hands mails over now, --in-hours when their readers are at work: choose one.")
    with somewhere(url) as rounds:
        if deliver:
            from app.commands.delivering import send_from_here

            found = send_from_here(rounds, words(which), seen)
        else:
            found = rounds.send(words(which), seen, in_hours=in_hours)
    show(found, as_json)
    if found["state"] == "sending" and not (deliver or url):
        terminal.say(
            "A running coffee serve or coffee worker carries the mails; or add --deliver to carry them from here."
        )


def _would_send(found: Facts, as_json: bool) -> None:
    if as_json:
        terminal.answer(found)
        return
    mails = terminal.counted(found["mails"], "mail", "mails")
    waits = "" if found["can_leave"] else " They would wait: no mail server is set, or no sender."
    terminal.say(f"{mails} would go, and none has gone.{waits}")


def words(which: list[str]) -> list[str]:
    """How a round was named. Raises Stopped for what is no name of one."""
    if len(which) == 2 or (len(which) == 1 and which[0].startswith("rnd_")):
        return which
    raise Stopped(BAD, "Name the round by its programme and period (eu 2026-W48), or by its id (rnd_…).")


def show(found: Facts, as_json: bool) -> None:
    """A round in words, or as it is for programs."""
    if as_json:
        terminal.answer(found)
        return
    from app.commands.round_words import lines_of

    terminal.show(*lines_of(found))


def _show_groups(found: Facts, as_json: bool) -> None:
    if as_json:
        terminal.answer(found)
        return
    from app.commands.round_words import certificate_lines, group_rows, left_out_rows

    terminal.table(("group", "people", "why"), group_rows(found))
    if found["left_out"]:
        terminal.table(("left out", "why"), left_out_rows(found))
    terminal.show(*certificate_lines(found.get("certificate")))
    if "seed" in found:
        terminal.show(f"Seed: {found['seed']}")
