"""`Idempotency-Key`: the same call twice does its work once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Response
from sqlalchemy import event
from sqlmodel import func, select, update

from app.api import idempotency
from app.db import Database
from app.models import KeptAnswer, Programme
from tests.app.api.door import ALL, Door, kind, problem

PERIOD = {"period": "2026-W48"}
ROUNDS = "/programmes/demo/rounds"
PEOPLE = "email,name,team\nada@example.org,Ada,Nursing\n"


def kept(door: Door) -> list[tuple[str, int | None]]:
    with door.world.database.reading() as session:
        return [(row.key, row.status) for row in session.exec(select(KeptAnswer).order_by(KeptAnswer.key))]


def test_the_same_call_gets_the_same_answer_and_says_that_it_is_one(door: Door) -> None:
    first = door.post("/programmes", {"slug": "eu", "name": "Coffees"}, idem="k")
    door.patch("/programmes/eu", {"name": "Teas"})
    again = door.call(
        "POST",
        "/programmes",
        idem="k",
        content=b'{ "name": "Coffees",\n "slug": "eu" }',
        headers={"Content-Type": "application/json"},
    )
    assert (first.status_code, "idempotency-replayed" in first.headers) == (201, False)
    assert again.headers["idempotency-replayed"] == "true"
    for name in ("location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert (again.status_code, again.content) == (201, first.content)
    assert kept(door) == [("k", 201)]


def test_the_same_key_with_another_call_is_refused(door: Door) -> None:
    door.post(ROUNDS, PERIOD, idem="k")
    for method in (
        lambda: door.post(ROUNDS, {"period": "2026-W49"}, idem="k"),
        lambda: door.post(f"{ROUNDS}", PERIOD | {"dry_run": True}, idem="k"),
        lambda: door.post("/programmes", {"slug": "eu", "name": "x"}, idem="k"),
        lambda: door.call("POST", "/programmes/demo/imports", idem="k", files={"people": ("p.csv", PEOPLE)}),
    ):
        assert problem(method()) == {
            "type": "/api/v1/problems/key-reused",
            "title": "This Idempotency-Key was used for another call. Take a new one.",
            "status": 422,
            "detail": "This Idempotency-Key was used for another call. Take a new one.",
        }


def test_a_key_belongs_to_whoever_used_it(door: Door) -> None:
    door.post(ROUNDS, PERIOD, idem="k")
    other = door.post(ROUNDS, PERIOD, idem="k", key=door.key(*ALL, name="another"))
    assert (other.status_code, "idempotency-replayed" in other.headers) == (202, False)
    assert kept(door) == [("k", 202), ("k", 202)]


def test_a_call_that_failed_frees_its_key_for_a_retry(door: Door) -> None:
    path = f"/rounds/{door.opened()}/approve"
    assert kind(door.post(path, idem="k")) == (409, "conflict")
    assert kept(door) == []
    door.world.draw(door.world.round(path.split("/")[2]))
    assert door.post(path, idem="k").status_code == 202
    assert kept(door) == [("k", 202)]


def test_sending_and_importing_require_a_key_and_a_dry_run_does_not(door: Door) -> None:
    missing = {
        "type": "/api/v1/problems/idempotency-key-missing",
        "title": "This call needs an Idempotency-Key.",
        "status": 400,
        "detail": "Add a header Idempotency-Key with a new random text, the same for each retry.",
    }
    round_id = door.opened()
    imports = "/programmes/demo/imports"
    assert problem(door.post(f"/rounds/{round_id}/send")) == missing
    assert problem(door.call("POST", imports, files={"people": ("p.csv", PEOPLE)})) == missing
    assert problem(door.call("POST", f"{imports}?dry_run=false", files={"people": ("p.csv", PEOPLE)})) == missing
    assert door.call("POST", f"{imports}?dry_run=true", files={"people": ("p.csv", PEOPLE)}).status_code == 200


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\tb", "é".encode("latin-1"), b"\x7f"])
def test_a_key_that_cannot_be_one_is_refused(sqlite_door: Door, key: bytes) -> None:
    assert kind(sqlite_door.post(ROUNDS, PERIOD, headers={"Idempotency-Key": key})) == (400, "malformed")
    assert kept(sqlite_door) == []


def test_keys_of_every_printable_kind_and_of_the_longest_length_are_kept_apart(sqlite_door: Door) -> None:
    keys = ["x" * 255, '"quoted"', "a b", "!~", "x" * 254]
    for key in keys:
        assert sqlite_door.post(ROUNDS, PERIOD, idem=key).status_code == 202
    assert [key for key, _ in kept(sqlite_door)] == sorted(keys)


def test_the_same_files_are_the_same_call_whatever_their_boundary(door: Door) -> None:
    path = "/programmes/demo/imports"
    first = door.call("POST", path, idem="k", files={"people": ("people.csv", PEOPLE)})
    again = door.call("POST", path, idem="k", files={"people": ("people.csv", PEOPLE)})
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = door.call("POST", path, idem="k", files={"people": ("people.csv", PEOPLE + "b@example.org,B,T\n")})
    assert kind(other) == (422, "key-reused")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Holds each call after its work and before its answer is kept; `(reached, go)`."""
    reached, go = threading.Event(), threading.Event()
    finish = idempotency.finish

    def waiting(*words: Any) -> None:
        reached.set()
        go.wait(10)
        finish(*words)

    monkeypatch.setattr(idempotency, "finish", waiting)
    return reached, go


