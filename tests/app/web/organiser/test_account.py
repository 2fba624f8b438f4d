"""An organiser's own page: every session is seen and can be ended; the app and the recovery codes can be made anew."""

import re

from app.models import Role
from tests.app.web.organiser.desk import Desk
from tests.app.web.organiser.test_second_factor import CODE

ACCOUNT = "/organiser/account"
FACTOR = f"{ACCOUNT}/second-factor"
TICKS = re.compile(r'name="mails" value="(\w+)"( checked)?')
SESSION = re.compile(r'name="session" value="(ses_\w+)"')
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def again(desk: Desk) -> None:
    """A code is good once, so that the next one needs its time."""
    desk.world.later(minutes=2)


def test_sessions_are_listed_with_their_browsers_and_ended_one_by_one(desk: Desk) -> None:
    again(desk)
    other = Desk(desk.visitor.fresh())
    other.visitor.http.headers["User-Agent"] = FIREFOX
    other.sign_in(desk.address)
    text = other.get(ACCOUNT).text
    assert '<strong>Firefox, Linux</strong> <span class="chip chip-ok">this one</span>' in text
    mine, older = SESSION.findall(text)
    stranger = desk.elsewhere(desk.organiser(Role.OWNER, name="bo"))
    assert stranger.post(f"{ACCOUNT}/sessions", session=older).status_code == 404
    assert other.post(f"{ACCOUNT}/sessions", session=older).headers["location"] == f"{ACCOUNT}?done=ended"
    assert desk.get(ACCOUNT).status_code == 303
    assert other.post(f"{ACCOUNT}/sessions", session=mine).headers["location"] == "/organiser/sign-in"
    assert other.get(ACCOUNT).status_code == 303


def test_all_others_or_all_can_be_ended_at_once(desk: Desk) -> None:
    others = []
    for _ in range(2):
        again(desk)
        others.append(desk.elsewhere(desk.address))
    assert desk.post(f"{ACCOUNT}/sessions", session="others").headers["location"] == f"{ACCOUNT}?done=others"
    assert [one.get(ACCOUNT).status_code for one in (desk, *others)] == [200, 303, 303]
    assert desk.post(f"{ACCOUNT}/sessions", session="all").headers["location"] == "/organiser/sign-in"
    assert desk.get(ACCOUNT).status_code == 303


def test_a_new_app_needs_a_code_of_the_old_one_and_ends_all_other_sessions(desk: Desk) -> None:
    again(desk)
    other = desk.elsewhere(desk.address)
    assert desk.get(FACTOR).headers["location"] == ACCOUNT
    assert desk.post(f"{ACCOUNT}/second-factor/begin").headers["location"] == FACTOR
    again(desk)
    new = desk.code(desk.address, anew=True)
    assert desk.post(FACTOR, old="000000", code=new).status_code == 422
    wrong = desk.post(FACTOR, old=desk.code(desk.address), code="no")
    assert "This is not what the app should show now." in wrong.text
    again(desk)
    old, new = desk.code(desk.address), desk.code(desk.address, anew=True)
    answer = desk.post(FACTOR, old=old, code=new)
    assert len(CODE.findall(answer.text)) == 10
    assert (desk.get(ACCOUNT).status_code, other.get(ACCOUNT).status_code) == (200, 303)
    again(desk)
    assert desk.elsewhere(desk.address).get(ACCOUNT).status_code == 200


def test_recovery_codes_anew_need_a_code_and_make_the_old_ones_void(desk: Desk) -> None:
    assert desk.post(f"{ACCOUNT}/recovery-codes", old="no").status_code == 422
    again(desk)
    first = CODE.findall(desk.post(f"{ACCOUNT}/recovery-codes", old=desk.code(desk.address)).text)
    assert "10 are left." in desk.get(ACCOUNT).text
    second = CODE.findall(desk.post(f"{ACCOUNT}/recovery-codes", old=first[0]).text)
    assert len(set(first + second)) == 20
    assert desk.post(f"{ACCOUNT}/recovery-codes", old=first[1]).status_code == 422


def test_who_guesses_codes_on_a_page_that_was_left_open_is_out_after_five(desk: Desk) -> None:
    answers = [desk.post(f"{ACCOUNT}/recovery-codes", old="no").status_code for _ in range(6)]
    assert answers == [422] * 5 + [303]


def test_which_mails_one_wants_is_said_by_ticks_and_kept(desk: Desk) -> None:
    text = desk.get(ACCOUNT).text
    assert [name for name, ticked in TICKS.findall(text) if ticked] == ["round_ready", "not_delivered"]
    assert desk.post(f"{ACCOUNT}/mails", mails="round_so_far").headers["location"] == f"{ACCOUNT}?done=mails"
    text = desk.get(f"{ACCOUNT}?done=mails").text
    assert [name for name, ticked in TICKS.findall(text) if ticked] == ["round_so_far"]
    assert "Saved." in text
    desk.post(f"{ACCOUNT}/mails")
    assert desk.account(desk.address).mails == []
    assert desk.post(f"{ACCOUNT}/mails", mails="introduction").status_code == 422
