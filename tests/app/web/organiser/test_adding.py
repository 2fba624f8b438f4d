"""People brought along by page: pasted, uploaded, their columns named, judged, imported; nothing before that."""

import csv
import io
import re
from datetime import timedelta

import httpx
import openpyxl
import pytest
from sqlmodel import select

from app.models import (
    AsksShown,
    ImportJob,
    ImportUpload,
    MailKind,
    Participant,
    ParticipantState,
    PastMeeting,
    Role,
    SeenBy,
)
from app.queries import imports as import_queries
from app.queries import programmes
from app.services import privacy, retention
from app.workflows import importing
from tests.app.web.organiser.desk import Desk

HERE = "/organiser/programmes/demo/people"
ADD = f"{HERE}/add"
TILE = re.compile(r'<dt>([^<]+)</dt><dd class="tile-number">([\d,]+)</dd>')
REFUSED = re.compile(
    r'<th scope="row"><span[^>]*>\w+ </span>(\d+)</th><td lang="en">.*?<bdi>([^<]*)</bdi></td>(?=<td lang)'
)
CHOSEN = re.compile(r'<select class="input" id="c(\d+)".*?</select>', re.DOTALL)
FILE = """Mail,Vorname,Nachname,Abteilung,Shoe size
sam@example.org,Sam,Okoro,Finance,44
priya@example.org,Priya,Nair,Estates,38
"""


def uploaded(desk: Desk, content: str | bytes, kind: str = "people", name: str = "people.csv") -> httpx.Response:
    data = content.encode() if isinstance(content, str) else content
    return desk.visitor.http.post(ADD, data={"kind": kind}, files={"file": (name, data)})


def pasted(desk: Desk, text: str, team: str = "") -> str:
    """Where the verdict on pasted addresses is."""
    answer = desk.post(ADD, pasted=text, team=team)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def judged(desk: Desk, content: str | bytes, columns: dict[str, str] | None = None, **more: str) -> str:
    """Where the verdict on a file is, with its columns as they are guessed, or as told."""
    place = uploaded(desk, content, **more).headers["location"]
    if more.get("kind", "people") == "people":
        answer = desk.post(f"{place}/columns", **(guesses(desk.get(place).text) if columns is None else columns))
        assert answer.headers["location"] == place, answer.text
    return place


def guesses(page: str) -> dict[str, str]:
    """The choices as they stand on the page of columns."""
    found = {}
    for one in CHOSEN.finditer(page):
        chosen = re.search(r'value="(\w*)" selected', one[0])
        found[f"c{one[1]}"] = chosen[1] if chosen else ""
    return found


def tiles(page: str) -> dict[str, int]:
    return {name: int(number.replace(",", "")) for name, number in TILE.findall(page)}


def imported(desk: Desk, place: str, **fields: str) -> str:
    """The import begun and written, and where it is followed."""
    answer = desk.post(f"{place}/import", **fields)
    assert answer.status_code == 303, answer.text
    world = desk.world
    with world.database.reading() as session:
        due = import_queries.due(session, world.now)
    for job in due:
        assert importing.take_up(world.work, job)
        assert importing.carry_on(world.work, job)
    return str(answer.headers["location"])


def there(desk: Desk) -> dict[str, str]:
    """Name by address."""
    with desk.world.database.reading() as session:
        return {one.email: one.name for one in session.exec(select(Participant))}


# --- pasted ----------------------------------------------------------------------------------------------------------


def test_pasted_addresses_are_judged_then_invited(desk: Desk) -> None:
    place = pasted(
        desk, "Sam Okoro <sam@example.org>, priya.nair@example.org\nnonsense; Sam <sam@example.org>", "Finance"
    )
    page = desk.get(place).text
    assert tiles(page) == {"New": 2, "Refused": 2}
    assert [line for line, _ in REFUSED.findall(page)] == ["3", "4"]
    assert "nonsense" in page
    assert there(desk) == {}
    followed = imported(desk, place)
    assert there(desk) == {"sam@example.org": "Sam Okoro", "priya.nair@example.org": "Priya Nair"}
    assert {mail.recipient for mail in desk.world.mails(MailKind.CONFIRM_SIGN_UP)} == set(there(desk))
    done = desk.get(followed).text
    assert tiles(done) == {"New": 2, "Asked by mail": 2, "Refused": 2}
    assert 'http-equiv="refresh"' not in done


