"""`coffee people import` of many lines: written in bundles, taken up after a kill, followed on a remote service."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from app.db import Database
from app.main import create_app
from app.models import ImportJob, MailedLink, OutgoingMail, Participant, PastMeeting
from app.settings import Settings
from tests.app.commands.conftest import Shell, people_lines
from tests.conftest import SECRET_KEY
from tests.rig.server import coffee, served

MANY = 1_200
PEOPLE = ["email,name,team", *(f"p{n}@example.org,Person {n},Team {n % 9}" for n in range(MANY))]
PAST = ["round,a,b", *(f"1,p{n}@example.org,p{n + 1}@example.org" for n in range(0, 600, 2))]
SCOPES = ("--scope", "read", "--scope", "write")


@pytest.fixture
def empty(shell: Shell) -> Shell:
    """A shell with an empty programme `eu`, and files of many people and some history."""
    assert shell("programme", "create", "--slug", "eu", "--name", "Institute coffees").code == 0
    shell.write("people.csv", *PEOPLE)
    shell.write("past.csv", *PAST)
    return shell


def rows(url: str) -> dict[str, int]:
    """How many rows there are of each kind."""
    database = Database(url)
    with database.reading() as session:
        tables = (Participant, PastMeeting, MailedLink, OutgoingMail)
        found = {one.__name__: session.exec(select(func.count()).select_from(one)).one() for one in tables}
    database.close()
    return found


def jobs(url: str) -> list[tuple[str, int]]:
    database = Database(url)
    with database.reading() as session:
        found = [(job.state.value, job.written) for job in session.exec(select(ImportJob))]
    database.close()
    return found


def test_many_lines_are_written_in_bundles_with_the_same_words(empty: Shell, database_url: str) -> None:
    done = empty("people", "import", "eu", "people.csv", "--history", "past.csv", "--active")
    assert (done.code, done.out) == (0, "")
    assert done.err == "People: 1,200 added.\nNew pairs: 300 of history.\n"
    assert jobs(database_url) == [("done", 1500)]
    said = empty("people", "import", "eu", "people.csv", "--active", "--json").json
    assert (said["dry_run"], said["usable"]["people"], said["report"]["unchanged"]) == (False, MANY, MANY)


@pytest.mark.parametrize(
    "moment",
    [
        "after commit: cli: open import",
        "import: people added#2",
        "before commit: import: bundle#2",
        "after commit: import: bundle#2",
        "import: bundle read#4",
        "before commit: import: bundle#5",
    ],
)
def test_who_is_killed_goes_on_with_the_same_command_and_nothing_comes_twice(
    empty: Shell, database_url: str, moment: str
) -> None:
    words = ("people", "import", "eu", "people.csv", "--history", "past.csv")
    environment = {"COFFEE_DATABASE_URL": database_url, "COFFEE_SECRET_KEY": SECRET_KEY}
    killed = coffee(*words, environment=environment | {"COFFEE_CRASH_AT": moment}, folder=empty.folder)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ((state, written),) = jobs(database_url)
    assert (state, written < 1500 or moment.endswith("#5")) == ("running", True)
    done = empty(*words)
    assert (done.code, done.err.splitlines()[1:]) == (
        0,
        ["People: 1,200 added, 1,200 asked to confirm by mail.", "New pairs: 300 of history."],
    )
    assert done.err.startswith(f"Going on with the import of these files, at line {written:,} of 1,500.")
    assert jobs(database_url) == [("done", 1500)]
    assert rows(database_url) == {"Participant": MANY, "PastMeeting": 300, "MailedLink": MANY, "OutgoingMail": MANY}


def test_what_is_wrong_with_one_of_many_lines_is_said_before_anything_is_written(
    empty: Shell, database_url: str
) -> None:
    empty.write("bad.csv", *PEOPLE, "nobody,Nobody,Red")
    done = empty("people", "import", "eu", "bad.csv", "--active")
    assert done.code == 2
    assert 'bad.csv, line 1202, column email: "nobody" is not an e-mail address.' in done.err
    assert (jobs(database_url), rows(database_url)["Participant"]) == ([], 0)
    done = empty("people", "import", "eu", "bad.csv", "--active", "--skip-bad", "--json")
    assert (done.json["report"]["added"], done.json["report"]["skipped_lines"], done.json["errors"]) == (MANY, 1, 1)


def test_a_dry_run_of_many_lines_writes_nothing(empty: Shell, database_url: str) -> None:
    done = empty("people", "import", "eu", "people.csv", "--dry-run")
    assert (done.code, done.err) == (
        0,
        "Lines that can be used: 1,200 of people.\nNothing was changed: this was a dry run.\n",
    )
    assert (jobs(database_url), rows(database_url)["Participant"]) == ([], 0)


def test_columns_of_other_names_are_guessed_told_and_can_be_named(empty: Shell) -> None:
    empty.write("other.csv", "First name,Last name,Kontakt,Department", "Ada,Lovelace,ada@example.org,Nursing")
    done = empty("people", "import", "eu", "other.csv", "--active", "--map", "email=Kontakt")
    assert (done.code, len(done.err.splitlines())) == (0, 3)
    assert 'note: other.csv, line 1, column team: "Department" is taken for it.' in done.err
    assert empty("people", "list", "eu", "--json").json["participants"][0]["name"] == "Ada Lovelace"
    for wrong in ("email", "=Kontakt", "email="):
        done = empty("people", "import", "eu", "other.csv", "--map", wrong)
        assert (done.code, f"--map {wrong}: write each column once" in done.err) == (2, True)


def test_a_sync_says_who_is_missing_and_sends_them_away_on_a_word(filled: Shell) -> None:
    few = filled.write("few.csv", "email,name,team", "person00@example.org,Person 00,Team 0")
    words = ("people", "import", "eu", few, "--active", "--sync")
    told = filled(*words)
    assert (told.code, told.err.splitlines()[-1]) == (0, "People: 1 as before, 5 not in the file.")
    assert 'note: few.csv: "Person 05" (person05@example.org) is in the programme and not in the file.' in told.err
    assert filled(*words, "--leavers", "leave", "--yes-really", "4").code == 1
    done = filled(*words, "--leavers", "leave", "--yes-really", "5")
    assert done.err.splitlines()[-1] == "People: 1 as before, 5 not in the file, 5 out of the programme."
    for more, said in (
        (("--leavers", "erase"), "write pause or leave"),
        (("--yes-really", "1"), "--yes-really goes with --leavers"),
    ):
        assert said in filled(*words, *more).err
    assert "--leavers goes with --sync" in filled(*words[:-1], "--leavers", "pause").err
    assert "--sync needs the file of people" in filled("people", "import", "eu", "--knows", few, "--sync").err


def test_past_pairs_of_another_tool_keep_people_from_meeting_again(filled: Shell, database_url: str) -> None:
    met = [("person00", "person01"), ("person02", "person03"), ("person04", "person05")]
    beans = [
        {"participant": f"{name}@example.org", "meeting": number, "date": "2026-03-02T15:00:00"}
        for number, pair in enumerate(met)
        for name in pair
    ]
    done = filled("people", "import", "eu", "--history", filled.write("beans.json", json.dumps(beans)))
    assert (done.code, done.err.splitlines()[-1]) == (0, "New pairs: 3 of history.")
    assert done.err.startswith("note: beans.json: This was read as meetings of Yelp Beans, a round each day: 1 round.")
    opened = filled("round", "open", "eu", "2026-W48", "--seed", "7", "--json").json
    assert opened["number"] == 2
    people = filled.write("people.csv", *people_lines(6))
    drawn = filled("match", "--people", people, "--history", "beans.json", "--seed", "7")
    assert "note: beans.json: This was read as meetings of Yelp Beans" in drawn.err
    pairs = {tuple(name.removesuffix("@example.org") for name in sorted(group)) for group in drawn.json["groups"]}
    assert len(pairs) == 3
    assert pairs.isdisjoint(met)


@pytest.fixture
def there(empty: Shell) -> Iterator[str]:
    """The URL of a service, with its worker, on the shell's own database; the shell holds a key for it."""
    empty.set(API_KEY=empty("key", "create", *SCOPES, "--json").json["key"])
    with served(create_app(Settings(_env_file=None), works=True)) as site:
        yield site.url


