"""A programme made and set up by pages: five tasks in any order, and nobody joins before it is opened."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from app.models import AuditEntry, Programme, ProgrammeState, Role
from app.services import rule_costs
from app.services.programmes import ProgrammeFacts
from app.web.organiser import facts
from app.web.organiser.tasks import TASKS
from tests.app.web.organiser.desk import Desk

NEW, LIST = "/organiser/programmes/new", "/organiser/programmes/demo"
STANDING = re.compile(r'<li id="(\w+)">.*?<span class="chip chip-\w+">([\w ]+)</span>', re.DOTALL)
SAID = {"name": "Coffees", "purpose": "Meet.\r\nTalk.", "success": "Half of us know somebody new."}
NOT_ON_PAGES = {"state", "joining", "cleared"}
"""What buttons of the list change, and what is no fact."""


def programme(desk: Desk, slug: str = "demo") -> Programme:
    with desk.world.database.reading() as session:
        return session.exec(select(Programme).where(Programme.slug == slug)).one()


def standing(desk: Desk, path: str = LIST) -> dict[str, str]:
    return dict(STANDING.findall(desk.get(path).text))


def owner(desk: Desk) -> Desk:
    return desk.elsewhere(desk.organiser(Role.OWNER, name="olga"))


def form(desk: Desk, task: str, path: str = LIST) -> dict[str, str]:
    """What the fields of a form hold, as a browser would send it."""
    html = desk.get(f"{path}/set-up/{task}").text
    inputs = re.findall(r'<input class="input[^>]*name="(\w+)"[^>]*value="([^"]*)"', html)
    areas = re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?([^<]*)</textarea>', html)
    radios = re.findall(r'<input type="radio" name="(\w+)" value="([^"]*)" checked>', html)
    chosen = re.findall(r'<select[^>]*name="(\w+)".*?<option value="([^"]*)" selected>', html, re.DOTALL)
    return dict([*inputs, *areas, *radios, *chosen])


def test_a_name_and_a_purpose_make_a_programme_that_nobody_can_join_until_it_is_published(desk: Desk) -> None:
    olga = owner(desk)
    made = olga.post(NEW, name="Kaffee für alle!", purpose="Meet somebody new.")
    here = "/organiser/programmes/kaffee-fur-alle"
    assert (made.status_code, made.headers["location"]) == (303, here)
    found = programme(desk, "kaffee-fur-alle")
    assert (found.joining, found.contact_email, found.state) == (False, "olga@example.org", ProgrammeState.OPEN)
    assert standing(olga, here) == {
        "purpose": "To do",
        "people": "Default",
        "rhythm": "Default",
        "rules": "Default",
        "words": "Done",
    }
    assert "takes nobody new" in desk.visitor.fresh().get("/p/kaffee-fur-alle").text
    refused = olga.post(here, action="publish")
    assert (refused.status_code, 'href="#purpose"' in refused.text) == (409, True)
    assert olga.post(f"{here}/set-up/purpose", **SAID).headers["location"] == f"{here}?done=purpose"
    assert standing(olga, here)["purpose"] == "Done"
    assert olga.post(here, action="publish").headers["location"] == f"{here}?done=publish"
    assert "Join in a minute" in desk.visitor.fresh().get("/p/kaffee-fur-alle").text
    olga.post(here, action="shut")
    assert "takes nobody new" in desk.visitor.fresh().get("/p/kaffee-fur-alle").text
    with desk.world.database.reading() as session:
        noted = [one.action for one in session.exec(select(AuditEntry).where(AuditEntry.subject == found.id))]
    assert sorted(noted) == ["programme.change"] * 3 + ["programme.create"]


def test_the_same_name_twice_makes_two_addresses_and_one_that_is_taken_is_refused(desk: Desk) -> None:
    olga = owner(desk)
    for slug in ("new-2", "new-3"):
        made = olga.post(NEW, name="New", purpose="Meet.")
        assert made.headers["location"] == f"/organiser/programmes/{slug}"
    assert olga.post(NEW, name="نادي", purpose="Meet.").headers["location"] == "/organiser/programmes/coffee"
    for slug in ("demo", "new", "No Spaces", "-x"):
        answer = olga.post(NEW, name="Mine", purpose="Meet.", slug=slug)
        assert (answer.status_code, 'href="#slug"' in answer.text, "Meet.</textarea>" in answer.text) == (
            422,
            True,
            True,
        ), slug


def test_six_who_make_one_of_the_same_name_at_once_get_an_address_each(desk: Desk) -> None:
    desk = owner(desk)
    cookies = dict(desk.visitor.http.cookies)

    def make(_: int) -> tuple[int, str]:
        with desk.visitor.site.client(cookies=cookies) as http:
            made = http.post(NEW, data={"name": "Same", "purpose": "Meet.", "slug": ""})
        return made.status_code, made.headers.get("location", "").rpartition("/")[2]

    with ThreadPoolExecutor(6) as pool:
        made = sorted(pool.map(make, range(6)))
    assert made == [(303, "same"), *((303, f"same-{number}") for number in range(2, 7))]


def test_only_an_owner_of_everything_makes_programmes(desk: Desk) -> None:
    small = desk.elsewhere(desk.organiser(Role.OWNER, slug="demo", name="sia"))
    for browser in (desk, small):
        assert (browser.get(NEW).status_code, browser.post(NEW, name="X", purpose="Y").status_code) == (403, 403)
        assert NEW not in browser.get("/organiser").text
    assert NEW in owner(desk).get("/organiser").text


def test_a_viewer_sees_how_the_tasks_stand_and_has_no_button(desk: Desk) -> None:
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, name="vic"))
    page = viewer.get(LIST).text
    assert ("set-up/" in page, "<form method" in page.partition("<main")[2]) == (False, False)
    assert viewer.get(f"{LIST}/set-up/people").status_code == 403
    assert viewer.post(LIST, action="pause").status_code == 403
    assert viewer.post(f"{LIST}/set-up/people", capacity="4").status_code == 403


def test_every_fact_of_a_programme_stands_in_just_one_task() -> None:
    asked = [name for task in TASKS.values() for name in task.facts]
    assert sorted(asked) == sorted(set(ProgrammeFacts.__slots__) - NOT_ON_PAGES)


@pytest.mark.parametrize("task", TASKS)
def test_a_form_that_is_sent_as_it_is_shown_changes_nothing(desk: Desk, task: str) -> None:
    desk.post(f"{LIST}/set-up/purpose", **SAID)
    sent = form(desk, task)
    assert set(sent) == set(TASKS[task].facts)
    before = programme(desk).model_dump()
    assert desk.post(f"{LIST}/set-up/{task}", **sent).status_code == 303
    assert programme(desk).model_dump() == before


CHANGES: dict[str, dict[str, Any]] = {
    "purpose": {"name": "Coffees", "purpose": "Meet.\nTalk.", "success": "Half of us know somebody new."},
    "people": {"invitation_only": True, "domains": ["example.org", "xn--bcher-kva.example"], "capacity": 40},
    "rhythm": {
        "draw_every": "two_weeks",
        "next_draw_on": date(2026, 12, 1),
        "pauses": ["2026-12-21/2027-01-03"],
        "sends_itself": True,
        "time_zone": "Asia/Kathmandu",
        "remind_after": 0,
        "mail_from_hour": 9,
        "welcome_back": False,
    },
    "rules": {
        "teams_apart": True,
        "lines_apart": False,
        "no_repeat_for": 6,
        "group_size": 3,
        "interest_rule": "jaccard",
        "quality": 0.5,
        "odd_one": "volunteer",
    },
    "words": {"contact_name": "Zoë", "sponsor_words": "Come.", "sponsor_email": "g@example.org", "conduct": "Be kind."}
    | {"safe_email": "ines@example.org"},
}


@pytest.mark.parametrize("task", TASKS)
def test_what_is_typed_is_kept_and_shown_again(desk: Desk, task: str) -> None:
    typed = {name: facts._as_text(value) for name, value in CHANGES[task].items()}
    assert desk.post(f"{LIST}/set-up/{task}", **typed).headers["location"] == f"{LIST}?done={task}"
    found = programme(desk)
    assert {name: getattr(found, name) for name in CHANGES[task]} == CHANGES[task]
    assert form(desk, task).items() >= typed.items()
    assert standing(desk)[task] == "Done"


def test_a_day_and_an_address_can_be_taken_back(desk: Desk) -> None:
    desk.post(f"{LIST}/set-up/people", opens_on="2026-12-01")
    addresses = {"contact_email": "a@example.org", "safe_email": "b@example.org", "sponsor_email": "c@example.org"}
    desk.post(f"{LIST}/set-up/words", **addresses)
    assert (programme(desk).opens_on is None, programme(desk).safe_email) == (False, "b@example.org")
    desk.post(f"{LIST}/set-up/people", opens_on="")
    desk.post(f"{LIST}/set-up/words", contact_email=" ", safe_email="", sponsor_email=" ")
    found = programme(desk)
    assert (found.opens_on, *(getattr(found, name) for name in addresses)) == (None, None, None, None)


@pytest.mark.parametrize(
    ("task", "fact", "value"),
    [
        ("purpose", "name", " "),
        ("purpose", "purpose", ""),
        ("purpose", "purpose", "x" * 1001),
        ("purpose", "success", "x" * 301),
        ("purpose", "name", "two\nlines"),
        ("people", "domains", "no domain at all"),
        ("people", "capacity", "-1"),
        ("people", "capacity", "9" * 4400),
        ("people", "capacity", "²"),
        ("people", "invitation_only", "perhaps"),
        ("people", "opens_on", "2026-02-30"),
        ("rhythm", "next_draw_on", "tomorrow"),
        ("rhythm", "draw_every", "day"),
        ("rhythm", "pauses", "Christmas"),
        ("rhythm", "pauses", "2026-12-25 to 2026-12-24"),
        ("rhythm", "pauses", "2026-12-25\n" * 51),
        ("rhythm", "time_zone", "Mars/Olympus"),
        ("rhythm", "time_zone", "../etc/passwd"),
        ("rhythm", "remind_after", "61"),
        ("rhythm", "mails_a_round", "0"),
        ("rules", "group_size", "1"),
        ("rules", "group_size", "599999"),
        ("rules", "group_size", "000000000005" + "9" * 5),
        ("rules", "group_size", "000000000005" + "9" * 5000),
        ("rules", "shadows", "5999999"),
        ("rules", "shadows", "000000000005" + "9" * 7),
        ("rules", "quality", "nan"),
        ("rules", "quality", "2"),
        ("rules", "interest_rule", "by height"),
        ("rules", "no_repeat_for", "101"),
        ("words", "contact_email", "nobody"),
        ("words", "sponsor_email", "grace@"),
        ("words", "conduct", "javascript://example.org/%0aalert(1)"),
        ("words", "sponsor_words", "x" * 301),
        ("words", "sponsor_name", "\u202egrace"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept(desk: Desk, task: str, fact: str, value: str) -> None:
    before = programme(desk).model_dump()
    answer = desk.post(f"{LIST}/set-up/{task}", **(form(desk, task) | {fact: value}))
    assert (answer.status_code, f'href="#{fact}"' in answer.text, f'id="{fact}-wrong"' in answer.text) == (
        422,
        True,
        True,
    )
    assert "<title>Error:" in answer.text
    assert programme(desk).model_dump() == before


@pytest.mark.parametrize("fact", ["group_size", "shadows", "no_repeat_for"])
@pytest.mark.parametrize("value", ["599999", "5999999", "000000000005999", "000000000005" + "9" * 5000])
def test_no_number_beyond_its_limits_is_tried(desk: Desk, fact: str, value: str) -> None:
    answer = desk.post(f"{LIST}/set-up/rules/try", **(form(desk, "rules") | {fact: value}))
    assert (answer.status_code, f'href="#{fact}"' in answer.text) == (422, True)


def test_hours_that_end_before_they_begin_are_refused(desk: Desk) -> None:
    for hours in ({"mail_from_hour": "17", "mail_until_hour": "9"}, {"mail_until_hour": "8"}):
        answer = desk.post(f"{LIST}/set-up/rhythm", **hours)
        assert (answer.status_code, 'href="#mail_until_hour"' in answer.text) == (422, True)


def test_what_rules_cost_is_worked_out_as_typed_and_not_saved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "ben"):
        desk.world.person(name, "Finance")
    before = programme(desk).model_dump()
    typed = form(desk, "rules") | {"teams_apart": "yes", "no_repeat_for": "3"}
    page = desk.post(f"{LIST}/set-up/rules/try", **typed)
    assert page.status_code == 200
    assert ("2 of 2 people would be left out" in page.text, "This wall leaves 2 people out." in page.text) == (
        True,
        True,
    )
    assert 'name="teams_apart" value="yes" checked' in page.text
    assert desk.post(f"{LIST}/set-up/rules/try", **(typed | {"group_size": "9"})).status_code == 422
    assert "What people keep to themselves is not counted in" in page.text
    with rule_costs.ONE_AT_A_TIME:
        busy = desk.post(f"{LIST}/set-up/rules/try", **typed)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    assert ("Somebody else is having this worked out" in busy.text, 'value="yes" checked' in busy.text) == (True, True)
    monkeypatch.setattr(rule_costs, "MOST", 1)
    assert "More than 1 people" in desk.post(f"{LIST}/set-up/rules/try", **typed).text
    assert programme(desk).model_dump() == before


def test_the_next_dates_are_shown_as_typed_and_not_saved(desk: Desk) -> None:
    typed = {"draw_every": "week", "next_draw_on": "2026-12-15", "pauses": "2026-12-21 to 2027-01-03"}
    page = desk.post(f"{LIST}/set-up/rhythm/try", **typed)
    assert page.status_code == 200
    days = re.findall(r"<li>(\w+ \d+ \w+ \d+)", page.text)
    assert days == [
        *("Tuesday 15 December 2026", "Tuesday 5 January 2027", "Tuesday 12 January 2027"),
        *("Tuesday 19 January 2027", "Tuesday 26 January 2027", "Tuesday 2 February 2027"),
    ]
    assert programme(desk).next_draw_on is None
    desk.post(f"{LIST}/set-up/rhythm", **typed)
    assert days == re.findall(r"<li>(\w+ \d+ \w+ \d+)", desk.get(f"{LIST}/set-up/rhythm").text)
    assert "Every week" in desk.visitor.fresh().get("/p/demo").text


def test_a_rhythm_needs_a_day_to_count_from(desk: Desk) -> None:
    answer = desk.post(f"{LIST}/set-up/rhythm", draw_every="week", next_draw_on="")
    assert (answer.status_code, 'href="#next_draw_on"' in answer.text) == (422, True)


def test_a_programme_has_a_rest_goes_on_and_ends(desk: Desk) -> None:
    for action, state in (("pause", "paused"), ("go-on", "open"), ("end", "closed"), ("go-on", "open")):
        assert desk.post(LIST, action=action).headers["location"] == f"{LIST}?done={action}"
        assert programme(desk).state == state
    assert desk.post(LIST, action="sell").status_code == 422
    assert desk.get(f"{LIST}/set-up/weather").status_code == 404
    assert desk.post(f"{LIST}/set-up/weather").status_code == 404
