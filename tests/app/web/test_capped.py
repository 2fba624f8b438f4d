"""The doors by which strangers make us write to an address: they tell nobody who is known, and let nobody flood."""

import ast
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.main import create_app
from app.models import Cap, CapRefusal, MailKind, ParticipantState, SuppressionReason
from app.queries import programmes as programme_queries
from app.services import suppression
from tests.app.web.visitor import Visitor
from tests.conftest import SECRET_KEY
from tests.factories import World
from tests.rig.server import Service, Site, served

ROOT = Path(__file__).parents[3]
BAIT = "Win https://evil.example/now \u202eevil\u202c"


def rated(world: World, **rates: str) -> None:
    world.settings = world.settings.model_copy(update={f"requests_{name}": rate for name, rate in rates.items()})


@contextmanager
def behind_a_proxy(world: World) -> Iterator[Site]:
    """The pages as `coffee serve` serves them behind a proxy on this machine: uvicorn's own default."""
    with served(create_app(world.settings, works=False, clock=lambda: world.now)) as site:
        yield site


def joined_from(site: Site, source: str, name: str) -> Any:
    form = {"name": "Sam", "email": f"{name}@example.org", "team": "Nursing"}
    with site.client() as http:
        return http.post("/p/demo", data=form, headers={"X-Forwarded-For": source})


# --- who is known ----------------------------------------------------------------------------------------------------


def peopled(world: World) -> list[str]:
    """Addresses of every kind that there is: the doors must not tell one from another."""
    for state in ParticipantState:
        world.person(state.value, "Nursing", state=state)
    names = [state.value for state in ParticipantState]
    with world.database.writing() as session:
        organisation = programme_queries.programme(session, "demo").organisation_id
        for reason in SuppressionReason:
            name = f"closed-{reason.value}"
            address = f"{name}@example.org"
            suppression.suppress(session, organisation, address, reason, secret_key=world.secret, now=world.now)
            names.append(name)
    for _ in range(9):
        world.ask_to_join("tired")
    world.answer()
    world.programme("second")
    world.ask_to_join("active", "second")
    world.answer()
    return [*names, "tired", "nobody"]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that any engine executes meanwhile, in order."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/p/demo", "/me"])
def test_the_same_statements_are_executed_whoever_has_the_address(visitor: Visitor, path: str) -> None:
    names = peopled(visitor.world)
    form = {"name": "Sam", "team": "Nursing"}
    visitor.http.post(path, data=form | {"email": "first@example.org"})  # a new connection asks more at first
    seen: dict[str, tuple[str, ...]] = {}
    answers = set()
    for name in names:
        with statements() as executed:
            answer = visitor.http.post(path, data=form | {"email": f"{name}@example.org"})
        seen[name] = tuple(executed)
        own = ("date", "x-request-id", "set-cookie")  # the cookie holds what this browser has typed
        kept = [(key, value) for key, value in answer.headers.items() if key not in own]
        answers.add((answer.status_code, answer.content, tuple(kept)))
    assert len(set(seen.values())) == 1, {name: len(executed) for name, executed in seen.items()}
    assert len(answers) == 1
    [alike] = set(seen.values())
    assert len([one for one in alike if one.startswith("INSERT INTO mail_request")]) == 1
    assert not [one for one in alike if re.search(r"\b(participant|suppression|mailed_link|outgoing_mail)\b", one)]


def test_no_door_reaches_past_the_counting() -> None:
    """Pages and API never call what writes a mail to whoever has an address: they leave a row for the worker."""
    shut = {"sign_up", "request_my_page", "queue_confirmation", "queue_already_in", "queue_my_page"}
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("app/web", "app/api")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in shut) or (isinstance(node, ast.Name) and node.id in shut)
    ]
    assert calls == []


# --- how often -------------------------------------------------------------------------------------------------------


def test_from_one_network_only_so_many_forms_are_taken_and_the_page_says_what_to_do(world: World) -> None:
    rated(world, per_source="2/hour")
    with behind_a_proxy(world) as site:
        assert [joined_from(site, "192.0.2.1", f"a{n}").status_code for n in range(2)] == [303, 303]
        world.later(minutes=20)
        answer = joined_from(site, "192.0.2.1", "a3")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2400")
        for words in (
            "Please wait a little",
            "Nothing was sent.",
            "in 40 minutes",
            "without Wi-Fi",
            "Tell the organiser",
        ):
            assert words in answer.text
        with world.database.reading() as session:
            assert session.get_one(CapRefusal, Cap.SOURCE).number == 1, "also the organiser can see it"
        assert joined_from(site, "192.0.2.2", "b1").status_code == 303
        world.later(minutes=40)
        assert joined_from(site, "192.0.2.1", "a4").status_code == 303
    assert sorted(mail.recipient for mail in world.mails()) == [f"{n}@example.org" for n in ("a0", "a1", "a4", "b1")]


