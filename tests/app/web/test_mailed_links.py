"""Links in mails: looking changes nothing, a button acts once, each token serves its own purpose only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.clock import local_date
from app.models import MailKind, ParticipantState, Purpose
from app.services import links
from tests.app.web.visitor import Visitor

PURPOSES = (Purpose.CONFIRM, Purpose.MY_PAGE, Purpose.CHOICES, Purpose.LEAVE)
ACTIONS = {
    "confirm": Purpose.CONFIRM,
    "open": Purpose.MY_PAGE,
    "skip": Purpose.CHOICES,
    "mail": Purpose.CHOICES,
    "leave": Purpose.LEAVE,
}


def link_of(visitor: Visitor, name: str, purpose: Purpose) -> str:
    """A link of any purpose, made as a mail would."""
    from app.security import mailed_token

    with visitor.world.database.writing() as session:
        link = links.issue(session, visitor.world.secret, visitor.world.there(name), purpose, visitor.world.now)
    return f"/m/{mailed_token(visitor.world.secret, link.id)}"


def test_confirming_makes_the_person_active_and_opens_the_page(visitor: Visitor) -> None:
    visitor.joined("sam")
    assert visitor.world.there("sam").state == ParticipantState.ACTIVE
    assert "You are in" in visitor.get("/me/topics").text
    assert "In the next draw" in visitor.get("/me").text


def test_looking_changes_nothing(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    visitor.join("alex")
    paths = ["/", "/p/demo", "/p/demo/sent", "/me", "/me/sent", "/me/topics", "/me/leave", "/me/erase", "/me/data.json"]
    paths += [link_of(visitor, "sam", purpose) for purpose in PURPOSES if purpose != Purpose.CONFIRM]
    paths += [visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "alex"), "/m/unknown", "/p/unknown"]
    before = visitor.state()
    for path in paths:
        for query in ("", "?action=confirm&List-Unsubscribe=One-Click"):
            looked, headed = visitor.get(path + query), visitor.http.head(path + query)
            assert (headed.status_code, headed.content) == (looked.status_code, b"")
            assert looked.status_code in (200, 404, 410)
    assert visitor.state() == before


def test_after_a_scanner_has_looked_the_button_still_works(visitor: Visitor) -> None:
    visitor.join("sam")
    path = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    for _ in range(5):
        assert visitor.fresh().get(path).status_code == 200
    assert visitor.post(path, action="confirm").status_code == 303


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_token_serves_its_own_purpose_only(visitor: Visitor, purpose: Purpose, action: str) -> None:
    if ACTIONS[action] == purpose or (action, purpose) == ("leave", Purpose.CHOICES):
        return
    visitor.world.person("sam")
    path = link_of(visitor, "sam", purpose)
    before = visitor.state()
    answer = visitor.post(path, action=action)
    assert (answer.status_code, "set-cookie" in answer.headers) == (410, False)
    assert visitor.state() == before


def test_a_session_is_no_link_and_a_link_is_no_session(visitor: Visitor) -> None:
    visitor.world.person("sam")
    session = link_of(visitor, "sam", Purpose.SESSION)
    assert visitor.get(session).status_code == 410
    for purpose in PURPOSES:
        token = link_of(visitor, "sam", purpose).removeprefix("/m/")
        stranger = visitor.fresh()
        stranger.http.cookies.set("coffee_me", token)
        assert "There is no password" in stranger.get("/me").text
        assert stranger.get("/me/data.json").headers["location"] == "/me"


@pytest.mark.parametrize(("purpose", "action"), [(Purpose.CONFIRM, "confirm"), (Purpose.MY_PAGE, "open")])
def test_of_twenty_presses_at_once_exactly_one_counts(visitor: Visitor, purpose: Purpose, action: str) -> None:
    state = ParticipantState.PENDING if purpose == Purpose.CONFIRM else ParticipantState.ACTIVE
    visitor.world.person("sam", state=state)
    path = link_of(visitor, "sam", purpose)

    def press(_: int) -> int:
        with visitor.site.client() as http:
            return http.post(path, data={"action": action}).status_code

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(press, range(20))) == [303] + [410] * 19


def test_a_confirmation_works_for_24_hours(visitor: Visitor) -> None:
    visitor.join("sam")
    path = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    visitor.world.later(hours=23, minutes=59)
    assert visitor.get(path).status_code == 200
    visitor.world.later(minutes=1)
    assert visitor.get(path).status_code == 410
    answer = visitor.post(path, action="confirm")
    assert (answer.status_code, "This link has stopped working" in answer.text) == (410, True)
    assert 'href="/me">Ask for a fresh link' in answer.text


def test_a_new_request_cancels_the_old_one(visitor: Visitor) -> None:
    visitor.join("sam")
    old = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    visitor.world.later(minutes=5)
    visitor.join("sam")
    assert visitor.get(old).status_code == 410
    assert visitor.get(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")).status_code == 200


def test_used_foreign_and_forged_links_get_the_same_bytes(visitor: Visitor) -> None:
    visitor.join("sam")
    used = visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")
    visitor.post(used, action="confirm")
    stranger = visitor.fresh()
    paths = (used, "/m/x", "/m/" + "a" * 52, "/m/" + "é" * 300, "/m/%00", "/m/%ED%A0%80")
    assert len({(page.status_code, page.content) for page in map(stranger.get, paths)}) == 1


def test_one_click_unsubscribe_needs_no_cookie_and_answers_200_every_time(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.LEAVE)
    for _ in range(2):
        answer = visitor.fresh().http.post(path, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.text, "set-cookie" in answer.headers) == (200, "You are out.\n", False)
        assert visitor.world.there("sam").state == ParticipantState.LEFT


def test_one_click_unsubscribe_also_comes_in_parts(visitor: Visitor) -> None:
    visitor.world.person("sam")
    parts = {"List-Unsubscribe": (None, "One-Click")}
    assert visitor.fresh().http.post(link_of(visitor, "sam", Purpose.LEAVE), files=parts).status_code == 200
    assert visitor.world.there("sam").state == ParticipantState.LEFT


def test_one_click_unsubscribe_answers_200_after_the_person_is_erased(visitor: Visitor) -> None:
    visitor.joined("sam")
    path = link_of(visitor, "sam", Purpose.LEAVE)
    visitor.post("/me/erase", word="delete")
    assert visitor.fresh().http.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_one_click_with_another_link_changes_nothing(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.CHOICES)
    before = visitor.state()
    assert visitor.post(path, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert visitor.state() == before


def test_the_leave_page_has_a_button_and_then_says_that_one_is_out(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.LEAVE)
    assert 'value="leave"' in visitor.get(path).text
    assert "You have left" in visitor.post(path, action="leave").text
    assert visitor.world.there("sam").state == ParticipantState.LEFT
    after = visitor.get(path).text
    assert ("You have left" in after, "see, download and delete your data" in after) == (True, True)


def test_choices_skip_and_take_part_after_all(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.CHOICES)
    assert visitor.post(path, action="skip").headers["location"] == f"{path}?done=skip"
    assert visitor.world.there("sam").skip_next
    assert "You sit out the next round." in visitor.get(path).text
    visitor.post(path, action="unskip")
    assert not visitor.world.there("sam").skip_next


def test_choices_pause_until_a_day_and_come_back(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.CHOICES)
    day = local_date(visitor.world.now, "Europe/London") + timedelta(days=30)
    assert visitor.post(path, action="pause", until=day.isoformat()).status_code == 303
    assert visitor.world.there("sam").paused_until == day
    assert "You are taking a break until" in visitor.get(path).text
    visitor.post(path, action="back")
    assert visitor.world.there("sam").state == ParticipantState.ACTIVE


@pytest.mark.parametrize("until", ["", "soon", "2026-11-23", "2020-01-01", "9999-12-31", "2026-02-30"])
def test_a_pause_without_a_day_to_come_is_refused_in_words(visitor: Visitor, until: str) -> None:
    visitor.world.person("sam")
    answer = visitor.post(link_of(visitor, "sam", Purpose.CHOICES), action="pause", until=until)
    assert (answer.status_code, 'href="#until"' in answer.text) == (422, True)
    assert visitor.world.there("sam").state == ParticipantState.ACTIVE


def test_choices_leave_at_once_and_the_link_is_over(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.CHOICES)
    answer = visitor.post(path, action="leave")
    assert (answer.status_code, "You have left" in answer.text) == (200, True)
    assert visitor.world.there("sam").state == ParticipantState.LEFT
    assert visitor.get(path).status_code == 410


def test_a_stranger_cannot_choose_the_name_unseen(visitor: Visitor) -> None:
    visitor.post("/p/demo", name="Not My Name", email="sam@example.org", team="A")
    page = visitor.get(visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam")).text
    assert "<bdi>Not My Name</bdi>" in page


def test_choices_mail_the_way_to_the_page_and_open_nothing(visitor: Visitor) -> None:
    visitor.world.person("sam")
    path = link_of(visitor, "sam", Purpose.CHOICES)
    answer = visitor.post(path, action="mail")
    assert (answer.status_code, "set-cookie" in answer.headers) == (303, False)
    assert [mail.recipient for mail in visitor.world.mails(MailKind.MY_PAGE)] == ["sam@example.org"]
    assert "sam@example.org" not in visitor.get(path).text


def test_a_button_that_is_not_ours_is_refused(visitor: Visitor) -> None:
    visitor.world.person("sam")
    assert visitor.post(link_of(visitor, "sam", Purpose.CHOICES), action="dance").status_code == 422
