"""POST /rounds/{id}/remind: once a day, with the time to wait, and nothing in an answer that counts the silent."""

from app.models import MailKind, Scope
from app.workflows import duties
from tests.app.api.door import Door
from tests.app.services.test_asking import answer


def introduced(door: Door) -> str:
    door.world.people(4)
    round_id: str = door.world.sent_round().id
    return round_id


def test_it_is_done_once_a_day_and_says_how_long_to_wait(door: Door) -> None:
    round_id = introduced(door)
    assert door.get(f"/rounds/{round_id}").json()["remind_from"] == "2026-11-24T09:00:00Z"
    early = door.post(f"/rounds/{round_id}/remind")
    assert (early.status_code, early.headers["retry-after"]) == (409, "86400")
    door.world.later(days=1)
    done = door.post(f"/rounds/{round_id}/remind", idem="once")
    assert (done.status_code, done.json()["remind_from"]) == (202, "2026-11-25T09:00:00Z")
    again = door.post(f"/rounds/{round_id}/remind", idem="once")
    assert (again.status_code, again.json()) == (202, done.json())
    late = door.post(f"/rounds/{round_id}/remind")
    assert (late.status_code, late.headers["retry-after"]) == (409, "86400")
    assert "from 2026-11-25 09:00 UTC on" in late.json()["detail"]
    duties.ask(door.world.work)
    assert len(door.world.mails(MailKind.REMINDER)) == 4


def test_its_answer_and_all_others_are_the_same_whoever_is_silent(door: Door) -> None:
    round_id = introduced(door)
    door.world.later(days=1)
    answer(door.world, "person00")
    door.post(f"/rounds/{round_id}/remind")
    door.world.deliver()  # the organiser's report
    of_round = [f"/rounds/{round_id}{more}" for more in ("", "/watch", "/messages")]
    places = [*of_round, "/programmes/demo/messages", "/programmes/demo/audit"]
    before = [door.get(place).json() for place in places]
    duties.ask(door.world.work)
    door.world.deliver()
    assert len(door.world.mails(MailKind.REMINDER)) == 3
    assert [door.get(place).json() for place in places] == before


def test_it_takes_the_right_to_send(door: Door) -> None:
    round_id = introduced(door)
    door.world.later(days=1)
    key = door.key(Scope.READ, Scope.WRITE)
    assert door.post(f"/rounds/{round_id}/remind", key=key).status_code == 403
    assert door.post(f"/rounds/{round_id}/remind", key=door.stranger()).status_code == 404
