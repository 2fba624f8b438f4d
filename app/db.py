"""The database: engine, transactions, migrations. The only place in the project that commits.

SQLite runs with WAL, `synchronous=FULL` (a lost mark is a repeated mail), foreign keys, a busy timeout, and BEGIN
IMMEDIATE for writers, so that two of them queue up instead of failing half-way.
"""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

import app.models  # noqa: F401  (fills the metadata)
from app.crashpoints import crashpoint
from app.errors import SchemaMismatch

BUSY_SECONDS = 5
POOL, OVERFLOW = 10, 5
"""So many connections does a process keep, and so many more does it open at most; whoever wants another one waits. For
SQLite they are as many in all by default.
"""
MIGRATION_SECONDS = 60
MIGRATION_LOCK = 0x00C0FFEE
_WRITING = "coffee_writing"


class Database:
    """An engine with two doors: `reading()` and `writing()`. Thread-safe; `close()` when done."""

    def __init__(self, url: str, *, pool_size: int = POOL) -> None:
        self.url = url
        self.engine = _engine(url, pool_size)
        self._writer = self.engine.execution_options(**{_WRITING: True})
        self._open = threading.local()

    @contextmanager
    def writing(self, step: str = "") -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises. `step` names it: the moments
        before and after its commit are crash points (only tests leave it out).
        """
        with self._counted(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session
            if step:
                session.flush()
                crashpoint(f"before commit: {step}")
        if step:
            crashpoint(f"after commit: {step}")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look: nothing written here is kept."""
        with self._counted(), Session(self.engine, expire_on_commit=False) as session:
            yield session  # closing rolls back, and leaves what was read usable

    @property
    def transactions(self) -> int:
        """How many transactions this thread has opened and not ended; while anybody outside is spoken to it must be
        none.
        """
        return len(self._opened())

    def _opened(self) -> list[object]:
        if not hasattr(self._open, "transactions"):
            self._open.transactions = []
        opened: list[object] = self._open.transactions
        return opened

    @contextmanager
    def _counted(self) -> Iterator[None]:
        opened, this = self._opened(), object()  # kept: FastAPI may end in another thread what began in this one
        opened.append(this)
        try:
            yield
        finally:
            opened.remove(this)

    @contextmanager
    def held(self, name: str) -> Iterator[bool]:
        """Whether this process is now the only one that holds `name`; it lets go when the block or the process ends.

        PostgreSQL only (an advisory lock of the session); on SQLite one process is the whole service anyway.
        """
        hold = Hold(self.engine, name)
        try:
            yield hold.take()
        finally:
            hold.let_go()

    def checkpoint(self) -> None:
        """SQLite: move the log into the file and empty it, so that what was erased is not kept there either."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # a checkpoint cannot run inside a transaction
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")

    def place(self) -> str:
        """What tells this database from a copy of it: the file itself (its inode), or the database's number in its
        server.
        """
        if self.engine.dialect.name == "sqlite":
            return f"inode {Path(self.engine.url.database or '').stat().st_ino}"
        with self.engine.connect() as connection:
            number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            return f"database {number.scalar_one()}"

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


class Hold:
    """A name that one process holds at a time: on PostgreSQL for as long as its session lives, which may be lost."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Whether the name is ours: still, or taken now. Raises SQLAlchemyError while the database is away."""
        if self._engine.dialect.name != "postgresql" or self._alive():
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar_one():
                self._connection = connection
        finally:
            if self._connection is None:
                connection.close()
        return self._connection is not None

    def _alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.let_go()
        return self._connection is not None

    def let_go(self) -> None:
        """Give the name up."""
        if self._connection is not None:
            if not self._connection.invalidated:
                with suppress(DBAPIError):  # it is gone already, and the name with it
                    self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
            if not self._connection.invalidated:
                self._connection.invalidate()  # for good, whatever came of that: in the pool it might hold the name on
            self._connection.close()
            self._connection = None


def insert_unless_there(session: Session, table: type[SQLModel], **values: Any) -> None:
    """A row, unless one with its key exists: of two who insert it at once, neither fails."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    row = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    session.execute(row.values(values).on_conflict_do_nothing())


def insert_all(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Many rows at once, past the session: what it holds as objects knows nothing of them."""
    if rows:
        session.connection().execute(insert(SQLModel.metadata.tables[str(table.__tablename__)]), rows)


def insert_missing(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> int:
    """The rows whose key is not there yet, all at once; how many that were."""
    if not rows:
        return 0
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    missing = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    counting = {"preserve_rowcount": True}
    written = session.connection().execute(missing.on_conflict_do_nothing(), rows, execution_options=counting)
    return written.rowcount


def _engine(url: str, pool_size: int) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=OVERFLOW,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,  # names and addresses do not belong into logs and messages
        connect_args={"options": "-c timezone=utc -c lock_timeout=5000", "connect_timeout": BUSY_SECONDS},
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    log_ahead(connection, BUSY_SECONDS)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def log_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Let the file keep its log beside it (WAL), for ever. SQLite does not wait here for others who are about to do the
    same, whatever its timeout is; so we do, for up to `seconds`. Raises `sqlite3.OperationalError` after that.
    """
    latest = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > latest:
                raise
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings without a file, so that the program can migrate wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _migrating(url: str) -> Iterator[Connection]:
    """A connection that holds the migration lock: two processes that migrate at once go one after the other."""
    engine = create_engine(url, connect_args={"timeout": MIGRATION_SECONDS} if url.startswith("sqlite") else {})
    event.listen(engine, "after_cursor_execute", lambda *_: crashpoint("migrate: statement"))
    if engine.dialect.name == "sqlite":
        # Batch migrations rebuild tables: foreign keys must rest meanwhile, and the whole upgrade is one transaction.
        event.listen(engine, "connect", lambda raw, _: _prepare_for_migration(raw))
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            yield connection
            crashpoint("before commit: migrate")
        crashpoint("after commit: migrate")
    finally:
        engine.dispose()


def _prepare_for_migration(raw: sqlite3.Connection) -> None:
    raw.isolation_level = None
    log_ahead(raw, MIGRATION_SECONDS)
    raw.execute("PRAGMA synchronous=FULL")


def upgrade(url: str, revision: str = "head") -> str | None:
    """Bring the database to `revision`, under a lock, in one transaction; safe to run twice and by two at once.

    Returns the revision it is at afterwards. Raises SchemaMismatch when the database is newer than this program.
    """
    with _migrating(url) as connection:
        found = _revision(connection)
        if found not in _known_revisions():
            raise SchemaMismatch(_newer(found))
        if found != (_head() if revision == "head" else revision):  # alembic would look for a while at nothing
            command.upgrade(alembic_config(connection), revision)
        return _revision(connection)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database back to `revision`."""
    with _migrating(url) as connection:
        command.downgrade(alembic_config(connection), revision)


def require_head(database: Database) -> None:
    """Refuse a database that is newer or older than this program.

    Raises SchemaMismatch, which says what to do.
    """
    with database.engine.connect() as connection:
        found = _revision(connection)
    if found not in _known_revisions():
        raise SchemaMismatch(_newer(found))
    if found != _head():
        raise SchemaMismatch(
            f"The database is at revision {found or 'none'}, this program needs {_head()}. Run: coffee migrate"
        )


def _newer(found: str | None) -> str:
    return f"The database is at revision {found}, unknown to this program: it is newer. Install the newer program."


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


@cache
def _known_revisions() -> frozenset[str | None]:
    return frozenset({None, *(script.revision for script in _scripts().walk_revisions())})


@cache
def _head() -> str | None:
    return _scripts().get_current_head()
