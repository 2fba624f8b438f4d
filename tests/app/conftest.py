"""Fixtures for the floors of the service."""

from collections.abc import Iterator

import pytest

from app.db import Database
from app.settings import Settings
from tests.factories import World


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The test's database, on both kinds."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database, settings: Settings) -> World:
    """A world with an empty programme `demo`, a sender, and a mail server in memory."""
    # time stands still in a world, so that a bucket once empty would stay so
    sender = {"mail_from": "Coffee Trial <coffee@example.org>", "mail_rate": 10_000.0, "mail_burst": 1_000_000}
    told = settings.model_copy(update=sender)
    made = World(database, told)
    made.programme()
    return made
