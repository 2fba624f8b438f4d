"""`coffee mail inbound` as a pipe command; `suppressed` and `lift`."""

import json
import os
from typing import Any

import pytest
from sqlmodel import update

from app.db import Database
from app.models import MailState, OutgoingMail
from app.security import return_tag
from tests.app.commands.conftest import Shell
from tests.conftest import SECRET_KEY
from tests.emails.inbound.corpus import every_case
from tests.factories import START


@pytest.fixture
def introduced(filled: Shell) -> Shell:
    """A round of six, drawn, with mails that wait; as if all of them had been handed over."""
    assert filled("round", "open", "eu", "2026-W48").code == 0
    database = Database(os.environ["COFFEE_DATABASE_URL"])
    with database.writing() as session:
        session.exec(
            update(OutgoingMail).values(
                state=MailState.SENT, attempts=1, released_at=START, not_before=START, finished_at=START
            )
        )
    database.close()
    return filled


def mail_of(shell: Shell, name: str) -> dict[str, Any]:
    rows = shell("round", "mails", "eu", "2026-W48", "--json").json
    return next(row for row in rows["messages"] if row["address"] == f"{name}@example.org")


def bounce(shell: Shell, name: str = "person00", case: str = "postfix: unknown user") -> tuple[str, str]:
    """A report about somebody's introduction, and the address it went to."""
    tag = return_tag(SECRET_KEY, mail_of(shell, name)["id"])
    data = next(one.data for one in every_case(tag, f"{name}@example.org") if one.name == case)
    return data.decode(), f"bounces+{tag}@coffee.example.net"


def test_a_report_from_the_pipe_closes_the_address_and_lifting_opens_it(introduced: Shell) -> None:
    text, _ = bounce(introduced)
    done = introduced("mail", "inbound", stdin=text)
    assert (done.code, done.out, done.err.strip()) == (0, "", "Taken.")
    assert introduced("mail", "inbound", stdin=text).err.strip() == "Taken before; nothing changed."
    told = introduced("mail", "suppressed", "--json").json
    assert told["counts"] == {"soft": 0, "hard": 1, "complaint": 0, "organiser": 0}
    assert [(line["address"], line["reason"], line["status"]) for line in told["addresses"]] == [
        ("person00@example.org", "hard", "5.1.1")
    ]
    assert "person00@example.org: hard 5.1.1, since 20" in introduced("mail", "suppressed").out
    assert introduced("mail", "lift", "Person00@Example.org").code == 0
    assert introduced("mail", "suppressed", "--json").json["addresses"] == []
    again = introduced("mail", "lift", "person00@example.org")
    assert (again.code, "Nothing stops mail" in again.err) == (1, True)


def test_the_envelope_address_may_tell_whom_it_is_about(introduced: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    text, address = bounce(introduced, case="postfix: only the envelope tells")
    assert "nothing changed" in introduced("mail", "inbound", stdin=text).err
    assert introduced("mail", "inbound", "--to", address, stdin=text).err.strip() == "Taken."
    text, address = bounce(introduced, "person01", case="postfix: only the envelope tells")
    monkeypatch.setenv("ORIGINAL_RECIPIENT", address)
    assert introduced("mail", "inbound", stdin=text).err.strip() == "Taken."


@pytest.mark.parametrize("junk", ["", "x", "\n\n\n", "Subject: hello\n\nbuy now", "\x00" * 1000, "x" * 3_000_000])
def test_junk_is_taken_and_changes_nothing(file_shell: Shell, junk: str) -> None:
    done = file_shell("mail", "inbound", stdin=junk)
    assert (done.code, "nothing changed" in done.err) == (0, True)


def test_while_the_database_is_away_the_mail_server_is_asked_to_come_again(bare_shell: Shell) -> None:
    bare_shell.set(SECRET_KEY=SECRET_KEY, DATABASE_URL="postgresql+psycopg://u:p4ss@localhost:1/none")
    done = bare_shell("mail", "inbound", stdin="x")
    assert (done.code, "p4ss" in done.err) == (75, False)
    bare_shell.set(DATABASE_URL="sqlite:///nowhere.db")
    assert bare_shell("mail", "inbound", stdin="x").code == 75


def test_without_a_secret_key_the_mail_server_is_asked_to_come_again(file_shell: Shell, monkeypatch: Any) -> None:
    monkeypatch.delenv("COFFEE_SECRET_KEY")
    tag = "a" * 42
    text = next(case.data for case in every_case(tag) if case.name == "postfix: unknown user").decode()
    assert file_shell("mail", "inbound", stdin=text).code == 75


def test_what_is_no_address_cannot_be_lifted(file_shell: Shell) -> None:
    done = file_shell("mail", "lift", "nonsense")
    assert (done.code, json.dumps(done.out)) == (2, '""')
