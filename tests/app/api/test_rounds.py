"""Rounds: opened, looked at, approved and sent."""

import threading
from typing import Any

import pytest
from sqlmodel import func, select

from app.models import ParticipantState, Round, Scope
from tests.app.api.door import ALL, Door, kind, problem

MESSAGES = {"planned": 0, "accepted": 0, "waiting": 0, "held": 0, "rejected": 0, "suppressed": 0, "expired": 0}
START = "2026-11-23T09:00:00Z"


def rows(door: Door) -> int:
    with door.world.database.reading() as session:
        return session.exec(select(func.count()).select_from(Round)).one()


def test_a_round_goes_from_the_first_call_to_introductions(door: Door) -> None:
    door.world.people(5)
    asked = {"period": "2026-W48", "seed": 7, "send": True}
    opened = door.post("/programmes/demo/rounds", asked)
    round_id = opened.json()["id"]
    assert opened.status_code == 202
    assert opened.headers["location"] == f"/api/v1/rounds/{round_id}"
    draft = {
        "id": round_id,
        "programme": "demo",
        "period": "2026-W48",
        "number": 1,
        "state": "draft",
        "seed": 7,
        "send": True,
        "trouble": None,
        "opened_at": START,
        "matched_at": None,
        "approved_at": None,
        "send_at": None,
        "send_in_hours": False,
        "kept": 0,
        "remind_from": None,
        "sending_at": None,
        "introduced_at": None,
        "closed_at": None,
        "policy": {"size": 2, "interests": "ask-offer", "quality": 1.0, "shadows": 0}
        | {"teams_apart": False, "no_repeat_for": 0, "odd_one": "trio", "lines_apart": True},
        "counts": {"people": 0, "groups": 0, "left_out": 0, "messages": MESSAGES},
        "certificate": None,
        "costs": [],
        "redraws": 0,
        "drawing_again": False,
        "figures": None,
        "needs_decision": [],
        "input_fingerprint": None,
        "code_version": None,
    }
    assert opened.json() == draft
    assert door.get(f"/rounds/{round_id}").json() == draft

    door.world.draw(door.world.round(round_id))
    door.world.deliver()
    done = door.get(f"/rounds/{round_id}").json()
    certificate, fingerprint = done["certificate"], done["input_fingerprint"]
    assert (certificate["people"], certificate["left_out"], certificate["optimal_tiers"]) == (5, 0, True)
    assert len(fingerprint) == 64
    assert done == draft | {
        "state": "introduced",
        "counts": {"people": 5, "groups": 2, "left_out": 0, "messages": MESSAGES | {"planned": 5, "accepted": 5}},
        "certificate": certificate,
        "costs": done["costs"],
        "figures": {"asks": 0, "asks_met": 0, "at_least": 0, "at_most": 0},
        "input_fingerprint": fingerprint,
        "code_version": "0.1.0",
        "remind_from": "2026-11-24T09:00:00Z",
    } | dict.fromkeys(("matched_at", "approved_at", "sending_at", "introduced_at"), START)
    summary = {name: done[name] for name in draft if name in door.get("/programmes/demo/rounds").json()["rounds"][0]}
    assert door.get("/programmes/demo/rounds").json() == {"rounds": [summary], "next_cursor": None}
    assert len(summary) == 16


def test_the_same_period_again_is_the_same_round_with_nothing_changed(door: Door) -> None:
    first = door.post("/programmes/demo/rounds", {"period": "2026-W48", "seed": 7})
    again = door.post("/programmes/demo/rounds", {"period": "2026-W48", "seed": 8, "send": True})
    assert (again.status_code, again.headers["location"]) == (202, first.headers["location"])
    assert again.json() == first.json()
    assert rows(door) == 1


def test_eight_who_open_one_period_at_once_open_one_round(door: Door) -> None:
    door.key(*ALL)
    ready, answers = threading.Barrier(8), []

    def press(seed: int) -> None:
        ready.wait()
        answers.append(door.post("/programmes/demo/rounds", {"period": "2026-W48", "seed": seed}))

    threads = [threading.Thread(target=press, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.text for answer in answers}) == 1
    assert rows(door) == 1


