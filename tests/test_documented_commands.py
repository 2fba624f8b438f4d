"""What README and docs tell people to type is run here as it stands there, in order, on a database of its own.

docs/first-programme.md and docs/api-tour.md have tests of their own.
"""

import re
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlmodel import select

from app.clock import now
from app.db import Database
from app.models import Organisation, SuppressionReason
from app.services import suppression
from tests.conftest import SECRET_KEY
from tests.rig.server import ROOT, Service, coffee
from tests.rig.smtp import SinkProcess, sink_process
from tests.test_docs import DOCUMENTS

LINE = re.compile(r"^    \./coffee ((?:.*\\\n)*.+)$", re.MULTILINE)
ELSEWHERE = {"demo", "test"}
"""Run by tests/app/commands/test_demo.py, and by whoever runs this."""
FILES = {
    "people.csv": "email,name,team\n" + "".join(f"p{n}@example.org,Person {n},Team {n % 3}\n" for n in range(10)),
    "knows.csv": "a,b\np0@example.org,p1@example.org\n",
    "history.csv": "round,a,b\n1,p0@example.org,p4@example.org\n",
    "blocks.csv": "a,b\np2@example.org,p3@example.org\n",
}
NAMES = {
    "FILE": "saved.db",
    "ana@example.org": "p1@example.org",
    "bo@example.org": "p5@example.org",
    "ada@example.org": "p2@example.org",
}
"""Whom and what a document names, and who is there."""
SEED = ("--seed", "7")
"""Where chance decides, the two who are named may sit together, and then there is nothing to swap."""
BARE = re.compile(r"^    coffee ", re.MULTILINE)
READY = ("programme create --slug eu --name Coffees", "people import eu people.csv --active")
PATIENCE = 60.0


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with sink_process(tmp_path / "mail.journal") as running:
        yield running


@pytest.fixture
def environment(tmp_path: Path, sink: SinkProcess) -> dict[str, str]:
    """Settings of a fresh database, in a folder with the files that documents name."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return {
        "COFFEE_DATABASE_URL": f"sqlite:///{tmp_path / 'coffee.db'}",
        "COFFEE_SECRET_KEY": SECRET_KEY,
        "COFFEE_SMTP_URL": sink.url,
        "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
    }


def lines_of(document: str) -> list[list[str]]:
    """The commands that stand in a document as lines of their own, in words, without comments."""
    found = LINE.findall((ROOT / document).read_text(encoding="utf-8"))
    words = [shlex.split(line.replace("\\\n", " "), comments=True) for line in found]
    return [line for line in words if line[0] not in ELSEWHERE]


def run(line: list[str], environment: dict[str, str], folder: Path, may: tuple[int, ...] = (0,)) -> str:
    """A line as it stands there, with names of people who are here; what it said."""
    words = [NAMES.get(word, word) for word in line]
    if words[0] == "restore":
        words.append("--yes")  # nobody is here to be asked
    if words[:2] == ["round", "open"]:
        words += SEED
    done = coffee(*words, environment=environment, folder=folder)
    assert done.returncode in may, (line, done.stdout, done.stderr)
    return done.stdout + done.stderr


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def test_the_readme_from_nothing_to_a_sent_round(
    environment: dict[str, str], tmp_path: Path, sink: SinkProcess
) -> None:
    lines = lines_of("README.md")
    assert len(lines) >= 15
    with ExitStack() as stack:
        for line in lines:
            if line[0] == "serve":
                stack.enter_context(Service(["serve"], environment, tmp_path))
            elif line[:2] == ["mail", "check"]:  # where there is no network it could not look, says so and ends with 1
                assert re.search(r"SPF|could not look", run(line, environment, tmp_path, (0, 1)))
            else:
                run(line, environment, tmp_path)
        introduced = [mail for mail in sink.messages if mail.message["Subject"].startswith("Meet")]
        until(lambda: sum(mail.message["Subject"].startswith("Meet") for mail in sink.messages) == 10)
    assert {mail.recipient for mail in introduced} <= {f"p{n}@example.org" for n in range(10)}
    assert (tmp_path / "round.csv").stat().st_size > 0


def test_organisers_come_and_go_as_their_page_says(environment: dict[str, str], tmp_path: Path) -> None:
    lines = lines_of("docs/organisers.md")
    assert len(lines) >= 4
    for line in [*map(str.split, ("migrate", *READY)), *lines]:
        run(line, environment, tmp_path)


def test_running_it_for_real_goes_as_its_page_says(environment: dict[str, str], tmp_path: Path) -> None:
    """Mails leave after the backup, so that the guard has something to decide; each decision gets its own restore."""
    sent = ("round approve eu 2026-W48", "round send eu 2026-W48 --deliver")
    for words in ("migrate", *READY, "round open eu 2026-W48", "backup saved.db", *sent):
        run(words.split(), environment, tmp_path)
    lines = lines_of("docs/deploy/README.md")
    assert len(lines) >= 8
    for line in lines:
        if line[:2] == ["mail", "guard"]:
            run(["restore", "FILE"], environment, tmp_path)
        if line[:2] == ["mail", "lift"]:
            close(line[2], environment["COFFEE_DATABASE_URL"])
        run(line, environment, tmp_path, (0, 1) if line[:2] == ["mail", "check"] else (0,))


def close(address: str, url: str) -> None:
    """Mail to this address came back."""
    database = Database(url)
    with database.writing() as session:
        organisation = session.exec(select(Organisation)).one()
        suppression.suppress(
            session, organisation.id, address, SuppressionReason.HARD, now=now(), secret_key=SECRET_KEY
        )
    database.close()


def test_every_page_with_such_lines_is_walked() -> None:
    """A page that gets its first line comes into a test here."""
    walked = {"README.md", "docs/organisers.md", "docs/deploy/README.md"}
    elsewhere = {"docs/first-programme.md", "docs/api-tour.md"}
    found = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS if lines_of(path.relative_to(ROOT).as_posix())}
    assert found == walked | elsewhere


def test_a_newcomer_can_type_every_command_as_it_stands() -> None:
    """Nothing puts a `coffee` on the path: without ./ the shell says that there is no such command."""
    assert [path.name for path in DOCUMENTS if BARE.search(path.read_text(encoding="utf-8"))] == []
