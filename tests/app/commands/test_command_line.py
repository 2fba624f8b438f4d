"""The command line keeps its manners: help, exit codes, words instead of stack traces, clean answers for programs."""

import array
import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import create_engine, text

from tests.app.commands.conftest import Shell
from tests.conftest import SECRET_KEY
from tests.rig.server import ROOT, coffee

HEAVY = (
    "sqlalchemy",
    "pydantic",
    "fastapi",
    "networkx",
    "numpy",
    "dbos",
    "dns",
    "httpx",
    "structlog",
    "rich",
    "babel",
    "jinja2",
    "icalendar",
    "matching",
)
COMMANDS = {
    (): (
        "demo test serve worker migrate match report erase audit export backup restore programme people round key "
        "organiser mail config completion"
    ),
    ("programme",): "create change list show rhythm words",
    ("people",): "import list show change apart together blocks",
    ("export",): "people groups audit person",
    (
        "round",
    ): "open preview list adjust changes approve unapprove keep release schedule unschedule remind stop send status "
    "mails watch words cancel",
    ("key",): "create list revoke",
    ("organiser",): "invite list remove mails",
    ("mail",): "check guard inbound suppressed lift test try resend leave rematch list show decide preview",
    ("config",): "check",
}


# --- help ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "coffee")
def test_help_lists_the_commands_of_the_contract(words: tuple[str, ...], bare_shell: Shell) -> None:
    done = bare_shell(*words, "--help")
    listed = re.findall(r"^  ([a-z]+)  ", done.out.partition("Commands:")[2], re.MULTILINE)
    assert (done.code, sorted(listed)) == (0, sorted(COMMANDS[words].split()))


def test_help_names_what_to_write_and_no_type_of_python(bare_shell: Shell) -> None:
    commands = [(*group, word) for group, words in COMMANDS.items() if group for word in words.split()]
    for words in [*commands, ("serve",), ("worker",), ("demo",), ("migrate",), ("test",)]:
        done = bare_shell(*words, "--help")
        assert done.code == 0, words
        assert re.findall(r"<(?:\w+|\w+ range|%.*|list.*)>", done.out) == [], words


def test_every_fault_of_a_new_programme_is_named_at_once(file_shell: Shell) -> None:
    done = file_shell(
        *("programme", "create", "--slug", "No Spaces", "--name", " ", "--contact-email", "me", "--size", "9"),
        *("--time-zone", "Mars", "--quality", "2", "--shadows", "9", "--next-draw", "tomorrow"),
    )
    assert (done.code, done.out) == (2, "")
    assert sorted(line.partition(":")[0] for line in done.err.splitlines()) == [
        *("contact_email", "group_size", "name", "next_draw_on", "quality", "shadows", "slug", "time_zone")
    ]