def test_many_lines_on_a_remote_service_are_followed_until_they_are_written(
    empty: Shell, there: str, database_url: str
) -> None:
    done = empty("people", "import", "eu", "people.csv", "--history", "past.csv", "--active", "--url", there)
    assert (done.code, done.err) == (0, "People: 1,200 added.\nNew pairs: 300 of history.\n")
    assert jobs(database_url) == [("done", 1500)]
    words = ("people", "import", "eu", "people.csv", "--active", "--json")
    few = ("people", "import", "eu", empty.write("few.csv", *PEOPLE[:1101]), "--sync", "--leavers", "leave")
    left = empty(*few, "--yes-really", "100", "--active", "--url", there, "--json").json
    assert (left["report"]["missing"], left["report"]["left"]) == (100, 100)
    here, away = (empty(*words, *more).json for more in ((), ("--url", there)))
    assert here == away


def test_a_bar_is_shown_on_a_terminal_and_none_in_a_pipe(
    empty: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("app.commands.terminal.progress_bar", _bar(told))
    assert empty("people", "import", "eu", "people.csv", "--active").code == 0
    assert told == [("people", 0.0), ("people", 500 / 1200), ("people", 1000 / 1200)]


def _bar(told: list[Any]) -> Any:
    from contextlib import contextmanager

    @contextmanager
    def bar(_: str) -> Iterator[Any]:
        yield lambda word, share: told.append((word, share))

    return bar