def test_who_is_in_already_is_not_renamed_by_a_paste(desk: Desk) -> None:
    desk.world.person("sam", "Estates")
    place = pasted(desk, "SAM OKORO <sam@example.org>\nsam@example.org.invalid2.org", "Finance")
    assert tiles(desk.get(place).text) == {"New": 1, "As before": 1, "Refused": 0}
    imported(desk, place)
    assert there(desk)["sam@example.org"] == "Sam"
    assert "Estates" in desk.get(f"{HERE}/{desk.world.there('sam').id}").text


def test_what_is_changed_while_a_paste_waits_stays(desk: Desk) -> None:
    person = desk.world.person("sam", "Estates")
    place = pasted(desk, "sam@example.org\nann@example.org")
    desk.post(f"{place}/import")
    desk.post(f"{HERE}/{person.id}", action="about", name="Sam Newname", team="Finance")
    desk.world.person("ann", "Estates")
    desk.later(minutes=2)
    with desk.world.database.reading() as session:
        (job,) = import_queries.due(session, desk.world.now)
    assert importing.take_up(desk.world.work, job)
    assert importing.carry_on(desk.world.work, job)
    assert there(desk) == {"sam@example.org": "Sam Newname", "ann@example.org": "Ann"}
    assert "Finance" in desk.get(f"{HERE}/{person.id}").text
    assert desk.world.there("ann").team_id


@pytest.mark.parametrize(
    "fields", [{"pasted": " \n "}, {"pasted": ", ;"}, {"kind": "people"}, {"kind": "blocks", "pasted": ""}]
)
def test_nothing_to_read_is_said_beside_the_field(sqlite_desk: Desk, fields: dict[str, str]) -> None:
    answer = sqlite_desk.post(ADD, **fields)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text


# --- files -----------------------------------------------------------------------------------------------------------


def test_columns_are_guessed_corrected_and_remembered(desk: Desk) -> None:
    first = uploaded(desk, FILE).headers["location"]
    page = desk.get(first).text
    assert guesses(page) == {"c0": "email", "c1": "first_name", "c2": "last_name", "c3": "team", "c4": ""}
    for example in ("sam@example.org", "Okoro", "44"):
        assert f"<bdi>{example}</bdi>" in page
    told = {"c0": "email", "c1": "name", "c3": "location"}
    assert desk.post(f"{first}/columns", **told).status_code == 303
    imported(desk, first, consent="given")
    assert there(desk) == {"sam@example.org": "Sam", "priya@example.org": "Priya"}
    again = uploaded(desk, FILE.replace("Sam", "Samuel")).headers["location"]
    assert guesses(desk.get(again).text) == {"c0": "email", "c1": "name", "c2": "", "c3": "location", "c4": ""}
    other = uploaded(desk, "Mail,Name\na@example.org,A\n").headers["location"]
    assert guesses(desk.get(other).text) == {"c0": "email", "c1": "name"}


def test_a_file_is_imported_as_its_columns_say(desk: Desk) -> None:
    place = judged(desk, FILE)
    assert tiles(desk.get(place).text) == {"New": 2, "Refused": 0}
    imported(desk, place, consent="given")
    assert there(desk) == {"sam@example.org": "Sam Okoro", "priya@example.org": "Priya Nair"}
    assert {desk.world.there(name).state for name in ("sam", "priya")} == {ParticipantState.ACTIVE}
    assert desk.world.mails() == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"c1": "name"}, "No column holds the addresses."),
        ({"c0": "email", "c1": "name", "c2": "name"}, "Two columns cannot be the same."),
        ({"c0": "email", "c1": "name", "c2": "last_name"}, "The name is there twice."),
        ({"c0": "email", "c1": "password"}, "Two columns cannot be the same."),
    ],
)
def test_columns_that_do_not_go_together_are_refused(sqlite_desk: Desk, columns: dict[str, str], words: str) -> None:
    place = uploaded(sqlite_desk, FILE).headers["location"]
    answer = sqlite_desk.post(f"{place}/columns", **columns)
    assert answer.status_code == 422
    assert answer.text.count(words) == 2