def test_one_customers_many_addresses_of_ipv6_are_one_network(world: World) -> None:
    rated(world, per_source="2/hour")
    with behind_a_proxy(world) as site:
        codes = [joined_from(site, f"2001:db8:0:1::{n:x}", f"a{n}").status_code for n in range(1, 5)]
        other = joined_from(site, "2001:db8:0:2::1", "b1").status_code
    assert (codes, other) == ([303, 303, 429, 429], 303)


@pytest.mark.parametrize(("trusted", "codes"), [("", [303, 303, 429]), ("127.0.0.1", [303, 303, 303])])
def test_a_network_is_believed_only_of_a_proxy_that_the_settings_name(
    sqlite_url: str, tmp_path: Path, trusted: str, codes: list[int]
) -> None:
    environment = {
        "COFFEE_DATABASE_URL": sqlite_url,
        "COFFEE_SECRET_KEY": SECRET_KEY,
        "COFFEE_REQUESTS_PER_SOURCE": "2/hour",
        "COFFEE_TRUSTED_PROXIES": trusted,
    }
    with Service(["serve"], environment, tmp_path) as service, service.site.client() as http:
        asked = [
            http.post("/me", data={"email": "a@example.org"}, headers={"X-Forwarded-For": f"192.0.2.{n}"})
            for n in range(3)
        ]
    assert [answer.status_code for answer in asked] == codes


def test_the_two_forms_and_all_networks_count_together(world: World) -> None:
    rated(world, in_all="3/day")
    with behind_a_proxy(world) as site, site.client() as http:
        assert joined_from(site, "192.0.2.1", "a").status_code == 303
        for n in range(2):
            asked = http.post("/me", data={"email": "a@example.org"}, headers={"X-Forwarded-For": f"192.0.2.{n + 2}"})
            assert asked.status_code == 303
        answer = joined_from(site, "192.0.2.9", "b")
        asked = http.post("/me", data={"email": "a@example.org"}, headers={"X-Forwarded-For": "192.0.2.10"})
    for refused in (answer, asked):
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "86400")
        assert "in 24 hours" in refused.text
        assert "without Wi-Fi" not in refused.text


def test_forms_that_are_not_in_order_are_not_counted(world: World) -> None:
    rated(world, per_source="1/hour")
    with behind_a_proxy(world) as site, site.client() as http:
        for _ in range(3):
            assert http.post("/p/demo", data={"name": "", "email": "x", "team": ""}).status_code == 422
        assert joined_from(site, "127.0.0.1", "a").status_code == 303


def test_of_twenty_forms_at_once_for_one_address_the_mailbox_gets_its_cap(visitor: Visitor) -> None:
    def ask(number: int) -> int:
        with visitor.site.client() as http:
            if number % 2:
                return http.post("/me", data={"email": "sam@example.org"}).status_code
            form = {"name": "Sam", "email": "sam@example.org", "team": "Nursing"}
            return http.post("/p/demo", data=form).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(20))) == {303}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: visitor.world.answer(), range(4)))
    assert len(visitor.world.mails(to="sam")) == 4


def test_of_twenty_forms_at_once_from_one_network_only_the_cap_is_taken(world: World) -> None:
    rated(world, per_source="7/hour")
    with behind_a_proxy(world) as site, ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda n: joined_from(site, "192.0.2.1", f"a{n}").status_code, range(20)))
    assert (codes.count(303), codes.count(429)) == (7, 13)
    assert len(world.mails()) == 7


def test_who_holds_a_link_can_ask_for_a_fresh_one_only_so_often(visitor: Visitor) -> None:
    world = visitor.world
    world.people(2)
    world.sent_round()
    path = visitor.link(MailKind.INTRODUCTION, "choices", "person00")
    for _ in range(9):
        assert visitor.post(path, action="mail").headers["location"] == f"{path}?done=mail"
    assert len(world.mails(MailKind.MY_PAGE, "person00")) == 4


# --- what it says ----------------------------------------------------------------------------------------------------


def decoded(raw: bytes) -> str:
    """Every header and every part of a mail, as a reader sees them, and the bytes."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    texts = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            texts.append(part.get_content())
    return "\n".join([*texts, raw.decode()])


def test_no_word_of_a_stranger_stands_in_any_mail_that_strangers_ask_for(visitor: Visitor) -> None:
    world = visitor.world
    world.person("known", "Nursing")
    for name in ("new", "known"):
        visitor.post("/p/demo", name=BAIT, email=f"{name}@example.org", team=f"Team {BAIT}")
    for name in ("new", "known"):
        visitor.post("/me", email=f"{name}@example.org", name=BAIT, team=BAIT)
    world.deliver()
    kinds = [mail.kind for mail in world.mails()]
    assert sorted(kinds) == ["already_in", "confirm_sign_up", "confirm_sign_up", "my_page"]
    assert world.there("new").name == BAIT, "the name is as typed"
    for envelope in world.transport.sent:
        text = decoded(envelope.data)
        assert not [word for word in ("evil", "Win", "\u202e", "Team") if word in text], text