def test_a_second_call_meanwhile_is_told_to_wait(door: Door, slow: tuple[threading.Event, threading.Event]) -> None:
    reached, go = slow
    answers: list[Any] = []
    door.key(*ALL)
    thread = threading.Thread(target=lambda: answers.append(door.post(ROUNDS, PERIOD, idem="k")))
    thread.start()
    assert reached.wait(10)
    meanwhile = door.post(ROUNDS, PERIOD, idem="k")
    assert kind(meanwhile) == (409, "still-running")
    assert meanwhile.headers["retry-after"] == "2"
    assert kind(door.post(ROUNDS, {"period": "other"}, idem="k")) == (422, "key-reused")
    go.set()
    thread.join()
    assert answers[0].status_code == 202
    assert door.post(ROUNDS, PERIOD, idem="k").json() == answers[0].json()


def test_what_stopped_half_way_is_taken_over_after_a_minute(door: Door) -> None:
    door.post(ROUNDS, PERIOD, idem="k")
    with door.world.database.writing() as session:
        row = session.exec(select(KeptAnswer)).one()
        row.status = row.body = row.headers = None
        session.add(row)
    door.world.later(seconds=59)
    assert kind(door.post(ROUNDS, PERIOD, idem="k")) == (409, "still-running")
    door.world.later(seconds=2)
    taken = door.post(ROUNDS, PERIOD, idem="k")
    assert (taken.status_code, "idempotency-replayed" in taken.headers) == (202, False)
    assert kept(door) == [("k", 202)]


def test_after_thirty_days_a_key_is_new_and_the_period_still_exists_once(door: Door) -> None:
    first = door.post(ROUNDS, PERIOD, idem="k")
    door.world.later(days=30, seconds=1)
    again = door.post(ROUNDS, PERIOD, idem="k")
    assert (again.status_code, again.headers["location"]) == (202, first.headers["location"])
    assert "idempotency-replayed" not in again.headers


def test_eight_at_once_with_one_key_do_the_work_once(door: Door) -> None:
    door.key(*ALL)
    ready, answers = threading.Barrier(8), []

    def press() -> None:
        ready.wait()
        answers.append(door.post("/programmes", {"slug": "eu", "name": "Coffees"}, idem="k"))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.text for answer in made}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made) == 1
    assert {kind(answer) for answer in answers if answer not in made} <= {(409, "still-running")}
    with door.world.database.reading() as session:
        assert session.exec(select(func.count()).where(Programme.slug == "eu")).one() == 1


def test_an_answer_is_kept_only_after_what_it_says_is_committed(door: Door) -> None:
    """A commit that fails is no success: not answered as one, not kept as one."""
    engine = door.app.state.context.database.engine
    failing = True

    def refuse(connection: Any) -> None:
        if failing and made_in(connection):
            raise RuntimeError("the disk is gone")

    def made_in(connection: Any) -> bool:
        return bool(connection.exec_driver_sql("SELECT 1 FROM programme WHERE slug = 'eu'").all())

    event.listen(engine, "commit", refuse)
    try:
        answer = door.post("/programmes", {"slug": "eu", "name": "Coffees"}, idem="k")
        assert kind(answer) == (500, "error")
        assert kept(door) == []
        assert kind(door.get("/programmes/eu")) == (404, "not-found")
        failing = False
        assert door.post("/programmes", {"slug": "eu", "name": "Coffees"}, idem="k").status_code == 201
    finally:
        event.remove(engine, "commit", refuse)


def test_the_answer_is_kept_in_the_transaction_that_does_the_work(door: Door) -> None:
    """Whoever is killed has done both or neither, and a retry is answered at once."""
    engine, found = door.app.state.context.database.engine, []

    def look(connection: Any) -> None:
        made = connection.exec_driver_sql("SELECT 1 FROM programme WHERE slug = 'eu'").all()
        answered = connection.exec_driver_sql("SELECT status FROM kept_answer WHERE status IS NOT NULL").all()
        found.append((bool(made), bool(answered)))

    event.listen(engine, "commit", look)
    try:
        door.post("/programmes", {"slug": "eu", "name": "Coffees"}, idem="k")
    finally:
        event.remove(engine, "commit", look)
    assert (True, True) in found
    assert not {(True, False), (False, True)} & set(found)


def test_an_attempt_whose_key_was_taken_over_changes_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stood still for a minute wakes up when another has its place: it does not do the work too."""
    begin = idempotency.begin

    def begun_and_taken_over(database: Database, call: idempotency.Call) -> Response | None:
        kept = begin(database, call)
        with database.writing() as session:
            session.exec(update(KeptAnswer).values(created_at=call.began + timedelta(minutes=2)))
        return kept

    monkeypatch.setattr(idempotency, "begin", begun_and_taken_over)
    assert kind(door.post("/programmes", {"slug": "eu", "name": "Coffees"}, idem="k")) == (409, "still-running")
    assert kind(door.get("/programmes/eu")) == (404, "not-found")
    assert kept(door) == [("k", None)]


def test_a_kept_answer_outlives_the_world_it_speaks_of(door: Door) -> None:
    first = door.post(ROUNDS, PERIOD, idem="k")
    door.patch("/programmes/demo", {"state": "closed"})
    door.world.now += timedelta(days=29)
    again = door.post(ROUNDS, PERIOD, idem="k")
    assert (again.status_code, again.json()) == (202, first.json())
