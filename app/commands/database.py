"""`coffee migrate`: the database to the version this program needs."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands import house, terminal


def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Bring the database to head. Safe to run twice, and by two at once."""
    settings = house.settings()
    house.check_kind(settings)
    from app import logs
    from app.db import upgrade

    logs.set_up(settings.log_level if settings.log_level == "DEBUG" else "WARNING", human=True)
    revision = upgrade(settings.database_url)
    if as_json:
        terminal.answer({"revision": revision})
    else:
        terminal.show(f"The database is at revision {revision}.")