def test_approval_comes_before_sending_and_each_happens_once(door: Door) -> None:
    door.world.people(4)
    round_id = door.opened()
    assert problem(door.post(f"/rounds/{round_id}/approve"))["detail"] == (
        "This round is not drawn yet; it can be approved once its state is matched."
    )
    door.world.draw(door.world.round(round_id))
    matched = door.get(f"/rounds/{round_id}").json()
    assert (matched["state"], matched["counts"]["messages"]["waiting"]) == ("matched", 4)
    assert [one["what"] for one in matched["needs_decision"]] == ["approve"]
    assert matched["needs_decision"][0]["at"] == f"/api/v1/rounds/{round_id}/approve"
    assert problem(door.post(f"/rounds/{round_id}/send", idem="1"))["detail"] == (
        "This round is matched; approve it first, then send."
    )
    for _ in range(2):
        approved = door.post(f"/rounds/{round_id}/approve")
        assert (approved.status_code, approved.json()["state"]) == (202, "approved")
    assert [one["what"] for one in approved.json()["needs_decision"]] == ["send"]
    for key in ("2", "3"):
        sent = door.post(f"/rounds/{round_id}/send", idem=key)
        assert (sent.status_code, sent.json()["state"]) == (202, "sending")
    door.world.deliver()
    done = door.get(f"/rounds/{round_id}").json()
    assert (done["state"], done["counts"]["messages"]["accepted"]) == ("introduced", 4)
    assert len({mail.recipient for mail in door.world.transport.sent}) == len(door.world.transport.sent) == 4
    assert door.post(f"/rounds/{round_id}/approve").json()["state"] == "introduced"


