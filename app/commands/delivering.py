"""`coffee round send --deliver`: this process carries the mails, and nothing is lost when it is stopped half-way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from app.commands import terminal
from app.commands.failures import FAILED, INTERRUPTED, Stopped
from app.commands.mail import transport_of
from app.commands.rounds_here import RoundsHere
from app.workflows import delivery, guarding
from app.workflows.heart import Heart

BATCH = 25


def send_from_here(rounds: Any, words: Sequence[str], seen: str | None = None) -> dict[str, Any]:
    """Send a round and carry what is due until it is introduced. Stopped, with the reason, where mails must wait.

    Ctrl-C ends it after the mail that is being sent.
    """
    assert isinstance(rounds, RoundsHere)
    work = rounds.worker(transport=transport_of(rounds.settings))
    _, resting = guarding.look(work)
    if resting is not None:
        raise Stopped(FAILED, f"Sending rests: {resting}", "Look, and decide: coffee mail guard")
    found = rounds.send(words, seen)
    with Heart(work), _until_interrupted(work.stopping), terminal.progress_bar("sending") as progress:
        while delivery.deliver_batch(work, BATCH):
            mails = rounds.find([found["id"]])["counts"]["messages"]
            if progress:
                progress(f"{mails['planned'] - mails['waiting']:,} of {mails['planned']:,}", _share(mails))
    delivery.finish(work)
    found = rounds.find([found["id"]])
    if work.stopping.is_set():
        terminal.say("Stopped; the mails that are left wait.")
        raise typer.Exit(INTERRUPTED)
    if found["state"] == "sending":
        raise Stopped(FAILED, _why(found, rounds.mail_trouble()))
    delivery.deliver_batch(work, BATCH)  # the report to the organiser, written when the round was finished
    return found


def _share(mails: dict[str, int]) -> float:
    return 1.0 - mails["waiting"] / max(mails["planned"], 1)


def _why(found: dict[str, Any], trouble: str | None) -> str:
    waiting = terminal.counted(found["counts"]["messages"]["waiting"], "mail waits", "mails wait")
    trouble = trouble or "the mail server asked for patience, or another process is sending"
    return f"{waiting}: {trouble}. They are tried again by coffee serve or coffee worker, or by this command later."


@contextmanager
def _until_interrupted(stopping: threading.Event) -> Iterator[None]:
    """The first Ctrl-C asks politely."""
    before = signal.signal(signal.SIGINT, lambda *_: stopping.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
