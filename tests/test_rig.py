"""The test machinery keeps its promises: what the other tests stand on."""

import asyncio
import os
import re
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from app.commands import test as runner
from tests.rig import browser as rig_browser
from tests.rig import postgres
from tests.rig.server import Service, served
from tests.rig.smtp import ACCEPT, ACCEPT_AND_DROP, DROP, SmtpSink, read_journal, sink_process


def mail(to: str, text: str = "Hello.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "coffee@example.org", to, "A coffee"
    message.set_content(text)
    return message


def send(sink: SmtpSink, to: str, text: str = "Hello.\n") -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.send_message(mail(to, text))


# --- the mail server -------------------------------------------------------------------------------------------------


def test_the_sink_keeps_envelope_and_bytes(smtp_sink: SmtpSink) -> None:
    send(smtp_sink, "anna@example.org", "First.\n.dot\n")
    (delivery,) = smtp_sink.messages
    assert (delivery.sender, delivery.recipient) == ("coffee@example.org", "anna@example.org")
    assert delivery.data.endswith(b"First.\r\n.dot\r\n")
    assert delivery.message["Subject"] == "A coffee"
    assert smtp_sink.to("anna@example.org") == [delivery]
    assert smtp_sink.to("bob@example.org") == []


def test_what_was_accepted_is_in_the_journal_before_the_client_knows(tmp_path: Path) -> None:
    journal = tmp_path / "mails"
    with sink_process(journal) as sink, smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as client:
        for number in range(20):
            client.send_message(mail(f"p{number}@example.org"))
            assert len(sink.messages) == number + 1
        sink.process.kill()
    assert [delivery.recipient for delivery in read_journal(journal)] == [f"p{n}@example.org" for n in range(20)]


def test_a_journal_line_cut_by_a_crash_does_not_count(smtp_sink: SmtpSink) -> None:
    send(smtp_sink, "anna@example.org")
    assert smtp_sink.journal
    with smtp_sink.journal.open("a") as file:
        file.write('{"sender": "coff')
    assert read_journal(smtp_sink.journal) == smtp_sink.messages


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
        ("DOT", smtplib.SMTPDataError),
    ],
)
def test_the_sink_refuses_at_the_verb_it_is_told(smtp_sink: SmtpSink, verb: str, error: type[Exception]) -> None:
    smtp_sink.script({verb: {"*": "550 5.1.1 not here"}})
    with pytest.raises(error, match="not here"):
        send(smtp_sink, "anna@example.org")
    assert smtp_sink.messages == []


def test_the_sink_refuses_one_recipient_only(smtp_sink: SmtpSink) -> None:
    smtp_sink.script({"RCPT": {"gone@example.org": "550 5.1.1 no such user"}})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp_sink, "gone@example.org")
    send(smtp_sink, "anna@example.org")
    assert [delivery.recipient for delivery in smtp_sink.messages] == ["anna@example.org"]


def test_a_list_of_answers_is_used_up(smtp_sink: SmtpSink) -> None:
    smtp_sink.script({"DOT": {"*": ["451 later", ACCEPT, "451 later"]}})
    outcomes = []
    for _ in range(4):
        try:
            send(smtp_sink, "anna@example.org")
            outcomes.append("sent")
        except smtplib.SMTPDataError as error:
            outcomes.append(str(error.smtp_code))
    assert outcomes == ["451", "sent", "451", "sent"]


@pytest.mark.parametrize(("answer", "kept"), [(DROP, 0), (ACCEPT_AND_DROP, 1)])
def test_the_sink_hangs_up_before_or_after_keeping_a_mail(smtp_sink: SmtpSink, answer: str, kept: int) -> None:
    smtp_sink.script({"DOT": {"*": answer}})
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_sink, "anna@example.org")
    assert len(smtp_sink.messages) == kept


def test_the_sink_takes_its_time(smtp_sink: SmtpSink) -> None:
    smtp_sink.delay = 0.2
    started = time.monotonic()
    send(smtp_sink, "anna@example.org")
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_the_sink_speaks_tls_and_asks_who_is_there(tls: str) -> None:
    with SmtpSink(tls=tls, login=("coffee", "secret")) as sink:
        context = ssl.create_default_context(cafile=str(sink.ca_file))
        if tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL("127.0.0.1", sink.port, timeout=5, context=context)
        else:
            client = smtplib.SMTP("127.0.0.1", sink.port, timeout=5)
        with client:
            if tls == "starttls":
                client.starttls(context=context)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("coffee", "wrong")
            with pytest.raises(smtplib.SMTPException):
                client.send_message(mail("anna@example.org"))
            client.login("coffee", "secret")
            client.send_message(mail("anna@example.org"))
        assert len(sink.messages) == 1


