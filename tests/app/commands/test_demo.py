"""`coffee demo`: everything is there at once, stays for the next start, and is never mistaken for the real thing."""

import mailbox
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.clock import local_date, now
from app.settings import Settings
from tests.conftest import SECRET_KEY
from tests.rig.server import ROOT, coffee, free_port


@dataclass(frozen=True)
class Running:
    """A demo that answers: its first screen and a client for it."""

    screen: str
    client: httpx.Client
    seconds: float
    process: subprocess.Popen[str]

    @property
    def key(self) -> str:
        return re.findall(r"Bearer (coffee_\w+)", self.screen)[0]

    @property
    def period(self) -> str:
        """The week that the printed call names."""
        return re.findall(r'"period": "(\d{4}-W\d\d)"', self.screen)[0]

    def api(self, method: str, path: str, **more: object) -> httpx.Response:
        return self.client.request(method, f"/api/v1{path}", headers={"Authorization": f"Bearer {self.key}"}, **more)  # type: ignore[arg-type]


@contextmanager
def demo(folder: Path, port: int, *words: str) -> Iterator[Running]:
    """Start it and wait for the first answer."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("COFFEE_")}
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "--port", str(port), *words],
        cwd=folder,
        env={**outside, "PYTHONPATH": str(ROOT), "COFFEE_DEMO_DIR": str(folder / "demo"), "COFFEE_SMTP_URL": "no url"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            lines: list[str] = []
            while (line := process.stdout.readline()) and "Ctrl-C ends it" not in line:
                lines.append(line)
            screen = "".join(lines)
            assert screen, process.stderr.read() if process.stderr else ""
            url = re.findall(r"(http://localhost:\d+)/demo\b", screen)[0]
            with httpx.Client(base_url=url.replace("localhost", "127.0.0.1"), timeout=20) as client:
                client.get("/healthz").raise_for_status()
                yield Running(screen, client, time.monotonic() - began, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)


def mails(folder: Path) -> list[str]:
    return sorted(str(mail["Delivered-To"]) for mail in mailbox.Maildir(folder / "demo" / "mail", create=False))


def test_the_first_screen_leads_to_a_round_with_introductions_in_the_inbox(tmp_path: Path) -> None:
    with demo(tmp_path, free_port()) as running:
        programme = running.api("GET", "/programmes/demo").json()
        assert (programme["name"], programme["people"]["active"]) == ("Cross-team coffees", 61)
        for page in ("/demo", "/p/demo", "/demo/inbox"):
            assert running.client.get(page).status_code == 200, page
        opened = running.api("POST", "/programmes/demo/rounds", json={"period": "2026-W48", "seed": 7, "send": True})
        assert opened.status_code == 202
        until = time.monotonic() + 60
        while (round_ := running.api("GET", opened.headers["Location"].removeprefix("/api/v1")).json())[
            "state"
        ] != "introduced":
            assert time.monotonic() < until, round_
            time.sleep(0.2)
        assert round_["counts"]["messages"]["accepted"] == 61
        assert (round_["certificate"]["repeats"], round_["certificate"]["same_team"]) == (0, 0)
    assert len(set(mails(tmp_path))) >= 61
    assert stat.S_IMODE((tmp_path / "demo" / "secret").stat().st_mode) == 0o600


def test_a_second_start_is_quick_keeps_everything_and_changes_the_key(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path, port) as first:
        first.api("POST", "/programmes/demo/rounds", json={"period": first.period}).raise_for_status()
    with demo(tmp_path, port) as second:
        rounds = second.api("GET", "/programmes/demo/rounds").json()["rounds"]
        assert [one["period"] for one in rounds] == [first.period]
        assert second.period > first.period
        assert second.key != first.key
        old = second.client.get("/api/v1/programmes", headers={"Authorization": f"Bearer {first.key}"})
        assert old.status_code == 401
    with demo(tmp_path, port, "--fresh") as fresh:
        assert fresh.api("GET", "/programmes/demo/rounds").json()["rounds"] == []


def test_a_busy_port_is_told_and_the_next_free_one_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        busy = other.getsockname()[1]
        with demo(tmp_path, busy) as running:
            taken = running.client.base_url.port
            assert taken is not None
            assert taken > busy
            assert f"http://localhost:{taken}/demo/inbox" in running.screen
        assert running.process.stderr


def test_two_demos_in_one_folder_are_refused_in_words(tmp_path: Path) -> None:
    with demo(tmp_path, port := free_port()):
        second = coffee("demo", environment={"COFFEE_DEMO_DIR": str(tmp_path / "demo")}, folder=tmp_path)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"The demo runs already: open http://localhost:{port}/demo, or end it first.\n"


def test_control_c_is_heard_and_ends_with_130(tmp_path: Path) -> None:
    with demo(tmp_path, free_port()) as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(40) == 130
        assert running.process.stderr
        assert "Stopping…" in running.process.stderr.read()


def test_a_fresh_demo_removes_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "notes.txt").write_text("mine")
    with demo(tmp_path, free_port(), "--fresh"):
        pass
    assert (tmp_path / "demo" / "notes.txt").read_text() == "mine"


def test_a_named_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = coffee("demo", environment={"COFFEE_DEMO_DIR": str(tmp_path / "file" / "demo")}, folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        f"COFFEE_DEMO_DIR names {tmp_path / 'file' / 'demo'}, where nothing can be written.\n",
    )


def test_the_people_of_the_demo_are_always_the_same_and_their_files_are_sound() -> None:
    from app.commands import demo_people
    from app.files.pairs import read_history
    from app.files.people import read_people

    first, second = demo_people.sources(), demo_people.sources()
    assert first.people is not None
    assert second.people is not None
    assert first.history is not None
    people = read_people(first.people)
    assert people.rows == read_people(second.people).rows
    assert (len(people.rows), people.verdicts) == (61, ())
    assert len({row.team for row in people.rows}) == 8
    assert read_history(first.history, people.known).verdicts == ()
    assert all(row.mailbox.endswith("@example.org") for row in people.rows)


def test_the_printed_call_names_the_next_week_that_has_no_round(sqlite_url: str) -> None:
    from app.commands.demo_programme import furnish
    from app.db import Database
    from app.queries import programmes
    from app.queries.rounds import free_week, week_of
    from app.services import rounds

    day, moment = date(2026, 12, 18), datetime(2026, 12, 18, 9, tzinfo=UTC)
    furnish(settings_for(sqlite_url))
    database = Database(sqlite_url)
    periods = []
    for _ in range(3):
        with database.writing() as session:
            programme = programmes.programme(session, "demo")
            periods.append(free_week(session, programme, day))
            rounds.open_round(session, programme, periods[-1], seed=1, send=False, now=moment, actor="test")
    assert (week_of(day), periods) == ("2026-W51", ["2026-W52", "2026-W53", "2027-W01"])
    with database.reading() as session:
        today = local_date(now(), programme.time_zone)
        assert furnish(settings_for(sqlite_url)).period == free_week(session, programme, today)
    database.close()


def settings_for(url: str) -> Settings:
    return Settings(database_url=url, secret_key=SecretStr(SECRET_KEY), _env_file=None)


@pytest.mark.parametrize("weekday", range(7))
def test_the_next_draw_lies_on_the_tuesday_of_the_week_that_the_next_round_is_for(weekday: int) -> None:
    from app.commands.demo_programme import _next_tuesday

    today = date(2026, 11, 16) + timedelta(days=weekday)
    assert _next_tuesday(today) == date(2026, 11, 24)
