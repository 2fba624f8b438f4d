"""Imports of many lines by API: written by a worker and followed; and who is not in the file."""

from typing import Any

import pytest

from app.queries import imports as queries
from app.services import import_jobs
from app.workflows import importing
from tests.app.api.door import Door, kind, problem
from tests.app.api.test_imports import DRY, NOTHING, PATH, PEOPLE, sent

MANY = "email,name,team\n" + "".join(f"p{n}@example.org,Person {n},Team {n % 9}\n" for n in range(1_001))


def written(door: Door) -> None:
    """What a worker does with imports that are written down."""
    with door.world.database.reading() as session:
        due = queries.due(session, door.world.now)
    for job_id in due:
        assert importing.take_up(door.world.work, job_id)
        assert importing.carry_on(door.world.work, job_id)


def test_many_lines_are_written_by_a_worker_and_can_be_followed(door: Door) -> None:
    history = "round,a,b\n1,p0@example.org,p1@example.org\n"
    answer = sent(door, people=MANY, history=history, flags={"active": "true"})
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/imports/{job['id']}"
    assert job == {
        "id": job["id"],
        "programme": "demo",
        "state": "running",
        "lines": 1_002,
        "written": 0,
        "progress": 0.0,
        "usable": {"people": 1_001, "history": 1, "blocks": 0, "knows": 0},
        "errors": 0,
        "report": NOTHING,
        "trouble": None,
        "verdicts": [],
        "created_at": job["created_at"],
        "finished_at": None,
    }
    assert door.get(answer.headers["location"]).json() == job
    written(door)
    done = door.get(f"/imports/{job['id']}").json()
    assert done == job | {
        "state": "done",
        "written": 1_002,
        "progress": 1.0,
        "report": NOTHING | {"added": 1_001, "history": 1},
        "finished_at": done["finished_at"],
    }
    assert done["finished_at"]
    assert door.get("/programmes/demo").json()["people"]["active"] == 1_001


@pytest.mark.parametrize("listed", [True, False], ids=["as JSON", "as a file"])
def test_more_than_a_thousand_lines_are_many(sqlite_door: Door, listed: bool) -> None:
    for number, expected in ((1_000, 200), (1_001, 202)):
        lines = [(f"p{n}@example.org", f"Person {n}", "Nursing") for n in range(number)]
        people = [dict(zip(("email", "name", "team"), line, strict=True)) for line in lines]
        text = "\n".join(["email,name,team", *map(",".join, lines)])
        key = f"{number}"
        answer = (
            sqlite_door.post(PATH, {"people": people}, idem=key) if listed else sent(sqlite_door, idem=key, people=text)
        )
        assert answer.status_code == expected, number


def test_the_same_many_lines_are_one_import_until_it_is_done(sqlite_door: Door) -> None:
    first, second = (sent(sqlite_door, idem=key, people=MANY).json() for key in "ab")
    assert first == second
    other = sent(sqlite_door, idem="c", people=MANY, flags={"active": "true"}).json()
    assert other["id"] != first["id"]
    for _ in range(2):  # one after the other
        written(sqlite_door)
    assert sent(sqlite_door, idem="d", people=MANY).json()["id"] not in (first["id"], other["id"])


def test_one_bad_line_of_many_stops_them_all(sqlite_door: Door) -> None:
    assert kind(sent(sqlite_door, people=MANY + "nobody,Nobody,Red\n")) == (422, "import-refused")
    answer = sent(sqlite_door, people=MANY + "nobody,Nobody,Red\n", flags={"skip_bad": "true"})
    assert (answer.status_code, answer.json()["errors"], answer.json()["lines"]) == (202, 1, 1_001)
    assert [one["line"] for one in answer.json()["verdicts"]] == [1_003]
    dry = sent(sqlite_door, DRY, idem=None, people=MANY)
    assert (dry.status_code, dry.json()["usable"]["people"], dry.json()["report"]) == (200, 1_001, None)


