"""Who may come in where: every route says so, or the application does not start; and every route, asked by everybody,
does what it says. What belongs to others and what there is not give one and the same answer.

The matrix is made from the routes of the application, so that a new one is in it by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import SecretStr
from sqlmodel import select

from app import web
from app.api.route import rule_of
from app.doors import PUBLIC, included, permission_of, require_declared
from app.main import create_app
from app.models import (
    Organisation,
    OrganiserAccount,
    OutgoingMail,
    Participant,
    Programme,
    Role,
    Scope,
    Trust,
    UploadKind,
)
from app.queries import programmes as programme_queries
from app.services import import_jobs, keys, uploads
from app.services.imports import Plan
from app.services.rights import MAY
from app.web import organiser
from app.web.organiser.sessions import Looking, Sending
from tests.app.web.organiser.desk import Desk
from tests.app.web.visitor import visiting
from tests.factories import World

OWN, OTHER, FOREIGN, MISSING = "own", "other programme", "other organisation", "missing"
PLACES = (OWN, OTHER, FOREIGN, MISSING)
ROLES = (Role.VIEWER, Role.ORGANISER, Role.SAFETY, Role.OWNER)
HEAD, ANY_KEY = "owner of everything", "key of all scopes"
"""Who may come into every programme of the organisation; all others belong to one."""

NAMING = set("slug round_id mail_id message_id participant_id organiser_id import_id upload_id key_id".split())
"""Names in paths that say whose something is."""
NEUTRAL = {
    "name": "introduction",
    "number": "0",
    "kind": "not-found",
    "source": "generic",
    "token": "sample-choices",
    "period": "2026-W48",
    "group_id": "grp_none",
    "task": "purpose",
}
"""Names in paths that are the same for everybody."""
FORMS: dict[str, dict[str, str]] = {
    "/organiser/account/sessions": {"session": "others"},
    "/organiser/programmes/{slug}": {"action": "go-on"},
    "/organiser/people": {"place": "demo", "role": "viewer", "email": "new@example.org"},
    "/organiser/people/{organiser_id}": {"place": "demo", "role": "viewer"},
    "/organiser/programmes/{slug}/suppressed": {"person": "{participant_id}"},
    "/organiser/keys": {"place": "demo", "name": "a program", "scope": "read"},
}
FORGETS = ("DELETE", "/api/v1/participants/{participant_id}")
QUERIES = {"/all": "?action=leave&state=held"}
NEEDS: dict[str, Scope | Trust | None] = {
    "sign in": None,
    "look": Scope.READ,
    "write": Scope.WRITE,
    "send": Scope.SEND,
    "decide": Scope.SEND,
    "people": Trust.PEOPLE,
    "keys": Trust.KEYS,
    "everything": Trust.PEOPLE,
}
"""What the pages of organisers ask for. The mail that is decided about here says nothing in confidence."""
FOR_UNBOUND_KEYS = {("POST", "/api/v1/programmes"), ("GET", "/metrics")}
"""Calls about the whole organisation: a key of one programme is refused."""
CHANGING = re.compile(r"<[^>]*request_id[^>]*>|req_\w+|\b[0-9a-f]{16}\b")


@dataclass
class Everybody:
    """Who asks: browsers of organisers and keys, all of the programme `demo`, and nobody."""

    desk: Desk
    app: FastAPI
    browsers: dict[str, Desk] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def ask(self, who: str, method: str, path: str, route: str) -> httpx.Response:
        """One request; pages get a form, calls a body that their description gives as an example."""
        browser = self.browsers.get(who, self.browsers["nobody"]).visitor.http
        headers = {"Idempotency-Key": f"key-{next(self.numbers)}"}
        if who in self.keys:
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        for end, query in QUERIES.items():
            path += query if path.endswith(end) and method == "GET" else ""
        if (method, route) == FORGETS:
            path += "?dry_run=true"  # whoever asks next must find them still
        if method == "GET" or not route.startswith("/api/"):
            fields = FORMS.get(route, {}) if method != "GET" else {}
            there = next((place for place in self.places.values() if f"/{place['slug']}/" in path), self.places[OWN])
            form = {name: value.format(**there) for name, value in fields.items()}
            return browser.request(method, path, headers=headers, data=form if method != "GET" else None)
        return browser.request(method, path, headers=headers, json=self.example(method, route))

    def example(self, method: str, route: str) -> Any:
        """A body for a call, from its description; none where it takes none."""
        described = self.app.openapi()
        content = described["paths"][route][method.lower()].get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        schema = schema.get("anyOf", [schema])[0]
        if "$ref" in schema:
            schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return next(iter(schema.get("examples", [])), {})


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that do nothing but ask who is looking: so that this alone is seen to be enough."""
    more = APIRouter()

    def look(me: Looking) -> PlainTextResponse:
        return PlainTextResponse(str(me.principal.programme_id))

    def send(me: Sending) -> PlainTextResponse:
        return PlainTextResponse(str(me.principal.programme_id))

    for name in ("slug", "round_id", "mail_id"):
        more.add_api_route(f"/probe/{name}/{{{name}}}", look, methods=["GET"], include_in_schema=False)
        more.add_api_route(f"/probe/{name}/{{{name}}}", send, methods=["POST"], include_in_schema=False)
    monkeypatch.setattr(organiser, "ROUTES", (*organiser.ROUTES, *included(more)))


