"""A disk that is full while a file says so: SQLite may not let its file grow (the error is the same: SQLITE_FULL)."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

FILE = Path("disk-is-full")
MOST_PAGES = 1_073_741_823


def install() -> None:
    """Look at the file whenever a connection is taken out of a pool, in this process."""
    event.listen(Pool, "checkout", _limit)


def _limit(raw: Any, *_: object) -> None:
    if isinstance(raw, sqlite3.Connection):
        pages = raw.execute("PRAGMA page_count").fetchone()[0] if FILE.exists() else MOST_PAGES
        raw.execute(f"PRAGMA max_page_count={pages}")
