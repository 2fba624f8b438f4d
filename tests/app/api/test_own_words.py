"""The organisers' own words of a round by API: looked at, changed as they were seen, and refused by name."""

import pytest

from app.models import Scope
from emails import PLACEHOLDERS
from tests.app.api.door import Door, kind

HELLO = "Hello {name}, meet {others}."


@pytest.fixture
def round_id(door: Door) -> str:
    door.world.people(4)
    return door.drawn()


def test_words_of_a_round_and_the_way_back_to_those_of_its_programme(door: Door, round_id: str) -> None:
    path = f"/rounds/{round_id}/words"
    assert door.patch("/programmes/demo", {"intro_closing": "Bye"}).json()["intro_closing"] == "Bye"
    first = door.get(path)
    assert first.json() == {
        "round": round_id,
        "state": "matched",
        "fingerprint": first.headers["etag"].strip('"'),
        "intro_opening": "",
        "intro_closing": "",
        "intro_subject": "",
        "programme": {"intro_opening": "", "intro_closing": "Bye", "intro_subject": ""},
        "placeholders": {name: str(words) for name, words in PLACEHOLDERS.items()},
    }
    changed = door.patch(path, {"intro_opening": f" {HELLO} \r\n"})
    assert (changed.status_code, changed.json()["intro_opening"]) == (200, HELLO)
    assert changed.headers["etag"] == door.get(path).headers["etag"] == door.get(f"/rounds/{round_id}").headers["etag"]
    assert changed.headers["etag"] != first.headers["etag"]
    back = door.patch(path, {"intro_opening": None, "intro_closing": None}).json()
    assert (back["intro_opening"], back["intro_closing"]) == ("", "Bye")
    listed = door.get(f"/rounds/{round_id}/changes").json()["changes"]
    assert [one["words"] for one in listed] == [["Changed the words of the introductions."]] * 2
    undone = door.patch(f"/rounds/{round_id}/groups", {"changes": [{"do": "undo"}]})
    assert undone.json()["words"] == ["Undid change 2."]
    assert door.get(path).json()["intro_opening"] == HELLO


def test_who_saw_something_else_is_told(door: Door, round_id: str) -> None:
    path = f"/rounds/{round_id}/words"
    seen = door.get(path).headers["etag"]
    assert door.patch(path, {"intro_opening": HELLO}, headers={"If-Match": seen}).status_code == 200
    stale = {"If-Match": seen}
    assert kind(door.patch(path, {"intro_opening": "x"}, headers=stale)) == (412, "changed-since")
    assert kind(door.post(f"/rounds/{round_id}/approve", headers=stale)) == (412, "changed-since")
    now = {"If-Match": door.get(path).headers["etag"]}
    assert door.post(f"/rounds/{round_id}/approve", headers=now).status_code == 202
    frozen = door.patch(path, {"intro_opening": "x"}, headers=now)
    assert kind(frozen) == (409, "conflict")
    assert "Take the approval back first." in frozen.json()["detail"]


@pytest.mark.parametrize("path", ["/programmes/demo", "words"])
def test_a_wrong_placeholder_is_named_with_its_field_and_the_known_ones(door: Door, round_id: str, path: str) -> None:
    path = f"/rounds/{round_id}/words" if path == "words" else path
    answer = door.patch(path, {"intro_opening": "Hello {frist_name}", "intro_closing": "Bye {name"})
    assert answer.status_code == 422
    found = {one["pointer"]: one["detail"] for one in answer.json()["errors"]}
    assert found["#/intro_opening"].startswith("“{frist_name}” is no placeholder.")
    assert found["#/intro_closing"].startswith("“{name” is opened by a brace and not closed.")
    assert all(f"{{{name}}}" in found["#/intro_opening"] for name in PLACEHOLDERS)
    assert door.get(f"/rounds/{round_id}/words").json()["intro_opening"] == ""


def test_who_may_only_read_changes_nothing(door: Door, round_id: str) -> None:
    path, reader = f"/rounds/{round_id}/words", door.key(Scope.READ)
    assert door.get(path, key=reader).status_code == 200
    assert door.patch(path, {"intro_opening": "x"}, key=reader).status_code == 403
    stranger = door.stranger()
    gone = [door.get(one, key=stranger) for one in (path, "/rounds/rnd_none/words")]
    assert [one.status_code for one in gone] == [404, 404]