def test_a_round_opened_by_a_typo_is_taken_back_and_its_period_is_free_again(door: Door) -> None:
    door.world.people(4)
    drafted, drawn, approved = door.opened("2026-W84"), door.drawn("2026-W48"), door.drawn("2026-W49")
    door.post(f"/rounds/{approved}/approve")
    for round_id in (drafted, approved, drawn):
        answer = door.call("DELETE", f"/rounds/{round_id}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert kind(door.get(f"/rounds/{round_id}")) == (404, "not-found")
        assert kind(door.call("DELETE", f"/rounds/{round_id}")) == (404, "not-found")
    assert (rows(door), door.world.mails()) == (0, [])
    assert door.opened("2026-W48") != drawn


def test_a_round_that_is_being_sent_cannot_be_taken_back(door: Door) -> None:
    door.world.people(2)
    round_id = door.drawn(send=True)
    assert kind(door.call("DELETE", f"/rounds/{round_id}")) == (409, "conflict")
    assert rows(door) == 1


def test_taking_a_round_back_needs_the_scope_write(door: Door) -> None:
    round_id = door.opened()
    assert kind(door.call("DELETE", f"/rounds/{round_id}", key=door.key(Scope.READ))) == (403, "not-allowed")
    assert kind(door.call("DELETE", f"/rounds/{round_id}", key=door.stranger())) == (404, "not-found")
    assert rows(door) == 1


def test_sending_needs_the_scope_send_also_when_a_round_is_opened(door: Door) -> None:
    key = door.key(Scope.READ, Scope.WRITE)
    asked = {"period": "2026-W48", "send": True}
    assert kind(door.post("/programmes/demo/rounds", asked, key=key)) == (403, "not-allowed")
    assert rows(door) == 0
    assert door.post("/programmes/demo/rounds", asked | {"send": False}, key=key).status_code == 202


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_round_of_very_few_people_says_what_became_of_each(door: Door, number: int) -> None:
    door.world.people(number)
    round_id = door.drawn()
    answer = door.get(f"/rounds/{round_id}").json()
    groups = door.get(f"/rounds/{round_id}/groups").json()
    alone = number == 1
    assert answer["state"] == "matched"
    assert answer["counts"] == {
        "people": number,
        "groups": int(number >= 2),
        "left_out": int(alone),
        "messages": MESSAGES | {"planned": number, "waiting": number},
    }
    assert [len(group["members"]) for group in groups["groups"]] == [number] * (number >= 2)
    assert [left["reason"] for left in groups["left_out"]] == ["nobody else takes part in this round"] * alone


def test_groups_show_people_why_and_who_writes_first(door: Door) -> None:
    ada = door.world.person("ada", "Nursing", ask=["statistics"])
    ben = door.world.person("ben", "Data", offer=["statistics"])
    round_id = door.drawn()
    answer = door.get(f"/rounds/{round_id}/groups").json()
    group = answer["groups"][0]
    first = [member["writes_first"] for member in group["members"]]
    assert sorted(first) == [False, True]
    assert answer == {
        "round": round_id,
        "state": "matched",
        "fingerprint": answer["fingerprint"],
        "next_cursor": None,
        "groups": [
            {
                "id": group["id"],
                "position": 0,
                "members": [
                    {
                        "id": ada.id,
                        "name": "Ada",
                        "team": "Nursing",
                        "email": "ada@example.org",
                        "writes_first": first[0],
                    },
                    {"id": ben.id, "name": "Ben", "team": "Data", "email": "ben@example.org", "writes_first": first[1]},
                ],
                "facts": group["facts"],
                "locked": False,
                "by_hand": False,
            }
        ],
        "left_out": [],
        "warnings": [],
    }
    assert any("statistics" in fact for fact in group["facts"])


def test_only_who_runs_rounds_reads_a_reason_that_could_tell_of_a_block(door: Door) -> None:
    one, other, third = door.world.people(3)
    door.world.block(one, other)
    door.world.block(one, third)
    round_id = door.drawn()
    told: dict[str, Any] = {}
    for who, key in (("looks", door.key(Scope.READ)), ("runs", door.key(Scope.READ, Scope.WRITE))):
        answer = door.get(f"/rounds/{round_id}", key=key)
        groups = door.get(f"/rounds/{round_id}/groups", key=key)
        told[who] = [left["reason"] for left in groups.json()["left_out"]], answer.json()["costs"][:1]
        assert ("block" in answer.text + groups.text) == (who == "runs")
    merged = "could not be placed under the rules of this round"
    blocked = "blocked with everyone who is free"
    assert told == {
        "looks": ([merged], [f"1 without a group: {merged}."]),
        "runs": ([blocked], [f"1 person without a group: {blocked}."]),
    }


def test_a_round_in_which_everyone_is_blocked_introduces_nobody_and_says_so(door: Door) -> None:
    people = door.world.people(3)
    for place, one in enumerate(people):
        for other in people[place + 1 :]:
            door.world.block(one, other)
    round_id = door.drawn()
    assert door.get(f"/rounds/{round_id}").json()["counts"]["left_out"] == 3
    reasons = [left["reason"] for left in door.get(f"/rounds/{round_id}/groups").json()["left_out"]]
    assert reasons == ["blocked with everyone who is free"] * 3


def test_a_dry_run_shows_the_round_and_writes_nothing(door: Door) -> None:
    door.world.people(5)
    answer = door.post("/programmes/demo/rounds", {"period": "2026-W48", "seed": 7, "dry_run": True})
    assert answer.status_code == 200
    shown = answer.json()
    assert rows(door) == 0
    assert door.world.mails() == []
    round_id = door.drawn()
    drawn = door.get(f"/rounds/{round_id}").json()
    told = door.get(f"/rounds/{round_id}/groups").json()
    groups = [[member["email"] for member in group["members"]] for group in told["groups"]]
    assert shown == {
        "period": "2026-W48",
        "seed": 7,
        "size": 2,
        "groups": groups,
        "left_out": [],
        "certificate": drawn["certificate"],
        "costs": drawn["costs"],
        "shadows": [],
        "rounds_left": shown["rounds_left"],
        "people": {
            member["email"]: {"name": member["name"], "team": member["team"]}
            for group in told["groups"]
            for member in group["members"]
        },
        "facts": [group["facts"] for group in told["groups"]],
    }
    assert set(shown["rounds_left"]) == {"at_least", "at_most", "words"}
    assert shown["rounds_left"]["words"].endswith("must meet again")
    refused = door.post("/programmes/demo/rounds", {"period": "2026-W48", "dry_run": True})
    assert problem(refused)["detail"] == (
        "The round 2026-W48 of demo exists already; look at that one, or name a new period."
    )


def test_a_programme_that_is_not_open_draws_no_round(door: Door) -> None:
    door.patch("/programmes/demo", {"state": "paused"})
    assert problem(door.post("/programmes/demo/rounds", {"period": "2026-W48"})) == {
        "type": "/api/v1/problems/programme-closed",
        "title": "This programme is not open.",
        "status": 409,
        "detail": "The programme is paused; open it before a round is drawn.",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"period": ""},
        {"period": "a b"},
        {"period": "x" * 41},
        {"period": "2026/48"},
        {"period": 48},
        {"period": "p", "seed": -1},
        {"period": "p", "seed": 1.5},
        {"period": "p", "seed": True},
        {"period": "p", "seed": "7"},
        {"period": "p", "send": "yes"},
        {"period": "p", "send": 1},
        {"period": "p", "dryrun": True},
    ],
)
def test_a_round_that_cannot_be_is_refused(sqlite_door: Door, wrong: dict[str, Any]) -> None:
    assert kind(sqlite_door.post("/programmes/demo/rounds", wrong)) == (422, "bad-input")
    assert rows(sqlite_door) == 0


