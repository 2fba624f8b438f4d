"""docs/first-programme.md is true: its commands are run as they stand there, in order, with the file that it shows."""

import re
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import SECRET_KEY
from tests.rig.server import Service, coffee
from tests.rig.smtp import SinkProcess, sink_process

PAGE = Path(__file__).parents[1] / "docs" / "first-programme.md"
COMMAND = re.compile(r"^    \./coffee (.+)$", re.MULTILINE)
FILE = re.compile(r"^```csv\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 60.0


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with sink_process(tmp_path / "mail.journal") as running:
        yield running


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def test_the_first_programme_in_ten_minutes(tmp_path: Path, sink: SinkProcess) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (people,) = FILE.findall(text)
    (tmp_path / "people.csv").write_text(people)
    environment = {
        "COFFEE_DATABASE_URL": f"sqlite:///{tmp_path / 'coffee.db'}",
        "COFFEE_SECRET_KEY": SECRET_KEY,
        "COFFEE_SMTP_URL": sink.url,
        "COFFEE_MAIL_FROM": "Coffee Trial <coffee@example.org>",
    }
    commands = COMMAND.findall(text)
    assert len(commands) >= 15
    with ExitStack() as stack:
        for line in commands:
            if line == "serve":
                stack.enter_context(Service(["serve"], environment, tmp_path, fresh=True))
                continue
            done = coffee(*shlex.split(line), environment=environment, folder=tmp_path, fresh=True)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
            if line.startswith("round send"):
                until(lambda: len(introduced(sink)) == people.count("@"))
    assert set(introduced(sink)) == set(re.findall(r"^([^,@\s]+@[^,\s]+),", people, re.MULTILINE))
    assert (tmp_path / "copy.db").stat().st_size > 0


def introduced(sink: SinkProcess) -> list[str]:
    """Who got an introduction, by the mail server's own journal."""
    return [mail.recipient for mail in sink.messages if mail.message["Subject"].startswith("Meet")]


def test_the_readme_and_the_api_page_lead_to_it() -> None:
    for document in ("README.md", "docs/deploy/README.md"):
        assert "first-programme.md" in (PAGE.parents[1] / document).read_text(encoding="utf-8")
