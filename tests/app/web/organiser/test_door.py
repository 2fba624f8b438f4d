"""The door of organisers: a key becomes a session, which ends by itself, with the key, and with a word."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from app.models import OrganiserKey, Scope
from app.services import keys
from app.web.organiser.tries import Tries, source_of
from tests.app.web.organiser.desk import NAME, Desk
from tests.app.web.visitor import Visitor, visiting
from tests.factories import START, World

DOOR = "/organiser/sign-in"


def test_a_key_that_may_look_opens_the_door_and_the_cookie_does_not_hold_it(visitor: Visitor) -> None:
    desk = Desk(visitor)
    key = desk.key(Scope.READ)
    answer = desk.sign_in(key)
    assert (answer.status_code, answer.headers["location"]) == (303, "/organiser")
    cookie = answer.headers["set-cookie"]
    assert re.match(rf"{NAME}=key_\w+\.\d+\.\d+\.[0-9a-f]{{64}}; expires=.*; HttpOnly; Path=/; SameSite=lax$", cookie)
    assert key not in cookie
    assert desk.get("/organiser").status_code == 200


@pytest.mark.parametrize("kind", ["none", "other", "wrong", "cut", "nul", "revoked", "expired", "cannot look"])
def test_every_refusal_has_the_same_words_and_no_cookie(visitor: Visitor, kind: str) -> None:
    desk = Desk(visitor)
    good = desk.key(*Scope)
    gone = desk.key(*Scope)
    if kind == "revoked":
        with desk.world.database.writing() as session:
            keys.revoke_key(session, session.get_one(OrganiserKey, desk.made[gone]), now=desk.world.now)
    given = {
        "none": "",
        "other": "a word",
        "wrong": good[:-3] + "aaa",
        "cut": good.rpartition("_")[0],
        "nul": "coffee_\0_\ud800".encode("utf-8", "surrogatepass"),
        "revoked": gone,
        "expired": desk.key(*Scope, expires_at=desk.world.now),
        "cannot look": desk.key(Scope.SEND),
    }[kind]
    answer = visitor.post(DOOR, key=given)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "This key does not open the door." in answer.text
    assert re.sub(r"\s+", "", answer.text) == re.sub(r"\s+", "", visitor.post(DOOR, key="coffee_aaaa_bbbb").text)


def test_behind_https_the_cookie_is_bound_to_the_host(sqlite_world: World) -> None:
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"base_url": "https://coffee.example.org"})
    with visiting(sqlite_world) as visitor:
        desk = Desk(visitor)
        cookie = desk.sign_in(desk.key(Scope.READ)).headers["set-cookie"]
    assert cookie.startswith("__Host-coffee_organiser=")
    assert cookie.endswith("; Secure")


def test_without_a_session_every_page_leads_to_the_door_and_back(visitor: Visitor) -> None:
    desk = Desk(visitor)
    page = "/organiser/programmes/demo/outbox"
    answer = desk.get(page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DOOR}?to={page}")
    assert f'value="{page}"' in desk.get(answer.headers["location"]).text
    assert desk.sign_in(desk.key(Scope.READ), to=page).headers["location"] == page
    for path in ("/organiser/mails/msg_a", "/organiser/rounds/rnd_a/outbox/all"):
        assert desk.visitor.fresh().post(path, action="resend").headers["location"] == DOOR


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/me", "/organiser/../me", DOOR, "/organiser\n"]
)
def test_the_door_leads_nowhere_else(sqlite_desk: Desk, to: str) -> None:
    assert sqlite_desk.sign_in(sqlite_desk.key(Scope.READ), to=to).headers["location"] == "/organiser"


def opens(desk: Desk, path: str = "/organiser") -> bool:
    return desk.get(path).status_code == 200


def test_a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours_in_any_case(sqlite_desk: Desk) -> None:
    began = sqlite_desk.world.now
    while sqlite_desk.world.now < began + timedelta(hours=12):
        assert opens(sqlite_desk)
        sqlite_desk.world.later(minutes=20)
    assert not opens(sqlite_desk)
    other = sqlite_desk.elsewhere(sqlite_desk.key(Scope.READ))
    other.world.later(minutes=29)
    assert opens(other)
    other.world.later(minutes=30)
    assert not opens(other)


def test_a_page_that_refreshes_by_itself_does_not_keep_a_session_alive(sqlite_desk: Desk) -> None:
    for _ in range(5):
        sqlite_desk.world.later(minutes=5)
        assert opens(sqlite_desk, "/organiser/programmes/demo/outbox?auto=1")
    sqlite_desk.world.later(minutes=5)
    assert not opens(sqlite_desk)


def test_a_key_that_is_revoked_or_expires_ends_its_sessions(desk: Desk) -> None:
    other = desk.elsewhere(desk.key(Scope.READ, expires_at=desk.world.now + timedelta(minutes=5)))
    assert opens(other)
    desk.world.later(minutes=5)
    assert (opens(other), opens(desk)) == (False, True)
    with desk.world.database.writing() as session:
        for row in session.exec(select(OrganiserKey)):
            keys.revoke_key(session, row, now=desk.world.now)
    assert not opens(desk)


def test_signing_out_takes_the_cookie_back(sqlite_desk: Desk) -> None:
    assert sqlite_desk.post("/organiser/sign-out").headers["location"] == DOOR
    assert not opens(sqlite_desk)


@pytest.mark.parametrize("place", range(4))
def test_a_cookie_that_was_changed_is_none(sqlite_desk: Desk, place: int) -> None:
    parts = sqlite_desk.cookie().split(".")
    other = sqlite_desk.key(*Scope)
    parts[place] = {0: sqlite_desk.made[other], 1: "99999999999", 2: "99999999999", 3: "0" * 64}[place]
    fresh = sqlite_desk.visitor.fresh()
    for forged in (".".join(parts), "", "a.b.c", "é", ".".join(parts) + ".1"):
        headers = [(b"Cookie", f"{NAME}={forged}".encode("latin-1"))]
        assert fresh.http.get("/organiser", headers=headers).status_code == 303, forged


def test_a_person_s_cookie_is_no_organiser_s(sqlite_desk: Desk) -> None:
    visitor = sqlite_desk.visitor.fresh()
    visitor.joined("sam")
    assert visitor.get("/me").status_code == 200
    assert visitor.get("/organiser").status_code == 303


def test_the_eleventh_try_in_a_minute_has_to_wait(sqlite_desk: Desk) -> None:
    key = sqlite_desk.key(*Scope)
    answers = [sqlite_desk.sign_in("coffee_aaaa_bbbb").status_code for _ in range(9)]
    assert answers == [403] * 9
    assert sqlite_desk.sign_in(key).status_code == 429
    sqlite_desk.world.later(minutes=1)
    assert sqlite_desk.sign_in(key).status_code == 303


def test_tries_are_counted_by_source_and_the_oldest_sources_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.organiser.tries.SOURCES", 3)
    tries = Tries()
    for number in range(20):
        tries.note(f"192.0.2.{number}", START)
    assert len(tries._of) == 3
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff") != source_of("2001:db8:1::1")
    assert source_of("::ffff:192.0.2.1") == source_of("192.0.2.1")
    assert source_of("somewhere") == "somewhere"


def test_a_form_from_another_site_signs_nobody_in(sqlite_desk: Desk) -> None:
    key = sqlite_desk.key(*Scope)
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in (DOOR, "/organiser/sign-out", "/organiser/mails/msg_a"):
        answer = sqlite_desk.visitor.http.post(path, data={"key": key}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), path
