"""Fixtures for the services."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.db import Database
from app.settings import Settings
from tests.conftest import BASE_URL, SECRET_KEY
from tests.factories import World


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    """A world on SQLite alone, for what no database has a part in."""
    database = Database(sqlite_url)
    settings = Settings(database_url=sqlite_url, base_url=BASE_URL, secret_key=SecretStr(SECRET_KEY), _env_file=None)
    sender = {"mail_from": "Coffee Trial <coffee@example.org>", "mail_rate": 10_000.0, "mail_burst": 1_000_000}
    made = World(database, settings.model_copy(update=sender))
    made.programme()
    yield made
    database.close()