@pytest.fixture
def everybody(sqlite_url: str, probes: None) -> Iterator[Everybody]:
    """Two organisations, one of them with two programmes, each of them with a round that was sent."""
    from app.db import Database
    from app.settings import Settings
    from tests.conftest import BASE_URL, SECRET_KEY

    database = Database(sqlite_url)
    settings = Settings(
        database_url=sqlite_url,
        base_url=BASE_URL,
        secret_key=SecretStr(SECRET_KEY),
        smtp_url=SecretStr("smtp://localhost:1"),
        mail_from="Coffee Trial <coffee@example.org>",
        mail_rate=10_000,
        mail_burst=1000,
        _env_file=None,
    )
    world = World(database, settings)
    world.programme()
    world.programme("second")
    with visiting(world) as visitor:
        desk = Desk(visitor)
        app = create_app(settings, works=False, clock=lambda: world.now)
        made = Everybody(desk, app, browsers={"nobody": Desk(visitor.fresh())})
        stranger = desk.stranger()
        organisers = {OWN: desk.organiser(Role.VIEWER, slug="demo", name="dan"), FOREIGN: stranger}
        organisers[OTHER] = desk.organiser(Role.VIEWER, slug="second", name="eli")
        for place, slug in ((OWN, "demo"), (OTHER, "second"), (FOREIGN, "theirs")):
            made.places[place] = furnished(world, slug) | {"organiser_id": desk.account(organisers[place]).id}
        made.places[MISSING] = {name: re.sub(r"_.*|^[a-z]+$", "_none", id_) for name, id_ in made.places[OWN].items()}
        for role in ROLES:
            made.browsers[role] = desk.elsewhere(desk.organiser(role, slug="demo", name=f"the-{role}"))
        made.browsers[HEAD] = desk.elsewhere(desk.organiser(Role.OWNER, name="the-head"))
        for scope in Scope:
            made.keys[f"key {scope}"] = desk.key(scope, slug="demo")
        made.keys[ANY_KEY] = desk.key(*Scope)
        yield made
    database.close()


def furnished(world: World, slug: str) -> dict[str, str]:
    """What can be named of a programme with a round."""
    world.slug = slug
    world.people(2)
    world.sent_round()
    with world.database.writing() as session:
        programme = programme_queries.programme(session, slug)
        options = import_jobs.Options()
        place = programme_queries.organisation_of(session, programme)
        scopes = frozenset({Scope.READ})
        key, _ = keys.create_key(session, place, scopes, now=world.now, actor="test", programme=programme)
        job = import_jobs.open_job(session, programme, Plan(), [], options, digest=slug, now=world.now, actor="test")
        upload = uploads.fresh(programme, UploadKind.PASTED, "pasted", b"new@example.org", now=world.now, actor="test")
        uploads.remember(upload, uploads.judge(session, programme, upload))
        session.add(upload)
        session.flush()
        mail = session.exec(select(OutgoingMail).where(OutgoingMail.programme_id == programme.id)).first()
        person = session.exec(select(Participant.id).where(Participant.programme_id == programme.id)).first()
        assert mail
        assert mail.round_id
        assert person
        return {
            "slug": slug,
            "round_id": mail.round_id,
            "mail_id": mail.id,
            "message_id": mail.id,
            "participant_id": person,
            "import_id": job.id,
            "key_id": key.id,
            "upload_id": upload.id,
        }


def routes(app: FastAPI) -> list[tuple[str, RouteContext]]:
    """Every route with every method that does something of its own; what others do, those that only look first."""
    found = [
        (method, route)
        for route in iter_route_contexts(app.routes)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda one: (one[0] != "GET", one[0] == "DELETE"))


def parameters(route: RouteContext) -> set[str]:
    return set(re.findall(r"\{(\w+)[^}]*\}", route.path or ""))


def bare(answer: httpx.Response) -> tuple[int, str]:
    """What an answer says, but for what is different in every one."""
    return answer.status_code, CHANGING.sub("", answer.text)


