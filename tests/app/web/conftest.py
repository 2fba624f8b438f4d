"""Served pages on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.db import Database
from app.settings import Settings
from tests.app.web.visitor import Visitor, visiting
from tests.conftest import BASE_URL, SECRET_KEY
from tests.factories import World


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """Somebody who looks at the pages of the programme `demo`."""
    with visiting(world) as found:
        yield found


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """Where the demo's mails are caught."""
    return tmp_path / "mail"


@pytest.fixture
def demo_visitor(world: World, maildir: Path) -> Iterator[Visitor]:
    """The same where settings say that it is a demo."""
    told = {"demo": True, "smtp_url": SecretStr(f"maildir://{maildir}")}
    world.settings = world.settings.model_copy(update=told)
    with visiting(world) as found:
        yield found


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    """A world on SQLite alone, for what no database has a part in."""
    database = Database(sqlite_url)
    settings = Settings(database_url=sqlite_url, base_url=BASE_URL, secret_key=SecretStr(SECRET_KEY), _env_file=None)
    made = World(database, settings)
    made.programme()
    yield made
    database.close()
