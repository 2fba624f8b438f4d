"""A served application on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from app.db import Database
from app.settings import Settings
from tests.app.api.door import Door, opened_door
from tests.conftest import BASE_URL, SECRET_KEY
from tests.factories import World


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    """The API with an empty programme `demo`; the worker is not running: `world.draw` does its work."""
    with opened_door(world) as opened:
        yield opened


@contextmanager
def world_on(url: str) -> Iterator[World]:
    """A world with an empty programme `demo`."""
    database = Database(url)
    made = World(
        database,
        Settings(database_url=url, base_url=BASE_URL, secret_key=SecretStr(SECRET_KEY), _env_file=None),
    )
    made.programme()
    yield made
    database.close()


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    """A world on SQLite alone, for what no database has a part in."""
    with world_on(sqlite_url) as made:
        yield made


@pytest.fixture
def postgresql_world(postgresql_url: str) -> Iterator[World]:
    """A world on PostgreSQL alone, for what only a server does."""
    with world_on(postgresql_url) as made:
        yield made


@pytest.fixture
def sqlite_door(sqlite_world: World) -> Iterator[Door]:
    """A door on SQLite alone."""
    with opened_door(sqlite_world) as opened:
        yield opened
