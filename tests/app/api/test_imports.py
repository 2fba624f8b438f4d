"""People and their past, brought along with a verdict on every line."""

import io
import time
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from app.api.import_schemas import ImportBody
from app.models import Format, MailKind, ParticipantState, SeenBy
from tests.app.api.door import Door, kind, problem

PEOPLE = "email,name,team\nada@example.org,Ada Lovelace,Nursing\nben@example.org,Ben,Data\n"
PATH = "/programmes/demo/imports"
DRY = f"{PATH}?dry_run=true"
NOTHING = {
    "added": 0,
    "changed": 0,
    "unchanged": 0,
    "left_alone": 0,
    "invited": 0,
    "history": 0,
    "blocks": 0,
    "knows": 0,
    "missing": 0,
    "paused": 0,
    "left": 0,
    "skipped_lines": 0,
}


def sent(
    door: Door, path: str = PATH, *, idem: str | None = "k", flags: dict[str, str] | None = None, **files: Any
) -> Any:
    """An import of files, each given by its content."""
    parts = {name: (f"{name}.csv", content) for name, content in files.items()}
    return door.call("POST", path, idem=idem, files=parts, data=flags or {})


def emails(door: Door) -> list[str]:
    page = door.get("/programmes/demo/participants?limit=200").json()
    return sorted(person["email"] for person in page["participants"])


def test_files_bring_people_their_history_and_whom_not_to_meet(door: Door) -> None:
    answer = sent(
        door,
        flags={"active": "true"},
        people=PEOPLE + "cyd@example.org,Cyd,Data\n",
        history="round,a,b\n1,ada@example.org,ben@example.org\n",
        blocks="a,b\nada@example.org,cyd@example.org\n",
        knows="a;b\nben@example.org;cyd@example.org\n",
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "dry_run": False,
        "usable": {"people": 3, "history": 1, "blocks": 1, "knows": 1},
        "errors": 0,
        "report": NOTHING | {"added": 3, "history": 1, "blocks": 1, "knows": 1},
        "verdicts": [],
    }
    assert emails(door) == ["ada@example.org", "ben@example.org", "cyd@example.org"]
    assert door.get("/programmes/demo").json()["people"]["active"] == 3
    assert door.world.mails() == []


def test_json_brings_the_same_as_files(door: Door) -> None:
    person = {
        "email": "ada@example.org",
        "name": "Ada",
        "team": "Nursing",
        "id": "7",
        "interests": ["tea", "rounds; no".replace(";", ",")],
        "size": 3,
        "trios": 2,
        "paused_until": None,
        "time_zone": "Europe/Rome",
        "manager_email": "Maya@Example.org",
    }
    body = {
        "people": [person, {"email": "ben@example.org", "name": "Ben"}],
        "history": [[1, "7", "ben@example.org"], {"round": 2, "a": "ben@example.org", "b": "7"}],
        "blocks": [],
        "knows": [["7", "ben@example.org"]],
        "active": True,
    }
    answer = door.post(PATH, body, idem="k")
    assert answer.status_code == 200, answer.text
    assert answer.json()["report"] == NOTHING | {"added": 2, "history": 2, "knows": 1}
    assert answer.json()["verdicts"] == [
        {
            "file": "people",
            "line": 2,
            "column": "team",
            "level": "warning",
            "problem": "The team is empty.",
            "remedy": "Nobody counts as a colleague of this person; write the team if there is one.",
        }
    ]
    found = {one["email"]: one for one in door.get("/programmes/demo/participants").json()["participants"]}
    ada = found["ada@example.org"]
    assert (ada["known_as"], ada["size"], ada["team"], ada["time_zone"]) == ("7", 3, "Nursing", "Europe/Rome")
    assert found["ben@example.org"]["time_zone"] == ""
    assert [found[f"{name}@example.org"]["manager_email"] for name in ("ada", "ben")] == ["Maya@example.org", ""]
    assert ada["topics"]["interests"] == ["tea", "rounds, no"]


