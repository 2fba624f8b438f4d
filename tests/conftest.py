"""Fixtures and options for every test: databases, mail server, browser.

A test that names `database_url` runs twice, on SQLite and on PostgreSQL (`-k sqlite` or `-k postgresql` picks one).
`--long` adds the tests marked `long`; `--fast` leaves out PostgreSQL and the browser, and says so; `--pictures` makes
pictures of all pages and mails, and runs nothing else. With `--by-turns`, which a whole run of `./coffee test` takes,
each test of pages, API, command line, services and workflows runs on one of the two, half of them on each; those of
modules with threads run on both all the same.
"""

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from pydantic import SecretStr

from tests.rig import browser as rig_browser
from tests.rig import engines, postgres, sqlite
from tests.rig.smtp import SmtpSink

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from app.settings import Settings

BASE_URL = "http://localhost:8000"
SECRET_KEY = "a-secret-key-for-tests-only-0123456789abcdef"
OWN_SERVER = pytest.StashKey[postgres.PostgresServer]()

hypothesis.settings.register_profile("coffee", deadline=None)  # a busy machine is no counter-example
hypothesis.settings.load_profile("coffee")


# --- the run ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our own options."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")
    parser.addoption("--fast", action="store_true", help="leave out PostgreSQL and the browser")
    parser.addoption("--pictures", action="store_true", help="make pictures of every page and mail, and nothing else")
    parser.addoption("--by-turns", action="store_true", help="most tests of the app: each on one of the databases")


def pytest_configure(config: pytest.Config) -> None:
    """With xdist, the controller starts one PostgreSQL in the background and all workers share it."""
    controls_workers = bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")
    if controls_workers and not config.getoption("--fast") and postgres.SERVER_VARIABLE not in os.environ:
        server = config.stash[OWN_SERVER] = postgres.PostgresServer()
        os.environ[postgres.SERVER_VARIABLE] = server.url()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what `pytest_configure` started, also after Ctrl-C."""
    server = config.stash.get(OWN_SERVER, None)
    if server is not None:
        os.environ.pop(postgres.SERVER_VARIABLE, None)
        server.stop()


BY_TURNS = tuple(f"tests/app/{room}/" for room in ("api", "commands", "services", "web", "workflows"))
THREADS = ("threading", "ThreadPoolExecutor")


def _not_its_turn(item: pytest.Item) -> bool:
    """Whether this test runs on the other database. The name decides, so that it is always the same one."""
    kinds = ("sqlite", "postgresql")
    kind = getattr(getattr(item, "callspec", None), "params", {}).get("database_url")
    module = getattr(item, "module", None)
    if kind not in kinds or not item.nodeid.startswith(BY_TURNS) or any(hasattr(module, name) for name in THREADS):
        return False
    name = item.nodeid.replace(kind, "")
    return kinds[zlib.crc32(name.encode()) % 2] != kind


def _left_out(item: pytest.Item, config: pytest.Config) -> bool:
    if bool(item.get_closest_marker("pictures")) != bool(config.getoption("--pictures")):
        return True
    if item.get_closest_marker("long") and not config.getoption("--long"):
        return True
    if config.getoption("--by-turns") and _not_its_turn(item):
        return True
    needs_server = {"postgres_server", "browser"} & set(getattr(item, "fixturenames", ()))
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    on_sqlite = parameters.get("database_url") == "sqlite"
    return bool(config.getoption("--fast")) and bool(needs_server - ({"postgres_server"} if on_sqlite else set()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, in plain sight of the closing line, what the options leave out."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    out = [item for item in items if _left_out(item, config)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What `./coffee test` checked before, above pytest's closing line."""
    for line in json.loads(os.environ.get("COFFEE_TEST_CHECKS", "[]")):
        terminalreporter.write_line(line)
    if terminalreporter.config.getoption("--pictures"):
        terminalreporter.write_line(f"all of them at once: {Path(__file__).parents[1] / 'pictures' / 'index.html'}")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The settings of whoever runs the tests stay out of them."""
    for name in list(os.environ):
        if name.startswith("COFFEE_") and not name.startswith("COFFEE_TEST_") and name != rig_browser.VARIABLE:
            monkeypatch.delenv(name)


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of the maintenance database of this run's PostgreSQL; started at first use."""
    shared = os.environ.get(postgres.SERVER_VARIABLE)
    if shared:
        yield shared
        return
    server = postgres.PostgresServer()
    try:
        yield server.url()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    return sqlite.template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated database; each test that names it runs on both kinds."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        yield request.getfixturevalue("postgresql_url")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite file."""
    return sqlite.fresh_database(sqlite_template, tmp_path)


@pytest.fixture(scope="session")
def postgres_lender(postgres_server: str) -> Iterator[postgres.Lender]:
    """Where the databases of this worker come from."""
    lender = postgres.Lender(postgres_server)
    yield lender
    lender.close()


@pytest.fixture
def postgresql_url(postgres_lender: postgres.Lender) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    with postgres_lender.database() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.db.create_engine", engines.create_engine)
        yield


@pytest.fixture
def settings(database_url: str) -> "Settings":
    """Settings for a service on `database_url`, without mail."""
    from app.settings import Settings

    return Settings(database_url=database_url, base_url=BASE_URL, secret_key=SecretStr(SECRET_KEY), _env_file=None)


# --- mail ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def smtp_sink(tmp_path: Path) -> Iterator[SmtpSink]:
    """A real mail server that accepts everything; `smtp_sink.script({...})` makes it refuse."""
    with SmtpSink(journal=tmp_path / "mail.journal") as sink:
        yield sink


# --- browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The system's Chromium, one per worker."""
    with rig_browser.launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page in a context of its own; console errors and requests to other hosts fail the test."""
    with rig_browser.watched_page(browser) as watched:
        yield watched
