"""Programmes, set up and changed."""

from typing import Any

import pytest

from app.models import Scope
from tests.app.api.door import Door, kind, problem

PEOPLE = {"pending": 0, "active": 0, "paused": 0, "held": 0, "left": 0}
MADE: dict[str, Any] = {
    "slug": "eu",
    "name": "Institute coffees",
    "purpose": "",
    "success": "",
    "rhythm": "",
    "draw_every": "by_hand",
    "next_draw_on": None,
    "next_draws": [],
    "pauses": [],
    "sends_itself": False,
    "contact_name": "",
    "contact_email": None,
    "time_zone": "Europe/London",
    "state": "open",
    "joining": True,
    "opens_on": None,
    "capacity": 0,
    "invitation_only": False,
    "domains": [],
    "group_size": 2,
    "interest_rule": "ask-offer",
    "quality": 1.0,
    "shadows": 0,
    "teams_apart": False,
    "no_repeat_for": 0,
    "odd_one": "trio",
    "lines_apart": True,
    "sponsor_name": "",
    "sponsor_role": "",
    "sponsor_words": "",
    "sponsor_email": None,
    "sponsor_stopped_at": None,
    "conduct": "",
    "safe_name": "",
    "safe_email": None,
    "controller": "",
    "intro_opening": "",
    "intro_closing": "",
    "intro_subject": "",
    "remind_after": 4,
    "check_in_after": 10,
    "check_in_again_after": 3,
    "outcome_after": 30,
    "announce_before": 3,
    "hold_after": 2,
    "welcome_back": True,
    "mails_a_round": 4,
    "mail_from_hour": 8,
    "mail_until_hour": 18,
    "page": "/p/eu",
    "people": PEOPLE,
}


def test_a_programme_is_made_found_and_changed(door: Door) -> None:
    made = door.post("/programmes", {"slug": "eu", "name": "Institute coffees"})
    assert made.status_code == 201
    assert made.headers["location"] == "/api/v1/programmes/eu"
    body = made.json()
    assert body == {"id": body["id"], **MADE}
    assert door.get("/programmes/eu").json() == body

    change = {
        "purpose": "Meet\nsomebody new.",
        "next_draw_on": "2026-12-01",
        "contact_email": "Organiser@Example.org",
        "time_zone": "Europe/Berlin",
        "quality": 0,
        "shadows": 3,
        "state": "paused",
        "opens_on": "2026-12-01",
        "capacity": 40,
        "invitation_only": True,
        "domains": ["Example.ORG", "bücher.example"],
    }
    changed = (
        body | {"next_draws": ["2026-12-01"]} | change | {"contact_email": "Organiser@example.org", "quality": 0.0}
    )
    changed["domains"] = ["example.org", "xn--bcher-kva.example"]
    assert door.patch("/programmes/eu", change).json() == changed
    assert door.patch("/programmes/eu", {}).json() == changed
    assert door.get("/programmes").json()["programmes"][1] == changed


TRUST = {
    "sponsor_name": "Grace Adeyemi",
    "sponsor_role": "Chief nurse",
    "sponsor_email": "grace@example.org",
    "sponsor_words": "I met my best adviser by chance. This gives chance a hand.",
    "conduct": "Be kind.\n\nKeep what you hear to yourself.",
    "safe_name": "Amira Haddad",
    "safe_email": "amira@example.org",
    "controller": "Example Trust, 1 High Street, Exampleton",
    "intro_opening": "Hello {name},\n\nmeet {others}.",
    "intro_closing": "Warmly,\n{organiser}",
    "intro_subject": "{programme}: meet {others}",
}


def test_sponsor_conduct_and_safe_person_are_set_and_taken_away(door: Door) -> None:
    assert door.patch("/programmes/demo", TRUST).json().items() >= TRUST.items()
    link = door.patch("/programmes/demo", {"conduct": " https://example.org/conduct?v=2 "}).json()
    assert link["conduct"] == "https://example.org/conduct?v=2"
    gone = door.patch(
        "/programmes/demo", {"safe_email": "", "sponsor_email": "", "safe_name": "", "conduct": ""}
    ).json()
    told = (gone["safe_email"], gone["sponsor_email"], gone["safe_name"], gone["conduct"])
    assert told == (None, None, "", "")


def test_a_rhythm_is_set_and_its_days_are_told(door: Door) -> None:
    rhythm = {"draw_every": "week", "next_draw_on": "2026-12-18", "pauses": ["2026-12-25", "2026-12-21/2027-01-03"]}
    said = door.patch("/programmes/demo", rhythm).json()
    assert said["next_draws"][:4] == ["2026-12-18", "2027-01-04", "2027-01-08", "2027-01-15"]
    assert said["pauses"] == ["2026-12-21/2027-01-03", "2026-12-25"]
    for refused in ({"next_draw_on": None}, {"pauses": ["Easter"]}, {"draw_every": "day"}, {"sends_itself": None}):
        assert kind(door.patch("/programmes/demo", refused)) == (422, "bad-input"), refused
    gone = door.patch("/programmes/demo", {"draw_every": "by_hand", "next_draw_on": None, "pauses": []}).json()
    assert (gone["next_draw_on"], gone["next_draws"], gone["pauses"]) == (None, [], [])


