"""Migrations: up from empty, in step with the models, down again; under a lock; never over a newer database."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from alembic import command
from sqlalchemy import Enum as SqlEnum
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from app.db import Database, alembic_config, downgrade, require_head, upgrade
from app.errors import SchemaMismatch
from tests.rig import postgres


def test_models_and_migrations_agree(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.connect() as connection:
        command.check(alembic_config(connection))
    database.close()


def test_down_to_nothing_and_up_again(database_url: str) -> None:
    downgrade(database_url)
    database = Database(database_url)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    with pytest.raises(SchemaMismatch, match="Run: coffee migrate"):
        require_head(database)
    upgrade(database_url)
    require_head(database)
    database.close()


def test_a_newer_database_is_refused_by_name(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="9999, unknown to this program: it is newer"):
        upgrade(database_url)
    with pytest.raises(SchemaMismatch, match="Install the newer program"):
        require_head(database)
    database.close()


def test_two_who_migrate_an_empty_file_at_once_both_succeed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: upgrade(url), range(4))) == {upgrade(url)}


def test_a_new_file_waits_for_another_who_is_about_to_write(tmp_path: Path) -> None:
    """SQLite itself fails at once where another is about to write: a change of the journal asks no timeout."""
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE cup (name TEXT)")
        other.execute("BEGIN IMMEDIATE")
        Timer(0.3, lambda: other.execute("COMMIT")).start()
        assert upgrade(f"sqlite:///{path}") is not None


def test_two_who_migrate_an_empty_postgresql_at_once_both_succeed(postgres_server: str) -> None:
    with postgres.fresh_database(postgres_server) as url:
        downgrade(url)
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda _: upgrade(url), range(4))) == {upgrade(url)}


def test_sqlite_runs_with_the_settings_that_keep_its_word(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        said = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    assert said == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "secure_delete": 1,
    }
    database.close()


def test_the_words_that_columns_allow_are_those_of_the_models(database_url: str) -> None:
    """Alembic compares no CHECK constraints, so a new word of an enum could be missing in the migrated database."""
    database = Database(database_url)
    inspector = inspect(database.engine)
    for table in SQLModel.metadata.sorted_tables:
        there = {one["name"]: one["sqltext"] for one in inspector.get_check_constraints(table.name)}
        for column in table.columns:
            if isinstance(column.type, SqlEnum):
                said = there[f"ck_{table.name}_{column.type.name}"]
                assert set(re.findall(r"'([a-z_]+)'", said)) == set(column.type.enums), (table.name, column.name)
    database.close()
