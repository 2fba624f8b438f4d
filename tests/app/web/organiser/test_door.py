"""The door of organisers: a mailed link, in the browser that asked for it, becomes a session, which ends by itself and
with a word.
"""

import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from app.errors import LinkExpired
from app.models import (
    AuditEntry,
    LinkFor,
    MailKind,
    OrganiserLink,
    OrganiserSession,
    Role,
    Scope,
)
from app.security import organiser_token
from app.services import guard, organiser_links, organisers
from app.web.organiser.tries import Tries, source_of
from tests.app.web.organiser.desk import NAME, SECOND, Desk
from tests.app.web.visitor import Visitor, visiting
from tests.factories import START, World

DOOR = "/organiser/sign-in"
OVER = "This link has stopped working"


def sent_link(world: World, to: str) -> str:
    """The path in the newest mail that lets somebody in."""
    mail = world.mails(MailKind.SIGN_IN, to)[-1]
    return f"{organiser_links.PATH}/{organiser_token(world.secret, mail.facts['organiser_link'])}"


def asked(visitor: Visitor, address: str, to: str = "") -> str:
    """Ask for a link in this browser; its path."""
    answer = visitor.post(DOOR, email=address, to=to)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DOOR}/sent")
    return sent_link(visitor.world, address)


def opens(desk: Desk, path: str = "/organiser") -> bool:
    return desk.get(path).status_code == 200


def bare(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r"\s+", "", answer.text)


def test_who_is_signed_out_over_a_form_is_told_that_it_was_not_saved(desk: Desk) -> None:
    desk.world.later(minutes=31)
    task = "/organiser/programmes/demo/set-up/words"
    answer = desk.post(task, contact_name="Somebody else")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DOOR}?unsaved=yes")
    assert "was not saved, and nothing was done" in desk.get(answer.headers["location"]).text
    assert "was not saved" not in desk.get(DOOR).text


def test_what_an_organiser_may_not_see_leads_back_to_the_overview(desk: Desk) -> None:
    lost = desk.get("/organiser/programmes/nobodys")
    assert (lost.status_code, 'href="/organiser">Go to the overview' in lost.text) == (404, True)
    assert 'href="/">Go to the front page' in desk.get("/p/nobodys/conduct").text


