"""People, looked through in pages and corrected one by one."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.models import AuditEntry, HeldFor, ParticipantState
from tests.app.api.door import Door, kind, problem

TOPICS: dict[str, list[str]] = {"interests": [], "asks": [], "offers": [], "languages": [], "times": []}


def test_pages_hold_everybody_once_in_order(door: Door) -> None:
    people = sorted(person.id for person in door.world.people(7))
    seen, path, pages = [], "/programmes/demo/participants?limit=3", 0
    while path:
        answer = door.get(path)
        body = answer.json()
        seen += [person["id"] for person in body["participants"]]
        pages += 1
        link = answer.headers.get("link")
        cursor = body["next_cursor"]
        expected = f'</api/v1/programmes/demo/participants?limit=3&cursor={cursor}>; rel="next"' if cursor else None
        assert link == expected
        path = answer.links["next"]["url"] if link else ""
    assert (seen, pages) == (people, 3)
    whole = door.get("/programmes/demo/participants?limit=7").json()
    assert (len(whole["participants"]), whole["next_cursor"]) == (7, None)


def test_a_person_is_shown_with_exactly_this(door: Door) -> None:
    ada = door.world.person("ada", "Nursing", ask=["statistics"], interest=["tea", "rounds"])
    door.world.block(ada, door.world.person("ben"))
    found = {one["email"]: one for one in door.get("/programmes/demo/participants").json()["participants"]}
    assert found["ada@example.org"] == {
        "id": ada.id,
        "known_as": "ada@example.org",
        "email": "ada@example.org",
        "name": "Ada",
        "team": "Nursing",
        "location": "",
        "manager_email": "",
        "state": "active",
        "size": None,
        "topics": TOPICS | {"asks": ["statistics"], "interests": ["tea", "rounds"]},
        "time_zone": "",
        "locale": "",
        "skip_next": False,
        "often": "every",
        "host": False,
        "may_sit_out": False,
        "in_next": False,
        "format": None,
        "access": "",
        "created_at": "2026-11-23T09:00:00Z",
        "confirmed_at": "2026-11-23T09:00:00Z",
        "left_at": None,
    }


def test_a_list_is_narrowed_to_a_state_or_to_words_and_silence_looks_like_a_pause(door: Door) -> None:
    people = [door.world.person(name) for name in ("ada", "ben", "cy", "dee")]
    door.patch(f"/participants/{people[1].id}", {"state": "paused", "paused_until": "2027-01-11"})
    for person, why in ((people[2], HeldFor.SILENCE), (people[3], HeldFor.BOUNCE)):
        with door.world.database.writing() as session:
            one = session.merge(person)
            one.state, one.held_for = ParticipantState.HELD, why

    def names(query: str) -> list[str]:
        page = door.get(f"/programmes/demo/participants?{query}").json()
        following = f"{query}&limit=1"
        first = door.get(f"/programmes/demo/participants?{following}").json()
        assert first["participants"] == page["participants"][:1]
        return sorted(one["name"] for one in page["participants"])

    wanted = {"active": ["Ada"], "paused": ["Ben", "Cy"], "held": ["Dee"], "pending": [], "left": []}
    assert {state: names(f"state={state}") for state in wanted} == wanted
    assert (names("q=BE"), names("q=%20dee@example.org%20"), names("state=active&q=ben")) == (["Ben"], ["Dee"], [])
    assert (names("q=%25"), names("q=_"), names("q=%00")) == ([], [], ["Ada", "Ben", "Cy", "Dee"])


@pytest.mark.parametrize(
    "query",
    ["state=silent", "q=" + "a" * 101, "limit=0", "limit=201", "limit=x", "cursor=%00", "cursor=" + "a" * 61, "page=2"],
)
def test_a_page_that_cannot_be_is_refused(sqlite_door: Door, query: str) -> None:
    assert kind(sqlite_door.get(f"/programmes/demo/participants?{query}")) == (422, "bad-input")


def test_an_organiser_corrects_what_is_given_and_nothing_else(door: Door) -> None:
    ada = door.world.person("ada", "Nursing", ask=["statistics"], interest=["tea"])
    before = door.get("/programmes/demo/participants").json()["participants"][0]
    change: dict[str, Any] = {
        "name": "Ada  Lovelace",
        "team": "Data",
        "size": 3,
        "topics": {"asks": ["writing", "SQL"]},
    }
    after = before | {
        "name": "Ada Lovelace",
        "team": "Data",
        "size": 3,
        "topics": TOPICS | {"interests": ["tea"], "asks": ["writing", "SQL"]},
    }
    path = f"/participants/{ada.id}"
    assert door.patch(path, change).json() == after
    assert door.patch(path, {}).json() == after
    assert door.patch(path, {"skip_next": True}).json() == after | {"skip_next": True}
    ways = {"often": "second", "format": "remote"}
    assert door.patch(path, ways).json() == after | {"skip_next": True} | ways
    assert door.patch(path, {"often": "every", "format": None}).json() == after | {"skip_next": True}
    paused = after | {"state": "paused"}
    assert door.patch(path, {"state": "paused", "paused_until": "2027-01-11"}).json() == paused
    assert door.patch(path, {"state": "active", "size": None, "team": ""}).json() == after | {"size": None, "team": ""}
    left = door.patch(path, {"state": "left"}).json()
    assert left == after | {"size": None, "team": "", "state": "left", "left_at": "2026-11-23T09:00:00Z"}
    assert door.get("/programmes/demo/participants").json()["participants"] == [left]


def test_who_is_held_for_silence_looks_like_who_pauses(door: Door) -> None:
    ada, ben = door.world.person("ada"), door.world.person("ben")
    door.patch(f"/participants/{ada.id}", {"state": "paused", "paused_until": "2027-01-11"})

    def seen() -> list[Any]:
        tag = door.get(f"/participants/{ada.id}").headers["etag"]
        return [tag, *(door.get(path).json() for path in ("/programmes/demo", "/programmes/demo/participants"))]

    paused = seen()
    with door.world.database.writing() as session:
        one = session.merge(door.world.there("ada"))
        one.state, one.held_for, one.paused_until, one.in_next = ParticipantState.HELD, HeldFor.SILENCE, None, True
        other = session.merge(ben)
        other.state, other.held_for = ParticipantState.HELD, HeldFor.BOUNCE
    silent = seen()
    assert silent[0] == paused[0]
    assert (paused[1]["people"]["paused"], silent[1]["people"]["paused"], silent[1]["people"]["held"]) == (1, 1, 1)
    of_ada = [next(one for one in page[2]["participants"] if one["id"] == ada.id) for page in (paused, silent)]
    assert of_ada[0] == of_ada[1]


def test_a_time_zone_of_ones_own_is_taken_where_there_is_such_and_taken_back(door: Door) -> None:
    path = f"/participants/{door.world.person('ada').id}"
    assert door.patch(path, {"time_zone": "America/New_York"}).json()["time_zone"] == "America/New_York"
    for wrong in ("Europe/Atlantis", "../../etc/passwd", "Europe", " ", None):
        assert kind(door.patch(path, {"time_zone": wrong})) == (422, "bad-input")
    assert door.get("/programmes/demo/participants").json()["participants"][0]["time_zone"] == "America/New_York"
    assert door.patch(path, {"time_zone": ""}).json()["time_zone"] == ""


def test_a_language_of_ones_own_is_taken_where_there_is_such_and_taken_back(door: Door) -> None:
    path = f"/participants/{door.world.person('ada').id}"
    assert door.patch(path, {"locale": "en-XA"}).json()["locale"] == "en-XA"
    for wrong in ("tlh", "en_XA", "../en", " ", None):
        assert kind(door.patch(path, {"locale": wrong})) == (422, "bad-input")
    assert door.get("/programmes/demo/participants").json()["participants"][0]["locale"] == "en-XA"
    assert door.patch(path, {"locale": ""}).json()["locale"] == ""


def test_what_an_organiser_did_is_noted_under_the_organisers_key(door: Door) -> None:
    ada = door.world.person("ada")
    door.patch(f"/participants/{ada.id}", {"state": "left"})
    with door.world.database.reading() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.subject == ada.id)).all()
    assert sorted(entry.action for entry in entries) == ["participant.change", "participant.leave"]
    assert all(entry.actor.startswith("key:key_") for entry in entries)


@pytest.mark.parametrize("state", [ParticipantState.PENDING, ParticipantState.LEFT])
def test_nobody_is_brought_in_who_did_not_say_so(door: Door, state: ParticipantState) -> None:
    ada = door.world.person("ada", state=state)
    for change in ({"state": "active"}, {"state": "paused", "paused_until": "2027-01-11"}, {"skip_next": True}):
        answer = door.patch(f"/participants/{ada.id}", change)
        assert problem(answer)["detail"] == (
            f"This person is {state.value}: only they themselves can come in, by the form to join."
        )
    assert door.world.there("ada").state == state
    assert door.patch(f"/participants/{ada.id}", {"name": "Ada L"}).json()["name"] == "Ada L"


@pytest.mark.parametrize(
    "change",
    [
        {"state": "pending"},
        {"state": "held"},
        {"state": "paused"},
        {"state": "active", "paused_until": "2027-01-11"},
        {"paused_until": "2026-11-23"},
        {"paused_until": "2026-02-30"},
        {"paused_until": 1_800_000_000},
        {"size": 4},
        {"size": "2"},
        {"name": ""},
        {"name": "\u200b"},
        {"name": None},
        {"name": "=?utf-8?q?Eve=0d=0aBcc:_v@x.test?="},
        {"topics": {"asks": [f"topic {n}" for n in range(13)]}},
        {"topics": {"hates": ["mondays"]}},
        {"topics": {"asks": "statistics"}},
        {"email": "no address"},
        {"skip_next": "yes"},
    ],
)
def test_a_change_that_cannot_be_is_refused_whole(sqlite_door: Door, change: dict[str, Any]) -> None:
    ada = sqlite_door.world.person("ada", "Nursing")
    before = sqlite_door.get("/programmes/demo/participants").json()
    assert kind(sqlite_door.patch(f"/participants/{ada.id}", {"team": "Data"} | change)) == (422, "bad-input")
    assert sqlite_door.get("/programmes/demo/participants").json() == before


def test_a_pause_that_is_over_is_refused_by_the_name_of_its_field(sqlite_door: Door) -> None:
    ada = sqlite_door.world.person("ada", "Nursing")
    refused = sqlite_door.patch(f"/participants/{ada.id}", {"paused_until": "2026-11-23"}).json()["errors"]
    assert refused == [{"place": "paused_until", "detail": "must be a day in the future."}]


def test_who_leaves_before_the_mails_go_is_named_in_none(door: Door) -> None:
    ada, ben = door.world.person("ada"), door.world.person("ben")
    round_id = door.drawn()
    door.world.now += timedelta(hours=1)
    door.patch(f"/participants/{ada.id}", {"state": "left"})
    left = door.get(f"/rounds/{round_id}/groups").json()["left_out"]
    assert [(one["id"], one["reason"]) for one in left] == [
        (ben.id, "the group came apart before the introduction went out")
    ]


def test_an_address_is_corrected_where_nothing_has_arrived_and_not_elsewhere(door: Door) -> None:
    ada, ben = door.world.person("ada"), door.world.person("ben")
    answer = door.patch(f"/participants/{ada.id}", {"email": "Ada.L@example.org"})
    assert (answer.status_code, answer.json()["email"]) == (200, "Ada.L@example.org")
    taken = door.patch(f"/participants/{ada.id}", {"email": ben.email})
    assert kind(taken) == (409, "conflict")
    assert kind(door.patch(f"/participants/{ada.id}", {"email": "no"})) == (422, "bad-input")
    door.world.sent_round()
    assert kind(door.patch(f"/participants/{ada.id}", {"email": "mine@example.org"})) == (409, "conflict")
