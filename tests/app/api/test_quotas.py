"""How often a key may call: told with every answer, and kept to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.api.quotas import FORGOTTEN_FROM, Quotas
from app.models import Scope
from tests.app.api.door import Door, kind, opened_door
from tests.factories import World

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def narrow_door(sqlite_world: World) -> Iterator[Door]:
    """A service that takes three calls a minute of a key, and five an hour."""
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"api_rate": "3/minute;5/hour"})
    with opened_door(sqlite_world) as door:
        yield door


def test_every_answer_says_what_is_left(narrow_door: Door) -> None:
    first = narrow_door.get("/programmes")
    assert first.headers["ratelimit-policy"] == '"minute";q=3;w=60, "hour";q=5;w=3600'
    assert first.headers["ratelimit"] == '"minute";r=2;t=60, "hour";r=4;t=3600'
    narrow_door.world.later(seconds=20.5)
    refused = narrow_door.get("/programmes/nobodys")
    assert (refused.status_code, refused.headers["ratelimit"]) == (404, '"minute";r=1;t=40, "hour";r=3;t=3580')


def test_whoever_calls_too_often_waits_and_goes_on(narrow_door: Door) -> None:
    for _ in range(3):
        assert narrow_door.get("/programmes").status_code == 200
    narrow_door.world.later(seconds=10)
    answer = narrow_door.get("/programmes")
    assert kind(answer) == (429, "too-many")
    assert answer.headers["retry-after"] == "50"
    assert answer.headers["ratelimit"] == '"minute";r=0;t=50, "hour";r=2;t=3590'
    assert answer.json()["detail"] == "This key may make 3 calls in 60 s. Go on in 50 s."
    narrow_door.world.later(seconds=50)
    assert narrow_door.get("/programmes").status_code == 200
    assert narrow_door.get("/programmes").status_code == 200
    longer = narrow_door.get("/programmes")
    assert (longer.status_code, longer.headers["retry-after"]) == (429, "3540")


def test_a_call_too_many_does_nothing(narrow_door: Door) -> None:
    for _ in range(3):
        narrow_door.get("/programmes")
    assert narrow_door.post("/programmes", {"slug": "eu", "name": "x"}, idem="k").status_code == 429
    narrow_door.world.later(minutes=1)
    assert narrow_door.post("/programmes", {"slug": "eu", "name": "x"}, idem="k").status_code == 201


def test_each_key_has_its_own_quota_and_none_is_needed_without_a_key(narrow_door: Door) -> None:
    other = narrow_door.key(Scope.READ)
    for _ in range(4):
        narrow_door.get("/programmes")
    assert narrow_door.get("/programmes", key=other).headers["ratelimit"].startswith('"minute";r=2')
    assert "ratelimit" not in narrow_door.get("/programmes", key="").headers
    assert narrow_door.get("/problems/not-found", key="").status_code == 200


def test_keys_that_are_not_used_any_more_are_forgotten() -> None:
    quotas = Quotas("1/minute")
    for number in range(FORGOTTEN_FROM + 1):
        quotas.take(f"key{number}", NOW)
    quotas.take("key0", NOW + timedelta(seconds=59))
    assert len(quotas._windows) == FORGOTTEN_FROM + 1
    quotas.take("key0", NOW + timedelta(seconds=61))
    assert len(quotas._windows) == 1


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    quotas = Quotas("1/minute")
    quotas.take("key", NOW)
    assert quotas.take("key", NOW - timedelta(days=1))[1] is None