def test_a_mailed_link_and_a_code_let_an_organiser_in_and_the_page_that_was_wanted_opens(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    page = "/organiser/programmes/demo/outbox"
    answer = desk.get(page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DOOR}?to={page}")
    assert f'value="{page}"' in desk.get(answer.headers["location"]).text
    link = asked(visitor, address, page)
    assert "This lets you in, in this browser." in desk.get(link).text
    assert desk.post(link).headers["location"] == SECOND
    assert desk.get(page).headers["location"] == SECOND
    answer = desk.post(SECOND, code=desk.code(address))
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert opens(desk, page)


def test_the_cookie_is_random_and_the_database_holds_only_its_hash(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    desk.post(asked(visitor, address))
    half = desk.cookie()
    cookie = desk.post(SECOND, code=desk.code(address)).headers.get_list("set-cookie")[0]
    assert re.match(rf"{NAME}=[a-z2-7]{{52}}; HttpOnly; Path=/; SameSite=lax$", cookie)
    assert half != desk.cookie(), "the secret is a new one once somebody is all the way in"
    assert desk.cookie() not in visitor.rows()
    assert opens(desk)
    assert visitor.fresh().http.get("/organiser", headers={"Cookie": f"{NAME}={half}"}).status_code == 303


def test_behind_https_the_cookies_are_bound_to_the_host(sqlite_world: World) -> None:
    sqlite_world.settings = sqlite_world.settings.model_copy(
        update={"base_url": "https://coffee.example.org", "mail_from": "Coffee <coffee@example.org>"}
    )
    with visiting(sqlite_world) as visitor:
        desk = Desk(visitor)
        answer = desk.post(desk.link(desk.organiser(Role.VIEWER)))
        assert answer.headers["set-cookie"].startswith("__Host-coffee_organiser=")
        assert answer.headers["set-cookie"].endswith("; Secure")
        asking = desk.post(DOOR, email="amara@example.org").headers["set-cookie"]
        assert asking.startswith("__Host-coffee_organiser_asked=")
        assert asking.endswith("; Secure")


def test_the_answer_is_the_same_whoever_has_the_address_and_only_organisers_get_a_mail(visitor: Visitor) -> None:
    desk = Desk(visitor)
    desk.organiser(Role.VIEWER)
    visitor.world.person("sam")
    answers = [visitor.fresh().post(DOOR, email=f"{name}@example.org") for name in ("amara", "nobody", "sam")]
    assert {(one.status_code, one.headers["location"], one.text) for one in answers} == {(303, f"{DOOR}/sent", "")}
    assert [mail.recipient for mail in visitor.world.mails(MailKind.SIGN_IN)] == ["amara@example.org"]


def test_what_is_no_address_is_said_beside_the_field(sqlite_desk: Desk) -> None:
    answer = sqlite_desk.visitor.fresh().post(DOOR, email="amara")
    assert answer.status_code == 422
    assert "is not an e-mail address" in answer.text


def test_a_link_that_was_asked_for_in_another_browser_lets_nobody_in_and_stays_good(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    link = asked(visitor, address)
    thief = visitor.fresh()
    for answer in (thief.get(link), thief.post(link)):
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        assert "This link belongs to another browser" in answer.text
        assert f'href="{DOOR}"' in answer.text
    other = visitor.fresh()
    other.post(DOOR, email="nobody@example.org")
    assert other.post(link).status_code == 403, "a browser that has asked for another one"
    assert desk.post(link).headers["location"] == SECOND


def test_a_link_works_once_for_a_quarter_of_an_hour_and_until_there_is_a_newer_one(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    old = asked(visitor, address)
    visitor.world.later(seconds=1)
    new = asked(visitor, address)
    assert bare(desk.get(old))[0] == 410
    assert desk.post(new).status_code == 303
    unknown = desk.get(f"{organiser_links.PATH}/{'a' * 52}")
    for answer in (desk.get(new), desk.post(new), desk.get(old), desk.post(old)):
        assert OVER in answer.text
        assert bare(answer) == bare(unknown)
    visitor.world.later(seconds=1)
    late = asked(visitor, address)
    visitor.world.later(minutes=15)
    assert bare(desk.post(late)) == bare(unknown)


def test_of_two_who_press_the_button_of_a_link_at_once_one_is_let_in(visitor: Visitor) -> None:
    desk, world = Desk(visitor), visitor.world
    token = desk.link(desk.organiser(Role.VIEWER)).rpartition("/")[2]
    with world.database.reading() as session:
        link, _ = organiser_links.look(session, token, world.now)  # both have seen that it is good
    with world.database.writing() as session:
        organiser_links.use(session, link, world.now)
    with pytest.raises(LinkExpired), world.database.writing() as session:
        organiser_links.use(session, link, world.now)


def test_opening_a_link_changes_nothing(visitor: Visitor) -> None:
    desk = Desk(visitor)
    link = asked(visitor, desk.organiser(Role.VIEWER))
    before = visitor.state()
    for _ in range(2):
        assert desk.get(link).status_code == 200
        assert visitor.http.head(link).status_code == 200
    assert visitor.state() == before


def test_an_invitation_works_in_any_browser_for_seven_days(visitor: Visitor) -> None:
    desk = Desk(visitor)
    address = desk.organiser(Role.VIEWER)
    link = desk.link(address)
    visitor.world.later(days=7, seconds=-1)
    assert visitor.fresh().get(link).status_code == 200
    visitor.world.later(seconds=1)
    assert visitor.fresh().post(link).status_code == 410


def first(world: World) -> str:
    with world.database.writing() as session:
        made = organisers.first_link(session, world.secret, world.now)
    return organiser_links.url_of(world.settings, made.id).removeprefix(world.settings.base_url) if made else ""


def test_the_first_link_makes_an_owner_once_and_then_there_is_none_any_more(visitor: Visitor) -> None:
    desk, world = Desk(visitor), visitor.world
    old, link = first(world), first(world)
    assert visitor.post(old, email="bo@example.org").status_code == 410
    assert visitor.post(link, email="no").status_code == 422
    assert visitor.post(link, email="bo@example.org").headers["location"] == SECOND
    assert first(world), "as long as nobody is all the way in, there is another way"
    assert visitor.post(link, email="eve@example.org").status_code == 410
    assert "Your recovery codes" in visitor.post(SECOND, code=desk.code("bo@example.org", anew=True)).text
    assert opens(desk, "/organiser/people")
    assert first(world) == ""
    with world.database.reading() as session:
        actions = [entry.action for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.at)))]
    assert {"organiser.found", "organiser.second_factor", "organiser.sign_in"} <= set(actions)


def test_a_first_link_of_yesterday_is_over_and_so_is_one_that_somebody_was_faster_with(visitor: Visitor) -> None:
    world = visitor.world
    link = first(world)
    world.later(hours=24)
    assert visitor.get(link).status_code == 410
    link = first(world)
    desk = Desk(visitor.fresh())
    assert desk.sign_in(desk.organiser(Role.OWNER)).status_code == 303
    assert visitor.post(link, email="eve@example.org").status_code == 409


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/me", "/organiser/../me", DOOR, "/organiser\n"]
)
def test_the_door_leads_nowhere_else(sqlite_desk: Desk, to: str) -> None:
    visitor = sqlite_desk.visitor.fresh()
    desk = Desk(visitor)
    visitor.post(asked(visitor, sqlite_desk.address, to))
    visitor.world.later(seconds=30)
    assert visitor.post(SECOND, code=desk.code(sqlite_desk.address)).headers["location"] == "/organiser"


