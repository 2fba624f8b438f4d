"""Who may call what."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import select

from app.api.route import require_rules, router
from app.models import OrganiserKey, Scope
from tests.app.api.door import ALL, Door, kind, problem, routes
from tests.app.imported import opened

UNKNOWN = "rnd_aaaaaaaaaaaaaaaaaaaaaaaaaa"
REFUSED = {
    "type": "/api/v1/problems/key-refused",
    "title": "A valid organiser key is needed: Authorization: Bearer coffee_…",
    "status": 401,
    "detail": "A valid organiser key is needed: Authorization: Bearer coffee_…",
}
NOT_FOUND = {
    "type": "/api/v1/problems/not-found",
    "title": "There is nothing here by that name.",
    "status": 404,
    "detail": "There is nothing here by that name.",
}


def filled(path: str, **names: str) -> str:
    """A path with something for each of its names."""
    given = {
        "slug": "demo",
        "round_id": UNKNOWN,
        "participant_id": UNKNOWN,
        "message_id": UNKNOWN,
        "import_id": UNKNOWN,
    }
    return path.format(kind="not-found", name="introduction", **(given | names))


def test_a_wrong_key_gets_the_same_401_everywhere_whatever_is_wrong_with_it(door: Door) -> None:
    good = door.key(*ALL)
    expired = door.key(Scope.READ, expires_at=door.world.now - timedelta(seconds=1))
    revoked = door.key(Scope.READ, name="revoked")
    with door.world.database.writing() as session:
        row = session.exec(select(OrganiserKey).where(OrganiserKey.name == "revoked")).one()
        row.revoked_at = door.world.now
        session.add(row)
    headers: list[dict[str, Any]] = [
        {},
        *({"Authorization": f"Bearer {secret}"} for secret in (expired, revoked, good[:-1], good + "x", "coffee_x_y")),
        *({"Authorization": words} for words in ("Bearer", f"Basic {good}", good, "Bearer " + "x" * 5000)),
        {"Authorization": "Bearer coffee_\u00e9\u00e9_\u00e9".encode("latin-1")},
    ]
    for given in headers:
        answer = door.call("GET", "/programmes", key="", headers=given)
        assert problem(answer) == REFUSED
        assert answer.headers["www-authenticate"] == 'Bearer realm="Coffee Trial"'


def test_no_call_but_the_catalogue_of_problems_works_without_a_key(sqlite_door: Door) -> None:
    open_calls = []
    for method, path, _ in routes(sqlite_door):
        answer = sqlite_door.call(method, filled(path), key="", json={} if method != "GET" else None)
        if answer.status_code != 401:
            open_calls.append(path)
    assert open_calls == ["/api/v1/problems/{kind}"]
    assert problem(sqlite_door.get("/openapi.json", key="")) == REFUSED


def test_a_key_without_the_scope_of_a_call_is_told_which_one_it_lacks(sqlite_door: Door) -> None:
    for scope in Scope:
        key = sqlite_door.key(scope)
        for method, path, operation in routes(sqlite_door):
            answer = sqlite_door.call(method, filled(path), key=key, idem="k", json={} if method != "GET" else None)
            lacking = set(operation["x-scopes"]) - {scope.value}
            assert (answer.status_code == 403) == bool(lacking), (scope, method, path, answer.text)
            if lacking:
                assert problem(answer)["detail"].startswith(f"This key may not {lacking.pop()}.")


def test_the_scopes_of_every_call_are_these(sqlite_door: Door) -> None:
    assert {f"{method} {path[7:]}": operation["x-scopes"] for method, path, operation in routes(sqlite_door)} == {
        "GET /programmes": ["read"],
        "POST /programmes": ["write"],
        "GET /programmes/{slug}": ["read"],
        "PATCH /programmes/{slug}": ["write"],
        "POST /programmes/{slug}/imports": ["write"],
        "GET /imports/{import_id}": ["write"],
        "GET /programmes/{slug}/emails": ["read"],
        "GET /programmes/{slug}/emails/{name}": ["read"],
        "GET /programmes/{slug}/audit": ["read"],
        "GET /programmes/{slug}/participants": ["read"],
        "GET /participants/{participant_id}": ["read"],
        "PATCH /participants/{participant_id}": ["write"],
        "DELETE /participants/{participant_id}": ["write"],
        "POST /participants/{participant_id}/export": ["write"],
        "POST /programmes/{slug}/participants/export": ["write"],
        "POST /programmes/{slug}/audit/export": ["write"],
        "POST /rounds/{round_id}/groups/export": ["write"],
        "GET /programmes/{slug}/messages": ["read"],
        "POST /programmes/{slug}/messages": ["send"],
        "POST /rounds/{round_id}/messages": ["send"],
        "GET /programmes/{slug}/rounds": ["read"],
        "POST /programmes/{slug}/rounds": ["write"],
        "GET /rounds/{round_id}": ["read"],
        "DELETE /rounds/{round_id}": ["write"],
        "GET /rounds/{round_id}/groups": ["read"],
        "PATCH /rounds/{round_id}/groups": ["write"],
        "GET /rounds/{round_id}/changes": ["read"],
        "POST /rounds/{round_id}/unapprove": ["write"],
        "GET /rounds/{round_id}/words": ["read"],
        "PATCH /rounds/{round_id}/words": ["write"],
        "GET /rounds/{round_id}/messages": ["read"],
        "GET /rounds/{round_id}/watch": ["read"],
        "POST /rounds/{round_id}/keep": ["send"],
        "POST /rounds/{round_id}/release": ["send"],
        "POST /rounds/{round_id}/schedule": ["send"],
        "POST /rounds/{round_id}/unschedule": ["send"],
        "POST /rounds/{round_id}/stop": ["write"],
        "POST /rounds/{round_id}/remind": ["send"],
        "GET /programmes/{slug}/reports": ["read"],
        "GET /programmes/{slug}/suppressed": ["read"],
        "GET /programmes/{slug}/blocks": ["write"],
        "POST /programmes/{slug}/blocks": ["write"],
        "POST /programmes/{slug}/blocks/lift": ["write"],
        "POST /participants/{participant_id}/lift": ["send"],
        "POST /messages/{message_id}/try": ["send"],
        "GET /messages/{message_id}": ["read"],
        "POST /rounds/{round_id}/approve": ["write"],
        "POST /rounds/{round_id}/send": ["send"],
        "POST /messages/{message_id}/resend": ["send"],
        "POST /messages/{message_id}/leave": ["send"],
        "POST /messages/{message_id}/rematch": ["send"],
        "GET /problems/{kind}": [],
    }


def test_what_belongs_to_somebody_else_and_what_nobody_has_get_the_same_404(door: Door) -> None:
    people = door.world.people(2)
    round_id = door.drawn()
    message = door.get(f"/rounds/{round_id}/messages").json()["messages"][0]["id"]
    goes = door.world.person("goes").id
    names = {
        "round_id": round_id,
        "participant_id": people[0].id,
        "message_id": message,
        "import_id": opened(door.world),
    }
    door.world.programme("second")
    elsewhere = {"another organisation's": door.stranger(), "another programme's": door.key(*ALL, slug="second")}
    body = {
        "POST /programmes/{slug}/rounds": {"period": "2026-W49"},
        "POST /programmes/{slug}/imports": {"people": []},
        "POST /messages/{message_id}/try": {"to": "amara@example.org"},
        "POST /programmes/{slug}/blocks": {"a": "person00@example.org", "b": "person01@example.org"},
        "POST /programmes/{slug}/blocks/lift": {"a": "person00@example.org", "b": "person01@example.org"},
        "POST /rounds/{round_id}/messages": {"do": "leave", "dry_run": True},
        "POST /programmes/{slug}/messages": {"do": "leave", "dry_run": True},
        "POST /rounds/{round_id}/schedule": {"at": "2026-11-30T10:00:00Z"},
        "PATCH /rounds/{round_id}/groups": {"changes": [{"do": "draw_again"}]},
    }
    for method, path, _ in routes(door):
        if "{" not in path or "{kind}" in path:
            continue
        names["round_id"] = door.opened("2026-W50") if method == "DELETE" else round_id
        names["participant_id"] = goes if method == "DELETE" else people[0].id
        asked = body.get(f"{method} {path[7:]}", {}) if method in ("POST", "PATCH") else None
        calls: dict[str, Any] = {"idem": "k", "json": asked}
        for whose, key in elsewhere.items():
            assert problem(door.call(method, filled(path, **names), key=key, **calls)) == NOT_FOUND, (whose, path)
        own = door.call(method, filled(path, **names), **calls)
        assert own.status_code != 404, (method, path)
        assert problem(door.call(method, filled(path, slug="nobodys"), **calls | {"idem": "k2"})) == NOT_FOUND, path


@pytest.mark.parametrize("name", ["%00", "a" * 300, "..%2f..", "%F0%9F%98%80", "Demo", "%27%20or%201=1--", "%ED%A0%80"])
def test_a_name_that_cannot_be_is_simply_unknown(door: Door, name: str) -> None:
    assert kind(door.get(f"/programmes/{name}")) == (404, "not-found")
    assert kind(door.get(f"/rounds/{name}")) == (404, "not-found")


def test_a_key_bound_to_one_programme_lists_it_alone_and_makes_no_others(door: Door) -> None:
    door.world.programme("second")
    key = door.key(*ALL, slug="second")
    assert [one["slug"] for one in door.get("/programmes", key=key).json()["programmes"]] == ["second"]
    assert [one["slug"] for one in door.get("/programmes").json()["programmes"]] == ["demo", "second"]
    assert kind(door.post("/programmes", {"slug": "third", "name": "Third"}, key=key)) == (403, "not-allowed")


def test_an_application_with_a_route_that_says_nothing_of_who_may_call_it_is_refused() -> None:
    routes = router("planted")

    @routes.get("/planted")
    def planted() -> None: ...

    app = FastAPI(openapi_url=None)
    app.include_router(routes)
    with pytest.raises(RuntimeError, match="/api/v1/planted does not declare who may call it"):
        require_rules(app)
