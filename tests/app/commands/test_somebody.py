"""One person, and files to take home, by command line: the same here as at a remote service."""

import csv
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from sqlmodel import update

from app.api.schemas import ParticipantChange, TopicsChange
from app.clock import now
from app.commands.failures import Stopped
from app.commands.remote import Remote
from app.db import Database
from app.models import MailState, OutgoingMail
from app.queries import exports
from tests.app.commands.conftest import Done, Shell

ADA = ("eu", "person00@example.org")


def both(shell: Shell, there: str, *words: str) -> tuple[Done, Done]:
    """The same command here and there."""
    return shell(*words), shell(*words, "--url", there)


def same(shell: Shell, there: str, *words: str) -> Any:
    """What both answer for programs."""
    here, away = both(shell, there, *words, "--json")
    assert away.json == here.json
    return here.json


def test_somebody_is_found_by_address_or_id_shown_and_changed_the_same_there_as_here(filled: Shell, there: str) -> None:
    found = same(filled, there, "people", "show", "eu", "Person00@EXAMPLE.org")
    assert (found["name"], found["team"]) == ("Person 00", "Team 0")
    assert same(filled, there, "people", "show", found["id"]) == found
    facts = ("--team", "Data", "--size", "3", "--often", "second", "--format", "remote", "--skip-next", "--host")
    lists = ("--asks", "statistics; writing", "--times", "")
    topics = found["topics"] | {"asks": ["statistics", "writing"]}
    after = found | {
        "team": "Data",
        "size": 3,
        "often": "second",
        "format": "remote",
        "skip_next": True,
        "topics": topics,
    }
    after["host"] = True
    assert same(filled, there, "people", "change", *ADA, *facts, *lists) == after
    assert same(filled, there, "people", "change", *ADA, "--size", "", "--format", "", "--team", "") == after | {
        "size": None,
        "format": None,
        "team": "",
    }
    paused = same(filled, there, "people", "change", *ADA, "--state", "paused", "--paused-until", "2099-01-01")
    assert paused["state"] == "paused"
    assert [
        one["email"] for one in same(filled, there, "people", "list", "eu", "--state", "paused")["participants"]
    ] == [ADA[1]]
    found = same(filled, there, "people", "list", "eu", "--search", "PERSON 03")["participants"]
    assert [one["email"] for one in found] == ["person03@example.org"]
    shown = filled("people", "show", *ADA)
    assert ("statistics; writing" in shown.out, shown.err) == (True, "")


def test_whatever_the_api_changes_of_a_person_a_command_changes_too(bare_shell: Shell) -> None:
    said = bare_shell("people", "change", "--help").out
    fields = (ParticipantChange.model_fields.keys() | TopicsChange.model_fields.keys()) - {"topics"}
    assert [name for name in sorted(fields) if f"--{name.replace('_', '-')}" not in said] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("people", "show", "eu", "nobody@example.org"), 1, "There is nobody with that address in the programme eu."),
        (("people", "show", "eu"), 2, "Name the person by programme and address"),
        (("people", "change", *ADA), 2, "Nothing to change"),
        (("people", "change", *ADA, "--size", "9"), 2, "size:"),
        (("people", "change", *ADA, "--state", "paused"), 2, "a pause needs a day that ends it"),
        (("erase", *ADA), 2, "Nobody was erased: there is no terminal to ask at."),
        (("export", "people", "eu", "--json"), 2, "name the file with --out"),
        (("export", "people", "eu", "--out", "."), 2, "this is a folder"),
        (("export", "people", "eu", "--out", "gone/people.csv"), 2, "there is no such folder"),
    ],
)
def test_what_cannot_be_is_refused_in_the_same_words_there_as_here(
    filled: Shell, there: str, words: tuple[str, ...], code: int, said: str
) -> None:
    for done in both(filled, there, *words):
        assert (done.code, done.out, said in done.err) == (code, "", True), done.err


def test_an_erasure_says_what_would_go_and_then_nobody_is_there(filled: Shell, there: str) -> None:
    would = same(filled, there, "erase", *ADA, "--dry-run")
    assert would | {"participant": ""} == {"participant": "", "dry_run": True, "rounds": 0, "not_sent": [], "mails": 0}
    here = filled("erase", *ADA, "--yes")
    gone = "All that is kept about Person 00 is gone: their place in 0 rounds, 0 of them not sent yet, and 0 mails of"
    assert (here.code, here.err) == (0, f"{gone} rounds.\n")
    assert filled("erase", "eu", "person01@example.org", "--yes", "--url", there).code == 0
    left = same(filled, there, "people", "list", "eu")["participants"]
    assert [one["name"] for one in left if one["name"] in ("Person 00", "Person 01")] == []
    assert len(left) == 4
    assert filled("erase", *ADA, "--yes").code == 1


@pytest.mark.parametrize("word", ["csv", "csv-bom", "xlsx"])
def test_people_are_saved_the_same_there_as_here(filled: Shell, there: str, word: str) -> None:
    options = ("--format", word, "--json", "-o")
    here = filled("export", "people", "eu", *options, "here").json
    away = filled("export", "people", "eu", *options, "away", "--url", there).json
    assert (here["file"], away["file"]) == ("here", "away")
    assert here["bytes"] == len((filled.folder / "here").read_bytes())
    rows = _rows(filled.folder / "here", word)
    assert rows[0] == list(exports.PEOPLE)
    assert len(rows) == 7
    assert _rows(filled.folder / "away", word) == rows


