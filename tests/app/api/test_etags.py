"""What was seen is what is changed: ETag and If-Match on every change of a programme, a person and a round."""

import threading
from contextlib import suppress
from typing import Any

import pytest

from app.api import etags
from tests.app.api.door import ALL, Door, kind, routes

OTHER = '"0123"'


@pytest.fixture
def places(door: Door) -> dict[str, tuple[str, dict[str, Any]]]:
    """What can be changed, each with a change."""
    person = door.world.person("ana")
    door.world.people(4)
    return {
        "programme": ("/programmes/demo", {"rhythm": "weekly"}),
        "participant": (f"/participants/{person.id}", {"name": "Ana Two"}),
    }


@pytest.mark.parametrize("what", ["programme", "participant"])
def test_a_change_needs_what_was_seen_to_be_so_still(door: Door, places: Any, what: str) -> None:
    path, change = places[what]
    seen = door.get(path).headers["etag"]
    assert door.get(path).headers["etag"] == seen
    assert kind(door.patch(path, change, headers={"If-Match": OTHER})) == (412, "changed-since")
    assert kind(door.patch(path, change, headers={"If-Match": f"W/{seen}"})) == (412, "changed-since")
    assert door.get(path).headers["etag"] == seen, "nothing was changed"
    changed = door.patch(path, change, headers={"If-Match": f"{OTHER}, {seen}"})
    assert changed.status_code == 200
    assert changed.headers["etag"] == door.get(path).headers["etag"] != seen
    assert kind(door.patch(path, change, headers={"If-Match": seen})) == (412, "changed-since")
    assert door.patch(path, change).status_code == 200
    assert door.patch(path, change, headers={"If-Match": "*"}).status_code == 200
    assert kind(door.patch(path, change, headers={"If-Match": "unquoted"})) == (400, "malformed")
    assert kind(door.patch(path, change, headers={"If-Match": ""})) == (412, "changed-since")


def test_who_joins_does_not_change_the_settings(door: Door) -> None:
    seen = door.get("/programmes/demo").headers["etag"]
    door.world.person("ana")
    assert door.patch("/programmes/demo", {"rhythm": "weekly"}, headers={"If-Match": seen}).status_code == 200


def test_a_new_programme_says_its_tag(door: Door) -> None:
    made = door.post("/programmes", {"slug": "eu", "name": "x"})
    assert made.headers["etag"] == door.get("/programmes/eu").headers["etag"]


def test_a_round_is_taken_back_and_an_approval_too_only_as_they_were_seen(door: Door, places: Any) -> None:
    round_id = door.drawn()
    seen = door.get(f"/rounds/{round_id}").headers["etag"]
    assert door.post(f"/rounds/{round_id}/approve", headers={"If-Match": seen}).status_code == 202
    assert kind(door.post(f"/rounds/{round_id}/unapprove", headers={"If-Match": OTHER})) == (412, "changed-since")
    back = door.post(f"/rounds/{round_id}/unapprove", headers={"If-Match": seen})
    assert (back.status_code, back.headers["etag"]) == (202, seen)
    gone = door.call("DELETE", f"/rounds/{round_id}", headers={"If-Match": OTHER})
    assert kind(gone) == (412, "changed-since")
    assert door.call("DELETE", f"/rounds/{round_id}", headers={"If-Match": seen}).status_code == 204


def test_an_answer_that_is_repeated_keeps_its_tag(door: Door, places: Any) -> None:
    round_id = door.drawn()
    first = door.post(f"/rounds/{round_id}/approve", idem="k")
    again = door.post(f"/rounds/{round_id}/approve", idem="k")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("what", ["programme", "participant"])
def test_of_two_who_saw_the_same_at_once_one_is_told(
    door: Door, places: Any, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits, once its tag was found to be right, for the other to come as far; a lock lets only one come there."""
    path, change = places[what]
    seen, key = door.get(path).headers["etag"], door.key(*ALL)
    both, statuses, require = threading.Barrier(2), list[int](), etags.require

    def slow(*given: Any) -> None:
        require(*given)
        with suppress(threading.BrokenBarrierError):
            both.wait(1)

    def try_it(words: str) -> None:
        answer = door.call("PATCH", path, key=key, json={next(iter(change)): words}, headers={"If-Match": seen})
        statuses.append(answer.status_code)

    monkeypatch.setattr(etags, "require", slow)
    threads = [threading.Thread(target=try_it, args=(words,)) for words in ("one", "another")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412]


def test_every_change_of_something_heeds_what_was_seen(sqlite_door: Door) -> None:
    without = [
        operation["operationId"]
        for method, _, operation in routes(sqlite_door)
        if method in ("PATCH", "DELETE", "PUT")
        and "If-Match" not in {one["name"] for one in operation.get("parameters", ())}
    ]
    assert without == []
