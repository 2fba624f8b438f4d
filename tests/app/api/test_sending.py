"""Which mails of a round leave and when, by call: kept back, let go, at a moment."""

from datetime import timedelta

import pytest

from app.models import MailKind, Scope
from app.workflows import duties
from tests.app.api.door import Door, kind


def approved(door: Door) -> str:
    """A round of four that waits to be sent."""
    door.world.people(4)
    round_id: str = door.drawn()
    assert door.post(f"/rounds/{round_id}/approve").status_code == 202
    return round_id


def test_mails_are_kept_back_and_let_go_and_the_counts_add_up(door: Door) -> None:
    round_id = approved(door)
    kept = door.post(f"/rounds/{round_id}/keep", json={"people": ["person00@example.org"]})
    assert (kept.status_code, kept.json()["kept"]) == (200, 1)
    assert door.post(f"/rounds/{round_id}/keep", json={"people": ["person00@example.org"]}).json() == kept.json()
    assert door.post(f"/rounds/{round_id}/send?dry_run=true").json()["mails"] == 3
    door.post(f"/rounds/{round_id}/send", idem="k")
    door.world.deliver()
    found = door.get(f"/rounds/{round_id}").json()
    counts = found["counts"]["messages"]
    assert (found["state"], found["kept"], counts["waiting"], counts["accepted"]) == ("sending", 1, 1, 3)
    assert counts["planned"] == sum(counts.values()) - counts["planned"]
    assert [one["what"] for one in found["needs_decision"]] == ["release"]
    (mail,) = (one for one in door.get(f"/rounds/{round_id}/messages").json()["messages"] if one["kept"])
    assert mail["address"] == "person00@example.org"
    assert door.post(f"/rounds/{round_id}/release", json={"all": True}).status_code == 202
    assert door.post(f"/rounds/{round_id}/release", json={"all": True}).json()["kept"] == 0
    door.world.deliver()
    assert door.get(f"/rounds/{round_id}").json()["state"] == "introduced"
    assert len([mail for mail in door.world.mails(MailKind.INTRODUCTION) if mail.state == "sent"]) == 4


def test_a_moment_is_set_moved_undone_and_kept(door: Door) -> None:
    round_id = approved(door)
    set_ = door.post(f"/rounds/{round_id}/schedule", json={"at": "2026-11-24T09:00:00", "in_hours": True}).json()
    assert (set_["send_at"], set_["send_in_hours"]) == ("2026-11-24T09:00:00Z", True)
    moved = door.post(f"/rounds/{round_id}/schedule", json={"at": "2026-11-24T09:00:00+01:00"}).json()
    assert (moved["send_at"], moved["send_in_hours"]) == ("2026-11-24T08:00:00Z", False)
    door.post(f"/rounds/{round_id}/schedule", json={"at": "2026-11-24T09:00:00", "in_hours": True})
    rests = door.post(f"/rounds/{round_id}/unschedule").json()
    assert (rests["send_at"], rests["send_in_hours"]) == (None, False)
    assert door.post(f"/rounds/{round_id}/unschedule").json()["state"] == "approved"
    door.post(f"/rounds/{round_id}/schedule", json={"at": "2026-11-24T09:00:00"})
    door.world.now += timedelta(days=1)
    duties.send_due(door.world.work)
    found = door.get(f"/rounds/{round_id}").json()
    assert (found["state"], found["send_at"]) == ("sending", None)


@pytest.mark.parametrize(
    ("verb", "body", "place"),
    [
        ("schedule", {"at": "tomorrow"}, "#/at"),
        ("schedule", {"at": 1795500000}, "#/at"),
        ("schedule", {"at": "2020-01-01T09:00:00"}, "at"),
        ("schedule", {"at": "9999-12-31T23:59:59-12:00"}, "at"),
        ("keep", {"people": ["nobody@example.org"]}, "people"),
        ("keep", {"groups": [77]}, "groups"),
        ("release", {"everything": True}, "#/everything"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(sqlite_door: Door, verb: str, body: object, place: str) -> None:
    round_id = approved(sqlite_door)
    answer = sqlite_door.post(f"/rounds/{round_id}/{verb}", json=body)
    assert answer.status_code == 422
    assert place in {answer.json()["errors"][0].get("pointer"), answer.json()["errors"][0].get("place")}


def test_before_the_approval_and_after_the_sending_it_is_a_conflict(sqlite_door: Door) -> None:
    sqlite_door.world.people(4)
    round_id = sqlite_door.drawn()
    for verb, body in (("keep", {"groups": [1]}), ("schedule", {"at": "2026-11-24T09:00:00"})):
        assert kind(sqlite_door.post(f"/rounds/{round_id}/{verb}", json=body)) == (409, "conflict")


def test_it_takes_the_right_to_send(sqlite_door: Door) -> None:
    round_id = approved(sqlite_door)
    key = sqlite_door.key(Scope.READ, Scope.WRITE)
    for verb in ("keep", "release", "unschedule"):
        assert sqlite_door.call("POST", f"/rounds/{round_id}/{verb}", key=key, json={}).status_code == 403


def test_each_mail_can_leave_in_its_reader_s_hours(sqlite_door: Door) -> None:
    round_id = approved(sqlite_door)
    sqlite_door.world.now += timedelta(hours=12)
    sqlite_door.post(f"/rounds/{round_id}/send?in_hours=true", idem="k")
    mails = sqlite_door.get(f"/rounds/{round_id}/messages").json()["messages"]
    assert {mail["next_try_at"] for mail in mails} == {"2026-11-24T08:00:00Z"}
