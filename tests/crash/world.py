"""The world in which the stories play, made once and copied for each kill: a programme, eleven people, an organiser's
key, and the tables of the durable engine.
"""

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.conftest import SECRET_KEY
from tests.crash.mail_server import NOBODY
from tests.rig.nursery import COFFEE, Child, Nursery
from tests.rig.postgres import _libpq, named

MEMBERS = [f"member{n:02}@institute.example" for n in range(10)] + [NOBODY]
FILE = "coffee.db"


@dataclass(frozen=True)
class World:
    """Where the copies come from: a folder for SQLite, a template database for PostgreSQL; and the organiser's key."""

    kind: str
    folder: Path
    key: str
    template_url: str = ""
    server_url: str = ""

    @contextmanager
    def copied(self, folder: Path) -> Iterator[str]:
        """The URL of a copy; gone afterwards."""
        if self.kind == "sqlite":
            for file in self.folder.glob("coffee*"):
                shutil.copy(file, folder)
            yield f"sqlite:///{folder / FILE}"
            return
        with database(self.server_url, self.template_url.partition("?")[0].rpartition("/")[2]) as url:
            yield url

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        """The URL of a database without tables."""
        if self.kind == "sqlite":
            yield f"sqlite:///{folder / FILE}"
            return
        with database(self.server_url, "template0") as url:
            yield url


@contextmanager
def database(server_url: str, template: str) -> Iterator[str]:
    """A new database from a template; dropped afterwards, even while in use."""
    name = sql.Identifier(f"crash_{uuid.uuid4().hex[:12]}")
    with psycopg.connect(_libpq(server_url), autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(name, sql.Identifier(template))
        )
        try:
            yield named(server_url, name.as_string().strip('"'))
        finally:
            with suppress(psycopg.OperationalError):  # at the end of a test run the server may be gone first
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@contextmanager
def made(nursery: Nursery, kind: str, folder: Path, server_url: str = "") -> Iterator[World]:
    """Make the world by the program's own commands."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / FILE}"
        yield World(kind, folder, _filled(nursery, url, folder))
        return
    with database(server_url, "template0") as url:
        key = _filled(nursery, url, folder)
        yield World(kind, folder, key, url, server_url)


def people_file(folder: Path, people: list[str]) -> Path:
    """A file to import, with everybody in one of four teams."""
    lines = [f"{address},{address.partition('@')[0].title()},Team {n % 4}" for n, address in enumerate(people)]
    path = folder / "people.csv"
    path.write_text("\n".join(["email,name,team", *lines]))
    return path


def _filled(nursery: Nursery, url: str, folder: Path) -> str:
    people_file(folder, MEMBERS)
    said = ""
    for line in (
        "migrate",
        "programme create --slug eu --name Coffees --contact-name Amira --contact-email organiser@institute.example",
        "people import eu people.csv --active",
        "key create --scope read --scope write --scope send --json",
    ):
        said = _run(nursery, COFFEE, line.split(), url, folder)
    _run(nursery, "tests.crash.world:launch_the_engine", [], url, folder)
    if url.startswith("sqlite"):
        for file in folder.glob("coffee*.db"):
            _fold(file)
    return str(json.loads(said)["key"])


def _run(nursery: Nursery, target: str, words: list[str], url: str, folder: Path) -> str:
    log = folder / f"made-{uuid.uuid4().hex}.log"
    environment = {"COFFEE_DATABASE_URL": url, "COFFEE_SECRET_KEY": SECRET_KEY}
    pid = nursery.spawn(target, words, environment, folder, log)
    code = Child(nursery, pid).wait()
    assert code == 0, f"{target} {words}: {log.read_text()}"
    return log.read_text()


def launch_the_engine() -> None:
    """Let the durable engine make its tables."""
    from app.db import Database
    from app.settings import Settings
    from app.workflows.engine import Engine
    from app.workflows.work import Work

    settings = Settings()
    engine = Engine(Work(Database(settings.database_url), settings, None))
    engine.start()
    engine.stop(0)
    os._exit(0)


def _fold(path: Path) -> None:
    """Fold the write-ahead log into the file, so that the file alone is the database."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