def _rows(path: Path, word: str) -> list[list[str]]:
    if word == "xlsx":
        with path.open("rb") as file:
            sheet = openpyxl.load_workbook(file).active
        assert sheet
        return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    text = path.read_text(encoding="utf-8")
    assert text.startswith("\ufeff") == (word == "csv-bom")
    return list(csv.reader(text.removeprefix("\ufeff").splitlines()))


def test_groups_the_audit_and_one_person_are_saved_and_each_is_noted(filled: Shell, there: str) -> None:
    assert filled("round", "open", "eu", "2026-W48", "--seed", "7").code == 0
    here, away = both(filled, there, "export", "groups", "eu", "2026-W48")
    assert (here.out.splitlines()[0], away.out) == (",".join(exports.GROUPS), here.out)
    mine, theirs = both(filled, there, "export", "person", *ADA)
    assert json.loads(mine.out) == json.loads(theirs.out)
    assert json.loads(mine.out)["email"] == ADA[1]
    saved = filled("export", "person", *ADA, "--out", "ada.json")
    assert (saved.code, (filled.folder / "ada.json").read_text(encoding="utf-8")) == (0, mine.out)
    trail, there_too = both(filled, there, "export", "audit", "eu")
    assert there_too.out.startswith(trail.out)
    noted = [row[1:3] for row in csv.reader(trail.out.splitlines()) if row[2].endswith(".export")]
    assert sorted(f"{actor.partition('_')[0]} {what}" for actor, what in noted) == [
        "cli audit.export",
        "cli participant.export",
        "cli participant.export",
        "cli round.export",
        "key:key participant.export",
        "key:key round.export",
    ]


def test_a_file_that_breaks_off_leaves_the_old_one(filled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Remote, path: str) -> Any:
        yield b"id,email"
        raise Stopped(1, "The file broke off.")

    filled.set(API_KEY="coffee_x")
    filled.write("people.csv", "as it was")
    monkeypatch.setattr(Remote, "pieces", broken)
    done = filled("export", "people", "eu", "--out", "people.csv", "--url", "http://localhost:1")
    assert (done.code, done.err) == (1, "The file broke off.\n")
    assert (filled.folder / "people.csv").read_text(encoding="utf-8") == "as it was\n"
    assert sorted(path.name for path in filled.folder.glob(".*.tmp")) == []


def test_what_a_service_sends_is_taken_part_by_part_and_a_no_is_told_in_its_words() -> None:
    def parts() -> Any:
        yield b"id,email\n"
        raise httpx.ReadError("connection lost")

    answers = {
        "/api/v1/a/export": httpx.Response(200, content=parts(), headers={"Content-Type": "text/csv"}),
        "/api/v1/b/export": httpx.Response(403, json={"detail": "This key may not write.", "status": 403}),
    }
    with httpx.Client(
        base_url="http://localhost", transport=httpx.MockTransport(lambda call: answers[call.url.path])
    ) as client:
        pieces = Remote(client).pieces("/a/export")
        assert next(pieces) == b"id,email\n"
        with pytest.raises(Stopped, match="The file broke off"):
            next(pieces)
        with pytest.raises(Stopped, match="may not write"):
            next(Remote(client).pieces("/b/export"))


def test_the_mails_of_a_programme_and_a_word_on_many_are_the_same_there_as_here(filled: Shell, there: str) -> None:
    assert filled("round", "open", "eu", "2026-W48", "--seed", "7").code == 0
    assert len(same(filled, there, "mail", "list", "eu")["messages"]) == 6
    assert same(filled, there, "mail", "list", "eu", "--state", "held")["messages"] == []
    database = Database(os.environ["COFFEE_DATABASE_URL"])
    moments, before = ("released_at", "not_before", "finished_at"), now() - timedelta(minutes=1)
    with database.writing() as session:
        gone = {"state": MailState.UNCERTAIN, "answer": "DATA: lost", "attempts": 1} | dict.fromkeys(moments, before)
        session.exec(update(OutgoingMail).values(gone))
    database.close()
    would = same(filled, there, "mail", "decide", "leave", "eu", "2026-W48", "--dry-run")
    assert would == {"do": "leave", "state": "held", "dry_run": True, "number": 6, "left": 0}
    done = filled("mail", "decide", "leave", "eu", "2026-W48", "--url", there)
    assert (done.code, done.err) == (0, "6 mails: these are left as they were.\n")
    again = filled("mail", "decide", "resend", "eu")
    assert (again.code, again.err) == (0, "0 mails: these wait to be sent again.\n")
    for refused in both(filled, there, "mail", "decide", "leave", "eu", "2026-W50"):
        assert (refused.code, "has no round 2026-W50" in refused.err) == (1, True)
    for refused in both(filled, there, "mail", "decide", "leave", "eu", "--state", "expired"):
        assert (refused.code, "is not one that this can be said of" in refused.err) == (2, True)
