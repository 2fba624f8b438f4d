"""Who may join and when: each state has a page of its own, and none of them tells who is known."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise

import icalendar
import pytest

from app.models import MailKind, ParticipantState
from tests.app.web.test_join import change
from tests.app.web.visitor import Visitor
from tests.factories import World, address_of

HERE = (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD)


def invite(world: World, *names: str, active: bool = False) -> None:
    """What an import does."""
    from app.files.table import read_table
    from app.queries import programmes as queries
    from app.services import imports

    lines = ["email,name,team", *(f"{address_of(name).typed},{name.title()},Nursing" for name in names)]
    table = read_table("\n".join(lines).encode(), "people")
    with world.database.writing() as session:
        programme = queries.programme(session, "demo", lock=True)
        planned = imports.plan(session, programme, imports.Sources(people=table))
        imports.apply(
            session, programme, planned, active=active, now=world.now, secret_key=world.secret, actor="organiser"
        )


def confirming(visitor: Visitor, name: str) -> str:
    return visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", name)


def state_of(world: World, name: str) -> ParticipantState | None:
    found = world.find(name)
    return found.state if found else None


# --- not open yet -----------------------------------------------------------------------------------------------------


def test_before_its_first_day_a_programme_says_when_and_takes_nobody(visitor: Visitor) -> None:
    change(visitor.world, opens_on=date(2026, 11, 25))
    shown, posted = visitor.get("/p/demo"), visitor.join("sam")
    assert (shown.status_code, "is not open yet" in shown.text, "<form" in shown.text) == (200, True, False)
    assert "It opens on <strong>Wednesday 25 November" in shown.text
    assert (posted.status_code, posted.text) == (409, shown.text)
    assert visitor.world.find("sam") is None
    visitor.world.later(days=1, hours=15)  # the 25th, by the programme's own calendar
    assert visitor.join("sam").status_code == 303


def test_whom_the_organiser_brought_along_need_not_wait_for_the_first_day(visitor: Visitor) -> None:
    change(visitor.world, opens_on=date(2027, 1, 4))
    invite(visitor.world, "ada")
    assert visitor.post(confirming(visitor, "ada"), action="confirm").status_code == 303
    assert state_of(visitor.world, "ada") == ParticipantState.ACTIVE


def test_a_first_day_that_is_put_off_holds_for_those_who_asked_before(visitor: Visitor) -> None:
    visitor.join("sam")
    change(visitor.world, opens_on=date(2026, 12, 1))
    for answer in (
        visitor.get(confirming(visitor, "sam")),
        visitor.post(confirming(visitor, "sam"), action="confirm"),
    ):
        assert "is not open yet" in answer.text
    assert state_of(visitor.world, "sam") == ParticipantState.PENDING


@pytest.mark.parametrize(("state", "code", "words"), [("closed", 409, "is over"), ("paused", 303, "")])
def test_a_programme_that_ends_meanwhile_takes_nobody_and_one_at_rest_takes_who_was_asked(
    visitor: Visitor, state: str, code: int, words: str
) -> None:
    visitor.join("sam")
    change(visitor.world, state=state)
    assert words in visitor.get(confirming(visitor, "sam")).text
    answer = visitor.post(confirming(visitor, "sam"), action="confirm")
    assert (answer.status_code, words in answer.text) == (code, True)


# --- full -------------------------------------------------------------------------------------------------------------


def test_a_full_programme_says_so_to_everybody_alike(visitor: Visitor) -> None:
    visitor.world.people(2)
    change(visitor.world, capacity=2)
    shown = visitor.get("/p/demo")
    assert (shown.status_code, "is full" in shown.text, "<form" in shown.text) == (200, True, False)
    answers = [visitor.fresh().join(name) for name in ("person00", "stranger")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(409, shown.text)}
    assert visitor.world.mails() == []


@pytest.mark.parametrize("state", HERE)
def test_people_who_pause_or_rest_keep_their_place(visitor: Visitor, state: ParticipantState) -> None:
    visitor.world.person("ada", state=state)
    change(visitor.world, capacity=1)
    assert "is full" in visitor.get("/p/demo").text


def test_who_has_left_or_has_not_confirmed_takes_no_place(visitor: Visitor) -> None:
    visitor.world.person("ada", state=ParticipantState.LEFT)
    visitor.world.person("ben", state=ParticipantState.PENDING)
    change(visitor.world, capacity=1)
    visitor.joined("sam")


def test_whoever_confirms_too_late_is_told_honestly_and_gets_in_when_a_place_is_free(visitor: Visitor) -> None:
    world = visitor.world
    change(world, capacity=1)
    for name in ("sam", "ada"):
        visitor.join(name)
    late = visitor.fresh()
    assert "Confirm and join" in late.get(confirming(visitor, "ada")).text
    visitor.post(confirming(visitor, "sam"), action="confirm")
    answer = late.post(confirming(visitor, "ada"), action="confirm")
    assert (answer.status_code, "All 1 places" in answer.text, "is full" in answer.text) == (409, False, True)
    assert "is full" in late.get(confirming(visitor, "ada")).text
    assert [state_of(world, name) for name in ("sam", "ada")] == [ParticipantState.ACTIVE, ParticipantState.PENDING]
    visitor.post("/me/leave")
    assert late.post(confirming(visitor, "ada"), action="confirm").status_code == 303


def test_nobody_who_is_in_is_put_out_when_the_places_become_fewer(visitor: Visitor) -> None:
    visitor.world.people(3)
    visitor.joined("sam")
    change(visitor.world, capacity=1)
    assert "In the next draw" in visitor.get("/me").text
    assert len(visitor.world.groups(visitor.world.sent_round())) == 2


def test_twenty_who_confirm_at_once_are_as_many_as_there_are_places(visitor: Visitor) -> None:
    world = visitor.world
    names = [f"person{number:02}" for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        assert {answer.status_code for answer in pool.map(visitor.fresh_join, names)} == {303}
    change(world, capacity=7)
    paths = [confirming(visitor, name) for name in names]

    def press(path: str) -> int:
        with visitor.site.client() as http:
            return http.post(path, data={"action": "confirm"}).status_code

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(press, paths))
    assert codes == [303] * 7 + [409] * 13
    states = [state_of(world, name) for name in names]
    assert (states.count(ParticipantState.ACTIVE), states.count(ParticipantState.PENDING)) == (7, 13)


# --- by invitation ----------------------------------------------------------------------------------------------------


def test_strangers_to_a_programme_by_invitation_get_the_same_page_and_no_mail(visitor: Visitor) -> None:
    world = visitor.world
    change(world, invitation_only=True)
    invite(world, "invited")
    world.person("known")
    world.person("departed", state=ParticipantState.LEFT)
    world.later(hours=2)
    before = len(world.mails())
    names = ("invited", "known", "departed", "stranger")
    answers = [visitor.fresh().join(name) for name in names]
    assert {(answer.status_code, answer.headers["location"], answer.content) for answer in answers} == {
        (303, "/p/demo/sent", b"")
    }
    assert sorted(mail.recipient for mail in world.mails()[before:]) == ["invited@example.org", "known@example.org"]
    assert world.find("stranger") is None
    assert "by invitation" in visitor.get("/p/demo").text
    assert "is invited, a mail is on its way" in visitor.get("/p/demo/sent").text


def test_who_asked_before_it_was_by_invitation_cannot_confirm_any_more(visitor: Visitor) -> None:
    visitor.join("sam")
    change(visitor.world, invitation_only=True)
    answer = visitor.post(confirming(visitor, "sam"), action="confirm")
    assert (answer.status_code, "is by invitation" in answer.text) == (409, True)
    assert state_of(visitor.world, "sam") == ParticipantState.PENDING


def test_the_invited_confirm_and_so_does_who_left_and_was_invited_again(visitor: Visitor) -> None:
    world = visitor.world
    change(world, invitation_only=True)
    invite(world, "sam")
    visitor.post(confirming(visitor, "sam"), action="confirm")
    visitor.post("/me/leave")
    world.later(hours=2)
    visitor.join("sam")
    assert visitor.post(confirming(visitor, "sam"), action="confirm").status_code == 303
    world.person("ada", state=ParticipantState.LEFT)
    with world.database.writing() as session:
        row = session.merge(world.there("ada"))
        row.left_at = world.now
    invite(world, "ada")
    assert state_of(world, "ada") == ParticipantState.LEFT, "only they themselves come back"
    visitor.fresh().join("ada")
    assert visitor.post(confirming(visitor, "ada"), action="confirm").status_code == 303


# --- addresses of some domains ----------------------------------------------------------------------------------------


def test_an_address_of_another_domain_is_refused_with_those_that_are_taken(visitor: Visitor) -> None:
    visitor.world.person("known@elsewhere.example")
    change(visitor.world, domains=["example.org", "trust.example", "xn--bcher-kva.example"])
    for name in ("sam@elsewhere.example", "known@elsewhere.example", "sam@sub.example.org", "sam@notexample.org"):
        answer = visitor.join(name)
        words = "ends in @example.org, @trust.example or @xn--bcher-kva.example: only those can join."
        assert (answer.status_code, answer.text.count(words)) == (422, 2)
    assert visitor.world.mails() == []
    assert [visitor.join(f"sam@{domain}").status_code for domain in ("EXAMPLE.org", "bücher.example")] == [303, 303]


def test_who_asked_before_with_an_address_that_is_not_taken_any_more_is_told_which_are(visitor: Visitor) -> None:
    visitor.join("sam")
    change(visitor.world, domains=["trust.example"])
    answer = visitor.post(confirming(visitor, "sam"), action="confirm")
    assert (answer.status_code, "<strong>@trust.example</strong>" in answer.text) == (409, True)


def test_whom_the_organiser_brought_along_may_have_any_address(visitor: Visitor) -> None:
    change(visitor.world, domains=["trust.example"])
    invite(visitor.world, "ada")
    assert visitor.post(confirming(visitor, "ada"), action="confirm").status_code == 303


# --- what was typed ---------------------------------------------------------------------------------------------------


def test_the_next_page_says_which_address_in_this_browser_only(visitor: Visitor) -> None:
    visitor.join("sam")
    mine, other = visitor.get("/p/demo/sent").text, visitor.fresh().get("/p/demo/sent").text
    assert ("<bdi>sam@example.org</bdi>" in mine, "sam@" in other) == (True, False)
    assert "Confirm your place in" in mine
    assert "Confirm your place in" in str(visitor_subject(visitor))
    form = visitor.get("/p/demo?again").text
    assert ('value="Sam"' in form, 'value="sam@example.org"' in form, 'value="Nursing"' in form) == (True, True, True)
    assert 'value="sam@example.org"' not in visitor.get("/p/demo").text


def visitor_subject(visitor: Visitor) -> str:
    visitor.world.deliver()
    return visitor.world.transport.sent[-1].data.decode("utf-8", "replace")


def test_what_was_typed_is_kept_for_a_quarter_of_an_hour_and_for_these_pages(visitor: Visitor) -> None:
    cookie = visitor.join("sam").headers["set-cookie"].lower()
    assert all(words in cookie for words in ("max-age=900", "path=/p/demo", "httponly", "samesite=lax"))


@pytest.mark.parametrize("value", ["x", "e30=", "bnVsbA==", "W10=", "eyJlbWFpbCI6MX0=", "/" * 3000, "W1tbW1s="])
def test_a_cookie_that_is_not_ours_is_no_word(visitor: Visitor, value: str) -> None:
    visitor.http.cookies.set("coffee_typed", value)
    for path in ("/p/demo/sent", "/p/demo?again"):
        assert visitor.get(path).status_code == 200


# --- the day of the draw ----------------------------------------------------------------------------------------------


def test_the_day_of_the_next_draw_goes_into_a_calendar(visitor: Visitor) -> None:
    change(visitor.world, next_draw_on=date(2026, 12, 3), name="Coffees, Über <b>all</b>;")
    answer = visitor.get("/p/demo/next-draw.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 12, 3), date(2026, 12, 4))
    assert event["summary"] == "Draw: Coffees, Über <b>all</b>;"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert "localhost" in str(event["uid"])


def test_without_a_day_there_is_no_entry(visitor: Visitor) -> None:
    assert visitor.get("/p/demo/next-draw.ics").status_code == 404
    change(visitor.world, next_draw_on=date(2026, 11, 1))
    assert visitor.get("/p/demo/next-draw.ics").status_code == 404
    assert visitor.get("/p/%00/next-draw.ics").status_code == 404


def test_whoever_confirms_is_in_and_sees_the_day(visitor: Visitor) -> None:
    change(visitor.world, next_draw_on=date(2026, 12, 3))
    visitor.joined("sam")
    text = visitor.get("/me/topics").text
    assert all(words in text for words in ("You are in", "Thursday 3 December", "/p/demo/next-draw.ics", "Skip it"))


def test_the_page_explains_four_steps_in_order_with_pictures(visitor: Visitor) -> None:
    text = visitor.get("/p/demo").text
    places = [text.index(f"<h3>{step}</h3>") for step in ("You join", "We draw names", "You meet", "You tell us")]
    assert all(first < second for first, second in pairwise(places))
    assert text.count("<svg") == 5, "one in the masthead and one for each step"
    assert text.count('<button class="button"') == 1