def test_rounds_that_send_themselves_need_the_right_that_makes_mail_leave(door: Door) -> None:
    key = door.key(Scope.READ, Scope.WRITE)
    for method, path, body in (
        ("PATCH", "/programmes/demo", {}),
        ("POST", "/programmes", {"slug": "eu", "name": "Coffees"}),
    ):
        assert kind(door.call(method, path, key=key, json={**body, "sends_itself": True}))[0] == 403
        assert door.call(method, path, key=key, json={**body, "sends_itself": False}).is_success
    assert door.patch("/programmes/demo", {"sends_itself": True}).json()["sends_itself"] is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sponsor_words", "x" * 301),
        ("sponsor_words", "two\nlines"),
        ("conduct", "x" * 4001),
        ("conduct", "javascript://example.org/%0aalert(1)"),
        ("conduct", "http://example.org/conduct"),
        ("conduct", "https://user:pass@example.org/"),
        ("conduct", "https:///nowhere"),
        ("safe_email", "not an address"),
        ("sponsor_email", "not an address"),
        ("sponsor_stopped_at", None),
        ("safe_name", "x" * 101),
        ("controller", "x" * 301),
        ("intro_opening", "x" * 601),
        ("intro_opening", "{{ 7*7 }}"),
        ("intro_closing", "{foo}"),
        ("intro_subject", "x" * 61),
        ("intro_subject", "Meet\r\nBcc: all@example.org"),
        ("intro_subject", "over\u202eridden"),
        ("intro_closing", "over\u202eridden"),
    ],
)
def test_what_cannot_stand_on_a_page_is_refused(door: Door, field: str, value: str) -> None:
    assert kind(door.patch("/programmes/demo", {field: value})) == (422, "bad-input")


def test_a_slug_is_taken_once(door: Door) -> None:
    door.post("/programmes", {"slug": "eu", "name": "One"})
    assert problem(door.post("/programmes", {"slug": "eu", "name": "Two"})) == {
        "type": "/api/v1/problems/conflict",
        "title": "That is not possible as things stand.",
        "status": 409,
        "detail": "A programme called eu exists already. Take another slug.",
    }


def test_each_wrong_field_of_a_programme_is_named_with_what_is_wrong(door: Door) -> None:
    wrong = {
        "slug": "Not A Slug",
        "name": "",
        "next_draw_on": "tomorrow",
        "contact_email": "nobody",
        "group_size": 7,
        "interest_rule": "taste",
        "quality": 1.5,
        "shadows": True,
        "state": "gone",
        "rhythm": "two\nlines",
        "time_zone": "Europe/Atlantis",
        "opens_on": "soon",
        "capacity": -1,
        "invitation_only": "yes",
        "domains": ["@example.org"],
    }
    said = {one["pointer"]: one["detail"] for one in problem(door.post("/programmes", wrong))["errors"]}
    assert said == {
        "#/slug": "must be 1 to 60 small letters, digits and hyphens. For example: cross-trust",
        "#/name": "must not be empty.",
        "#/next_draw_on": "is not a date. Write it like 2026-12-31.",
        "#/contact_email": "is not an e-mail address. Write it like name@example.org.",
        "#/group_size": "must be at most 6.",
        "#/interest_rule": "must be 'ask-offer', 'one-in-common' or 'jaccard'.",
        "#/quality": "must be at most 1.",
        "#/shadows": "must be a whole number.",
        "#/state": "must be 'open', 'paused' or 'closed'.",
        "#/rhythm": "must stand on one line.",
        "#/time_zone": "is not known. An IANA name such as Europe/London.",
        "#/opens_on": "is not a date. Write it like 2026-12-31.",
        "#/capacity": "must be at least 0.",
        "#/invitation_only": "must be true or false.",
        "#/domains/0": "is no domain of addresses. Write it like example.org, without an @.",
    }


def test_a_change_is_judged_as_strictly(door: Door) -> None:
    answer = door.patch("/programmes/demo", {"time_zone": "Europe/Atlantis"})
    assert problem(answer) == {
        "type": "/api/v1/problems/bad-input",
        "title": "What was sent cannot be used.",
        "status": 422,
        "detail": "#/time_zone: is not known. An IANA name such as Europe/London.",
        "errors": [{"pointer": "#/time_zone", "detail": "is not known. An IANA name such as Europe/London."}],
    }
    assert kind(door.post("/programmes", {"slug": "eu", "name": "  "})) == (422, "bad-input")
    assert kind(door.patch("/programmes/demo", {"name": None})) == (422, "bad-input")


def test_people_are_counted_by_state(door: Door) -> None:
    door.world.people(3)
    assert door.get("/programmes/demo").json()["people"] == PEOPLE | {"active": 3}


def test_the_rhythm_of_mails_is_said_in_whole_numbers_within_bounds(door: Door) -> None:
    said = {
        "remind_after": 0,
        "check_in_after": 14,
        "check_in_again_after": 5,
        "outcome_after": 60,
        "announce_before": 0,
        "hold_after": 3,
        "welcome_back": False,
        "mails_a_round": 6,
        "mail_from_hour": 9,
        "mail_until_hour": 17,
    }
    before = door.get("/programmes/demo").json()
    assert door.patch("/programmes/demo", said).json() == before | said
    low = {name: -1 for name, value in said.items() if not isinstance(value, bool)}
    errors = problem(door.patch("/programmes/demo", low | {"mails_a_round": 11, "welcome_back": 1}))["errors"]
    assert {one["pointer"] for one in errors} == {f"#/{name}" for name in said}
    answer = problem(door.patch("/programmes/demo", {"mail_from_hour": 17}))
    assert answer["detail"] == "mail_until_hour: must be later than mail_from_hour. For example 8 and 18."
    assert door.get("/programmes/demo").json() == before | said
