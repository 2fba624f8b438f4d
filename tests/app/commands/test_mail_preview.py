"""`coffee mail preview`: every mail with sample data, for a made-up programme, one of the database, or a remote one."""

import email
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings
from emails.samples import SAMPLES
from tests.app.commands.conftest import Shell
from tests.rig.server import served

PREVIEW = ("mail", "preview")


@pytest.fixture
def eu(file_shell: Shell) -> Shell:
    """A shell with a programme `eu`."""
    facts = ("--name", "Institute coffees", "--contact-name", "Ada Byron", "--contact-email", "ada@example.com")
    assert file_shell("programme", "create", "--slug", "eu", *facts).code == 0
    return file_shell


@pytest.fixture
def there(eu: Shell) -> Iterator[str]:
    """The URL of a service on the shell's database."""
    eu.set(API_KEY=eu("key", "create", "--scope", "read", "--json").json["key"])
    with served(create_app(Settings(_env_file=None), works=False)) as site:
        yield site.url


def test_without_anything_set_up_every_mail_is_listed(bare_shell: Shell) -> None:
    done = bare_shell(*PREVIEW)
    assert done.code == 0, done.err
    assert [name for name in SAMPLES if not re.search(rf"^ *{name} ", done.out, re.MULTILINE)] == []
    assert "Meet Priya Nair from Estates" in done.out
    assert "coffee mail preview --kind KIND" in done.err
    listed = bare_shell(*PREVIEW, "--json").json["emails"]
    assert [one["name"] for one in listed] == list(SAMPLES)
    assert sorted(Path().iterdir()) == []  # no database was made


def test_a_mail_is_its_text_and_a_pipe_holds_nothing_else(bare_shell: Shell) -> None:
    done = bare_shell(*PREVIEW, "--kind", "introduction")
    assert done.out.startswith("Sam Okoro, meet Priya Nair. Priya Nair, meet Sam Okoro.\n")
    assert done.out.endswith("Sent by Our coffees, Our organisation.\nQuestions: amira@example.org\n")
    assert "Subject: Meet Priya Nair from Estates\nPreheader: Priya Nair writes first." in done.err
    assert bare_shell(*PREVIEW, "--kind", "introduction", "--text").out == done.out
    assert bare_shell(*PREVIEW, "--kind", "introduction", "--html").out.startswith("<!DOCTYPE html>")


def test_the_bytes_are_those_of_a_mail(bare_shell: Shell) -> None:
    parsed = email.message_from_string(bare_shell(*PREVIEW, "--kind", "introduction", "--eml").out)
    assert parsed["Subject"] == "Meet Priya Nair from Estates"
    assert [part.get_content_type() for part in parsed.walk()][-1] == "text/calendar"


def test_a_programme_of_the_database_has_its_own_names_and_sender(eu: Shell) -> None:
    eu.set(MAIL_FROM="Coffee <hello@example.net>", BASE_URL="https://coffee.example.net")
    done = eu(*PREVIEW, "--programme", "eu", "--kind", "check_in")
    assert "From: Institute coffees via Our organisation <hello@example.net>" in done.err
    assert "https://coffee.example.net/m/sample-feedback" in done.out
    assert "Questions: ada@example.com" in done.out


def test_all_of_them_are_written_as_files_with_a_page_to_begin_at(bare_shell: Shell) -> None:
    for _ in range(2):  # a second time, over the first
        done = bare_shell(*PREVIEW, "--out", "mails/all")
        assert done.code == 0, done.err
    folder = bare_shell.folder / "mails" / "all"
    expected = {f"{name}{ending}" for name in SAMPLES for ending in (".html", ".txt", ".eml")}
    assert {path.name for path in folder.iterdir()} == expected | {"index.html"}
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'href="([^"]+)"', index)) == expected
    assert "Begin at mails/all/index.html" in done.err
    one = bare_shell(*PREVIEW, "--out", "one", "--kind", "reminder", "--html")
    assert one.code == 0
    assert {path.name for path in (bare_shell.folder / "one").iterdir()} == {"index.html", "reminder.html"}


def test_a_remote_programme_is_shown_as_here(eu: Shell, there: str) -> None:
    for more in (("--json",), ("--kind", "left_out"), ("--kind", "introduction", "--html")):
        here, away = eu(*PREVIEW, "--programme", "eu", *more), eu(*PREVIEW, "--programme", "eu", *more, "--url", there)
        assert (away.code, away.out) == (0, here.out)
    assert eu(*PREVIEW, "--programme", "eu", "--out", "far", "--text", "--url", there).code == 0
    assert len(list((eu.folder / "far").iterdir())) == len(SAMPLES) + 1
    wrong = eu(*PREVIEW, "--programme", "eu", "--kind", "birthday", "--url", there)
    assert (wrong.code, "There are: confirm_sign_up" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--kind", "birthday"), 2, "There are: confirm_sign_up, confirm_sign_up_invited, already_in, "),
        (("--html",), 2, "of which mail?"),
        (("--kind", "reminder", "--html", "--eml"), 2, "take one"),
        (("--kind", "reminder", "--html", "--json"), 2, "--json goes with"),
        (("--url", "https://coffee.example.org"), 2, "--url needs --programme"),
        (("--out", "a-file"), 2, "a-file is a file"),
        (("--programme", "nobodys"), 1, "There is no programme"),
    ],
)
def test_what_cannot_be_is_said_in_words(eu: Shell, words: tuple[str, ...], code: int, said: str) -> None:
    (eu.folder / "a-file").write_text("")
    done = eu(*PREVIEW, *words)
    assert (done.code, said in done.err, done.out) == (code, True, ""), done.err
