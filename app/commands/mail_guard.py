"""`coffee mail guard`: why sending rests after a restore or in a copy, and what becomes of the mails that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, Stopped
from app.commands.options import AsJson

if TYPE_CHECKING:
    from app.models import Instance


def guard(
    send: Annotated[bool, typer.Option("--send", help="Send what waits: it has not gone out before.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Send nothing of what waits: it went out before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Whether sending rests because this database is a copy or an older one; --send or --skip ends that."""
    if send and skip:
        raise Stopped(BAD, "--send and --skip: choose one of them.")
    settings = house.settings()
    with house.opened(settings) as database:
        from app.services import guard as services
        from app.workflows import guarding
        from app.workflows.work import Work

        if send or skip:
            number = guarding.decide(Work(database, settings, None), send=send)
        with database.reading() as session:
            resting, waiting = services.paused(session), services.waiting(session)
            drawn = services.drawn_not_sent(session)
    if send or skip:
        _decided(number, drawn, send, as_json=as_json)
    elif as_json:
        since = resting.paused_since if resting else None
        reason = resting.reason if resting else None
        counts = {"waiting": waiting, "drawn": drawn}
        terminal.answer({"rests": resting is not None, "since": since, "reason": reason} | counts)
    else:
        terminal.show(*_words(resting, waiting, drawn))


def _decided(number: int, drawn: int, send: bool, *, as_json: bool) -> None:
    if as_json:
        terminal.answer({"decision": "send" if send else "skip", "mails": number, "drawn": drawn})
        return
    mails = terminal.counted(number, "mail", "mails")
    terminal.show(f"{mails} will be sent." if send else f"{mails} will not be sent.", *_rounds(drawn))


def _rounds(drawn: int) -> tuple[str, ...]:
    if not drawn:
        return ()
    them = "it" if drawn == 1 else "them"
    said = terminal.counted(drawn, "round is drawn and not sent", "rounds are drawn and not sent")
    return (f"{said}: look before you send {them}.",)


def _words(resting: Instance | None, waiting: int, drawn: int) -> tuple[str, ...]:
    if resting is None:
        return ("Nothing rests: this database is the one that sent the last mail.",)
    mails = terminal.counted(waiting, "mail waits", "mails wait")
    return (
        f"Sending rests. {resting.reason}",
        f"{mails}. Did they go out before this copy was put here? Then: coffee mail guard --skip",
        "Otherwise: coffee mail guard --send. If this is a second copy for trying things out, leave it resting.",
        *_rounds(drawn),
    )
