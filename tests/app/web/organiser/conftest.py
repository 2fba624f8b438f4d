"""Organisers in front of the served pages, on both databases."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.models import Role
from tests.app.web.organiser.desk import Desk
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World


@pytest.fixture
def desk(visitor: Visitor) -> Desk:
    """An organiser of everything, signed in."""
    made = Desk(visitor)
    made.sign_in(made.organiser(Role.ORGANISER))
    return made


@pytest.fixture
def sqlite_desk(sqlite_world: World) -> Iterator[Desk]:
    """The same on SQLite alone."""
    told = {"mail_from": "Coffee Trial <coffee@example.org>", "smtp_url": SecretStr("smtp://localhost:1")}
    sqlite_world.settings = sqlite_world.settings.model_copy(update=told)
    with visiting(sqlite_world) as visitor:
        made = Desk(visitor)
        made.sign_in(made.organiser(Role.ORGANISER))
        yield made
