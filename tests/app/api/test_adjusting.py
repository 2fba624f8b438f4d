"""PATCH /rounds/{id}/groups and its neighbours, from outside: whole answers, tags, problems, and two at once."""

from typing import Any

from sqlmodel import select

from app.models import Participant, Scope
from app.queries import programmes as programme_queries
from app.queries import rounds as round_queries
from app.services import participants, redraws
from tests.app.adjusted import names
from tests.app.api.door import Door, kind, problem


def drawn(door: Door, number: int = 4) -> tuple[str, list[list[str]]]:
    door.world.people(number)
    round_id = door.drawn()
    return round_id, names(door.world, door.world.round(round_id))


def swap(one: str, other: str, **more: Any) -> dict[str, Any]:
    return {"changes": [{"do": "swap", "a": f"{one}@example.org", "b": f"{other}@example.org"}], **more}


def test_a_swap_is_told_whole_and_the_tag_moves_with_it(door: Door) -> None:
    round_id, [[a, b], [c, d]] = drawn(door)
    seen = door.get(f"/rounds/{round_id}/groups")
    assert seen.headers["etag"] == f'"{seen.json()["fingerprint"]}"' == door.get(f"/rounds/{round_id}").headers["etag"]
    tried = door.patch(f"/rounds/{round_id}/groups", swap(a, c, dry_run=True))
    assert (tried.json()["number"], tried.headers["etag"]) == (None, seen.headers["etag"])
    answer = door.patch(f"/rounds/{round_id}/groups", swap(a, c), headers={"If-Match": seen.headers["etag"]})
    said = answer.json()
    now = door.get(f"/rounds/{round_id}/groups")
    assert (answer.status_code, answer.headers["etag"]) == (200, now.headers["etag"])
    assert now.headers["etag"] != seen.headers["etag"]
    assert said == {
        "round": round_id,
        "state": "matched",
        "fingerprint": now.json()["fingerprint"],
        "dry_run": False,
        "number": 1,
        "words": [f"Swapped {' and '.join(one.title() for one in (a, c))}."],
        "seed": 7,
        "redraws": 0,
        "groups": now.json()["groups"],
        "gone": [],
        "left_out": [],
        "warnings": said["warnings"],
        "certificate": door.get(f"/rounds/{round_id}").json()["certificate"],
        "cost": said["cost"],
    }
    assert tried.json() == said | {"dry_run": True, "number": None, "fingerprint": seen.json()["fingerprint"]}
    assert said["cost"]["left_out"] == {"before": 0, "now": 0, "bound": 0}
    assert [one["by_hand"] for one in said["groups"]] == [True, True]
    assert sorted(one["email"] for one in said["groups"][0]["members"]) == sorted(
        [f"{b}@example.org", f"{c}@example.org"]
    )
    stale = door.patch(f"/rounds/{round_id}/groups", swap(a, d), headers={"If-Match": seen.headers["etag"]})
    assert kind(stale) == (412, "changed-since")
    undone = door.patch(f"/rounds/{round_id}/groups", {"changes": [{"do": "undo"}]}, headers={"If-Match": "*"})
    assert undone.json()["words"] == ["Undid change 1."]
    assert door.get(f"/rounds/{round_id}/groups").json() == seen.json()
    assert door.get(f"/rounds/{round_id}/changes").json() == {
        "round": round_id,
        "redraws": 0,
        "changes": [
            {
                "number": 1,
                "at": "2026-11-23T09:00:00Z",
                "actor": door.get(f"/rounds/{round_id}/changes").json()["changes"][0]["actor"],
                "words": said["words"],
                "undone_at": "2026-11-23T09:00:00Z",
            }
        ],
        "next_cursor": None,
    }


def test_what_was_seen_is_what_is_approved_and_what_was_approved_is_what_is_sent(door: Door) -> None:
    round_id, [[a, _], [c, _]] = drawn(door)
    old = door.get(f"/rounds/{round_id}").headers["etag"]
    new = door.patch(f"/rounds/{round_id}/groups", swap(a, c)).headers["etag"]
    path = f"/rounds/{round_id}/approve"
    stale = door.post(path, headers={"If-Match": old})
    assert (*kind(stale), door.get(f"/rounds/{round_id}").json()["state"]) == (412, "changed-since", "matched")
    assert kind(door.post(path, headers={"If-Match": f"W/{new}"})) == (412, "changed-since")
    assert kind(door.post(path, headers={"If-Match": "nothing like a tag"})) == (400, "malformed")
    approved = door.post(path, headers={"If-Match": f"{old}, {new}"})
    assert (approved.status_code, approved.headers["etag"]) == (202, new)
    refused = door.patch(f"/rounds/{round_id}/groups", swap(a, c))
    assert problem(refused)["detail"] == (
        "This round is approved, so its groups stay as they are. Take the approval back first."
    )
    assert door.post(f"/rounds/{round_id}/unapprove").json()["state"] == "matched"
    door.post(path)
    leave(door, a)
    sent = door.post(f"/rounds/{round_id}/send", idem="one", headers={"If-Match": new})
    assert kind(sent) == (412, "changed-since")
    fresh = door.get(f"/rounds/{round_id}").headers["etag"]
    assert door.post(f"/rounds/{round_id}/send", idem="two", headers={"If-Match": fresh}).status_code == 202


