"""The tour of the contract, word for word, by command line and API, on both databases; and what a kill leaves."""

import json
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import SECRET_KEY
from tests.rig.server import Service, coffee
from tests.rig.smtp import SinkProcess, sink_process

PEOPLE = 25
TEAMS = 5
PATIENCE = 90.0
NONE = {"waiting": 0, "held": 0, "rejected": 0, "suppressed": 0, "expired": 0}
EVERYBODY = Counter(f"member{n:03}@institute.example" for n in range(PEOPLE))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """people.csv and knows.csv, in the folder where the tour is walked."""
    return with_files(tmp_path)


def with_files(tmp_path: Path) -> Path:
    """The folder, with the two files in it."""
    lines = [f"member{n:03}@institute.example,Member {n:03},Department {n % TEAMS}" for n in range(PEOPLE)]
    (tmp_path / "people.csv").write_text("\n".join(["email,name,team", *lines]))
    knows = [f"member{n:03}@institute.example,member{n + 1:03}@institute.example" for n in range(0, PEOPLE - 1, 2)]
    (tmp_path / "knows.csv").write_text("\n".join(["a,b", *knows]))
    return tmp_path


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    """A mail server that takes a moment for each mail, so that a kill can fall between two."""
    with sink_process(tmp_path / "mail.journal", "--delay", "0.05") as running:
        yield running


def settings(database_url: str, sink: SinkProcess) -> dict[str, str]:
    return {
        "COFFEE_DATABASE_URL": database_url,
        "COFFEE_SECRET_KEY": SECRET_KEY,
        "COFFEE_SMTP_URL": sink.url,
        "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
        "COFFEE_MAIL_RATE": "1000",
    }


def set_up(environment: dict[str, str], folder: Path) -> str:
    """The commands of the tour before `coffee serve`; the key that the last one shows."""
    said: dict[str, Any] = {}
    for line in (
        "migrate",
        "programme create --slug eu --name Coffees --json",
        "people import eu people.csv --knows knows.csv --active --json",
        "key create --scope read --scope write --scope send --json",
    ):
        done = coffee(*line.split(), environment=environment, folder=folder)
        assert (done.returncode, done.stderr) == (0, ""), line
        said = json.loads(done.stdout) if line.endswith("--json") else {}
    return str(said["key"])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A SQLite file after the commands of the tour, to copy from, and the key."""
    folder = with_files(tmp_path_factory.mktemp("prepared"))
    key = set_up({"COFFEE_DATABASE_URL": "sqlite:///coffee.db"}, folder)
    return folder / "coffee.db", key


def until(met: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (found := met()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
    return found


class Api:
    """The two calls of the tour."""

    def __init__(self, service: Service, key: str) -> None:
        self._url = service.site.url
        self._headers = {"Authorization": f"Bearer {key}"}

    def open(self, **body: Any) -> httpx.Response:
        url = f"{self._url}/api/v1/programmes/eu/rounds"
        return httpx.post(url, json=body, headers=self._headers, timeout=20)

    def round(self, location: str) -> dict[str, Any]:
        answer = httpx.get(self._url + location, headers=self._headers, timeout=20)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def introduced(self, location: str) -> dict[str, Any]:
        found: dict[str, Any] = until(lambda: (one := self.round(location))["state"] == "introduced" and one)
        return found


def test_the_tour_of_the_contract(database_url: str, files: Path, sink: SinkProcess) -> None:
    environment = settings(database_url, sink)
    key = set_up(environment, files)
    with ExitStack() as running:
        service = running.enter_context(Service(["serve"], environment, files))
        if not database_url.startswith("sqlite"):
            running.enter_context(Service(["worker", "--id", "worker-1"], environment, files))
        api = Api(service, key)
        opened = api.open(period="2026-W48", seed=7, send=True)
        location = opened.headers["Location"]
        assert (opened.status_code, location) == (202, f"/api/v1/rounds/{opened.json()['id']}")
        found = api.introduced(location)
        again = api.open(period="2026-W48", seed=7, send=True)
        assert (again.status_code, again.headers["Location"]) == (202, location)
    said = {name: found[name] for name in ("state", "period", "seed", "counts")}
    assert said == {
        "state": "introduced",
        "period": "2026-W48",
        "seed": 7,
        "counts": {
            "people": PEOPLE,
            "groups": PEOPLE // 2,
            "left_out": 0,
            "messages": {"planned": PEOPLE, "accepted": PEOPLE} | NONE,
        },
    }
    assert (found["certificate"]["repeats"], found["certificate"]["same_team"]) == (0, 0)
    assert Counter(delivery.recipient for delivery in sink.messages) == EVERYBODY


def states_of(folder: Path) -> dict[str, str]:
    """What the rows say of each mail, by recipient."""
    connection = sqlite3.connect(folder / "coffee.db")
    try:
        return dict(connection.execute("SELECT recipient, state FROM outgoing_mail WHERE kind = 'introduction'"))
    finally:
        connection.close()


@pytest.fixture
def service(prepared: tuple[Path, str], tmp_path: Path, sink: SinkProcess) -> Iterator[Service]:
    """`coffee serve` on a copy of the prepared file."""
    shutil.copy(prepared[0], tmp_path)
    with Service(["serve"], settings("sqlite:///coffee.db", sink), tmp_path) as running:
        yield running


def _has_got(sink: SinkProcess, number: int) -> bool:
    return len(sink.messages) >= number


def test_a_service_that_is_killed_while_it_sends_finishes_by_itself(
    service: Service, prepared: tuple[Path, str], tmp_path: Path, sink: SinkProcess
) -> None:
    """No mail is lost and none repeated, however often it is killed; what nobody can know is held."""
    api = Api(service, prepared[1])
    opened = api.open(period="2026-W48", seed=7, send=True)
    for seen in (4, 11):
        until(partial(_has_got, sink, seen))
        service.kill()
        service.start()
    found = api.introduced(opened.headers["Location"])
    rows, journal = states_of(tmp_path), Counter(delivery.recipient for delivery in sink.messages)
    assert rows.keys() == EVERYBODY.keys()
    assert set(rows.values()) <= {"sent", "uncertain"}
    assert all(number == 1 for number in journal.values())
    assert {person for person, state in rows.items() if state == "sent"} <= journal.keys()
    held = sum(state == "uncertain" for state in rows.values())
    assert held <= 2
    assert found["counts"]["messages"] == NONE | {"planned": PEOPLE, "accepted": PEOPLE - held, "held": held}


def test_a_round_whose_draw_is_killed_is_drawn_by_itself(
    service: Service, prepared: tuple[Path, str], sink: SinkProcess
) -> None:
    api = Api(service, prepared[1])
    opened = api.open(period="2026-W48", seed=7, send=True)
    service.kill()
    service.start()
    assert api.introduced(opened.headers["Location"])["counts"]["messages"]["accepted"] == PEOPLE
    assert Counter(delivery.recipient for delivery in sink.messages) == EVERYBODY
