"""`coffee backup` and `coffee restore`: a copy of the whole database, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import house, terminal
from app.commands.failures import BAD, Stopped

if TYPE_CHECKING:
    from app.settings import Settings


def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="By default a name with the moment in it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Copy the whole database into a file, while the service goes on. The copy is checked before it counts."""
    from app import backups
    from app.clock import now

    settings = house.settings()
    house.check_kind(settings)
    target = file or Path(f"coffee-{now():%Y%m%d-%H%M%S}{'.db' if settings.on_sqlite else '.dump'}")
    with terminal.progress_bar("Backup") as progress:
        backups.backup(settings.database_url, target, progress)
    size = target.stat().st_size
    if as_json:
        terminal.answer({"file": str(target), "bytes": size})
    else:
        terminal.show(f"{target}: {size:,} bytes. It holds addresses: keep it as safe as the database itself.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What coffee backup has written.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Put a copy in the place of the database. Mails rest afterwards until you say what becomes of those that wait."""
    from app.commands.serving import only_one

    settings = house.settings()
    house.check_kind(settings)
    assert settings.secret
    if not yes:
        _ask(settings, file)
    with only_one(settings, "coffee serve"):
        kept, back, reason = _restore(settings, file)
    if as_json:
        terminal.answer({"kept": str(kept) if kept else None, "erased_again": back, "sending_rests": reason})
        return
    terminal.show("The copy is in its place.")
    if kept:
        terminal.show(f"The database as it was before is kept as {kept}.")
    if back:
        terminal.show(f"Erased again: {terminal.counted(back, 'person', 'people')}.")
    if reason:
        terminal.show(f"Sending rests: {reason}", "Look, and decide: coffee mail guard")


def _ask(settings: Settings, file: Path) -> None:
    if not terminal.can_ask():
        raise Stopped(BAD, f"This puts {file} in the place of the database. If you mean it, add --yes.")
    where = house.sqlite_file(settings.database_url) or "the PostgreSQL database of COFFEE_DATABASE_URL"
    if not typer.confirm(f"Put {file} in the place of {where}?", err=True):
        raise Stopped(BAD, "Nothing was changed.")


def _restore(settings: Settings, file: Path) -> tuple[Path | None, int, str | None]:
    """Where the old database is kept, how many were erased again, and why sending rests."""
    from app import backups
    from app.clock import now
    from app.commands.serving import prepare_database
    from app.db import Database
    from app.workflows import guarding
    from app.workflows.work import Work

    with terminal.progress_bar("Restore") as progress:
        kept = backups.restore(settings.database_url, file, now(), progress)
    prepare_database(settings)
    database = Database(settings.database_url)
    try:
        back, reason = guarding.look(Work(database, settings, None), restored=True)
    finally:
        database.close()
    return kept, back, reason