def test_a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours_in_any_case(sqlite_desk: Desk) -> None:
    began = sqlite_desk.world.now
    while sqlite_desk.world.now < began + timedelta(hours=12):
        assert opens(sqlite_desk)
        sqlite_desk.world.later(minutes=20)
    assert not opens(sqlite_desk)
    other = sqlite_desk.elsewhere(sqlite_desk.address)
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


def test_a_role_that_is_taken_away_allows_nothing_from_that_moment_on(desk: Desk) -> None:
    world = desk.world
    with world.database.writing() as session:
        account = session.merge(desk.account(desk.address))
        organisers.change_role(session, account, Role.VIEWER, None, now=world.now, actor="test")
    assert opens(desk)
    assert desk.post("/organiser/programmes/demo/outbox/all", action="leave", state="held").status_code == 403
    with world.database.writing() as session:
        account = session.merge(desk.account(desk.address))
        assert organisers.take_away(session, account, None, now=world.now, actor="test")
    assert not opens(desk)
    with world.database.reading() as session:
        assert session.exec(select(OrganiserSession)).all() == []


def test_signing_out_ends_the_session_also_for_who_has_copied_the_cookie(sqlite_desk: Desk) -> None:
    cookie = sqlite_desk.cookie()
    assert sqlite_desk.post("/organiser/sign-out").headers["location"] == DOOR
    assert not opens(sqlite_desk)
    thief = sqlite_desk.visitor.fresh()
    assert thief.http.get("/organiser", headers={"Cookie": f"{NAME}={cookie}"}).status_code == 303


def test_who_signs_in_again_leaves_the_old_session_of_that_browser_behind(sqlite_desk: Desk) -> None:
    old = sqlite_desk.cookie()
    sqlite_desk.sign_in(sqlite_desk.address)
    thief = sqlite_desk.visitor.fresh()
    assert thief.http.get("/organiser", headers={"Cookie": f"{NAME}={old}"}).status_code == 303
    assert opens(sqlite_desk)


def test_a_cookie_that_is_not_ours_is_none(sqlite_desk: Desk) -> None:
    fresh = sqlite_desk.visitor.fresh()
    good = sqlite_desk.cookie()
    for forged in ("", "a.b.c", "é", good[:-1], good + "a", good.upper()):
        headers = [(b"Cookie", f"{NAME}={forged}".encode("latin-1"))]
        assert fresh.http.get("/organiser", headers=headers).status_code == 303, forged


def test_neither_a_person_s_cookie_nor_a_key_opens_the_door(sqlite_desk: Desk) -> None:
    visitor = sqlite_desk.visitor.fresh()
    visitor.joined("sam")
    assert visitor.get("/me").status_code == 200
    assert visitor.get("/organiser").status_code == 303
    key = sqlite_desk.key(*Scope)
    assert visitor.http.get("/organiser", headers={"Authorization": f"Bearer {key}"}).status_code == 303
    assert visitor.http.post(DOOR, data={"key": key}).status_code == 422


def test_the_eleventh_try_in_a_minute_has_to_wait(sqlite_desk: Desk) -> None:
    answers = [sqlite_desk.post(DOOR, email="nobody@example.org").status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]
    sqlite_desk.world.later(minutes=1)
    assert sqlite_desk.post(DOOR, email="nobody@example.org").status_code == 303


def test_a_mailbox_gets_no_more_links_than_the_settings_say(sqlite_desk: Desk) -> None:
    for _ in range(6):
        sqlite_desk.post(DOOR, email=sqlite_desk.address)
    assert len(sqlite_desk.world.mails(MailKind.SIGN_IN)) == 4  # 4/hour


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
    headers = {"Sec-Fetch-Site": "cross-site"}
    link = sqlite_desk.link(sqlite_desk.address)
    for path in (DOOR, link, SECOND, "/organiser/sign-out", "/organiser/mails/msg_a", "/organiser/people"):
        answer = sqlite_desk.visitor.http.post(path, data={"email": sqlite_desk.address}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), path
    assert sqlite_desk.visitor.fresh().get(link).status_code == 200


def test_in_a_copy_of_the_database_no_session_and_no_link_is_good_any_more(desk: Desk) -> None:
    link = desk.link(desk.address)
    desk.world.people(2)
    desk.world.sent_round()
    with desk.world.database.writing() as session:
        guard.look(session, None, "another file", desk.world.now, restored=True)
    assert not opens(desk)
    assert desk.get(link).status_code == 410


def test_links_and_sessions_that_are_over_are_forgotten(sqlite_desk: Desk) -> None:
    from app.services import retention

    world = sqlite_desk.world
    sqlite_desk.link(sqlite_desk.address)
    world.later(days=9)
    with world.database.writing() as session:
        assert retention.forget(session, world.settings, world.now).sign_ins == 3
        assert session.exec(select(OrganiserLink)).all() == []
    assert LinkFor.FIRST in organiser_links.LIFETIME
