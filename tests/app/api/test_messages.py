"""The fate of every mail of a round."""

from datetime import timedelta

import emails
from app.models import MailState, OutgoingMail, Scope
from tests.app.api.door import ALL, Door, kind, problem

COUNTS = {"planned": 2, "accepted": 0, "waiting": 0, "held": 0, "rejected": 0, "suppressed": 0, "expired": 0}


def settle(door: Door, message_id: str, state: MailState, answer: str) -> None:
    """Let a mail have met its fate."""
    with door.world.database.writing() as session:
        row = session.get_one(OutgoingMail, message_id)
        row.state, row.answer, row.finished_at, row.attempts = state, answer, door.world.now, 1
        session.add(row)


def test_every_mail_is_shown_with_its_fate(door: Door) -> None:
    ada, ben = door.world.person("ada"), door.world.person("ben")
    round_id = door.drawn()
    waiting = door.get(f"/rounds/{round_id}/messages").json()
    ids = [message["id"] for message in waiting["messages"]]
    base = {
        "kind": "introduction",
        "state": "waiting",
        "attempts": 0,
        "answer": None,
        "written_at": "2026-11-23T09:00:00Z",
        "released_at": None,
        "next_try_at": None,
        "useful_until": None,
        "finished_at": None,
    }
    people = (("ada@example.org", ada.id), ("ben@example.org", ben.id))
    shown = [
        {"id": mail_id, "address": address, "participant": person, **base}
        for mail_id, (address, person) in zip(ids, people, strict=True)
    ]
    assert waiting == {"round": round_id, "counts": COUNTS | {"waiting": 2}, "messages": shown}

    door.post(f"/rounds/{round_id}/approve")
    door.post(f"/rounds/{round_id}/send", idem="k")
    released = {"released_at": base["written_at"], "useful_until": "2026-11-30T09:00:00Z"}
    due = [message | released | {"next_try_at": base["written_at"]} for message in shown]
    assert door.get(f"/rounds/{round_id}/messages").json()["messages"] == due

    settle(door, ids[0], MailState.UNCERTAIN, "DATA: the connection was lost")
    held = (
        shown[0]
        | released
        | {
            "state": "held",
            "attempts": 1,
            "answer": "DATA: the connection was lost",
            "finished_at": base["written_at"],
        }
    )
    assert door.get(f"/rounds/{round_id}/messages?state=held").json() == {
        "round": round_id,
        "counts": COUNTS | {"waiting": 1, "held": 1},
        "messages": [held],
    }
    assert door.get(f"/rounds/{round_id}").json()["needs_decision"] == [
        {
            "what": "held",
            "detail": "1 mail was handed over but never acknowledged.",
            "at": f"/api/v1/rounds/{round_id}/messages?state=held",
        }
    ]
    assert kind(door.get(f"/rounds/{round_id}/messages?state=lost")) == (422, "bad-input")


def test_only_a_mail_that_may_not_have_arrived_is_sent_again_and_once(door: Door) -> None:
    door.world.people(2)
    round_id = door.drawn(send=True)
    first, second = (message["id"] for message in door.get(f"/rounds/{round_id}/messages").json()["messages"])
    assert problem(door.post(f"/messages/{first}/resend"))["detail"] == (
        "This mail is ready: only held, rejected or expired ones can be sent again."
    )
    settle(door, first, MailState.UNCERTAIN, "lost")
    settle(door, second, MailState.SENT, "250 ok")
    door.world.now += timedelta(hours=2)
    again = door.post(f"/messages/{first}/resend", idem="k")
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (202, "waiting", 1)
    assert again.json()["next_try_at"] == "2026-11-23T11:00:00Z"
    assert kind(door.post(f"/messages/{first}/resend")) == (409, "conflict")
    assert kind(door.post(f"/messages/{second}/resend")) == (409, "conflict")
    replayed = door.post(f"/messages/{first}/resend", idem="k")
    assert (replayed.status_code, replayed.json()) == (202, again.json())
    door.world.deliver()
    assert len(door.world.transport.sent) == 1


def test_a_mail_server_that_refuses_a_person_is_told_in_its_own_words(door: Door) -> None:
    door.world.people(2)
    refusal = emails.Refused(False, "recipient", "RCPT", 550, "550 5.1.1 no such person")
    door.world.transport = emails.MemoryTransport(script=[refusal])
    round_id = door.drawn(send=True)
    door.world.deliver()
    answer = door.get(f"/rounds/{round_id}/messages?state=rejected").json()
    assert (answer["counts"]["rejected"], answer["counts"]["accepted"]) == (1, 1)
    assert answer["messages"][0]["answer"] == "RCPT: 550 5.1.1 no such person"


def test_resending_needs_the_scope_send(sqlite_door: Door) -> None:
    key = sqlite_door.key(Scope.READ, Scope.WRITE)
    assert kind(sqlite_door.post("/messages/msg_a/resend", key=key)) == (403, "not-allowed")
    assert kind(sqlite_door.post("/messages/msg_a/resend", key=sqlite_door.key(*ALL))) == (404, "not-found")
