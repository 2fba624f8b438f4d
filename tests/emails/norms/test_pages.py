"""Norms on what links lead to (E12, E13, E27 to E29), followed from the bytes of real mails into the real service."""

import email
import email.policy
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from app.db import Database
from app.models import MailKind, ParticipantState, Purpose
from app.services import links
from app.settings import Settings
from tests.app.web.visitor import Visitor, visiting
from tests.conftest import SECRET_KEY
from tests.emails.norms.reading import Read
from tests.factories import World

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
HOSTILE = "Cheap pills at evil.example"


def sent(world: World, address: str | None = None) -> Iterator[tuple[str, Read]]:
    """Recipient and bytes of what left."""
    for envelope in world.transport.sent:
        if address in (None, envelope.recipient):
            yield envelope.recipient, Read(envelope.data)


def path_of(read: Read) -> str:
    """Where the one-click button of a mail reader would go."""
    value = read.value("List-Unsubscribe")
    assert value.startswith("<https://coffee.example.org/")
    return urlsplit(value.strip("<>")).path


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The real service on a file, reached over HTTPS as far as its mails know. A programme `demo`, nobody in it."""
    database = Database(sqlite_url)
    settings = Settings(
        database_url=sqlite_url,
        base_url="https://coffee.example.org",
        secret_key=SecretStr(SECRET_KEY),
        mail_from="Coffee Trial <coffee@example.org>",
        mail_rate=10_000.0,
        _env_file=None,
    )
    made = World(database, settings)
    made.programme()
    yield made
    database.close()


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """Somebody who reads the mails of that service and opens its pages."""
    with visiting(world) as found:
        yield found


@pytest.fixture
def mailed(visitor: Visitor) -> Visitor:
    """A round of three has gone out, and Sam, whom everybody blocks, was left out."""
    people = visitor.world.people(2)
    sam = visitor.world.person("sam")
    for person in people:
        visitor.world.block(sam, person)
    visitor.world.sent_round()
    return visitor


def test_e12_every_mail_of_a_round_can_be_stopped_and_names_its_list(mailed: Visitor) -> None:
    found = list(sent(mailed.world))
    assert len(found) == 3
    for _, read in found:
        assert read.value("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        assert read.value("List-Id").endswith("<demo.example.org>")
        assert path_of(read).startswith("/m/")


def test_e13_one_click_works_at_once_without_cookie_script_or_redirect(mailed: Visitor) -> None:
    for recipient, read in list(sent(mailed.world)):
        for body in ({"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}, {"data": ONE_CLICK}):
            stranger = mailed.fresh()
            answer = stranger.http.post(path_of(read), **body)
            assert (answer.status_code, answer.history, "location" in answer.headers) == (200, [], False)
            assert "set-cookie" not in answer.headers
            assert mailed.world.there(recipient).state == ParticipantState.LEFT


def test_e13_it_answers_a_foreign_mail_provider_and_even_after_erasure(mailed: Visitor) -> None:
    recipient, read = next(sent(mailed.world, "sam@example.org"))
    elsewhere = {"User-Agent": "GmailBot", "Accept": "*/*"}
    assert mailed.fresh().http.post(path_of(read), data=ONE_CLICK, headers=elsewhere).status_code == 200
    with mailed.world.database.writing() as session:
        from app.queries import participants as people
        from app.queries import programmes
        from app.services import privacy
        from tests.factories import address_of

        programme = programmes.programme(session, "demo")
        person = people.by_address(session, programme, address_of(recipient).key)
        assert person is not None
        privacy.erase(session, programme, person, now=mailed.world.now, secret_key=mailed.world.secret)
    assert mailed.world.find("sam") is None
    assert mailed.fresh().http.post(path_of(read), data=ONE_CLICK).status_code == 200
    assert mailed.fresh().http.post("/m/never-a-token", data=ONE_CLICK).status_code == 200


def token_pages(visitor: Visitor) -> list[str]:
    """A page behind every kind of link that a mail can hold."""
    from app.security import mailed_token

    visitor.join("alex")
    pages = [visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "alex")]
    sam = visitor.world.person("sam")
    with visitor.world.database.writing() as session:
        for purpose in (Purpose.MY_PAGE, Purpose.CHOICES, Purpose.LEAVE):
            link = links.issue(session, visitor.world.secret, sam, purpose, visitor.world.now)
            pages.append(f"/m/{mailed_token(visitor.world.secret, link.id)}")
    return pages


def test_e27_looking_at_a_link_changes_nothing_and_a_button_stands_on_each_page(visitor: Visitor) -> None:
    pages = token_pages(visitor)
    before = visitor.state()
    for path in pages:
        looked, headed = visitor.get(path), visitor.http.head(path)
        assert (looked.status_code, headed.status_code, headed.content) == (200, 200, b"")
        assert re.search(r'<form[^>]*method="post"', looked.text)
        assert "<button" in looked.text
        assert "<script" not in looked.text
        assert visitor.http.request("OPTIONS", path).status_code in (200, 204, 405)
    assert visitor.state() == before


def test_e28_a_page_behind_a_token_tells_nobody_and_is_kept_nowhere(visitor: Visitor) -> None:
    for path in [*token_pages(visitor), "/m/never-a-token"]:
        for answer in (visitor.get(path), visitor.http.head(path)):
            assert answer.headers["cache-control"] == "no-store"
            # Not no-referrer, with which browsers would send `Origin: null` with our own forms; as silent to others.
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["x-robots-tag"] == "noindex"
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            assert not answer.is_redirect
        assert not re.search(r'(src|href)="https?://(?!coffee\.example\.org)', visitor.get(path).text)


def test_e29_a_real_confirmation_carries_nothing_that_a_stranger_typed(visitor: Visitor) -> None:
    visitor.post("/p/demo", name=HOSTILE, email="victim@example.org", team="Buy now at evil.example")
    visitor.world.deliver()
    ((_, read),) = sent(visitor.world, "victim@example.org")
    everything = email.message_from_bytes(read.data, policy=email.policy.default).as_string() + read.text
    assert "evil" not in everything + read.html.source
    assert "pills" not in everything + read.html.source
    assert "Cross-team coffees" in read.text
    assert not read.has("List-Unsubscribe")