def leave(door: Door, name: str) -> None:
    with door.world.database.writing() as session:
        programme = programme_queries.programme(session, "demo")
        person = session.exec(select(Participant).where(Participant.email == f"{name}@example.org")).one()
        participants.leave(session, programme, person, now=door.world.now, secret_key=door.world.secret)


def test_what_is_wrong_is_named_by_its_place_and_nothing_is_changed(door: Door) -> None:
    round_id, [[a, b], [c, _]] = drawn(door)
    path = f"/rounds/{round_id}/groups"
    seen = door.get(path).json()
    alone = door.patch(path, {"changes": [{"do": "move", "person": f"{a}@example.org", "to": 2}]})
    assert kind(alone) == (409, "conflict")
    assert problem(alone)["errors"] == [
        {
            "place": "#/changes/0",
            "detail": f"Group 1 would be {b.title()} alone.",
            "remedy": f"Move {b.title()} into another group too, swap two people instead, or leave one of the two out.",
        }
    ]
    stranger = door.patch(path, swap(a, "stranger"))
    assert kind(stranger) == (422, "bad-input")
    assert stranger.json()["errors"][0]["place"] == "#/changes/0/b"
    for changes in (
        [],
        [{"do": "dance"}],
        [{"do": "swap", "a": a}],
        [{"do": "lock", "group": 9}],
        [{"do": "lock", "group": True}],
        [{"do": "lock", "group": 0}],
        [{"do": "split", "group": 1, "why": "no"}],
        [{"do": "group", "people": [f"{a}@example.org", f"{a}@example.org"]}],
        [{"do": "draw_again", "seed": -1}],
    ):
        answer = door.patch(path, {"changes": changes})
        assert kind(answer) == (422, "bad-input"), changes
    two = door.patch(path, {"changes": [{"do": "undo"}, {"do": "undo"}]})
    assert two.status_code == 409
    assert door.get(path).json() == seen
    assert c


def test_who_may_only_look_changes_nothing_and_reads_no_reason_that_could_tell_of_a_block(door: Door) -> None:
    round_id, [[a, _], _] = drawn(door)
    reader = door.key(Scope.READ)
    for call in (
        door.patch(f"/rounds/{round_id}/groups", {"changes": [{"do": "undo"}]}, key=reader),
        door.post(f"/rounds/{round_id}/unapprove", key=reader),
    ):
        assert kind(call) == (403, "not-allowed")
    door.patch(f"/rounds/{round_id}/groups", {"changes": [{"do": "exclude", "person": f"{a}@example.org"}]})
    left_out = door.get(f"/rounds/{round_id}/groups", key=reader).json()["left_out"]
    assert {one["reason"] for one in left_out} == {
        "an organiser left this person out of this round",
        "could not be placed under the rules of this round",
    }
    assert door.get(f"/rounds/{round_id}/changes", key=reader).status_code == 200


def test_rounds_of_others_cannot_be_told_from_none(door: Door) -> None:
    round_id, _ = drawn(door)
    theirs = door.stranger()
    for name in (round_id, "rnd_nothing"):
        for call in (
            door.patch(f"/rounds/{name}/groups", {"changes": [{"do": "undo"}]}, key=theirs),
            door.get(f"/rounds/{name}/changes", key=theirs),
            door.post(f"/rounds/{name}/unapprove", key=theirs),
        ):
            assert kind(call) == (404, "not-found")


def test_a_draw_again_that_was_asked_for_on_a_page_is_given_up(door: Door) -> None:
    door.world.people(4)
    round_id = door.drawn()
    path, groups = f"/rounds/{round_id}", door.get(f"/rounds/{round_id}/groups").json()["groups"]
    seen = door.get(path).headers["etag"]
    with door.world.database.writing() as session:
        programme, row = round_queries.round_by_id(session, round_id, lock=True)
        redraws.ask(session, programme, row, seen="x", seed=None, rest_only=False, now=door.world.now, actor="test")
    assert door.get(path).json()["drawing_again"] is True
    assert kind(door.post(f"{path}/approve")) == (409, "conflict")
    assert kind(door.post(f"{path}/stop", key=door.key(Scope.READ))) == (403, "not-allowed")
    for _ in ("once", "twice is as once"):
        stopped = door.post(f"{path}/stop")
        assert (stopped.status_code, stopped.headers["etag"]) == (200, seen)
        assert stopped.json()["drawing_again"] is False
    assert door.get(f"{path}/groups").json()["groups"] == groups
    noted = [one["action"] for one in door.get("/programmes/demo/audit").json()["entries"]]
    assert noted.count("round.redraw_stop") == 1
    assert door.post(f"{path}/approve").status_code == 202