def test_a_dry_run_gives_the_verdict_and_writes_nothing(door: Door) -> None:
    answer = sent(door, DRY, idem=None, people=PEOPLE + "nobody,Nobody,Data\n", blocks="a,b\nada@example.org,x\n")
    assert answer.status_code == 200
    assert answer.json() == {
        "dry_run": True,
        "usable": {"people": 2, "history": 0, "blocks": 0, "knows": 0},
        "errors": 2,
        "report": None,
        "verdicts": [
            {
                "file": "people.csv",
                "line": 4,
                "column": "email",
                "level": "error",
                "problem": '"nobody" is not an e-mail address.',
                "remedy": "Write it like name@example.org.",
            },
            {
                "file": "blocks.csv",
                "line": 2,
                "column": "b",
                "level": "error",
                "problem": '"x" names nobody in people.csv.',
                "remedy": "Correct it, or add the person to people.csv.",
            },
        ],
    }
    assert emails(door) == []


def test_one_bad_line_stops_an_import_unless_bad_lines_are_skipped(door: Door) -> None:
    people = PEOPLE + "ada@EXAMPLE.org,Ada again,Data\n"
    assert problem(sent(door, people=people)) == {
        "type": "/api/v1/problems/import-refused",
        "title": "Nothing was imported: some lines cannot be used.",
        "status": 422,
        "detail": "1 thing is wrong. Correct it, or send skip_bad to import the rest.",
        "errors": [
            {
                "place": "people.csv, line 4, column email",
                "detail": "This address is already on line 2.",
                "file": "people.csv",
                "line": 4,
                "column": "email",
                "level": "error",
                "remedy": "Keep one of the two lines.",
            }
        ],
    }
    assert emails(door) == []
    answer = sent(door, idem="k", people=people, flags={"skip_bad": "true"})
    assert answer.json()["report"] == NOTHING | {"added": 2, "invited": 2, "skipped_lines": 1}
    assert emails(door) == ["ada@example.org", "ben@example.org"]


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a missing column": ({"people": "email,name\na@example.org,A\n"}, "people.csv, line 1"),
    "a broken address": ({"people": "email,name,team\na@@b,A,T\n"}, "people.csv, line 2, column email"),
    "a wrong delimiter": ({"people": "email|name|team\na@example.org|A|T\n"}, "people.csv, line 1"),
    "an encoding error": (
        {"people": b"email,name,team\na@example.org,M\xfcller,T\n"},
        "people.csv, line 2, column name",
    ),
    "a block that names nobody": (
        {"people": PEOPLE, "blocks": "a,b\nada@example.org,who\n"},
        "blocks.csv, line 2, column b",
    ),
    "a history about strangers": (
        {"history": "round,a,b\n1,x@example.org,y@example.org\n"},
        "history.csv, line 2, column a",
    ),
    "a list that is too long": (
        {"people": "email,name,team,asks\na@example.org,A,T,a;b;c;d;e;f;g;h;i;j;k;l;m\n"},
        "people.csv, line 2, column asks",
    ),
    "an empty file": ({"people": ""}, "people.csv"),
    "no file of text": ({"people": b"%PDF-1.7"}, "people.csv"),
    "half a workbook": ({"people": b"PK\x03\x04broken"}, "people.csv"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_each_way_to_be_wrong_is_named_by_file_line_and_column(sqlite_door: Door, what: str) -> None:
    files, place = BROKEN[what]
    found = problem(sent(sqlite_door, **files))
    assert found["type"] == "/api/v1/problems/import-refused"
    assert found["errors"][0]["place"] == place
    assert all(one["detail"] and one["remedy"] for one in found["errors"])
    assert emails(sqlite_door) == []


def test_a_file_that_cannot_be_used_at_all_is_refused_also_when_bad_lines_are_skipped(sqlite_door: Door) -> None:
    answer = sent(sqlite_door, people="email,name\na@example.org,A\n", flags={"skip_bad": "true"})
    assert kind(answer) == (422, "import-refused")


def test_a_workbook_is_read_like_a_csv(sqlite_door: Door) -> None:
    book = openpyxl.Workbook()
    for row in (("email", "name", "team"), ("ada@example.org", "Ada", "Nursing")):
        book.active.append(row)  # type: ignore[union-attr]
    content = io.BytesIO()
    book.save(content)
    assert sent(sqlite_door, people=content.getvalue()).json()["report"]["added"] == 1


def test_who_is_new_gets_one_mail_to_confirm_however_often_the_file_comes(door: Door) -> None:
    for key, report in (("1", {"added": 2, "invited": 2}), ("2", {"unchanged": 2})):
        assert sent(door, idem=key, people=PEOPLE).json()["report"] == NOTHING | report
    assert len(door.world.mails(MailKind.CONFIRM_SIGN_UP)) == 2


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "files"),
        ({"people": [{"email": "a@example.org"}]}, "#/people/0/name"),
        ({"people": [{"email": "a@example.org", "name": "A", "state": "active"}]}, "#/people/0/state"),
        ({"people": [{"email": "a@example.org", "name": "A", "size": 4}]}, "#/people/0/size"),
        ({"people": [{"email": "a@example.org", "name": "A", "interests": ["a;b"]}]}, "#/people/0/interests/0"),
        ({"people": [{"email": "a\n@example.org", "name": "A"}]}, "#/people/0/email"),
        ({"history": [["1", "a", "b"]]}, "#/history/0/round"),
        ({"history": [[1, "a"]]}, "#/history/0"),
        ({"blocks": [["a", "b", "c"]]}, "#/blocks/0"),
        ({"people": "a@example.org"}, "#/people"),
        ({"active": "yes", "people": []}, "#/active"),
    ],
)
def test_json_of_another_shape_is_refused_at_its_place(sqlite_door: Door, body: Any, place: str) -> None:
    errors = problem(sqlite_door.post(PATH, body, idem="k"))["errors"]
    assert [one.get("pointer") or one["place"] for one in errors] == [place]


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"peopel": ("p.csv", PEOPLE)}, "peopel"),
        ({"active": (None, "perhaps")}, "active"),
        ({"people": (None, PEOPLE)}, "people"),
        ({"active": ("a.csv", "true")}, "active"),
    ],
)
def test_a_form_with_a_part_nobody_knows_is_refused(sqlite_door: Door, parts: Any, place: str) -> None:
    answer = sqlite_door.call("POST", PATH, idem="k", files=parts)
    assert [one["place"] for one in problem(answer)["errors"]] == [place]


