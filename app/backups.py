"""Copies of the whole database: consistent while the service runs, checked before they count, whole or not at all.

SQLite by its online backup (https://sqlite.org/backup.html); PostgreSQL by pg_dump and pg_restore, where they are
installed. The engine's own tables are not part of a copy: the foreman begins anew from our rows.
"""

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

from app.errors import CoffeeError
from app.witness import sync_folder

Progress = Callable[[str, float], None]
PAGES = 256
"""Copied at a time, for the sake of the progress bar."""
PRIVATE = 0o600
"""The mode of a copy, from its first byte: it holds addresses."""


class BackupFailed(CoffeeError):
    kind, title = "backup-failed", "The copy could not be made."


def backup(url: str, target: Path, progress: Progress | None = None) -> None:
    """Copy the database into `target`, which appears only when it is whole and sound. Raises BackupFailed."""
    if target.exists():
        raise BackupFailed(f"{target} is there already: name another file, or move that one away.")
    if not target.absolute().parent.is_dir():
        raise BackupFailed(f"There is no folder {target.absolute().parent}.")
    parsed, fresh = make_url(url), target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _begin(fresh)
        if parsed.get_backend_name() == "sqlite":
            _copy(Path(parsed.database or ""), fresh, progress)
        else:
            _run("pg_dump", parsed, "--format=custom", "--no-owner", "--exclude-schema=dbos", "--file", str(fresh))
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(target)
        sync_folder(target.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"The copy could not be made: {error}") from error
    finally:
        fresh.unlink(missing_ok=True)


def restore(url: str, source: Path, now: datetime, progress: Progress | None = None) -> Path | None:
    """Put a copy in the place of the database; nobody may use it meanwhile. Returns where the old one is kept now.

    Raises BackupFailed, and then nothing has changed.
    """
    if not source.is_file():
        raise BackupFailed(f"There is no file {source}.")
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _put_back(source, Path(parsed.database or ""), now, progress)
        _pg_restore(parsed, source)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"The copy could not be restored: {error}") from error
    return None


def _begin(fresh: Path) -> None:
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))


def _copy(source: Path, target: Path, progress: Progress | None) -> None:
    if not source.exists():
        raise BackupFailed(f"There is no database at {source}.")

    def tell(_status: int, remaining: int, total: int) -> None:
        if progress is not None and total:
            progress("copying", 1 - remaining / total)

    with closing(sqlite3.connect(source, isolation_level=None)) as there, closing(sqlite3.connect(target)) as here:
        # One snapshot from the first page to the last: without it the copy begins anew whenever somebody writes.
        there.execute("BEGIN")
        there.execute("SELECT count(*) FROM sqlite_master").fetchone()
        there.backup(here, pages=PAGES, progress=tell, sleep=0.01)
        there.execute("COMMIT")
        here.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
    _check(target)


def _check(file: Path) -> None:
    """Raises BackupFailed when the file is no sound database of ours."""
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            ours = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'outgoing_mail'").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{file} is no sound SQLite database: {error}") from error
    if said != "ok" or not ours:
        raise BackupFailed(f"{file} is no sound database of Coffee Trial: {said if ours else 'its tables are missing'}")


def _put_back(source: Path, target: Path, now: datetime, progress: Progress | None) -> Path | None:
    """Copy beside the target first: a disk that fills up, or a kill, leaves the old database where it was.

    The old one may be broken: that is what a restore is for.
    """
    _check(source)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    kept = None
    try:
        _begin(fresh)
        _copy(source, fresh, progress)
        if target.exists():
            kept = _free(target, f"{target.stem}-before-{now:%Y%m%d-%H%M%S}")
            _keep(target, kept)
            fresh.chmod(stat.S_IMODE(target.stat().st_mode))
        for ending in ("-wal", "-shm"):  # before the new file is there: the log of the old one is not for it
            _beside(target, ending).unlink(missing_ok=True)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    for part in target.parent.glob(f"{target.stem}-work.db*"):
        part.unlink()
    sync_folder(target.absolute().parent)
    return kept


def _free(target: Path, stem: str) -> Path:
    """A name beside the target that no other restore of this second has taken."""
    endings = chain([""], (f"-{number}" for number in count(2)))
    names = (target.with_name(f"{stem}{ending}{target.suffix}") for ending in endings)
    return next(name for name in names if not name.exists())


def _keep(target: Path, kept: Path) -> None:
    """A second name for the old database, so that at no moment there is none, and for its log if that is still needed.

    The log is named first: SQLite throws away the log of a file that it finds empty.
    """
    os.link(target, kept)
    log = _beside(target, "-wal")
    if log.exists():
        os.link(log, _beside(kept, "-wal"))
    if _empty_log(target):
        _beside(kept, "-wal").unlink(missing_ok=True)


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _empty_log(file: Path) -> bool:
    """Everything into the file itself, so that it is whole without its log. False where that could not be done."""
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy
    except sqlite3.DatabaseError:
        return False


def _pg_restore(parsed: URL, source: Path) -> None:
    _run("pg_restore", parsed, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))
    engine = create_engine(parsed)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))
    engine.dispose()


def _run(program: str, parsed: URL, *words: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes by the environment, where `ps` shows none."""
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(
            f"{program} is not installed here. Install PostgreSQL's client programs, "
            f"or run {program} where they are; docs/deploy says how."
        )
    plain = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(parsed.password)} if parsed.password else {})
    done = subprocess.run(
        [found, f"--dbname={plain}", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupFailed(f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else '?'}")
