"""The fate of every mail of a round."""

from datetime import timedelta

import pytest

import emails
from app.models import MailState, OutgoingMail, Scope
from app.services import many_mails
from app.services.asking import QUESTIONS
from app.workflows import duties
from tests.app.api.door import ALL, Door, kind, problem
from tests.app.bounced import Post

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
        "kept": False,
        "attempts": 0,
        "answer": None,
        "written_at": "2026-11-23T09:00:00Z",
        "released_at": None,
        "next_try_at": None,
        "useful_until": None,
        "finished_at": None,
        "last_event": None,
    }
    people = (("ada@example.org", ada.id), ("ben@example.org", ben.id))
    shown = [
        {"id": mail_id, "address": address, "participant": person, **base}
        for mail_id, (address, person) in zip(ids, people, strict=True)
    ]
    assert waiting == {"round": round_id, "counts": COUNTS | {"waiting": 2}, "messages": shown, "next_cursor": None}

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
        "next_cursor": None,
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


def test_deciding_needs_the_scope_send(sqlite_door: Door) -> None:
    key = sqlite_door.key(Scope.READ, Scope.WRITE)
    for path in ("/messages/msg_a/resend", "/messages/msg_a/leave"):
        assert kind(sqlite_door.post(path, key=key)) == (403, "not-allowed")
        assert kind(sqlite_door.post(path, key=sqlite_door.key(*ALL))) == (404, "not-found")


def test_only_a_held_mail_is_left_as_it_was_and_then_it_is_never_sent(door: Door) -> None:
    door.world.people(2)
    round_id = door.drawn(send=True)
    first, second = (message["id"] for message in door.get(f"/rounds/{round_id}/messages").json()["messages"])
    settle(door, first, MailState.UNCERTAIN, "lost")
    settle(door, second, MailState.REJECTED, "550 no")
    door.world.now += timedelta(hours=2)
    left = door.post(f"/messages/{first}/leave", idem="k")
    assert left.status_code == 200
    assert {name: left.json()[name] for name in ("state", "answer", "finished_at", "attempts")} == {
        "state": "suppressed",
        "answer": "Left as it was, on an organiser's word.",
        "finished_at": "2026-11-23T11:00:00Z",
        "attempts": 1,
    }
    assert door.post(f"/messages/{first}/leave", idem="k").json() == left.json()
    assert problem(door.post(f"/messages/{first}/leave"))["detail"] == (
        "This mail is suppressed: only held ones can be left as they are."
    )
    assert kind(door.post(f"/messages/{second}/leave")) == (409, "conflict")
    assert kind(door.post(f"/messages/{first}/resend")) == (409, "conflict")
    counts = door.get(f"/rounds/{round_id}/messages").json()["counts"]
    assert counts == COUNTS | {"suppressed": 1, "rejected": 1}
    assert door.get(f"/rounds/{round_id}").json()["needs_decision"][0]["what"] == "rejected"


def test_mails_come_in_pages_by_address_and_the_counts_are_of_all(door: Door) -> None:
    door.world.people(5)
    round_id = door.drawn()
    seen, path, pages = [], f"/rounds/{round_id}/messages?state=waiting&limit=2", 0
    while path:
        answer = door.get(path)
        assert answer.json()["counts"]["planned"] == 5
        seen += [message["address"] for message in answer.json()["messages"]]
        link = answer.headers.get("Link", "")
        cursor = answer.json()["next_cursor"]
        assert (cursor is None) == (not link)
        path, pages = link.partition(">")[0].removeprefix("<"), pages + 1
    assert (pages, seen) == (3, [f"person0{n}@example.org" for n in range(5)])
    for query in ("limit=0", "limit=201", "cursor=msg_gone", "cursor=%00", "all=1"):
        assert kind(door.get(f"/rounds/{round_id}/messages?{query}")) == (422, "bad-input"), query


def test_the_latest_of_what_came_back_stands_with_the_mail(door: Door) -> None:
    door.world.people(2)
    round_id = door.drawn(send=True)
    door.world.deliver()
    post = Post(door.world)
    mail = post.introduction("person00")
    post.take("delayed", mail, "4.4.7")
    door.world.later(hours=1)
    post.take("auto_reply", mail)
    found = door.get(f"/rounds/{round_id}/messages?limit=1").json()["messages"][0]
    assert (found["id"], found["state"]) == (mail.id, "accepted")
    assert found["last_event"] == {"kind": "auto_reply", "status": "", "at": "2026-11-23T10:00:00Z"}


def test_a_word_on_many_is_about_those_that_are_there_and_says_how_many_more(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_mails, "MOST", 3)
    door.world.people(6)
    round_id = door.world.sent_round().id
    ids = [one["id"] for one in door.get(f"/rounds/{round_id}/messages").json()["messages"]]
    for mail_id in ids[:5]:
        settle(door, mail_id, MailState.UNCERTAIN, "DATA: the connection was lost")
    settle(door, ids[5], MailState.REJECTED, "550 no such mailbox")
    path, said = f"/rounds/{round_id}/messages", {"do": "leave", "state": "held", "dry_run": False}
    assert door.post(path, said | {"dry_run": True}).json() == said | {"dry_run": True, "number": 3, "left": 2}
    assert door.get(path).json()["counts"] == COUNTS | {"planned": 6, "held": 5, "rejected": 1}
    first, again = (door.post(path, {"do": "leave"}, idem="once") for _ in range(2))
    assert first.json() == again.json() == said | {"number": 3, "left": 2}
    said = {"do": "resend", "state": "held", "dry_run": False}
    assert door.post("/programmes/demo/messages", {"do": "resend"}).json() == said | {"number": 2, "left": 0}
    assert door.post("/programmes/demo/messages", {"do": "resend"}).json() == said | {"number": 0, "left": 0}
    assert door.get(path).json()["counts"] == COUNTS | {"planned": 6, "suppressed": 3, "waiting": 2, "rejected": 1}
    assert kind(door.post(path, {"do": "leave", "state": "rejected"})) == (422, "bad-input")
    lines = [one for one in door.get("/programmes/demo/audit").json()["entries"] if one["action"].endswith("_all")]
    assert sorted((one["action"], one["subject"], one["detail"]) for one in lines) == [
        ("mail.leave_all", round_id, {"state": "held", "number": 3}),
        ("mail.resend_all", None, {"state": "held", "number": 2}),
    ]


def test_the_mails_of_a_programme_are_listed_newest_first_without_the_questions(door: Door) -> None:
    door.world.people(2)
    door.world.sent_round()
    for _ in range(2):
        door.world.later(days=6)
        duties.ask(door.world.work)
    door.world.sign_up("cy")
    asked = [mail for kind_ in QUESTIONS for mail in door.world.mails(kind_)]
    assert asked
    found = door.get("/programmes/demo/messages").json()
    kinds = [one["kind"] for one in found["messages"]]
    assert (kinds[0], kinds.count("introduction"), found["programme"]) == ("confirm_sign_up", 2, "demo")
    assert not {mail.id for mail in asked} & {one["id"] for one in found["messages"]}
    assert found["counts"]["planned"] == len(kinds)
    for word in ("resend", "leave", "try"):
        told = {
            kind(door.post(f"/messages/{one}/{word}", {"to": "a@example.org"} if word == "try" else None))
            for one in (asked[0].id, "msg_none")
        }
        assert told == {(404, "not-found")}
