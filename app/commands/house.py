"""What most commands begin with: the settings, and the database they name, if it fits this program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from app.commands.failures import BAD, MISMATCH, NO_DATABASE_URL, Stopped

if TYPE_CHECKING:
    from pydantic import BaseModel

    from app.db import Database
    from app.settings import Settings

B = TypeVar("B", bound="BaseModel")

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
ACTOR = "cli"
"""How the audit names what was done here."""


def settings(**given: Any) -> Settings:
    """The settings of this process; what is given here goes before the environment."""
    from app.settings import Settings

    return Settings(**given)


def checked(schema: type[B], given: dict[str, Any]) -> B:
    """What was said, by the rules of the API. Raises BadInput, which names every fault."""
    from pydantic import ValidationError

    from app.errors import BadInput, Fault
    from app.plain_words import plain

    try:
        return schema.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise BadInput(*(Fault(".".join(map(str, fault["loc"])), plain(fault)) for fault in faults)) from None


@contextmanager
def opened(found: Settings) -> Iterator[Database]:
    """The database, at the version that this program needs; words of libraries go to standard error.

    Raises SchemaMismatch, or Stopped with the same code where there is no database yet.
    """
    from app import logs
    from app.db import Database, require_head

    logs.set_up("DEBUG" if found.log_level == "DEBUG" else "CRITICAL", human=True)
    check_kind(found)
    missing = missing_file(found.database_url)
    if missing is not None:
        raise Stopped(MISMATCH, f"There is no database at {missing} yet. Run: coffee migrate")
    database = Database(found.database_url)
    try:
        require_head(database)
        yield database
    finally:
        database.close()


def check_kind(found: Settings) -> None:
    """Stopped, in words, where the settings name a kind of database whose driver is not part of this program."""
    from sqlalchemy import make_url

    if make_url(found.database_url).drivername not in DRIVERS:
        raise Stopped(BAD, NO_DATABASE_URL)


def missing_file(url: str) -> Path | None:
    """The SQLite file that `url` names, where there is none: looking must not make one."""
    path = sqlite_file(url)
    return path if path is not None and not path.exists() else None


def sqlite_file(url: str) -> Path | None:
    """The file behind a SQLite URL; None for other databases and for memory."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)