# --- databases -------------------------------------------------------------------------------------------------------


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_every_test_has_a_database_of_its_own(postgres_server: str) -> None:
    with (
        postgres.fresh_database(postgres_server, migrated=False) as one,
        postgres.fresh_database(postgres_server, migrated=False) as other,
    ):
        execute(one, "CREATE TABLE note (text varchar)")
        assert execute(other, "SELECT to_regclass('note')") == [(None,)]
        assert execute(one, "SELECT count(*) FROM note") == [(0,)]


def test_a_database_goes_even_while_it_is_in_use(postgres_server: str) -> None:
    with postgres.fresh_database(postgres_server, migrated=False) as url:
        name = sa.make_url(url).database
        left_open = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))
    assert execute(postgres_server, f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []  # noqa: S608
    left_open.close()


@pytest.fixture
def lender(postgres_server: str) -> Iterator[postgres.Lender]:
    lending = postgres.Lender(postgres_server)
    yield lending
    lending.close()


NUMBER = "SELECT oid FROM pg_database WHERE datname = current_database()"
ORGANISATION = "INSERT INTO organisation (id, slug, name, created_at) VALUES ('org_1', 'one', 'One', now())"


def test_a_database_that_was_lent_before_looks_as_a_new_one_and_has_another_name(lender: postgres.Lender) -> None:
    with lender.database() as one:
        number = execute(one, NUMBER)
        execute(one, ORGANISATION)
        sequences = [name for (name,) in execute(one, "SELECT sequencename FROM pg_sequences")]
        assert sequences
        for name in sequences:
            execute(one, f"SELECT nextval('{name}')")
        left_open = psycopg.connect(one.replace("postgresql+psycopg", "postgresql"))
        left_open.execute("SELECT name FROM organisation FOR UPDATE")
    with lender.database() as other:
        assert execute(other, NUMBER) == number, "it was worth nothing to empty it"
        assert execute(other, "SELECT count(*) FROM organisation") == [(0,)]
        assert len(execute(other, "SELECT version_num FROM alembic_version")) == 1
        assert [execute(other, f"SELECT nextval('{name}')") for name in sequences] == [[(1,)]] * len(sequences)
        with pytest.raises(sa.exc.OperationalError, match="does not exist"):
            execute(one, "SELECT 1")
    left_open.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE note (text varchar)",
        "ALTER TABLE organisation ADD COLUMN note varchar",
        "ALTER TABLE organisation ALTER COLUMN name DROP NOT NULL",
        "DROP TABLE alembic_version",
        "CREATE SCHEMA elsewhere",
        "UPDATE alembic_version SET version_num = 'older'",
    ],
)
def test_a_database_whose_tables_were_changed_is_not_lent_again(lender: postgres.Lender, change: str) -> None:
    with lender.database() as one:
        number = execute(one, NUMBER)
        execute(one, change)
    with lender.database() as other:
        assert execute(other, NUMBER) != number


def test_a_database_that_held_a_lot_or_served_many_is_not_lent_again(
    lender: postgres.Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lender, "ROWS", 2)
    monkeypatch.setattr(lender, "TIMES", 3)
    numbers = []
    for rows in (1, 2, 0, 0, 0, 0):
        with lender.database() as url:
            numbers += execute(url, NUMBER)
            for row in range(rows):
                execute(url, ORGANISATION.replace("org_1", f"org_{row}").replace("one", f"one-{row}"))
    first, second, *others = numbers
    assert second == first
    assert others[:3] == [others[0]] * 3
    assert len({first, others[0], others[3]}) == 3


def test_the_database_is_migrated_and_empty(database_url: str) -> None:
    assert len(execute(database_url, "SELECT version_num FROM alembic_version")) == 1
    assert execute(database_url, "SELECT count(*) FROM programme") == [(0,)]


def test_the_settings_name_the_database_and_nothing_from_outside(settings: object, database_url: str) -> None:
    assert getattr(settings, "database_url", None) == database_url
    assert [name for name in os.environ if name.startswith("COFFEE_") and name.endswith("_URL")] == []