def test_a_form_that_is_cut_off_or_has_too_many_parts_is_refused(sqlite_door: Door) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    halves = [b"--x\r\nContent-Disposition: form-data; name=", b"\x00" * 50, b""]
    for body in halves:
        answer = sqlite_door.call("POST", PATH, idem="k", content=body, headers=headers)
        assert answer.status_code in (400, 422), answer.text
        problem(answer)
    many = [("people", (f"{n}.csv", PEOPLE)) for n in range(9)]
    assert kind(sqlite_door.call("POST", PATH, idem="k", files=many)) == (400, "malformed")
    assert kind(sqlite_door.call("POST", PATH, idem="k", files=many[:2])) == (422, "bad-input")


def test_a_hostile_file_name_harms_nothing(sqlite_door: Door) -> None:
    for name in ('../../x".csv', "\u202egnp.exe", "a" * 500, "é\x7f"):
        answer = sqlite_door.call("POST", DRY, files={"people": (name, "email\n")})
        assert (answer.status_code, answer.json()["errors"]) == (200, 2)
        assert all(len(one["file"]) <= 82 for one in answer.json()["verdicts"])


def test_what_organisers_bring_along_is_not_counted_against_the_caps_of_strangers(door: Door) -> None:
    rows = "".join(f"ada+{number}@example.org,Ada,Data\n" for number in range(9))
    answer = sent(door, people=f"email,name,team\n{rows}")
    assert answer.json()["report"]["invited"] == 9
    assert len(door.world.mails(MailKind.CONFIRM_SIGN_UP)) == 9
    for _ in range(9):
        door.world.ask_to_join("ada+0@example.org")
    assert len(door.world.mails(MailKind.CONFIRM_SIGN_UP)) == 9 + 4, "strangers are"


