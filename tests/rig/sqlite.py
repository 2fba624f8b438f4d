"""A SQLite file per test, copied from one that was migrated once."""

import shutil
from pathlib import Path

from tests.rig.postgres import migrate


def template(folder: Path) -> Path:
    """A migrated file in `folder`, made when it is not there yet."""
    path = folder / "template.db"
    if not path.exists():
        fresh = folder / "new.db"
        migrate(url(fresh))
        _settle(fresh)
        fresh.rename(path)
    return path


def url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


def fresh_database(template_file: Path, folder: Path) -> str:
    """The URL of a new migrated file in `folder`."""
    return url(Path(shutil.copyfile(template_file, folder / "coffee.db")))


def _settle(path: Path) -> None:
    """Fold the write-ahead log into the file, so that the file alone is the database."""
    import sqlite3

    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
