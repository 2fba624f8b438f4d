"""GET /rounds/{id}/watch: what came to nothing, page by page, and figures that name nobody."""

import emails
from tests.app.api.door import Door
from tests.app.web.organiser.desk import REFUSED, UNKNOWN

SAID = {"people": 6, "answered": 0, "met": 0, "arranged": 0, "not_this_time": 0}


def sent(door: Door, *script: emails.Answer) -> str:
    """A round of six people whose first mails meet these answers."""
    door.world.people(6)
    door.world.transport = emails.MemoryTransport(list(script))
    return door.world.sent_round().id


def test_it_tells_what_came_to_nothing_and_why(door: Door) -> None:
    round_id = sent(door, UNKNOWN, REFUSED)
    found = door.get(f"/rounds/{round_id}/watch").json()
    every = {one["id"]: one for one in door.get(f"/rounds/{round_id}/messages").json()["messages"]}
    told = [(one["reason"], one["message"]) for one in found.pop("mails")]
    assert [message["address"] for _, message in told] == sorted(message["address"] for _, message in told)
    assert sorted(told, key=lambda one: one[0]) == [
        (reason, next(one for one in every.values() if one["state"] == state))
        for reason, state in (("held", "held"), ("returned", "rejected"))
    ]
    assert found == {
        "round": round_id,
        "state": "introduced",
        "moves": False,
        "counts": door.get(f"/rounds/{round_id}/messages").json()["counts"],
        "stuck": {"held": 1, "returned": 1, "closed": 0, "late": 0, "trying": 0},
        "said": SAID,
        "remind_from": "2026-11-24T09:00:00Z",
        "next_cursor": None,
    }


def test_some_of_them_and_page_by_page(door: Door) -> None:
    round_id = sent(door, UNKNOWN, UNKNOWN, REFUSED)
    held = door.get(f"/rounds/{round_id}/watch?reason=held").json()["mails"]
    assert [one["reason"] for one in held] == ["held", "held"]
    first = door.get(f"/rounds/{round_id}/watch?reason=held&limit=1")
    assert 'rel="next"' in first.headers["link"]
    cursor = first.json()["next_cursor"]
    assert [
        *first.json()["mails"],
        *door.get(f"/rounds/{round_id}/watch?reason=held&cursor={cursor}").json()["mails"],
    ] == held
    assert door.get(f"/rounds/{round_id}/watch?reason=lost").status_code == 422


def test_what_is_tried_again_is_told_while_it_moves(door: Door) -> None:
    busy = emails.Refused(True, "recipient", "RCPT", 450, "450 4.2.1 later")
    found = door.get(f"/rounds/{sent(door, busy)}/watch").json()
    assert (found["state"], found["moves"], found["stuck"]["trying"]) == ("sending", True, 1)
