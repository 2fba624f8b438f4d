"""A name that only one process holds, on PostgreSQL: given up, it is free at that moment."""

import pytest
from sqlalchemy.engine import Connection

from app.db import Database
from tests.factories import World


def test_a_name_given_up_is_free_before_its_connection_has_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends a connection in its own time; who comes next in the same breath must not find it held."""
    monkeypatch.setattr(Connection, "invalidate", lambda _self, _why=None: None)
    with world.database.held("the mailbox") as ours:
        assert ours
    beside = Database(world.database.url)
    try:
        with beside.held("the mailbox") as theirs:
            assert theirs
    finally:
        beside.close()


def test_a_name_is_held_by_one(world: World) -> None:
    beside = Database(world.database.url)
    try:
        with world.database.held("the mailbox") as ours, beside.held("the mailbox") as theirs:
            on_sqlite = world.database.url.startswith("sqlite")  # there one process is the whole service
            assert (ours, theirs) == (True, on_sqlite)
    finally:
        beside.close()
