"""What organisers take home by a key, and whom they forget: the files of the pages, no secret, all of it noted."""

import io
import json
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from app.models import (
    AsksShown,
    AuditEntry,
    HeldFor,
    KeptAnswer,
    MailKind,
    Met,
    Participant,
    ParticipantState,
    SeenBy,
)
from app.queries import exports
from app.services import feedback, guard, privacy
from app.services.feedback import Answer
from app.witness import Witness
from app.workflows import duties
from tests.app.api.door import Door, kind, problem
from tests.app.concerned import exported, raised
from tests.factories import World

PEOPLE, AUDIT = "/programmes/demo/participants/export", "/programmes/demo/audit/export"


def changed(world: World, who: str, **facts: Any) -> None:
    with world.database.writing() as session:
        person = session.get_one(Participant, world.there(who).id)
        for fact, value in facts.items():
            setattr(person, fact, value)


def noted(door: Door, end: str) -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """What the audit has of such deeds: action, who (a key), to what, and details."""
    with door.world.database.reading() as session:
        found = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()
    return sorted(
        (one.action, one.actor.partition("_")[0], one.subject, one.detail) for one in found if one.action.endswith(end)
    )


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["csv", "csv-bom", "xlsx"])
def test_everybody_is_in_the_file_in_every_format_and_a_spreadsheet_runs_nothing(
    door: Door, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    door.world.people(4)
    changed(door.world, "person00", name="=1+1")
    answer = door.post(f"{PEOPLE}?format={word}")
    end = word.partition("-")[0]
    assert answer.headers["content-disposition"] == f'attachment; filename="people-demo.{end}"'
    if word == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).active
        assert sheet
        rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    else:
        assert answer.content.startswith(b"\xef\xbb\xbf") == (word == "csv-bom")
        rows = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()]
    assert rows[0] == list(exports.PEOPLE)
    assert sorted(row[2] for row in rows[1:]) == ["'=1+1", "Person01", "Person02", "Person03"]


def test_each_file_is_noted_as_a_bulk_read_and_made_anew_for_every_call(door: Door) -> None:
    door.world.people(4)
    round_id = door.drawn()
    paths = {"people.export": PEOPLE, "round.export": f"/rounds/{round_id}/groups/export", "audit.export": AUDIT}
    for path in paths.values():
        first, second = (door.post(path, idem="the same") for _ in range(2))
        assert (first.status_code, second.status_code) == (200, 200)
        assert "idempotency-replayed" not in second.headers
        assert kind(door.post(f"{path}?format=pdf")) == (422, "bad-input")
    subjects = {"round.export": round_id}
    assert noted(door, ".export") == sorted(
        (action, "key:key", subjects.get(action), {"format": "csv"}) for action in paths for _ in range(2)
    )
    with door.world.database.reading() as session:
        assert [row for row in session.exec(select(KeptAnswer)) if row.key == "the same"] == []


def test_a_file_says_what_the_page_says(door: Door) -> None:
    door.world.people(5)
    round_id = door.drawn()
    lines = door.post(f"/rounds/{round_id}/groups/export").text.splitlines()
    assert lines[0] == ",".join(exports.GROUPS)
    groups = door.get(f"/rounds/{round_id}/groups").json()["groups"]
    seated = [(str(group["position"] + 1), one["id"]) for group in groups for one in group["members"]]
    assert [tuple(line.split(",")[:2]) for line in lines[1:]] == seated
    assert "round.open" in door.post(AUDIT).text


# --- one person ------------------------------------------------------------------------------------------------------


def test_what_is_kept_about_somebody_is_this_and_noted(door: Door) -> None:
    ada = door.world.person("ada", "Nursing", ask=["statistics"], interest=["tea"])
    door.world.person("ben")
    door.world.sent_round()
    said = door.post(f"/participants/{ada.id}/export").json()
    written = said["mails"][0].pop("written")
    assert said == {
        "programme": "Cross-team coffees",
        "name": "Ada",
        "email": "ada@example.org",
        "id": ada.id,
        "id_in_rounds": "ada@example.org",
        "team": "Nursing",
        "location": "",
        "state": "active",
        "group_size": None,
        "skips_the_next_round": False,
        "asked_to_be_in_the_next_draw": False,
        "how_often": "every",
        "in_person_or_remote": None,
        "line_manager": "",
        "host": False,
        "sits_out_when_the_number_is_odd": False,
        "access_needs": "",
        "time_zone": "",
        "language": "",
        "invited_by_an_organiser": False,
        "consent": "",
        "signed_up": "2026-11-23T09:00:00Z",
        "confirmed": "2026-11-23T09:00:00Z",
        "left": None,
        "topics": {"interest": ["tea"], "ask": ["statistics"], "offer": [], "language": [], "time": []},
        "conversations": [{"period": "2026-W48", "with": ["Ben"]}],
        "left_out_in": [],
        "mails": [{"kind": "introduction", "state": "sent"}],
    }
    assert written.startswith("2026-11-23T09:00:00")
    assert noted(door, ".export") == [("participant.export", "key:key", ada.id, {})]


