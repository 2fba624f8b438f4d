"""/healthz and /readyz: whether the process is up, and whether it can do its work."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from app.models import Channel
from app.services.imports import Sources
from app.workflows import delivery, importing, rounds
from tests.app.api.door import Door, opened_door, problem
from tests.app.imported import opened, people
from tests.factories import World

ELSEWHERE = {"ok": True, "note": "Rounds and mails are worked on by another process: coffee worker."}
NO_SERVER = "No mail server is set: mails wait. Set COFFEE_SMTP_URL and COFFEE_MAIL_FROM."


def ready(door: Door) -> tuple[int, dict[str, Any]]:
    answer = door.http.get("/readyz")
    return answer.status_code, answer.json()


@pytest.fixture
def mailing(sqlite_world: World) -> World:
    """A world with a mail server set."""
    told = {"smtp_url": SecretStr("smtp://localhost:1"), "mail_from": "Coffee <coffee@example.org>"}
    sqlite_world.settings = sqlite_world.settings.model_copy(update=told)
    return sqlite_world


def test_a_process_that_is_up_says_so_without_a_key(door: Door) -> None:
    answer = door.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_names_each_part(door: Door) -> None:
    assert ready(door) == (
        200,
        {
            "status": "ok",
            "checks": {
                "database": {"ok": True},
                "worker": ELSEWHERE,
                "mail": {"ok": True, "oldest_due_seconds": None, "trouble_seconds": None, "note": NO_SERVER},
            },
        },
    )


def test_a_database_of_another_version_is_not_ready_and_says_what_to_do(door: Door) -> None:
    with door.world.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    status, body = ready(door)
    assert (status, body["status"], "mail" in body["checks"]) == (503, "down", False)
    assert "newer" in body["checks"]["database"]["note"]


def test_a_database_that_is_gone_is_not_ready(sqlite_world: World) -> None:
    with opened_door(sqlite_world) as door:
        database = door.app.state.context.database
        there, database.engine = (
            database.engine,
            create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1}),
        )
        there.dispose()
        status, body = ready(door)
    assert (status, body["checks"]["database"]) == (503, {"ok": False, "note": "The database does not answer."})


@pytest.mark.parametrize(("foreman", "status"), [(None, 503), ("ill", 503), ("well", 200)])
def test_where_this_process_is_the_worker_its_health_counts(
    sqlite_door: Door, foreman: str | None, status: int
) -> None:
    class Foreman:
        healthy = foreman == "well"

    context = sqlite_door.app.state.context
    sqlite_door.app.state.context = type(context)(context.settings, context.database, context.clock, True)
    sqlite_door.app.state.foreman = Foreman() if foreman else None
    assert ready(sqlite_door)[0] == status


def test_mail_in_trouble_is_shown_and_does_not_take_the_pages_away(mailing: World) -> None:
    with opened_door(mailing) as door:
        assert ready(door)[1]["checks"]["mail"] == {"ok": True, "oldest_due_seconds": None, "trouble_seconds": None}
        mailing.sign_up("ada")
        with mailing.database.writing() as session:
            session.add(Channel(name="mail", trouble="553 coffee@example.org refused", trouble_since=mailing.now))
        mailing.later(seconds=60)
        status, body = ready(door)
    assert (status, body["status"], body["checks"]["mail"]["trouble_seconds"]) == (200, "degraded", 60)
    assert "@" not in str(body)


def test_mail_that_is_due_while_nothing_leaves_turns_health_red_and_a_long_queue_that_moves_does_not(
    mailing: World,
) -> None:
    with opened_door(mailing) as door:
        for name in ("ada", "bob"):
            mailing.sign_up(name)
        mailing.later(seconds=119)
        assert ready(door)[0] == 200
        mailing.later(seconds=10)
        status, body = ready(door)
        assert (status, body["status"], body["checks"]["mail"]["oldest_due_seconds"]) == (503, "stuck", 129)
        assert "Is a worker running?" in body["checks"]["mail"]["note"]
        delivery.deliver_batch(mailing.work, limit=1)
        mailing.later(seconds=100)
        assert ready(door)[:1] == (200,), "one went a moment ago, so the queue moves"


def test_a_round_that_nobody_draws_turns_health_red(mailing: World) -> None:
    with opened_door(mailing) as door:
        round_ = mailing.open_round()
        mailing.later(seconds=130)
        assert ready(door)[1]["status"] == "stuck"
        assert rounds.claim_draw(mailing.work, round_.id, "worker-1/x")
        assert ready(door)[1]["status"] == "ok"


def test_a_form_that_nobody_answers_turns_health_red(mailing: World) -> None:
    with opened_door(mailing) as door:
        mailing.ask_to_join("sam")
        mailing.later(seconds=119)
        assert ready(door)[1]["status"] == "ok"
        mailing.later(seconds=10)
        status, body = ready(door)
        assert (status, body["status"]) == (503, "stuck")
        assert "Is a worker running?" in body["checks"]["mail"]["note"]
        mailing.answer()
        assert ready(door)[1]["status"] == "ok"


def test_an_import_that_nobody_writes_turns_health_red_and_one_in_hand_does_not(mailing: World) -> None:
    with opened_door(mailing) as door:
        first = opened(mailing, Sources(people=people(5)))
        mailing.later(seconds=1)
        second = opened(mailing, Sources(people=people(5, first=5)))
        mailing.later(seconds=59)
        assert ready(door)[1]["status"] == "ok"
        mailing.later(seconds=1)
        status, body = ready(door)
        assert (status, body["status"]) == (503, "stuck")
        assert body["checks"]["mail"]["note"] == "An import waits to be written. Is a worker running?"
        assert importing.take_up(mailing.work, first)
        assert ready(door)[1]["status"] == "ok", "the second one waits for the first, and not for a worker"
        mailing.later(seconds=30)
        assert importing.carry_on(mailing.work, first)
        assert ready(door)[1]["status"] == "ok", "due since a moment ago"
        mailing.later(seconds=61)
        assert ready(door)[1]["status"] == "stuck"
        assert importing.take_up(mailing.work, second)
        assert ready(door)[1]["status"] == "ok"


def test_errors_of_the_health_checks_are_problems_too(sqlite_door: Door) -> None:
    answer = sqlite_door.http.delete("/readyz")
    assert problem(answer)["status"] == 405
    assert answer.headers["allow"] == "GET"