def test_the_server_goes_with_the_process_that_started_it_however_that_ends() -> None:
    code = (
        "from tests.rig.postgres import PostgresServer; import time; s = PostgresServer(); s.url();"
        "print(s.folder, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        folder = Path(starter.stdout.readline().strip())
        assert (folder / "data" / "postmaster.pid").exists()
        starter.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()


# --- web server and browser ------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><title>Coffee</title><link rel="icon" href="data:,">
<h1>Coffee</h1><form method="post" action="/join"><button>Join</button></form>%s</html>"""


async def tiny_app(scope: dict, receive: object, send: object) -> None:
    """An ASGI application of three pages: /, /broken (a script error) and /join (422)."""
    if scope["type"] != "http":
        return
    script = {
        "/broken": "<script>throw new Error('spilled')</script>",
        "/abroad": "<img src='http://example.org/a.png'>",
    }
    status = 422 if scope["path"] == "/join" else 200
    await asyncio.sleep(0)
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})  # type: ignore[operator]
    body = (PAGE % script.get(scope["path"], "")).encode()
    await send({"type": "http.response.body", "body": body})  # type: ignore[operator]


def test_an_application_is_served_for_real() -> None:
    with served(tiny_app) as site:
        assert "Coffee" in httpx.get(site.url + "/").text
    with pytest.raises(httpx.ConnectError):
        httpx.get(site.url + "/")


def test_the_browser_clicks_through_a_page_that_the_rig_serves(page: Page) -> None:
    with served(tiny_app) as site:
        page.goto(site.url + "/")
        expect(page).to_have_title("Coffee")
        page.get_by_role("button", name="Join").click()
        expect(page).to_have_url(site.url + "/join")


@pytest.mark.parametrize(("path", "trouble"), [("/broken", "spilled"), ("/abroad", "another host: http://example.org")])
def test_a_page_with_trouble_fails_the_test(browser: Browser, path: str, trouble: str) -> None:
    with (
        served(tiny_app) as site,
        pytest.raises(AssertionError, match=trouble),
        rig_browser.watched_page(browser) as page,
    ):
        page.goto(site.url + path)


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    service = Service(["serve"], {"COFFEE_DATABASE_URL": "nonsense"}, tmp_path)
    with pytest.raises(RuntimeError, match=r"ended with [12]"), service:
        pass
    assert service.process is None


# --- ./coffee test itself --------------------------------------------------------------------------------------------


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one passing test, with three checks of which the second fails; a browser is there."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("def test_one(): assert True\n")
    options = "def pytest_addoption(parser): parser.addoption('--by-turns', action='store_true')\n"
    (tmp_path / "conftest.py").write_text(options)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\ntestpaths = ['tests']\n")
    bad = "print('this is why'); raise SystemExit(1)"
    checks = [runner.Check("good", ("-c", "")), runner.Check("bad", ("-c", bad)), runner.Check("later", ("-c", ""))]
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "CHECKS", checks)
    monkeypatch.setattr(runner, "find_browser", lambda: "/bin/true")
    return tmp_path


def test_a_failed_check_is_named_the_rest_still_run_and_pytest_closes(
    small_project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert runner.run_tests([]) == 1
    out = capfd.readouterr().out
    took = r" +\d+\.\d s$"
    for line in ("^ok +good", "^this is why\nFAILED +bad", "^ok +later"):
        assert re.search(line + took, out, re.MULTILINE), line
    assert "1 passed" in out.splitlines()[-1]


def test_words_for_pytest_run_pytest_alone(small_project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert runner.run_tests(["-q", "tests/test_one.py"]) == 0
    out = capfd.readouterr().out
    assert ("good" in out, "1 passed" in out.splitlines()[-1]) == (False, True)


def test_a_run_that_finds_no_test_has_failed(small_project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert runner.run_tests(["-k", "nothing"]) == 1
    assert "code 5" in capfd.readouterr().err


def test_an_installation_without_tests_says_so(small_project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (small_project / "tests").rename(small_project / "elsewhere")
    assert runner.run_tests([]) == 2
    assert "no tests folder" in capfd.readouterr().err


@pytest.fixture
def machine_without_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of nothing but `env`, `true`, a sudo that asks nothing and an apt-get that installs a stub."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("env", "true"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    install = f"""case "$*" in *"install -y --no-install-recommends chromium") : >{folder}/chromium
        /bin/chmod +x {folder}/chromium ;; esac"""
    for name, text in {"sudo": 'shift\nexec "$@"', "apt-get": install}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("COFFEE_CHROMIUM", raising=False)
    monkeypatch.setattr(runner, "BROWSERS", ("chromium", "google-chrome"))
    return folder


def test_a_missing_browser_is_installed(machine_without_browser: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.find_browser() is None
    assert runner.install_browser()
    assert runner.find_browser() == str(machine_without_browser / "chromium")
    assert "installing it with apt-get" in capsys.readouterr().out


def test_where_no_browser_can_be_installed_the_words_say_how(
    machine_without_browser: Path,
    small_project: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (machine_without_browser / "apt-get").unlink()
    monkeypatch.setattr(runner, "find_browser", lambda: None)
    assert runner.run_tests([]) == 1
    assert "apt-get install chromium" in capfd.readouterr().err


@pytest.mark.parametrize("words", [["--pictures"], ["--pictures", "-k", "topics"]])
def test_pictures_are_made_when_asked_for_and_nothing_else_is_done(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    ran: list[tuple[str, ...]] = []

    def note(words: tuple[str, ...], *_: object, **__: object) -> subprocess.CompletedProcess[str]:
        ran.append(tuple(words))
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(runner, "_missing_tools", lambda _: None)
    monkeypatch.setattr(runner, "_python", note)
    assert runner.run_tests(words) == 0
    assert ran == [("-m", "pytest", "--pictures", "-q", "tests/test_pictures.py", *words[1:])]


def test_no_picture_is_made_in_a_plain_run() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/test_pictures.py"],
        cwd=runner.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "no tests collected" in listed.stdout
