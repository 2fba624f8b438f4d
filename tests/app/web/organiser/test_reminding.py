"""The button that reminds those who have not answered: where it is, what it says afterwards, what it never tells."""

import re

from app.models import MailKind, Role
from app.queries import outbox
from app.workflows import duties
from tests.app.services.test_asking import answer
from tests.app.web.organiser.desk import Desk

BUTTON = "Remind those who have not answered"
LAST = re.compile(r"[\u2068\u2069]")


def text_of(desk: Desk, path: str) -> str:
    return LAST.sub("", desk.get(path).text)


def test_it_is_pressed_once_a_day_and_the_page_says_from_when_on_again(desk: Desk) -> None:
    round_ = desk.round()
    here = f"/organiser/rounds/{round_.id}"
    early = text_of(desk, f"{here}/watch")
    assert "Possible from Tuesday 24 November at 09:00 on, a day after" in early
    assert BUTTON not in early
    desk.later(days=1)
    assert BUTTON in text_of(desk, f"{here}/watch")
    assert desk.post(f"{here}/remind").headers["location"] == f"{here}/watch?done=reminded#remind"
    told = text_of(desk, f"{here}/watch?done=reminded")
    assert "Everybody who has not answered gets one, at most once per kind." in told
    assert "Possible again from Wednesday 25 November at 09:00 on." in told
    assert BUTTON not in told
    assert desk.post(f"{here}/remind").headers["location"] == f"{here}/watch#remind"
    duties.ask(desk.world.work)
    assert len(desk.world.mails(MailKind.REMINDER)) == 4


def test_nothing_that_is_shown_tells_how_many_get_one(desk: Desk) -> None:
    round_ = desk.round()
    here = f"/organiser/rounds/{round_.id}"
    places = (f"{here}/watch", here, f"{here}/outbox", "/organiser/programmes/demo/outbox", "/organiser")
    desk.later(days=1)
    answer(desk.world, "person00")
    desk.post(f"{here}/remind")
    desk.world.deliver()  # the organiser's report
    before = [desk.get(place).text for place in places]
    duties.ask(desk.world.work)
    desk.world.deliver()
    assert len(desk.world.mails(MailKind.REMINDER)) == 3
    assert [desk.get(place).text for place in places] == before
    with desk.world.database.reading() as session:
        assert outbox.counts(session, outbox.of_round(round_))["planned"] == 4


def test_who_may_only_look_sees_no_button_and_may_not_press(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round()
    sqlite_desk.later(days=1)
    here = f"/organiser/rounds/{round_.id}"
    other = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.VIEWER, name="vic"))
    assert BUTTON not in other.get(f"{here}/watch").text
    assert other.post(f"{here}/remind").status_code == 403
    assert not sqlite_desk.world.round(round_.id).remind


def test_a_round_that_is_not_introduced_says_why(sqlite_desk: Desk) -> None:
    sqlite_desk.world.people(4)
    round_ = sqlite_desk.world.draw(sqlite_desk.world.open_round())
    here = f"/organiser/rounds/{round_.id}"
    assert "Remind by hand" not in sqlite_desk.get(f"{here}/watch").text
    refused = sqlite_desk.post(f"{here}/remind")
    assert (refused.status_code, "has met its fate" in refused.text) == (409, True)


def test_a_round_of_long_ago_has_no_button(sqlite_desk: Desk) -> None:
    round_ = sqlite_desk.round()
    sqlite_desk.world.later(days=61)
    sqlite_desk.sign_in(sqlite_desk.organiser(Role.ORGANISER, name="later"))
    assert "Remind by hand" not in sqlite_desk.get(f"/organiser/rounds/{round_.id}/watch").text
