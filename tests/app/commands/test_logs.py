"""The log: structured, quiet about people and secrets, and never in the way."""

import io
import json
import logging
import sys
from typing import Any

import pytest
import structlog

from app import logs
from app.security import mailed_token, new_id, new_organiser_key
from tests.app.commands.conftest import Shell

TOKEN = mailed_token("a-secret-key-that-is-long-enough-for-it", "lnk_one")
KEY = f"coffee_no5u76d7_{TOKEN}"


class Out:
    """What stands on standard error since it was last looked at."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    @property
    def text(self) -> str:
        return self._capture.readouterr().err

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def out(bare_shell: Shell, capfd: pytest.CaptureFixture[str]) -> Out:
    """Standard error, while the log is set up as in a service."""
    logs.set_up("INFO", human=False)
    return Out(capfd)


def test_a_line_is_one_object_with_time_level_and_event(out: Out) -> None:
    with structlog.contextvars.bound_contextvars(request="0123456789abcdef"):
        structlog.get_logger("http").info("request", status=200, ms=1.5)
    (line,) = out.lines
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "http",
        "event": "request",
        "request": "0123456789abcdef",
        "status": 200,
        "ms": 1.5,
    }


def test_what_libraries_log_goes_the_same_way(out: Out) -> None:
    logging.getLogger("uvicorn.error").warning("Connection from %s lost", "anna@example.org")
    logging.getLogger("dbos").error("step failed for %s", "anna@example.org")
    logging.getLogger("sqlalchemy.pool").info("said at length")
    assert [(line["logger"], line["level"], line["event"]) for line in out.lines] == [
        ("uvicorn.error", "warning", "Connection from [address] lost"),
        ("dbos", "error", "step failed for [address]"),
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("to anna.o'neill+x@mail.example.org now", "to [address] now"),
        ("<anna@example.org>, ben@example.org", "<[address]>, [address]"),
        ("żółć@exämple.org", "[address]"),
        (f"GET /m/{TOKEN} 200", "GET /m/… 200"),
        (f"token {TOKEN}.", "token …."),
        (f"Bearer {KEY}", "Bearer coffee_…"),
        ("smtp://me:word@mail.example.org:587", "smtp://[address]:587"),
        ("(x) [SQL: INSERT] [parameters: ('Anna', 1)]\n(see)", "(x) [SQL: INSERT] [parameters hidden](see)"),
        ("worker-1 sent msg_abc in 2026-W48", "worker-1 sent msg_abc in 2026-W48"),
    ],
)
def test_the_mask_hides_people_and_secrets_and_nothing_else(text: str, left: str) -> None:
    assert logs.masked(text) == left


def test_ids_of_rows_stay_and_keys_go() -> None:
    row = new_id("rnd")
    assert logs.masked(f"{row} {new_organiser_key().secret}") == f"{row} coffee_…"


def test_the_mask_reaches_every_value_however_deep(out: Out) -> None:
    structlog.get_logger("x").info("anna@example.org", deep={"to": ["ben@example.org", {"cy@example.org": KEY}]})
    (line,) = out.lines
    assert line["event"] == "[address]"
    assert line["deep"] == {"to": ["[address]", {"[address]": "coffee_…"}]}


def test_an_exception_is_structured_without_locals_or_addresses(out: Out) -> None:
    secret = "anna@example.org"
    try:
        raise ValueError(f"no mail for {secret}")
    except ValueError:
        structlog.get_logger("x").exception("it.failed")
        logging.getLogger("y").exception("it failed too")
    ours, theirs = out.lines
    for line in (ours, theirs):
        (told,) = line["exception"]
        assert (told["exc_type"], told["exc_value"]) == ("ValueError", "no mail for [address]")
        assert all("locals" not in frame for frame in told["frames"])
    assert "anna" not in json.dumps([ours, theirs])


def test_for_people_the_log_is_lines_of_words_with_the_same_mask(out: Out) -> None:
    logs.set_up("INFO", human=True)
    try:
        raise ValueError("no mail for anna@example.org")
    except ValueError:
        structlog.get_logger("x").exception("it.failed", to="ben@example.org")
    said = out.text
    assert "it.failed" in said
    assert "ValueError: no mail for [address]" in said
    assert "example.org" not in said


@pytest.mark.parametrize("broken", ["closed", "gone", "full"])
def test_a_log_that_cannot_be_written_stops_nothing(out: Out, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", {"closed": closed, "gone": None, "full": Full()}[broken])
    structlog.get_logger("x").info("lost")
    logging.getLogger("y").warning("lost")
    logs.set_up("INFO")
    structlog.get_logger("x").info("lost")
