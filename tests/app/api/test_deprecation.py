"""A call that will go says so in each answer, long before."""

from datetime import date
from typing import Any

import pytest

from app.api import description
from app.api.deprecation import Deprecated
from app.api.route import needs, router
from app.errors import Conflict
from app.models import Scope
from tests.app.api.door import Door, opened_door
from tests.factories import World

WORD = Deprecated(date(2027, 1, 1), "/api/v1/docs#list_programmes", date(2027, 7, 1))
SAID = {
    "deprecation": "@1798761600",
    "sunset": "Thu, 01 Jul 2027 00:00:00 GMT",
    "link": '</api/v1/docs#list_programmes>; rel="deprecation"; type="text/html"',
}


@pytest.fixture
def old_door(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An application with a call that is deprecated."""
    routes = router("planted")

    @routes.get("/old/{what}")
    @needs(Scope.READ, deprecated=WORD)
    def old_call(what: str) -> dict[str, str]:
        """An old call."""
        if what == "broken":
            raise Conflict
        return {"what": what}

    describe = description.describe
    monkeypatch.setattr(description, "describe", lambda app: (app.include_router(routes), describe(app)))
    with opened_door(sqlite_world) as door:
        yield door


@pytest.mark.parametrize(("path", "key", "status"), [("fine", None, 200), ("broken", None, 409), ("fine", "", 401)])
def test_every_answer_says_since_when_and_until_when(old_door: Door, path: str, key: str | None, status: int) -> None:
    answer = old_door.get(f"/old/{path}", key=key)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in SAID} == SAID


def test_the_description_and_the_page_say_it_too(old_door: Door) -> None:
    operation = old_door.app.openapi()["paths"]["/api/v1/old/{what}"]["get"]
    assert operation["deprecated"] is True
    assert {"Deprecation", "Sunset"} <= operation["responses"]["200"]["headers"].keys()
    assert "Deprecated</span>" in old_door.http.get("/api/v1/docs").text


def test_no_other_call_says_it(old_door: Door) -> None:
    answer = old_door.get("/programmes")
    assert not {"deprecation", "sunset", "link"} & answer.headers.keys()


def test_a_short_notice_is_refused() -> None:
    with pytest.raises(ValueError, match="180 days"):
        Deprecated(date(2027, 1, 1), "/api/v1/docs", date(2027, 2, 1))