def test_whether_organisers_may_read_it_is_decided_for_each_line_that_is_kept(door: Door) -> None:
    door.world.person("ada")
    decided = {*privacy.FOR_ORGANISERS, *privacy.IN_PART, *privacy.THEIRS_ALONE}
    assert set(exported(door.world, "ada")) == decided


def test_nothing_of_it_depends_on_what_people_keep_to_themselves(door: Door) -> None:
    ada, ben = door.world.person("ada", ask=["a hidden ask"]), door.world.person("ben")
    changed(door.world, "ada", asks_shown=AsksShown.NOBODY, access="step-free", access_for=SeenBy.MATCH)
    door.world.sent_round()

    def seen() -> list[Any]:
        return [door.post(f"/participants/{one.id}/export").text for one in (ada, ben)] + [
            door.call("DELETE", f"/participants/{one.id}?dry_run=true").text for one in (ada, ben)
        ]

    before = seen()
    assert not [word for word in ("a hidden ask", "step-free") if word in "".join(before)]
    group = door.world.mails(MailKind.INTRODUCTION, "ada")[-1].facts["group"]
    with door.world.database.writing() as session:
        person = session.get_one(Participant, ada.id)
        feedback.record(session, person, group, Answer(Met.YES, 5, "much", True), door.world.now)
    for _ in range(2):
        door.world.later(days=6)
        duties.ask(door.world.work)
        door.world.deliver()
    asked = door.world.mails(MailKind.REMINDER) + door.world.mails(MailKind.CHECK_IN)
    assert {mail.recipient for mail in asked} == {"ben@example.org"}
    raised(door.world, "ada", words="He would not stop", contact=True)
    door.world.block(ada, ben)
    changed(door.world, "ada", heard_at=door.world.now)
    assert seen() == before
    changed(door.world, "ada", state=ParticipantState.PAUSED, paused_until=door.world.now.date())
    paused = seen()
    changed(door.world, "ada", state=ParticipantState.HELD, held_for=HeldFor.SILENCE, paused_until=None)
    assert seen() == paused


# --- to be forgotten -------------------------------------------------------------------------------------------------


def test_an_erasure_says_first_what_would_go_and_then_forgets_all_of_it(door: Door) -> None:
    world = door.world
    zeb = world.person("zebulon.quux", "Estates", ask=["yodelling"])
    world.person("ben")
    world.sent_round("2026-W48")
    not_sent = door.drawn("2026-W49")
    path = f"/participants/{zeb.id}"
    goes = {"participant": zeb.id, "rounds": 2, "not_sent": [not_sent], "mails": 2}
    assert door.call("DELETE", f"{path}?dry_run=true").json() == goes | {"dry_run": True}
    assert (door.get(path).status_code, noted(door, ".erase")) == (200, [])
    assert kind(door.call("DELETE", path, headers={"If-Match": '"another"'})) == (412, "changed-since")
    tag = door.get(path).headers["etag"]
    assert door.call("DELETE", path, headers={"If-Match": tag}).json() == goes | {"dry_run": False}
    assert [problem(door.call(method, path))["status"] for method in ("GET", "DELETE")] == [404, 404]
    assert noted(door, ".erase") == [("participant.erase", "key:key", None, {})]
    assert [one["id"] for one in door.get(f"/rounds/{not_sent}/groups").json()["left_out"]] == [world.there("ben").id]
    rest = json.dumps([door.get(f"/rounds/{not_sent}/{what}").json() for what in ("groups", "messages", "changes")])
    assert not [word for word in ("zebulon", "Zebulon", "yodelling", zeb.id) if word in rest + door.post(AUDIT).text]


def test_a_restore_knows_whom_a_call_has_erased_and_a_trial_leaves_no_mark(sqlite_door: Door) -> None:
    world, settings = sqlite_door.world, sqlite_door.app.state.context.settings
    ada, ben = world.people(2)
    assert sqlite_door.call("DELETE", f"/participants/{ada.id}?dry_run=true").status_code == 200
    assert sqlite_door.call("DELETE", f"/participants/{ben.id}").status_code == 200
    assert list(Witness(settings.witness_file).erasures()) == [guard.erasure_mark(world.secret, ben.id)]
