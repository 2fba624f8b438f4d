"""Promises: a database that dies, fills its disk or has no connection left costs nobody a mail and shows nobody a trace
(F9, F11 and F13 of our research).
"""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from app.models import RoundState
from tests.crash import full_disk, trial, world
from tests.crash.clients import Organiser, judged, quiet, state_of
from tests.crash.mortal_postgres import MortalPostgres
from tests.crash.stage import Stage
from tests.crash.world import World
from tests.rig.nursery import Nursery
from tests.rig.postgres import _libpq

WorldOn = Callable[[str], World]

ASKED = 30


def assert_asks_for_patience(answer: httpx.Response) -> None:
    """503, with a time to come back at and words for whoever reads it; no trace, no word of the database."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    kind = "application/problem+json" if "/api/" in str(answer.url) else "text/html"
    assert answer.headers["Content-Type"].startswith(kind)
    for word in ("Traceback", "sqlalchemy", "psycopg", "sqlite3", 'File "'):
        assert word not in answer.text


def test_postgresql_killed_under_work_costs_nothing(nursery: Nursery, tmp_path: Path) -> None:
    with (
        MortalPostgres() as server,
        world.made(nursery, "postgresql", tmp_path, server.url) as made,
        trial.staged(nursery, made) as stage,
    ):
        stage.open()
        organiser = Organiser(stage, made.key)
        round_id = organiser.opened()
        organiser.post(f"/rounds/{round_id}/approve")
        organiser.post(f"/rounds/{round_id}/send")
        for seen in (2, 6):
            stage.until(partial(_has_sent, stage, seen))
            server.kill()
            assert_asks_for_patience(_asked(stage, "GET", f"/api/v1/rounds/{round_id}", made.key))
            server.start()
        stage.until(lambda: _introduced(stage, round_id), "the introductions")
        organiser.sent(round_id)
        assert judged(stage, organiser).faults == []


def test_a_full_disk_costs_nothing(nursery: Nursery, world_on: WorldOn) -> None:
    """What was answered with a yes is there afterwards; the rest is asked for again; no mail is repeated."""
    made = world_on("sqlite")
    with trial.staged(nursery, made) as stage:
        stage.open()
        organiser = Organiser(stage, made.key)
        round_id = organiser.opened()
        full = stage.folder / full_disk.FILE
        full.touch()
        taken, answer = _sign_ups_until_refused(stage)
        assert_asks_for_patience(answer)
        full.unlink()
        quiet(stage)
        organiser.sent(round_id)
        got = {mail.recipient for mail in stage.journal}
        assert (judged(stage, organiser).faults, {*taken} - got) == ([], set())
        with sqlite3.connect(stage.folder / world.FILE) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _sign_ups_until_refused(stage: Stage) -> tuple[list[str], httpx.Response]:
    """Who was told to look into their inbox before the disk was full, and what the next one was told."""
    taken: list[str] = []
    for number in range(2000):
        address = f"hopeful{number}@institute.example"
        form = {"name": f"Hopeful {number}", "email": address, "team": f"Team {'x' * 90}{number}"}
        answer = stage.client.post("/p/eu", data=form)
        if answer.status_code != 303:
            return taken, answer
        taken.append(address)
    raise AssertionError("the disk was never full")


def test_without_a_free_connection_everybody_is_asked_for_patience(nursery: Nursery, world_on: WorldOn) -> None:
    """Somebody holds a lock on the table that every call needs: all connections wait, and then there are none."""
    made = world_on("postgresql")
    with trial.staged(nursery, made) as stage:
        stage.open()
        stage.ask("GET", "/p/eu")
        answers: list[httpx.Response] = []
        with psycopg.connect(_libpq(stage.database_url)) as holder:
            holder.execute("LOCK TABLE programme IN ACCESS EXCLUSIVE MODE")
            paths = [path for _ in range(ASKED // 2) for path in ("/api/v1/programmes", "/p/eu")]
            threads = [
                threading.Thread(target=lambda path=path: answers.append(_asked(stage, "GET", path, made.key)))
                for path in paths
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        for answer in answers:
            assert_asks_for_patience(answer)
        assert len(answers) == ASKED
        assert "Traceback" not in stage.log("serve")
        assert stage.ask("GET", "/p/eu").status_code == 200


def _asked(stage: Stage, method: str, path: str, key: str) -> httpx.Response:
    url = f"http://127.0.0.1:{stage.port}{path}"
    return httpx.request(method, url, headers={"Authorization": f"Bearer {key}"}, timeout=90)


def _has_sent(stage: Stage, number: int) -> bool:
    return len(stage.journal) >= number


def _introduced(stage: Stage, round_id: str) -> bool:
    """Whether the round is over; whatever waits for another try is due."""
    try:
        with stage.database.writing() as session:
            stage.due_now(session)
        return state_of(stage, round_id) == RoundState.INTRODUCED
    except SQLAlchemyError:
        return False
