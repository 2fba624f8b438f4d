"""A worker that never comes back: another takes up its round, its mails and its workflows, and repeats nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.db import Database
from app.models import MailKind, MailState, Round, RoundState
from app.settings import Settings
from tests.conftest import SECRET_KEY
from tests.factories import World
from tests.rig.server import Service
from tests.rig.smtp import SinkProcess, sink_process
from tests.test_tour import settings, until


@pytest.fixture
def world(postgresql_url: str) -> Iterator[World]:
    """A programme of eight people; the clock is the real one, since workers go by that of the server."""
    told = Settings(database_url=postgresql_url, secret_key=SecretStr(SECRET_KEY), _env_file=None)
    made = World(Database(postgresql_url), told, now=datetime.now(UTC))
    made.programme(contact_email="")
    made.people(8)
    yield made
    made.database.close()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with sink_process(tmp_path / "mail.journal") as running:
        yield running


def killed(world: World, sink: SinkProcess, folder: Path, at: str) -> Round:
    """Open a round and let the first worker die at this moment; a minute passes."""
    round_ = world.open_round(send=True)
    environment = settings(world.settings.database_url, sink) | {"COFFEE_CRASH_AT": at}
    with Service(["worker", "--id", "worker-1"], environment, folder) as first:
        until(lambda: first.process is not None and first.process.poll() is not None)
    with world.database.engine.begin() as connection:
        connection.execute(text("UPDATE worker SET seen_at = seen_at - interval '1 minute'"))
    return round_


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("before commit: draw: record", 0),
        ("after commit: draw: record", 0),
        ("smtp: before DATA#3", 0),
        ("smtp: within DOT#3", 1),
    ],
)
def test_another_worker_takes_up_what_a_dead_one_left(
    world: World, sink: SinkProcess, tmp_path: Path, at: str, held: int
) -> None:
    round_ = killed(world, sink, tmp_path, at)
    with Service(["worker", "--id", "worker-2"], settings(world.settings.database_url, sink), tmp_path):
        until(lambda: world.round(round_.id).state == RoundState.INTRODUCED)
        until(lambda: unfinished(world) == [])
    states = Counter(mail.state for mail in world.mails(MailKind.INTRODUCTION))
    assert states == Counter({MailState.SENT: 8 - held, MailState.UNCERTAIN: held}) - Counter()
    received = Counter(delivery.recipient for delivery in sink.messages)
    assert max(received.values()) == 1
    assert len(received) >= 8 - held


def unfinished(world: World) -> list[str]:
    """Workflows that wait for a worker that will not come back."""
    with world.database.engine.connect() as connection:
        query = "SELECT name FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id = 'worker-1'"
        return [row[0] for row in connection.execute(text(query))]
