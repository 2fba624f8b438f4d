"""A shell for the tests: runs commands in this process, with settings of their own, and puts everything back."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from app.db import Database
from app.main import create_app
from app.settings import Settings
from app.workflows import guarding
from tests.conftest import SECRET_KEY
from tests.factories import World
from tests.rig import postgres
from tests.rig.server import served
from tests.rig.smtp import SmtpSink


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document; fails when anything else is there."""
        assert self.code == 0, self.err
        return json.loads(self.out)


class Shell:
    """`shell("programme", "list")` is `coffee programme list` in a folder of its own."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.folder = folder
        self._capture = capture
        self._patch = patch

    def set(self, **settings: str) -> None:
        """Settings for all that follows: `set(SECRET_KEY="…")`."""
        for name, value in settings.items():
            self._patch.setenv(f"COFFEE_{name}", value)

    def write(self, name: str, *lines: str) -> str:
        """A file in the folder; its name."""
        (self.folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return name

    def __call__(self, *words: str, stdin: str = "") -> Done:
        from app.cli import main

        self._capture.readouterr()
        self._patch.setattr(sys, "argv", ["coffee", *words])
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self._capture.readouterr()
        return Done(code, said.out, said.err)


@pytest.fixture
def bare_shell(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shell]:
    """A shell without any setting. Logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level, said = root.handlers[:], root.level, structlog.get_config()
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    yield Shell(capfd, monkeypatch, folder)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**said)


@pytest.fixture
def shell(bare_shell: Shell, database_url: str) -> Shell:
    """A shell whose settings name a fresh, migrated database, on both kinds."""
    bare_shell.set(DATABASE_URL=database_url, SECRET_KEY=SECRET_KEY)
    return bare_shell


@pytest.fixture
def file_shell(bare_shell: Shell, sqlite_url: str) -> Shell:
    """The same on SQLite alone, where the database makes no difference."""
    bare_shell.set(DATABASE_URL=sqlite_url, SECRET_KEY=SECRET_KEY)
    return bare_shell


def people_lines(number: int, teams: int = 4) -> list[str]:
    """The lines of a file of people: person00@example.org and so on."""
    return ["email,name,team", *(f"person{n:02}@example.org,Person {n:02},Team {n % teams}" for n in range(number))]


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """A shell with a programme `eu` of six people who have consented."""
    assert shell("programme", "create", "--slug", "eu", "--name", "Institute coffees").code == 0
    assert shell("people", "import", "eu", shell.write("people.csv", *people_lines(6)), "--active").code == 0
    return shell


SCOPES = ("--scope", "read", "--scope", "write", "--scope", "send")


@pytest.fixture
def there(shell: Shell) -> Iterator[str]:
    """The URL of a service, with its worker, on the shell's own database; the shell holds a key for it."""
    shell.set(API_KEY=shell("key", "create", *SCOPES, "--json").json["key"])
    app = create_app(Settings(_env_file=None), works=True)
    with served(app) as site:
        yield site.url


@pytest.fixture(scope="module")
def mail_sink() -> Iterator[SmtpSink]:
    """A mail server with STARTTLS and a password."""
    with SmtpSink(tls="starttls", login=("coffee", "s3cret")) as running:
        yield running


@pytest.fixture
def mail_shell(bare_shell: Shell, mail_sink: SmtpSink) -> Shell:
    """A shell whose settings name that server and a sender."""
    bare_shell.set(SMTP_URL=f"{mail_sink.url}&ca={mail_sink.ca_file}", MAIL_FROM="Coffee Trial <coffee@example.org>")
    bare_shell.set(SECRET_KEY=SECRET_KEY)
    return bare_shell


# --- copies and the guard -------------------------------------------------------------------------------------------

SENDER = "Coffee Trial <coffee@example.org>"


def world_of(url: str, witness: Path) -> World:
    """A world on this database, as a process that starts now would see it."""
    settings = Settings(
        database_url=url,
        secret_key=SecretStr(SECRET_KEY),
        mail_from=SENDER,
        mail_rate=10_000,
        mail_burst=1000,
        witness=witness,
        _env_file=None,
    )
    # commands look at the real clock, so this world lives an hour before it
    return World(Database(url), settings, now=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))


@pytest.fixture
def witness(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "witness.json"


@pytest.fixture
def running(shell: Shell, database_url: str, witness: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A programme of six people whose first round has been drawn, none of it sent; PostgreSQL's programs at hand."""
    witness.parent.mkdir()
    shell.set(WITNESS=str(witness), MAIL_FROM=SENDER)
    monkeypatch.setenv("PATH", f"{postgres.binaries()}:/usr/bin:/bin")
    world = world_of(database_url, witness)
    world.programme()
    world.people(6)
    guarding.look(world.work)
    world.draw(world.open_round(send=True))
    yield world
    world.database.close()


def restored(shell: Shell, world: World, file: str) -> tuple[World, str]:
    """Put the copy back as an organiser would; the world as a new process sees it, and what was said."""
    world.database.close()
    done = shell("restore", file, "--yes")
    assert done.code == 0, done.err
    return world_of(world.settings.database_url, world.settings.witness or Path()), done.out