def test_an_import_fills_how_people_meet_and_what_they_need_where_they_have_said_nothing(door: Door) -> None:
    door.world.person("ada")
    ben = door.world.person("ben")
    with door.world.database.writing() as session:
        row = session.merge(ben)
        row.format, row.access, row.access_for = Format.REMOTE, "Captions", SeenBy.MATCH
    people = [
        {"email": f"{name}@example.org", "name": name.title(), "formats": ["in person"], "access": "A ramp"}
        for name in ("ada", "ben", "cem")
    ]
    body = {"people": people, "active": True}
    assert door.post(PATH, body, idem="1").json()["report"] == NOTHING | {"added": 1, "changed": 1, "unchanged": 1}
    assert door.post(PATH, body, idem="2").json()["report"] == NOTHING | {"unchanged": 3}
    found = {one["email"]: one for one in door.get("/programmes/demo/participants").json()["participants"]}
    assert {email: (one["format"], one["access"]) for email, one in found.items()} == {
        "ada@example.org": ("in_person", "A ramp"),
        "ben@example.org": ("remote", ""),  # theirs, and not for organisers
        "cem@example.org": ("in_person", "A ramp"),
    }
    ben = door.world.there("ben")
    assert (ben.access, ben.access_for) == ("Captions", SeenBy.MATCH)
    assert door.world.there("ada").access_for == SeenBy.ORGANISER
    assert [door.world.there(name).invited for name in ("ada", "ben", "cem")] == [True] * 3


def test_what_people_have_said_themselves_goes_first_and_the_rest_is_filled(door: Door) -> None:
    door.world.person("ada", ask=["statistics"])
    person = {"email": "ada@example.org", "name": "Ada", "asks": ["budgets"], "offers": ["Tea", "tea "], "size": 3}
    for key, report in (("1", {"changed": 1}), ("2", {"unchanged": 1})):
        assert door.post(PATH, {"people": [person], "active": True}, idem=key).json()["report"] == NOTHING | report
    found = door.get("/programmes/demo/participants").json()["participants"][0]
    assert (found["topics"]["asks"], found["topics"]["offers"], found["size"]) == (["statistics"], ["Tea"], 3)


def test_who_has_left_is_left_alone_and_may_come_back_by_their_own_button(door: Door) -> None:
    ada = door.world.person("ada", "Nursing", state=ParticipantState.LEFT)
    with door.world.database.writing() as session:
        session.merge(ada).left_at = door.world.now
    people = "email,name,team,paused_until\nada@example.org,Another,Data,2030-01-01\n"
    answer = sent(door, people=people, flags={"active": "true"}).json()
    assert answer["report"] == NOTHING | {"left_alone": 1}
    left = door.world.there("ada")
    assert (left.state, left.name, left.team_id, left.invited) == (ParticipantState.LEFT, "Ada", ada.team_id, True)


def test_who_is_there_follows_the_file_and_pauses_and_comes_in_by_it(door: Door) -> None:
    door.world.person("ada", "Nursing")
    door.world.sign_up("ben", "Nursing")
    people = "email,name,team,paused_until\nADA@Example.org,Ada L,,2030-01-01\nben@example.org,Ben,Data,\n"
    answer = sent(door, people=people, flags={"active": "true"}).json()
    assert answer["report"] == NOTHING | {"changed": 2}
    found = {one["name"]: one for one in door.get("/programmes/demo/participants").json()["participants"]}
    ada = found["Ada L"]
    assert (ada["state"], ada["team"]) == ("paused", "")
    assert (found["Ben"]["state"], found["Ben"]["team"]) == ("active", "Data")
    assert found["Ben"]["confirmed_at"]


@pytest.mark.parametrize("times", [30, 31])
def test_an_import_brings_as_many_times_as_a_week_has(sqlite_door: Door, times: int) -> None:
    person = {"email": "ada@example.org", "name": "Ada", "times": [f"time {n}" for n in range(times)]}
    answer = sqlite_door.post(PATH, {"people": [person], "active": True}, idem="k")
    assert answer.status_code == (200 if times == 30 else 422)


def test_a_form_says_which_heading_is_which_column(sqlite_door: Door) -> None:
    people = "Contact,Full name,Unit\nada@example.org,Ada,Nursing\n"
    answer = sent(sqlite_door, people=people, flags={"map": '{"email": "Contact", "team": "unit"}'})
    assert (answer.status_code, answer.json()["report"]["added"]) == (200, 1)
    assert [(one["level"], one["column"], one["problem"]) for one in answer.json()["verdicts"]] == [
        ("note", "name", '"Full name" is taken for it.')
    ]
    assert [one["team"] for one in sqlite_door.get("/programmes/demo/participants").json()["participants"]] == [
        "Nursing"
    ]


