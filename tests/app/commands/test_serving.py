"""`coffee serve` and `coffee worker` as processes: what they refuse, how they begin and end, what their logs hold."""

import json
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import select
from structlog.testing import capture_logs

from app.commands import serving
from app.commands.failures import FAILED, Stopped
from app.db import Database
from app.models import Round
from app.settings import Settings
from tests.app.commands.conftest import people_lines
from tests.conftest import SECRET_KEY
from tests.rig.server import Service, coffee, free_port
from tests.rig.smtp import SmtpSink

PATIENCE = 60.0
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


def environment(database_url: str, **more: str) -> dict[str, str]:
    return {"COFFEE_DATABASE_URL": database_url, "COFFEE_SECRET_KEY": SECRET_KEY, **more}


def state_of_the_round(database_url: str) -> str:
    """How the only round stands."""
    database = Database(database_url)
    try:
        with database.reading() as session:
            return session.exec(select(Round.state)).one()
    finally:
        database.close()


def until(met: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


# --- refusals --------------------------------------------------------------------------------------------------------


def test_serving_without_a_secret_key_is_refused_in_words(sqlite_url: str, tmp_path: Path) -> None:
    done = coffee("serve", environment={"COFFEE_DATABASE_URL": sqlite_url}, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("COFFEE_SECRET_KEY is not set. Take 32 random characters or more")


def test_a_port_that_is_taken_is_1_in_words(sqlite_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = coffee("serve", "--port", str(port), environment=environment(sqlite_url), folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"Port {port} on 127.0.0.1 cannot be had: Address already in use."


def test_a_database_from_the_future_is_3_before_anything_listens(sqlite_url: str, tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "coffee.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    done = coffee("serve", "--port", "0", environment=environment(sqlite_url), folder=tmp_path)
    assert (done.returncode, "it is newer" in done.stderr, done.stdout) == (3, True, "")


def test_a_database_that_may_not_be_migrated_is_3(tmp_path: Path) -> None:
    settings = environment("sqlite:///empty.db", COFFEE_AUTO_MIGRATE="false")
    done = coffee("serve", "--port", "0", environment=settings, folder=tmp_path)
    assert (done.returncode, "Run: coffee migrate" in done.stderr) == (3, True)


def test_a_worker_on_sqlite_is_refused_in_words(sqlite_url: str, tmp_path: Path) -> None:
    done = coffee("worker", environment=environment(sqlite_url), folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "On SQLite there is no separate worker: coffee serve does the work itself.\n"


def test_a_second_service_on_one_file_is_refused_and_a_killed_one_leaves_no_lock(
    sqlite_url: str, tmp_path: Path
) -> None:
    service = Service(["serve"], environment(sqlite_url), tmp_path)
    with service:
        second = coffee("serve", "--port", str(free_port()), environment=environment(sqlite_url), folder=tmp_path)
        assert (second.returncode, "coffee serve runs already on" in second.stderr) == (1, True)
        service.kill()
        service.start()
        assert httpx.get(f"{service.site.url}/healthz").status_code == 200


# --- beginning, ending, logging --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_service_says_where_it_listens_and_ends_when_asked(
    ending: signal.Signals, sqlite_url: str, tmp_path: Path
) -> None:
    service = Service(["serve"], environment(sqlite_url), tmp_path).start()
    assert f"Listening on {service.site.url}\n" in service.log()
    assert service.process
    service.process.send_signal(ending)
    assert service.process.wait(30) == (0 if ending == signal.SIGTERM else 130)
    assert ("Stopping…" in service.log()) == (ending == signal.SIGINT)
    assert "Traceback" not in service.log()


def test_where_nobody_organises_yet_a_service_gives_out_a_link_for_the_first(sqlite_url: str, tmp_path: Path) -> None:
    with Service(["serve"], environment(sqlite_url), tmp_path) as service:
        until(lambda: "Nobody organises here yet." in service.log())
        link = re.findall(r"is the owner: http://localhost:8000(/organiser/link/[a-z2-7]{52})\n", service.log())[0]
        assert "You are the first organiser" in httpx.get(service.site.url + link).text
    with Service(["serve"], environment(sqlite_url), tmp_path) as service:
        until(lambda: service.log().count("Nobody organises here yet.") > 0)
        assert httpx.get(service.site.url + link).status_code == 410, "there is a newer one"


def test_the_log_of_a_whole_round_is_json_and_names_nobody(
    database_url: str, tmp_path: Path, smtp_sink: SmtpSink
) -> None:
    settings = environment(
        database_url,
        COFFEE_SMTP_URL=smtp_sink.url,
        COFFEE_MAIL_FROM="Coffee Trial <coffee@example.org>",
        COFFEE_MAIL_RATE="1000",
        COFFEE_LOG_LEVEL="INFO",
    )
    people = tmp_path / "people.csv"
    people.write_text("\n".join(people_lines(6)))
    smtp_sink.script({"RCPT": {"person03@example.org": "550 5.1.1 <person03@example.org> unknown"}})
    for words in (
        ("programme", "create", "--slug", "eu", "--name", "x", "--contact-email", "organiser@example.org"),
        ("people", "import", "eu", str(people), "--active"),
        ("round", "open", "eu", "2026-W48", "--send"),
    ):
        assert coffee(*words, environment=settings, folder=tmp_path).returncode == 0
    process = ["serve"] if database_url.startswith("sqlite") else ["worker", "--id", "worker-1"]
    with Service(process, settings, tmp_path) as service:
        until(lambda: state_of_the_round(database_url) == "introduced")
        if service.port:
            httpx.get(f"{service.site.url}/m/{'a' * 52}")
            httpx.get(f"{service.site.url}/api/v1/programmes", headers={"Authorization": "Bearer coffee_x_y"})
    log = service.log()
    assert log.count('"event":"mail.settled"') + log.count('"event": "mail.settled"') >= 6
    assert ADDRESS.findall(log) == []
    assert "a" * 52 not in log
    lines = [line for line in log.splitlines() if not line.startswith(("Listening on ", "Nobody organises here yet."))]
    assert all({"time", "level", "event"} <= json.loads(line).keys() for line in lines)


def test_a_worker_waits_for_a_database_that_is_away_and_ends_when_asked(tmp_path: Path) -> None:
    settings = environment(f"postgresql+psycopg://me:word@127.0.0.1:{free_port()}/coffee")
    worker = Service(["worker", "--id", "worker-7"], settings, tmp_path, ready_word="worker.database_away").start()
    assert worker.stop() == 0
    assert "Traceback" not in worker.log()
    assert "word@" not in worker.log()


def test_two_workers_of_one_name_do_not_work_at_once(postgresql_url: str, tmp_path: Path) -> None:
    settings = environment(postgresql_url)
    with Service(["worker", "--id", "worker-1"], settings, tmp_path, ready_word="worker.started") as first:
        second = coffee("worker", "--id", "worker-1", environment=settings, folder=tmp_path)
        assert second.returncode == 1
        assert (
            "A worker called worker-1 runs already.\nGive this one a name of its own: --id worker-2\n" in second.stderr
        )
        first.kill()
        first.start()  # its name is free again, however it ended
        assert first.stop() == 0


def test_a_worker_survives_a_database_that_goes_away_and_comes_back(postgresql_url: str, tmp_path: Path) -> None:
    import psycopg

    from tests.rig.postgres import _disconnect, _libpq, named

    name = postgresql_url.partition("?")[0].rpartition("/")[2]
    settings = environment(postgresql_url)
    with (
        psycopg.connect(_libpq(named(postgresql_url, "postgres")), autocommit=True) as server,
        Service(["worker", "--id", "worker-1"], settings, tmp_path, ready_word="worker.started") as worker,
    ):
        coffee("programme", "create", "--slug", "eu", "--name", "x", environment=settings, folder=tmp_path)
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        _disconnect(server, name)
        until(lambda: "foreman.look_failed" in worker.log())
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert coffee("round", "open", "eu", "W1", "--no-wait", environment=settings, folder=tmp_path).returncode == 0
        until(lambda: state_of_the_round(postgresql_url) == "matched")
        assert worker.stop() == 0


# --- the name of a worker --------------------------------------------------------------------------------------------


@pytest.fixture
def named(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of worker-1, which looks after its name every second."""
    monkeypatch.setattr(serving, "NAME_SECONDS", 1.0)
    return Settings(database_url=postgresql_url, worker_id="worker-1", secret_key=SecretStr(SECRET_KEY), _env_file=None)


OURS = "FROM pg_locks JOIN pg_database ON oid = database WHERE locktype = 'advisory' AND datname = current_database()"


def holders(database: Database) -> list[int]:
    """The sessions that hold a name."""
    with database.reading() as session:
        return list(session.execute(text(f"SELECT pid {OURS}")).scalars())


def lose_the_name(database: Database) -> None:
    """End the session that holds it, and wait until the server has let it go."""
    with database.reading() as session:
        session.execute(text(f"SELECT pg_terminate_backend(pid) {OURS}"))
    until(lambda: not holders(database))


def test_a_worker_whose_session_is_lost_takes_its_name_again(named: Settings) -> None:
    stopping, database = threading.Event(), Database(named.database_url)
    with serving.only_worker(named, stopping):
        first = holders(database)
        lose_the_name(database)
        until(lambda: bool(holders(database)))
        assert holders(database) != first
        with database.held("worker worker-1") as second:
            assert not second
    assert not stopping.is_set()
    until(lambda: not holders(database))
    database.close()


def test_a_worker_ends_when_another_has_taken_its_name_meanwhile(named: Settings) -> None:
    stopping, database = threading.Event(), Database(named.database_url)

    def work() -> None:
        with serving.only_worker(named, stopping):
            lose_the_name(database)
            with database.held("worker worker-1") as second:
                assert second
                assert stopping.wait(PATIENCE)

    with capture_logs() as log, pytest.raises(Stopped, match="Another worker called worker-1 has begun") as ended:
        work()
    assert ended.value.code == FAILED
    assert log == [{"event": "worker.name_lost", "worker": "worker-1", "log_level": "error"}]
    database.close()