def test_the_verdict_counts_who_is_new_changed_and_as_before_and_is_what_comes_of_it(desk: Desk) -> None:
    desk.world.people(3, teams=1)
    desk.world.person("gone", state=ParticipantState.ACTIVE)
    desk.post(f"{HERE}/{desk.world.there('gone').id}/leave")
    lines = ["person00@example.org,Person00,Team 0,", "person01@example.org,Another Name,Team 0,"]
    lines += ["person02@example.org,Person02,team  0,tea", "gone@example.org,Gone,,", "new@example.org,New,Brand new,"]
    place = judged(desk, "\n".join(["email,name,team,interests", *lines, "x,X,,"]))
    said = tiles(desk.get(place).text)
    assert said == {"New": 1, "Changed": 2, "As before": 1, "Have left, and stay out": 1, "Refused": 1}
    followed = imported(desk, place, consent="given")
    assert tiles(desk.get(followed).text) == said


@pytest.mark.parametrize("column", ["access", "asks"])
def test_no_count_tells_who_has_said_what_organisers_may_not_read(desk: Desk, column: str) -> None:
    desk.world.person("open")
    desk.world.person("hides", ask=["Burnout"])
    with desk.world.database.writing() as session:
        hides = session.merge(desk.world.there("hides"))
        hides.access, hides.access_for, hides.asks_shown = "A chair", SeenBy.NOBODY, AsksShown.NOBODY
        session.add(hides)
    lines = "".join(f"{name}@example.org,{name.title()},tea\n" for name in ("open", "hides"))
    place = judged(desk, f"email,name,{column}\n{lines}")
    assert tiles(desk.get(place).text) == {"New": 0, "As before": 2, "Refused": 0}
    assert tiles(desk.get(imported(desk, place)).text) == {"As before": 2}


def test_without_a_column_for_teams_people_keep_theirs(desk: Desk) -> None:
    desk.world.person("sam", "Finance")
    place = judged(desk, "email\nsam@example.org\nann_lee@example.org\n")
    assert tiles(desk.get(place).text) == {"New": 1, "As before": 1, "Refused": 0}
    imported(desk, place)
    assert desk.world.there("sam").team_id
    assert there(desk) == {"sam@example.org": "Sam", "ann_lee@example.org": "Ann Lee"}


def test_refused_lines_are_given_back_as_they_stood_and_harmless(desk: Desk) -> None:
    place = judged(desk, 'email,name,team\nsam@example.org,Sam,A\nno,=HYPERLINK("x"),A\n,Ann,B\n')
    expected = [
        ["line", "problem", "email", "name", "team"],
        ["3", '"no" is not an e-mail address. Write it like name@example.org.', "no", '\'=HYPERLINK("x")', "A"],
        ["4", "The e-mail address is missing. Write it like name@example.org.", "", "Ann", "B"],
    ]
    for path in (lambda: place, lambda: imported(desk, place)):
        answer = desk.get(f"{path()}/refused.csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="refused.csv"'
        assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))) == expected