def test_a_json_body_says_which_field_is_which_column(door: Door) -> None:
    people = [
        {"Mail": "ada@example.org", "First": "Ada", "Last": "Lovelace", "Unit": "Nursing", "tags": ["tea"]},
        {"Mail": "ben@example.org", "First": "Ben", "Last": "", "team": "Data"},
    ]
    wanted = {"email": "Mail", "name": "First+Last", "team": "Unit", "interests": "tags"}
    answer = door.post(PATH, {"people": people, "map": wanted, "active": True}, idem="k")
    assert (answer.status_code, answer.json().get("report", {}).get("added")) == (200, 2), answer.text
    found = {one["email"]: one for one in door.get("/programmes/demo/participants").json()["participants"]}
    ada, ben = found["ada@example.org"], found["ben@example.org"]
    assert (ada["name"], ada["team"], ada["topics"]["interests"]) == ("Ada Lovelace", "Nursing", ["tea"])
    assert (ben["name"], ben["team"]) == ("Ben", "Data")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"name": "Full name"}, "no entry of people has"),
        ({"password": "name"}, ""),
        ({"name": ""}, ""),
        ({"name": 3}, ""),
        ({"name": "Unit+" * 3 + "Unit"}, "3 at most"),
        ({"name": "x" * 501}, "at most 500 characters"),
        ([], ""),
    ],
)
def test_a_map_in_json_that_fits_nothing_is_refused(sqlite_door: Door, wanted: Any, words: str) -> None:
    body = {"people": [{"email": "ada@example.org", "name": "Ada", "Unit": "x"}], "map": wanted}
    answer = sqlite_door.post(PATH, body, idem="k")
    assert answer.status_code == 422
    assert words in answer.text
    unmapped = body | {"map": {"team": "email"}}
    assert sqlite_door.post(PATH, unmapped, idem="l").status_code == 422, "a field that nothing names"


@pytest.mark.parametrize("part", [["Ada"], {"a": "b"}, True, 1.5])
def test_only_texts_and_whole_numbers_are_put_together(sqlite_door: Door, part: Any) -> None:
    person = {"email": "ada@example.org", "First": part, "Last": "Lovelace"}
    answer = sqlite_door.post(PATH, {"people": [person], "map": {"name": "First+Last"}, "active": True}, idem="k")
    assert answer.status_code == 422
    assert "neither texts nor whole numbers" in answer.text


def test_a_map_costs_no_time_before_it_is_refused() -> None:
    body = {"map": {"name": "+".join(["a"] * 100_000)}, "people": [{"a": ""}] * 300}
    began = time.process_time()
    with pytest.raises(ValidationError):
        ImportBody.model_validate(body)
    assert time.process_time() - began < 0.5


def test_a_heading_of_a_file_put_together_of_too_many_is_refused(sqlite_door: Door) -> None:
    answer = sent(sqlite_door, people=PEOPLE, flags={"map": '{"team": "name+name+name+name"}'})
    assert "There is no column" in answer.text


@pytest.mark.parametrize("given", ["[]", '{"name": 3}', '{"name": ""}', '"name"', "{", "", '{"name": 1e999}'])
def test_a_map_of_another_shape_is_refused(sqlite_door: Door, given: str) -> None:
    errors = problem(sent(sqlite_door, people=PEOPLE, flags={"map": given}))["errors"]
    assert errors == [{"place": "map", "detail": "is no JSON object of texts.", "remedy": errors[0]["remedy"]}]


def test_history_of_another_tool_is_recognised(sqlite_door: Door) -> None:
    history = "Date,Person 1,Person 2\n2026-03-02,Ada Lovelace,ben@example.org\n"
    answer = sent(sqlite_door, people=PEOPLE, history=history, flags={"active": "true"}).json()
    assert answer["report"] == NOTHING | {"added": 2, "history": 1}
    assert [(one["level"], one["problem"]) for one in answer["verdicts"]] == [
        ("note", "This was read as a list of people with dates, a round each day: 1 round.")
    ]