def test_trouble_is_told_without_its_words(sqlite_door: Door) -> None:
    """An exception may name people."""
    job = sent(sqlite_door, people=MANY).json()["id"]
    with sqlite_door.world.database.writing() as session:
        import_jobs.failed(session, job, "KeyError: ada@example.org", sqlite_door.world.now)
    said = sqlite_door.get(f"/imports/{job}").json()["trouble"]
    assert said == "It failed and is tried again by itself. The log of the worker says why."


# --- who is not in the file ------------------------------------------------------------------------------------------


def test_in_sync_who_is_not_in_the_file_is_told_and_nothing_is_done_without_a_word(door: Door) -> None:
    door.world.people(3)
    people = "email,name,team\nperson00@example.org,Person00,Team 0\n"
    answer = sent(door, people=people, flags={"sync": "true"}).json()
    assert answer["report"] == NOTHING | {"unchanged": 1, "missing": 2}
    assert answer["verdicts"] == [
        {
            "file": "people.csv",
            "line": 0,
            "column": None,
            "level": "note",
            "problem": f'"Person0{n}" (person0{n}@example.org) is in the programme and not in the file.',
            "remedy": "Nothing is done about it; leavers says what should be: pause or leave.",
        }
        for n in (1, 2)
    ]
    body = {"people": [{"email": "person00@example.org", "name": "Person00", "team": "Team 0"}], "sync": True}
    assert door.post(DRY, body).json()["verdicts"][0]["problem"].endswith("not in the file.")
    left = door.post(PATH, body | {"leavers": "leave"}, idem="2").json()
    assert left["report"] == NOTHING | {"unchanged": 1, "missing": 2, "left": 2}
    there = door.get("/programmes/demo").json()["people"]
    assert (there["active"], there["left"], sum(there.values())) == (1, 2, 3)


def test_many_leavers_have_to_be_named_by_their_number(door: Door) -> None:
    door.world.people(12)
    people = "email,name,team\n" + "".join(f"person0{n}@example.org,P,T\n" for n in range(6))
    flags = {"sync": "true", "leavers": "pause"}
    refused = sent(door, people=people, flags=flags)
    assert kind(refused) == (409, "too-many-leavers")
    assert "6 of 12 people are not in the file." in refused.json()["detail"]
    assert kind(sent(door, people=people, flags=flags | {"confirm_leavers": "5"})) == (409, "too-many-leavers")
    done = sent(door, people=people, flags=flags | {"confirm_leavers": "6"}).json()
    assert (done["report"]["missing"], done["report"]["paused"]) == (6, 6)


@pytest.mark.parametrize(
    ("flags", "place"),
    [
        ({"leavers": "leave"}, "leavers"),
        ({"sync": "true", "confirm_leavers": "3"}, "confirm_leavers"),
        ({"sync": "true", "leavers": "erase"}, "leavers"),
        ({"sync": "true", "leavers": "leave", "confirm_leavers": "many"}, "confirm_leavers"),
        ({"sync": "perhaps"}, "sync"),
    ],
)
def test_a_sync_of_another_shape_is_refused_at_its_place(sqlite_door: Door, flags: dict[str, str], place: str) -> None:
    assert [one["place"] for one in problem(sent(sqlite_door, people=PEOPLE, flags=flags))["errors"]] == [place]


def test_a_half_done_sync_is_found_again_although_fewer_are_missing_by_now(sqlite_door: Door) -> None:
    sqlite_door.world.people(12)
    files: dict[str, Any] = {
        "people": MANY,
        "flags": {"active": "true", "sync": "true", "leavers": "leave", "confirm_leavers": "12"},
    }
    first = sent(sqlite_door, idem="a", **files)
    assert first.status_code == 202, first.text
    world, job_id = sqlite_door.world, first.json()["id"]
    looks = iter([True] * 4 + [False])  # three bundles of people, and all leavers
    assert not importing.go_on(world.database, job_id, world.secret, lambda: world.now, wanted=lambda: next(looks))
    assert sqlite_door.get("/programmes/demo").json()["people"]["left"] == 12
    assert sent(sqlite_door, idem="b", **files).json()["id"] == job_id