def test_the_largest_seed_survives_the_way_there_and_back(door: Door) -> None:
    asked = {"period": "p", "seed": 2**63 - 1}
    assert door.post("/programmes/demo/rounds", asked).json()["seed"] == 2**63 - 1
    assert 0 <= door.post("/programmes/demo/rounds", {"period": "q"}).json()["seed"] < 2**53


def test_trouble_with_a_draw_is_shown_without_what_only_the_log_may_hold(door: Door) -> None:
    round_id = door.opened()
    for trouble, shown in (
        ("PoolChanged: Somebody left.", "Somebody left."),
        ("PromiseBroken: ada and ben are blocked", "The draw failed and is tried again by itself."),
    ):
        with door.world.database.writing() as session:
            row = session.get_one(Round, round_id)
            row.trouble = trouble
            session.add(row)
        answer = door.get(f"/rounds/{round_id}")
        assert answer.json()["trouble"].startswith(shown)
        assert [one["what"] for one in answer.json()["needs_decision"]] == ["draw"]
        assert "blocked" not in answer.text


def test_people_who_do_not_take_part_are_not_in_the_round(door: Door) -> None:
    door.world.people(2)
    door.world.person("gone", state=ParticipantState.LEFT)
    door.world.person("new", state=ParticipantState.PENDING)
    assert door.get(f"/rounds/{door.drawn()}").json()["counts"]["people"] == 2


def test_a_dry_run_of_sending_says_what_would_go_and_sends_nothing(door: Door) -> None:
    door.world.people(6)
    round_id = door.drawn()
    assert kind(door.post(f"/rounds/{round_id}/send?dry_run=true")) == (409, "conflict")
    door.post(f"/rounds/{round_id}/approve")
    dry = door.post(f"/rounds/{round_id}/send?dry_run=true")
    assert (dry.status_code, dry.headers["etag"]) == (200, door.get(f"/rounds/{round_id}").headers["etag"])
    nothing = {"held": 0, "rejected": 0, "suppressed": 0, "expired": 0}
    counts = {"planned": 6, "accepted": 0, "waiting": 6} | nothing
    expected = {"round": round_id, "state": "approved", "dry_run": True, "mails": 6, "can_leave": False}
    assert dry.json() == expected | {"counts": counts}
    assert door.get(f"/rounds/{round_id}").json()["state"] == "approved"
    assert all(mail.released_at is None for mail in door.world.mails())
    assert kind(door.post(f"/rounds/{round_id}/send?dry_run=false")) == (400, "idempotency-key-missing")
    assert door.post(f"/rounds/{round_id}/send", idem="k").status_code == 202
    again = door.post(f"/rounds/{round_id}/send?dry_run=true").json()
    assert (again["state"], again["mails"]) == ("sending", 0)
    assert kind(door.post(f"/rounds/{round_id}/send?dry_run=true", headers={"If-Match": '"0"'})) == (
        412,
        "changed-since",
    )
