"""The nursery and the worlds of the stories, made once for each worker of the test run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.crash import world
from tests.crash.world import World
from tests.rig.nursery import Nursery, own


@pytest.fixture(scope="session")
def nursery() -> Nursery:
    """Begins the processes that the tests kill."""
    return own()


@pytest.fixture(scope="session")
def world_on(
    nursery: Nursery, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], World]]:
    """The world on a kind of database; made when it is first asked for."""
    worlds: dict[str, World] = {}
    with ExitStack() as tidy:

        def on(kind: str) -> World:
            if kind not in worlds:
                server = "" if kind == "sqlite" else request.getfixturevalue("postgres_server")
                folder = tmp_path_factory.mktemp(f"world-{kind}")
                worlds[kind] = tidy.enter_context(world.made(nursery, kind, folder, server))
            return worlds[kind]

        yield on
