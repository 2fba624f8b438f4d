"""A transport can be disturbed at every step: each is announced under a stable name, and none is missing."""

import ssl
from pathlib import Path

import pytest
import trustme

from emails import STEPS, Accepted, CannotConnect, Envelope, Refused, Timeouts, Transport, Unknown, from_url
from tests.emails.raw_server import CLOSE, RawServer, Step, Talk

PATIENT = Timeouts(connect=20, command=20, data=20, body=20, dot=20, quit=5)
LETTERS = [
    Envelope("coffee@example.org", f"{who}@example.org", b"Subject: x\r\n\r\nhello\r\n") for who in ("nobody", "sam")
]
OFFERED: list[Step] = [b"250-raw.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"]


def rcpt(talk: Talk) -> list[Step]:
    return [b"550 5.1.1 no such user\r\n"] if talk.recipient.startswith("nobody") else [b"250 ok\r\n"]


class Stopped(Exception):
    """What a test does at a step."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA):
    """One that refuses `nobody`, and wants TLS and a login."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with RawServer({"EHLO": OFFERED, "RCPT": rcpt}, context=context) as running:
        yield running


@pytest.fixture
def url(server: RawServer, authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return f"smtp://coffee:s3cret@127.0.0.1:{server.port}?ca={tmp_path}/ca.pem"


def session(transport: Transport, seen: list[str]) -> None:
    """A whole session: one mail is refused, the other accepted."""
    with transport.open() as connection:
        for letter in LETTERS:
            connection.send(letter, lambda: seen.append("recorded"))


def test_a_whole_session_passes_every_step_in_order_and_no_other(url: str) -> None:
    seen: list[str] = []
    session(from_url(url, timeouts=PATIENT, watch=seen.append), seen)
    greeting = ["before CONNECT", "after CONNECT", "before EHLO", "after EHLO", "before STARTTLS", "after STARTTLS",
                "before EHLO", "after EHLO", "before AUTH", "after AUTH"]  # fmt: skip
    refused = ["before MAIL", "after MAIL", "before RCPT", "after RCPT", "before RSET", "after RSET"]
    accepted = ["before MAIL", "after MAIL", "before RCPT", "after RCPT", "before DATA", "after DATA", "before BODY",
                "after BODY", "recorded", "before DOT", "within DOT", "after DOT"]  # fmt: skip
    assert seen == [*greeting, *refused, *accepted, "before QUIT", "after QUIT"]
    assert set(seen) - {"recorded"} == set(STEPS)
    assert len(STEPS) == len(set(STEPS)) == 23


@pytest.mark.parametrize("step", STEPS)
def test_who_stops_at_a_step_leaves_no_line_open_and_no_mail_that_was_not_recorded(
    server: RawServer, url: str, step: str
) -> None:
    """Open sockets would be reported as unraisable warnings, which fail the test."""
    seen: list[str] = []

    def stop(at: str) -> None:
        if at == step:
            raise Stopped(at)

    with pytest.raises(Stopped, match=step):
        session(from_url(url, timeouts=PATIENT, watch=stop), seen)
    server.__exit__(None, None, None)  # wait for what is still on its way
    dots = server.verbs.count(".")
    assert dots <= len(seen)
    assert dots == (step in ("within DOT", "after DOT", "before QUIT", "after QUIT"))


def test_steps_that_fail_are_begun_and_not_ended() -> None:
    seen: list[str] = []
    with RawServer({"MAIL": [CLOSE]}) as server:
        transport = from_url(f"smtp://127.0.0.1:{server.port}?starttls=off", timeouts=PATIENT, watch=seen.append)
        with transport.open() as connection:
            assert isinstance(connection.send(LETTERS[1], lambda: None), Refused)
    assert seen[-2:] == ["after EHLO", "before MAIL"], "and to who has gone nobody says QUIT"


def test_a_server_that_is_not_there_is_one_step(unused_port: int) -> None:
    seen: list[str] = []
    url = f"smtp://127.0.0.1:{unused_port}?starttls=off"
    with pytest.raises(CannotConnect), from_url(url, timeouts=PATIENT, watch=seen.append).open():
        pass
    assert seen == ["before CONNECT"]


@pytest.fixture
def unused_port() -> int:
    with RawServer() as gone:
        return gone.port


def test_no_answer_after_the_dot_is_the_end_of_the_steps() -> None:
    seen: list[str] = []
    with RawServer({"DOT": [CLOSE]}) as server:
        transport = from_url(f"smtp://127.0.0.1:{server.port}?starttls=off", timeouts=PATIENT, watch=seen.append)
        with transport.open() as connection:
            assert isinstance(connection.send(LETTERS[1], lambda: None), Unknown)
    assert seen[-2:] == ["before DOT", "within DOT"]


# --- a folder --------------------------------------------------------------------------------------------------------


def test_a_mail_folder_has_two_steps(tmp_path: Path) -> None:
    seen: list[str] = []
    with from_url(f"maildir://{tmp_path}/box", watch=seen.append).open() as connection:
        assert isinstance(connection.send(LETTERS[1], lambda: seen.append("recorded")), Accepted)
    assert seen == ["recorded", "before DOT", "after DOT"]


@pytest.mark.parametrize(("step", "kept"), [("before DOT", 0), ("after DOT", 1)])
def test_a_mail_is_in_the_folder_after_the_dot_and_not_before(tmp_path: Path, step: str, kept: int) -> None:
    def stop(at: str) -> None:
        if at == step:
            raise Stopped(at)

    with from_url(f"maildir://{tmp_path}/box", watch=stop).open() as connection, pytest.raises(Stopped):
        connection.send(LETTERS[1], lambda: None)
    assert len(list((tmp_path / "box" / "new").iterdir())) == kept
