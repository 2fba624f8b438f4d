"""Every failure is a problem (RFC 9457) in our own words: no trace, no echo, the right headers."""

import sqlite3
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from app.api import install
from app.api.problems import is_busy
from app.api.route import needs, router
from app.doors import included
from app.errors import PromiseBroken, TooMany
from app.models import Scope
from tests.app.api.door import Door, kind, opened_door
from tests.factories import World

FAULTS: dict[str, tuple[Exception, tuple[int, str], dict[str, str]]] = {
    "a mistake of ours": (RuntimeError("canary zoe@example.org"), (500, "error"), {}),
    "a broken promise": (PromiseBroken("canary and zoe are blocked"), (500, "promise-broken"), {}),
    "too often": (TooMany(), (429, "too-many"), {"retry-after": "60"}),
    "no connection left": (NoConnectionLeft("canary"), (503, "busy"), {"retry-after": "5"}),
    "a lost connection": (
        OperationalError("canary", {}, psycopg.OperationalError("canary: server closed the connection")),
        (503, "busy"),
        {"retry-after": "5"},
    ),
    "two at once": (IntegrityError("canary", {}, Exception("canary")), (409, "conflict"), {}),
}


@pytest.fixture
def broken_door(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An application with routes that raise."""
    routes = router("planted")

    @routes.get("/planted/{what}")
    @needs(Scope.READ)
    def raise_it(what: str) -> None:
        raise FAULTS[what][0]

    monkeypatch.setattr(install, "ROUTES", (*install.ROUTES, *included(routes)))
    with opened_door(sqlite_world) as door:
        yield door


@pytest.mark.parametrize("what", FAULTS)
def test_whatever_is_raised_becomes_a_problem_without_a_trace(broken_door: Door, what: str) -> None:
    _, expected, headers = FAULTS[what]
    answer = broken_door.get(f"/planted/{what}")
    assert kind(answer) == expected
    assert {name: answer.headers.get(name) for name in headers} == headers
    for secret in ("canary", "Traceback", "Error", ".py", "zoe"):
        assert secret not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    if expected[0] == 500:
        assert answer.json()["detail"].endswith(f"reference {answer.headers['x-request-id']}.")
        assert [entry["exc_info"] for entry in broken_door.log if entry["event"] == "request.failed"] == [
            FAULTS[what][0]
        ]


def test_what_is_not_there_and_what_does_not_go_that_way(sqlite_door: Door) -> None:
    for path in ("/nothing", "/programmes/demo/nothing", "/rounds", "/api/v2/programmes", "/api"):
        answer = sqlite_door.http.get(path if path.startswith("/api") else f"/api/v1{path}")
        assert kind(answer) == (404, "not-found"), path
    for method, path, allowed in (
        ("DELETE", "/programmes", "GET, POST"),
        ("PUT", "/programmes/demo", "GET, PATCH"),
        ("GET", "/rounds/x/approve", "POST"),
        ("OPTIONS", "/programmes/demo/rounds", "GET, POST"),
    ):
        answer = sqlite_door.call(method, path)
        assert (kind(answer), answer.headers["allow"]) == ((405, "method-not-allowed"), allowed)


def test_a_body_beyond_the_limit_is_refused_while_it_comes(sqlite_door: Door) -> None:
    def pieces() -> Any:
        for _ in range(80):
            yield b" " * 1024

    answer = sqlite_door.call("POST", "/programmes", content=pieces(), headers={"Content-Type": "application/json"})
    assert kind(answer) == (413, "too-large")
    announced = sqlite_door.call(
        "POST", "/programmes", content=b" " * 80_000, headers={"Content-Type": "application/json"}
    )
    assert announced.status_code == 413


def test_every_type_of_problem_leads_to_its_meaning(sqlite_door: Door) -> None:
    met = sqlite_door.get("/programmes/nobodys").json()
    assert sqlite_door.get(met["type"], key="").json() == {
        "kind": "not-found",
        "status": 404,
        "title": "There is nothing here by that name.",
    }
    assert kind(sqlite_door.get("/problems/nonsense", key="")) == (404, "not-found")


def test_a_database_locked_for_too_long_is_a_503_with_nothing_done(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.BUSY_SECONDS", 0.2)
    with opened_door(sqlite_world) as door:
        key = door.key(Scope.READ, Scope.WRITE)
        path = sqlite_world.settings.database_url.removeprefix("sqlite:///")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            answer = door.post("/programmes", {"slug": "eu", "name": "x"}, key=key)
            assert (kind(answer), answer.headers["retry-after"]) == ((503, "busy"), "5")
            assert door.get("/programmes", key=key).status_code == 200
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert door.post("/programmes", {"slug": "eu", "name": "x"}, key=key).status_code == 201


def test_a_connection_that_is_lost_is_a_503_and_the_next_call_works(postgresql_world: World) -> None:
    with opened_door(postgresql_world) as door:
        assert door.get("/programmes").status_code == 200
        engine = door.app.state.context.database.engine
        event.listen(engine, "before_cursor_execute", _end_own_connection)
        answer = door.get("/programmes")
        event.remove(engine, "before_cursor_execute", _end_own_connection)
        assert (kind(answer), answer.headers["retry-after"]) == ((503, "busy"), "5")
        assert door.get("/programmes").status_code == 200


def _end_own_connection(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    if "organiser_key" in statement:
        cursor.connection.close()


def test_a_commit_that_fails_is_never_answered_as_a_success(door: Door) -> None:
    engine = door.app.state.context.database.engine
    door.get("/programmes")

    def refuse(_: Any) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    calls = [
        ("POST", "/programmes", {"slug": "eu", "name": "x"}),
        ("PATCH", "/programmes/demo", {"name": "changed"}),
        ("POST", "/programmes/demo/rounds", {"period": "p"}),
    ]
    before = door.get("/programmes").json()
    event.listen(engine, "commit", refuse)
    try:
        for method, path, body in calls:
            assert kind(door.call(method, path, json=body)) == (503, "busy"), path
    finally:
        event.remove(engine, "commit", refuse)
    assert door.get("/programmes").json() == before
    assert door.get("/programmes/demo/rounds").json()["rounds"] == []


def test_a_mistake_in_our_own_sql_is_not_called_busy() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT * FROM nothing")
    connection.close()
    mistake: SQLAlchemyError = OperationalError("SELECT", {}, caught.value)
    assert not is_busy(mistake)
    assert is_busy(OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked")))
