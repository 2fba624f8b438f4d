"""The API from outside: keys, calls, and answers compared whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.main import create_app
from app.models import Organisation, Scope
from app.queries import programmes as programme_queries
from app.services import keys, programmes
from app.services.programmes import ProgrammeFacts
from tests.factories import World
from tests.rig.server import served

V1 = "/api/v1"
ALL = (Scope.READ, Scope.WRITE, Scope.SEND)
MEDIA = "application/problem+json"


@dataclass
class Door:
    """A served application on a world, and a client for it."""

    world: World
    app: FastAPI
    url: str
    http: httpx.Client
    log: list[Any]
    keys: dict[tuple[object, ...], str] = field(default_factory=dict)

    def key(self, *scopes: Scope, slug: str | None = None, **facts: Any) -> str:
        """The secret of a key of the one organisation, made when it is first asked for."""
        name = (*scopes, slug, *facts.items())
        if name not in self.keys:
            with self.world.database.writing() as session:
                organisation = programmes.default_organisation(session, "Example Trust", self.world.now)
                bound = programme_queries.programme(session, slug) if slug else None
                _, self.keys[name] = keys.create_key(
                    session, organisation, frozenset(scopes), now=self.world.now, actor="test", programme=bound, **facts
                )
        return self.keys[name]

    def stranger(self) -> str:
        """A key of another organisation, with a programme `theirs`."""
        with self.world.database.writing() as session:
            other = Organisation(slug="other", name="Other Trust", created_at=self.world.now)
            session.add(other)
            session.flush()
            programmes.create_programme(
                session, other, "theirs", ProgrammeFacts(name="Theirs"), now=self.world.now, actor="test"
            )
            return keys.create_key(session, other, frozenset(ALL), now=self.world.now, actor="test")[1]

    def call(self, method: str, path: str, *, key: str | None = None, idem: str | None = None, **more: Any) -> Any:
        """The response to a call with all scopes, or with another key; `key=""` sends none."""
        secret = self.key(*ALL) if key is None else key
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        headers |= {"Idempotency-Key": idem} if idem else {}
        headers |= more.pop("headers", {})
        return self.http.request(method, path if path.startswith("/api") else V1 + path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.call("POST", path, json=json, **more)

    def patch(self, path: str, json: Any, **more: Any) -> Any:
        return self.call("PATCH", path, json=json, **more)

    def opened(self, period: str = "2026-W48", **asked: Any) -> str:
        """The id of a round opened through the API."""
        answer = self.post("/programmes/demo/rounds", {"period": period, "seed": 7, **asked})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def drawn(self, period: str = "2026-W48", **asked: Any) -> str:
        """The id of a round opened through the API and drawn by a worker."""
        round_id = self.opened(period, **asked)
        self.world.draw(self.world.round(round_id))
        return round_id


@contextmanager
def opened_door(world: World, **more: Any) -> Iterator[Door]:
    """The real application on the world's database and clock, behind a real server."""
    settings = world.settings.model_copy(update={"auto_migrate": False})
    app = create_app(settings, clock=lambda: world.now, **{"works": False, **more})
    with capture_logs() as log, served(app) as site, site.client() as http:
        yield Door(world, app, site.url, http, log)


def problem(answer: httpx.Response) -> dict[str, Any]:
    """A problem without its request id, once its form is what every problem has."""
    assert answer.headers["content-type"] == MEDIA, (answer.status_code, answer.text)
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body.pop("request_id") == answer.headers["x-request-id"]
    assert set(body) <= {"type", "title", "status", "detail", "errors"}
    assert body["type"].startswith("/api/v1/problems/")
    return dict(body)


def kind(answer: httpx.Response) -> tuple[int, str]:
    """Status and kind of a problem."""
    return answer.status_code, problem(answer)["type"].rpartition("/")[2]


def routes(door: Door) -> list[tuple[str, str, dict[str, Any]]]:
    """Every described call under /api/v1: method, path, description."""
    return [
        (method.upper(), path, operation)
        for path, operations in door.app.openapi()["paths"].items()
        if path.startswith(V1)
        for method, operation in operations.items()
    ]
