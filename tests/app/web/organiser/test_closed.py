"""Closed addresses of a programme: listed with the reason, and opened again, by page and by call."""

import pytest

from app.models import ParticipantState, Role, Scope, SuppressionReason
from app.services import absences, suppression
from tests.app.web.organiser.desk import Desk

HERE = "/organiser/programmes/demo/suppressed"


def close(desk: Desk, name: str, reason: SuppressionReason) -> str:
    """Somebody's address is closed, as by a bounce; their id."""
    world = desk.world
    person = world.there(name)
    with world.database.writing() as session:
        suppression.suppress(
            session,
            person.organisation_id,
            person.email,
            reason,
            status="5.1.1",
            secret_key=world.secret,
            now=world.now,
        )
        absences.begin(session, person.organisation_id, person.email, now=world.now, secret_key=world.secret)
    return person.id


def state(desk: Desk, name: str) -> ParticipantState:
    return desk.world.there(name).state


def test_it_is_listed_with_the_reason_and_opened_again(desk: Desk) -> None:
    desk.world.people(3)
    assert "None." in desk.get(HERE).text
    person = close(desk, "person00", SuppressionReason.HARD)
    text = desk.get(HERE).text
    assert ("person00@example.org" in text, "there is no such mailbox" in text, "person01" in text) == (
        True,
        True,
        False,
    )
    for _ in range(2):
        assert desk.post(HERE, person=person).headers["location"] == f"{HERE}?done=lifted"
    assert state(desk, "person00") == ParticipantState.ACTIVE
    assert "person00@example.org" not in desk.get(HERE).text


def test_what_somebody_did_not_want_only_they_open(desk: Desk) -> None:
    desk.world.people(2)
    person = close(desk, "person00", SuppressionReason.COMPLAINT)
    assert "Open it again" not in desk.get(HERE).text
    answer = desk.post(HERE, person=person)
    assert (answer.status_code, "unwanted there. Only they open it again" in answer.text) == (409, True)
    assert "person00@example.org" in desk.get(HERE).text


def test_nobody_elses_person_is_opened_and_nobody_who_may_only_look_opens_any(sqlite_desk: Desk) -> None:
    world = sqlite_desk.world
    world.people(1)
    person = close(sqlite_desk, "person00", SuppressionReason.HARD)
    viewer = sqlite_desk.elsewhere(sqlite_desk.organiser(Role.VIEWER, name="vi"))
    assert viewer.post(HERE, person=person).status_code == 403
    world.programme("second")
    assert sqlite_desk.post("/organiser/programmes/second/suppressed", person=person).status_code == 404
    assert sqlite_desk.post(HERE, person="../x").status_code == 404
    assert state(sqlite_desk, "person00") == ParticipantState.HELD


@pytest.mark.parametrize(("reason", "status"), [(SuppressionReason.HARD, 200), (SuppressionReason.COMPLAINT, 409)])
def test_the_same_by_call(sqlite_desk: Desk, reason: SuppressionReason, status: int) -> None:
    sqlite_desk.world.people(2)
    person = close(sqlite_desk, "person00", reason)
    headers = {"Authorization": f"Bearer {sqlite_desk.key(Scope.READ, Scope.SEND)}"}
    listed = sqlite_desk.visitor.http.get("/api/v1/programmes/demo/suppressed", headers=headers).json()
    assert listed == {
        "addresses": [
            {
                "participant": person,
                "name": "Person00",
                "address": "person00@example.org",
                "reason": reason.value,
                "status": "5.1.1",
                "since": "2026-11-23T09:00:00Z",
                "may_be_lifted": status == 200,
            }
        ],
        "next_cursor": None,
    }
    for _ in range(2):
        answer = sqlite_desk.visitor.http.post(f"/api/v1/participants/{person}/lift", headers=headers)
        assert answer.status_code == status
    assert answer.json().get("state") == ("active" if status == 200 else None)