def test_help_is_light(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import app.cli, sys; print(' '.join(sys.modules))"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(found.stdout.split()) & set(HEAVY) == set()


def test_it_says_which_version_it_is(bare_shell: Shell) -> None:
    assert re.fullmatch(r"coffee \d+\.\d+\.\d+\n", bare_shell("--version").out)


# --- exit codes ------------------------------------------------------------------------------------------------------


def test_done_is_0_and_a_second_migration_changes_nothing(bare_shell: Shell) -> None:
    bare_shell.set(DATABASE_URL="sqlite:///new.db")
    first, second = bare_shell("migrate", "--json"), bare_shell("migrate", "--json")
    assert first.json == second.json
    assert first.json["revision"]


def test_failed_is_1_with_the_reason_in_words(shell: Shell) -> None:
    create = ("programme", "create", "--slug", "eu", "--name", "Institute coffees")
    assert shell(*create).code == 0
    again = shell(*create)
    assert (again.code, again.out) == (1, "")
    assert again.err == "A programme called eu exists already. Take another slug.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("brew",), "No such command 'brew'"),
        (("programme", "create", "--name", "x"), "Missing option '--slug'"),
        (("programme", "create", "--slug", "No Spaces", "--name", "x"), "slug: must be 1 to 60 small letters"),
        (("programme", "create", "--slug", "eu", "--name", "x", "--time-zone", "Mars"), "time_zone: is not known."),
        (
            ("programme", "create", "--slug", "eu", "--name", "x", "--contact-email", "me"),
            "contact_email: is not an e-mail address",
        ),
        (("programme", "create", "--slug", "eu", "--name", "x", "--size", "9"), "group_size: must be at most 6."),
        (("round", "status", "eu"), "Name the round by its programme and period"),
        (("round", "open", "eu", "48th week"), "period: must be 1 to 40 letters"),
        (("key", "create"), "Missing option '--scope'"),
        (("people", "import", "eu"), "Name a file of people"),
        (("people", "import", "eu", "-", "--knows", "-"), "Only one file can be read from standard input"),
        (
            ("round", "send", "eu", "W1", "--deliver", "--url", "http://localhost:1"),
            "--deliver hands mails over from here",
        ),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_wrong(words: tuple[str, ...], said: str, file_shell: Shell) -> None:
    if words[:2] == ("round", "open"):
        file_shell("programme", "create", "--slug", "eu", "--name", "x")
    done = file_shell(*words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("words", [("programme", "list"), ("people", "import", "eu", "p.csv"), ("key", "list")])
def test_a_database_that_is_not_there_is_3_and_is_not_made_by_looking(
    words: tuple[str, ...], bare_shell: Shell
) -> None:
    done = bare_shell(*words)
    assert (done.code, done.err) == (3, "There is no database at coffee.db yet. Run: coffee migrate\n")
    assert list(bare_shell.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("revision", "said"),
    [("9999", "it is newer. Install the newer program."), (None, "Run: coffee migrate")],
    ids=["newer", "older"],
)
def test_a_database_that_does_not_fit_is_3(shell: Shell, database_url: str, revision: str | None, said: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        change = "UPDATE alembic_version SET version_num = :v" if revision else "DELETE FROM alembic_version"
        connection.execute(text(change), {"v": revision} if revision else {})
    engine.dispose()
    done = shell("programme", "list")
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    if revision:
        assert shell("migrate").code == 3


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"DATABASE_URL": "postgresql+psycopg://me:hidden-word@127.0.0.1:1/x"}, 1, "The database cannot be used"),
        ({"DATABASE_URL": "sqlite:////no/such/folder/coffee.db"}, 3, "There is no database at"),
        ({"DATABASE_URL": "hidden-word"}, 2, "COFFEE_DATABASE_URL is no database URL"),
        ({"SECRET_KEY": "hidden-word"}, 2, "COFFEE_SECRET_KEY: needs at least 32 characters"),
        ({"MAIL_RATE": "hidden-word"}, 2, "COFFEE_MAIL_RATE: must be a number."),
        ({"MAIL_RATE": "0"}, 2, "COFFEE_MAIL_RATE: must be more than 0."),
        ({"AUTO_MIGRATE": "perhaps"}, 2, "COFFEE_AUTO_MIGRATE: must be true or false."),
        ({"LOG_LEVEL": "LOUD"}, 2, "COFFEE_LOG_LEVEL: must be DEBUG, INFO, WARNING or ERROR."),
        ({"WORKER_ID": "a b"}, 2, "COFFEE_WORKER_ID: must be 3 to 40 letters, digits, dots, hyphens and underscores."),
        ({"DATABASE_URL": "mysql://me:hidden-word@h/x"}, 2, "sqlite:///coffee.db or postgresql+psycopg://"),
        ({"DATABASE_URL": "postgresql://me:hidden-word@h/x"}, 2, "sqlite:///coffee.db or postgresql+psycopg://"),
        ({"SECRET_KEY_FILE": "/no/such/file"}, 1, "COFFEE_SECRET_KEY_FILE names /no/such/file"),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_its_value_kept_quiet(
    settings: dict[str, str], code: int, said: str, bare_shell: Shell
) -> None:
    bare_shell.set(**settings)
    done = bare_shell("programme", "list")
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "hidden-word" not in done.err
    assert "Traceback" not in done.err


def test_what_nobody_foresaw_is_1_without_a_stack_trace_or_an_address(
    file_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("anna@example.org is not in the cupboard")

    monkeypatch.setattr("app.queries.programmes.programmes", broken)
    done = file_shell("programme", "list")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("This should not have happened: LookupError: [address] is not in the cupboard\n")


# --- Ctrl-C, broken pipes, full disks --------------------------------------------------------------------------------


def test_control_c_is_130_and_quiet(sqlite_url: str, tmp_path: Path) -> None:
    environment = {"COFFEE_DATABASE_URL": sqlite_url, "COFFEE_SECRET_KEY": SECRET_KEY}
    assert (
        coffee(
            "programme", "create", "--slug", "eu", "--name", "x", environment=environment, folder=tmp_path
        ).returncode
        == 0
    )
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "people", "import", "eu", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        process.stdin.write("email,name,team\n")
        process.stdin.flush()
        while _unread(process.stdin):  # then it waits for more
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


def _unread(pipe: IO[str]) -> bool:
    waiting = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0] > 0


@pytest.mark.parametrize("words", [("--help",), ("key", "list", "--json"), ("programme", "list")])
def test_a_reader_who_leaves_early_is_met_with_silence(words: tuple[str, ...], sqlite_url: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COFFEE_DATABASE_URL": sqlite_url},
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_answer_that_cannot_be_written_is_a_failure(sqlite_url: str, tmp_path: Path) -> None:
    with Path(os.devnull).open("r") as not_for_writing:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "key", "list", "--json"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COFFEE_DATABASE_URL": sqlite_url},
            stdout=not_for_writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "Bad file descriptor.\n")