def test_an_excel_file_is_read_like_any_other(desk: Desk) -> None:
    book = openpyxl.Workbook()
    assert book.active
    for row in (["E-Mail", "Name"], ["sam@example.org", "Sam"]):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    place = judged(desk, content.getvalue(), name="people.xlsx")
    assert tiles(desk.get(place).text) == {"New": 1, "Refused": 0}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 broken", "This is a broken Excel workbook."),
        (b"\x00\x01\x02\x03" * 50, ""),
        (b"email,email\na,b\n", "is there 2 times"),
        (b"\n\n", "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(sqlite_desk: Desk, content: bytes, words: str) -> None:
    answer = uploaded(sqlite_desk, content, name="<b>odd</b>.xlsx")
    assert answer.status_code == 422
    assert words in answer.text
    assert "<b>odd" not in answer.text
    with sqlite_desk.world.database.reading() as session:
        assert session.exec(select(ImportUpload)).all() == []


def test_a_huge_cell_is_refused_on_its_line(sqlite_desk: Desk) -> None:
    place = judged(sqlite_desk, f"email,name,team\nsam@example.org,{'x' * 50_000},A\nann@example.org,Ann,A\n")
    page = sqlite_desk.get(place).text
    assert tiles(page) == {"New": 1, "Refused": 1}
    assert len(page) < 60_000


def test_a_file_that_is_too_large_is_told_the_limit(sqlite_desk: Desk) -> None:
    answer = uploaded(sqlite_desk, b"x" * (17 * 1024 * 1024))
    assert answer.status_code == 413
    assert "at most 16 megabytes" in answer.text


def test_what_was_exported_comes_back_as_it_was(desk: Desk) -> None:
    desk.world.person("+plus@example.org")
    place = judged(desk, desk.post(f"{HERE}/export", format="csv").content)
    assert tiles(desk.get(place).text) == {"New": 0, "As before": 1, "Refused": 0}
    imported(desk, place)
    imported(desk, pasted(desk, "'+plus@example.org"))
    assert list(there(desk)) == ["+plus@example.org"]


def test_a_heading_is_no_formula_in_what_is_given_back(sqlite_desk: Desk) -> None:
    place = judged(sqlite_desk, "a,b,=1+cmd\nnobody@example.org,x@example.org,y\n", kind="knows")
    assert "'=1+cmd" in sqlite_desk.get(f"{place}/refused.csv").text


# --- the past --------------------------------------------------------------------------------------------------------


def test_past_pairs_come_the_same_way(desk: Desk) -> None:
    desk.world.people(3)
    text = "date,person 1,person 2\n2026-01-05,person00@example.org,Person01\n2026-02-05,Person00,nobody\n"
    place = judged(desk, text, kind="history", name="past.csv")
    page = desk.get(place).text
    assert tiles(page) == {"Pairs that can be used": 1, "Rounds": 1, "Refused": 1}
    assert "This was read as a list of people with dates" in page
    followed = imported(desk, place)
    assert tiles(desk.get(followed).text) == {"Pairs of the past": 1, "Refused": 1}
    known = judged(desk, "a,b\nperson01@example.org,person02@example.org\n", kind="knows")
    imported(desk, known)
    with desk.world.database.reading() as session:
        assert len(session.exec(select(PastMeeting)).all()) == 2


# --- who is not in the file ------------------------------------------------------------------------------------------


def without_most(desk: Desk) -> str:
    desk.world.people(12)
    return judged(desk, "email,name,team\nperson00@example.org,Person00,Team 0\n")


def test_nobody_goes_because_a_file_does_not_name_them(desk: Desk) -> None:
    place = without_most(desk)
    assert "11 people are in the programme and not in this file" in desk.get(place).text
    imported(desk, place, number="11", leavers="leave")  # and not ticked
    with desk.world.database.reading() as session:
        assert {one.state for one in session.exec(select(Participant))} == {ParticipantState.ACTIVE}


@pytest.mark.parametrize("number", ["", "10", "eleven"])
def test_those_who_go_have_to_be_counted(sqlite_desk: Desk, number: str) -> None:
    place = without_most(sqlite_desk)
    answer = sqlite_desk.post(f"{place}/import", sync="yes", leavers="leave", number=number)
    assert answer.status_code == 422
    assert answer.text.count("Enter how many go: 11.") == 2
    assert "checked" in answer.text.partition('name="sync"')[2][:40]


def test_those_who_are_counted_and_ticked_go(desk: Desk) -> None:
    followed = imported(desk, without_most(desk), sync="yes", leavers="pause", number="11")
    assert tiles(desk.get(followed).text) == {"As before": 1, "Paused": 11}


def test_one_more_who_has_come_since_must_be_counted_again(desk: Desk) -> None:
    place = without_most(desk)
    desk.world.person("late")
    answer = desk.post(f"{place}/import", sync="yes", leavers="leave", number="11")
    assert answer.status_code == 409
    assert "Enter how many go: 12." in answer.text
    imported(desk, place, sync="yes", leavers="leave", number="12")
    assert desk.world.there("late").state == ParticipantState.LEFT


def test_while_lines_are_refused_nobody_goes(sqlite_desk: Desk) -> None:
    sqlite_desk.world.people(3)
    place = judged(sqlite_desk, "email,name,team\nperson00@example.org,Person00,Team 0\nx,X,\n")
    page = sqlite_desk.get(place).text
    assert 'name="sync"' not in page
    assert sqlite_desk.post(f"{place}/import", sync="yes", leavers="leave", number="2").status_code == 422
    assert sqlite_desk.world.there("person02").state == ParticipantState.ACTIVE


# --- followed, pressed twice, forgotten ------------------------------------------------------------------------------


def test_an_import_is_followed_until_it_is_done(desk: Desk) -> None:
    place = judged(desk, FILE)
    followed = desk.post(f"{place}/import").headers["location"]
    page = desk.get(followed).text
    assert '<progress class="bar" id="bar" max="2" value="0">' in page
    assert f'content="3; url={followed}?auto=1"' in page
    assert "0 of 2 lines are written" in page
    assert 'http-equiv="refresh"' not in desk.get(f"{followed}?still=1").text
    assert "Is a worker running?" not in page
    assert followed in desk.get(HERE).text
    desk.later(minutes=2)
    assert "Is a worker running?" in desk.get(followed).text


def test_the_button_pressed_twice_begins_one_import(desk: Desk) -> None:
    place = judged(desk, FILE)
    first, second = (desk.post(f"{place}/import").headers["location"] for _ in range(2))
    assert first == second
    with desk.world.database.reading() as session:
        assert len(session.exec(select(ImportJob)).all()) == 1
        assert session.exec(select(ImportUpload)).all() == []


def test_a_file_that_is_not_imported_goes_at_a_word_or_after_a_day(desk: Desk) -> None:
    place = judged(desk, FILE)
    assert desk.post(f"{place}/forget").headers["location"] == ADD
    assert desk.get(place).status_code == 404
    judged(desk, FILE)
    with desk.world.database.writing() as session:
        for hours, number in ((23, 0), (25, 1)):
            moment = desk.world.now + timedelta(hours=hours)
            assert retention.forget(session, desk.world.settings, moment).uploads == number


def test_a_file_of_yesterday_cannot_be_opened_although_it_still_lies_there(desk: Desk) -> None:
    place = judged(desk, FILE)
    desk.later(minutes=25 * 60)
    assert [desk.get(f"{place}{path}").status_code for path in ("", "/columns", "/refused.csv")] == [404] * 3
    assert desk.post(f"{place}/import").status_code == 404
    assert there(desk) == {}


def test_a_name_that_none_of_ours_can_be_is_not_there(desk: Desk) -> None:
    assert desk.post(f"{ADD}/a%00b/forget").status_code == 404


def test_nothing_of_who_is_erased_lies_in_a_file_that_waits(desk: Desk) -> None:
    desk.world.person("sam")
    judged(desk, FILE)
    done = imported(
        desk, judged(desk, "email,name,team\nann@example.org,Ann,A\nx,Sam,A\nsam@example.org@,Y,A\ny,Maiden,A\n")
    )
    with desk.world.database.writing() as session:
        person = session.merge(desk.world.there("sam"))
        programme = programmes.programme(session, "demo", lock=True)
        privacy.erase(session, programme, person, now=desk.world.now, secret_key=desk.world.secret)
    with desk.world.database.reading() as session:
        assert session.exec(select(ImportUpload)).all() == []
    kept = desk.get(f"{done}/refused.csv").text
    assert "Sam" not in kept
    assert "sam@" not in kept
    assert "Maiden" not in kept, "perhaps an earlier name of theirs"


def test_what_belongs_to_others_is_not_there(desk: Desk) -> None:
    place = judged(desk, FILE)
    followed = desk.post(f"{place}/import").headers["location"]
    waiting = judged(desk, FILE)
    desk.world.programme("second")
    other = desk.elsewhere(desk.organiser(Role.ORGANISER, slug="second", name="bo"))
    for path in (waiting, followed, f"{waiting}/refused.csv", f"{followed}/refused.csv"):
        assert other.get(path).status_code == 404
        assert other.get(path.replace("/demo/", "/second/")).status_code == 404
    viewer = desk.elsewhere(desk.organiser(Role.VIEWER, name="vera"))
    for path in (ADD, waiting, followed):
        assert viewer.get(path).status_code == 403


def test_nothing_of_the_kind_is_read_before_it_is_known_who_sends_it(desk: Desk) -> None:
    stranger = desk.visitor.fresh().http.post(ADD, data={"kind": "people"}, files={"file": ("p.csv", b"x" * 1000)})
    assert stranger.status_code == 303
    assert stranger.headers["location"].startswith("/organiser/sign-in")