def door(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/organiser/sign-in")


def outcome(answer: httpx.Response, permission: str) -> str:
    """What an answer comes to, in one word."""
    if answer.status_code >= 500:
        return f"broken: {answer.status_code}"
    if door(answer):
        return "door"
    if permission == "participant" and answer.status_code == 303 and answer.headers["location"] == "/me":
        return "door"
    words = {401: "no key", 403: "refused", 404: "nothing here", 405: "not so"}
    return words.get(answer.status_code, "in")


def expected(who: str, method: str, route: RouteContext, place: str) -> str:
    """What must come of it."""
    permission, names = permission_of(route), parameters(route)
    here = place == OWN or (place == OTHER and who in (HEAD, ANY_KEY)) or not names & NAMING
    rule = rule_of(route.endpoint)
    if permission == "key":
        assert rule
        if not who.startswith("key "):
            return "no key"
        if who != ANY_KEY and any(f"key {scope}" != who for scope in rule.scopes):
            return "refused"
        if who != ANY_KEY and (method, route.path) in FOR_UNBOUND_KEYS:
            return "refused"
        return "in" if here else "nothing here"
    if permission == "participant" or who not in (*ROLES, HEAD):
        return "door"
    right = NEEDS[permission or ""]
    allowed = right is None or right in MAY[Role.OWNER if who == HEAD else Role(who)]
    allowed = allowed and (permission != "everything" or who == HEAD)
    if "organiser_id" in names:  # only owners ever find one, and the form is about the programme `demo`
        return ("in" if place == OWN else "nothing here") if allowed else "refused"
    if "key_id" in names and not allowed:  # the page is about keys of every place: a role in one of them is asked for
        return "refused"
    if not here:
        return "nothing here"
    return "in" if allowed else "refused"


def test_everybody_gets_in_where_they_may_and_nowhere_else(everybody: Everybody) -> None:
    wrong = []
    asked = 0
    for method, route in routes(everybody.app):
        permission, path = permission_of(route), route.path or ""
        if permission in (PUBLIC, "half way"):
            continue
        named = bool(parameters(route) & NAMING)
        for who in ("nobody", *ROLES, HEAD, *everybody.keys):
            answers = {}
            for place in PLACES if named else (OWN,):
                here = path.format(**NEUTRAL | everybody.places[place])
                answers[place] = everybody.ask(who, method, here, path)
                asked += 1
                found, must = outcome(answers[place], permission or ""), expected(who, method, route, place)
                if found != must:
                    wrong.append(f"{who}: {method} {path} of {place} is {found}, must be {must}")
            shut = [place for place in answers if expected(who, method, route, place) == "nothing here"]
            told = {bare(answers[place]) for place in shut}
            if len(told) > 1:
                wrong.append(f"{who}: {method} {path} tells what is not theirs from what there is not")
    assert wrong == []
    assert asked > 1000
    assert {"/probe/slug/{slug}"} < {route.path for _, route in routes(everybody.app)}


def test_every_name_in_a_path_is_known_here() -> None:
    """A new one belongs into NAMING, with something to name in each place, or into NEUTRAL."""
    names = set().union(*(parameters(route) for _, route in routes(create_app(_settings()))))
    assert names - NAMING - NEUTRAL.keys() == set()


def _settings() -> Any:
    from app.settings import Settings

    return Settings(database_url="sqlite:///nowhere.db", secret_key=SecretStr("s" * 40), _env_file=None)


def test_a_page_that_does_not_say_who_may_come_in_keeps_the_application_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgotten = APIRouter()

    @forgotten.get("/forgotten")
    def nobody_said() -> None: ...

    monkeypatch.setattr(web, "ROUTES", (*web.ROUTES, *included(forgotten)))
    with pytest.raises(RuntimeError, match="/forgotten does not declare who may come in"):
        create_app(_settings())


def test_so_does_a_route_that_is_none_of_fastapi() -> None:
    app = FastAPI(openapi_url=None)
    app.add_route("/raw", lambda _: httpx.Response(200))  # type: ignore[arg-type, return-value]
    with pytest.raises(RuntimeError, match="/raw does not declare"):
        require_declared(app)


def test_nobody_but_an_organisation_s_own_people_finds_it(everybody: Everybody) -> None:
    """The ids in the matrix are what they are taken for."""
    with everybody.desk.world.database.reading() as session:
        mine = session.exec(select(Organisation).join(Programme).where(Programme.slug == "demo")).one()
        theirs = session.exec(select(Organisation).join(Programme).where(Programme.slug == "theirs")).one()
        assert session.get_one(OrganiserAccount, everybody.places[OTHER]["organiser_id"]).organisation_id == mine.id
        assert session.get_one(OrganiserAccount, everybody.places[FOREIGN]["organiser_id"]).organisation_id == theirs.id
        assert mine.id != theirs.id
