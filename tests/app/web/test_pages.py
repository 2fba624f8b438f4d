"""What every page has: headers, kind errors, our own files, no other host."""

import re

import pytest
from fastapi import FastAPI

from app.errors import BadInput, CoffeeError, Conflict, Fault, PromiseBroken, TooMany
from app.main import create_app
from app.middleware import SECURITY_HEADERS
from app.models import Purpose
from tests.app.web.test_mailed_links import PURPOSES, link_of
from tests.app.web.visitor import Visitor
from tests.factories import World
from tests.rig.server import served

PUBLIC = (
    *("/", "/p/demo", "/p/demo/sent", "/me", "/me/sent", "/organiser/sign-in"),
    *("/p/unknown", "/m/unknown", "/nowhere", "/robots.txt"),
)
OWN = ("/me", "/me/topics", "/me/leave", "/me/erase", "/me/data.json")


def test_every_page_carries_the_guards_headers_and_is_not_kept(visitor: Visitor) -> None:
    visitor.joined("sam")
    links = [link_of(visitor, "sam", purpose) for purpose in PURPOSES if purpose != Purpose.CONFIRM]
    for path in (*PUBLIC, *OWN, *links):
        headers = visitor.get(path).headers
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"):
            assert headers[name] == SECURITY_HEADERS[name], (path, name)
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["X-Request-Id"], path


def test_pages_behind_links_are_not_for_search_engines(visitor: Visitor) -> None:
    visitor.joined("sam")
    for path in (*OWN[:4], link_of(visitor, "sam", Purpose.CHOICES), "/m/unknown"):
        assert visitor.get(path).headers["X-Robots-Tag"] == "noindex", path
    assert "Disallow: /m/" in visitor.get("/robots.txt").text


def test_pages_have_no_script_no_inline_style_and_no_other_host(visitor: Visitor) -> None:
    visitor.joined("sam")
    for path in (*PUBLIC[:-1], *OWN[:4], link_of(visitor, "sam", Purpose.CHOICES)):
        text = visitor.get(path).text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", text), path
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), path
        assert text.count("<h1") == 1, path
        assert '<html lang="en" dir="ltr">' in text


def test_the_stylesheet_is_kept_for_a_year_under_the_hash_of_its_content(visitor: Visitor) -> None:
    found = re.search(r'href="(/static/coffee\.css\?v=[0-9a-f]{12})"', visitor.get("/").text)
    assert found
    answer = visitor.get(found[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert visitor.get("/static/coffee.css?v=old").headers["cache-control"] == "no-cache"
    assert len(answer.content) < 24_000


@pytest.mark.parametrize("name", ["../pages.py", "..%2Fpages.py", "%2e%2e/pages.py", "nothing.css", "coffee.css%00"])
def test_nothing_else_is_served_as_a_file(visitor: Visitor, name: str) -> None:
    assert visitor.get(f"/static/{name}").status_code == 404


def test_the_demo_is_not_there_for_real_people(visitor: Visitor) -> None:
    assert [visitor.get(path).status_code for path in ("/demo", "/demo/inbox", "/styleguide")] == [404] * 3
    assert visitor.post("/demo/round").status_code == 404
    assert "Ask your organiser for the link" in visitor.get("/").text


def test_a_page_that_takes_no_form_says_so(visitor: Visitor) -> None:
    answer = visitor.post("/me/data.json")
    assert (answer.status_code, "That does not work here" in answer.text) == (405, True)


def test_a_form_from_another_site_is_refused(visitor: Visitor) -> None:
    visitor.joined("sam")
    before = visitor.state()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert visitor.http.post("/me/leave", headers=headers).status_code == 403
    assert visitor.state() == before


def test_a_form_of_our_own_passes_in_a_browser_without_fetch_metadata(visitor: Visitor) -> None:
    visitor.joined("sam")
    origin = {"Origin": visitor.site.url}
    assert visitor.http.post("/me/choices", data={"action": "skip"}, headers=origin).status_code == 303


def failing(app: FastAPI, error: Exception) -> None:
    def fail() -> None:
        raise error

    app.add_api_route("/fails", fail)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Conflict("You have changed your mind already."), 409, "You have changed your mind already."),
        (TooMany(), 429, "Try again in a while."),
        (BadInput(Fault("until", "must be a day in the future.")), 422, "until: must be a day in the future."),
        (PromiseBroken("a secret detail"), 500, "nothing was lost"),
        (RuntimeError("a secret detail"), 500, "nothing was lost"),
        (CoffeeError("a secret detail"), 500, "nothing was lost"),
    ],
)
def test_errors_are_plain_pages_that_give_nothing_away(
    sqlite_world: World, error: Exception, status: int, words: str
) -> None:
    app = create_app(sqlite_world.settings, works=False)
    failing(app, error)
    with served(app) as site, site.client() as http:
        answer = http.get("/fails")
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert (answer.headers["X-Request-Id"] in answer.text) == (status == 500)
    assert ("Retry-After" in answer.headers) == (status == 429)
    assert answer.headers["Content-Security-Policy"] == SECURITY_HEADERS["Content-Security-Policy"]


def test_a_locked_database_is_a_moment_of_patience(sqlite_world: World) -> None:
    import sqlite3

    app = create_app(sqlite_world.settings, works=False)
    with served(app) as site, site.client(trust_env=False) as http:
        path = sqlite_world.settings.database_url.removeprefix("sqlite:///")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = http.post("/me", data={"email": "sam@example.org"})
        other.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "We are busy for a moment" in answer.text


def test_behind_https_the_cookie_is_bound_to_the_host(sqlite_world: World) -> None:
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"base_url": "https://coffee.example.org"})
    from tests.app.web.visitor import visiting

    with visiting(sqlite_world) as visitor:
        sqlite_world.person("sam")
        answer = visitor.post(link_of(visitor, "sam", Purpose.MY_PAGE), action="open")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-coffee_me=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
