"""Norms on the way (E5, E19 to E22): an old Python, encryption, patience, a server's limits, where bounces go."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

import emails
from app.services import mail_policy
from emails import Accepted, CannotConnect, Refused, Timeouts, Unknown, UnsafeMessage, from_url, mime
from tests.emails import samples
from tests.emails.norms import corpus
from tests.emails.norms.corpus import Letter
from tests.emails.norms.reading import Read
from tests.emails.raw_server import CLOSE, HANG, RawServer, Step
from tests.emails.talk import connected, nothing

QUICK = Timeouts(connect=1, command=0.4, data=0.4, body=0.4, dot=0.4, quit=0.2)
LOGIN: list[Step] = [b"250-raw.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"]
NO_TLS: list[Step] = [b"250-raw.example.org\r\n250 AUTH PLAIN LOGIN\r\n"]
FRIDAY = samples.introduction("Sam", "sam@example.org")


@pytest.mark.parametrize(
    ("version", "warned"),
    [
        ((3, 11, 0), True),
        ((3, 11, 9), True),
        ((3, 11, 10), False),
        ((3, 12, 4), True),
        ((3, 12, 5), False),
        ((3, 13, 0), False),
        ((3, 10, 99), True),
        ((3, 14, 2), False),
    ],
)
def test_e5_an_old_python_is_named(version: tuple[int, int, int], warned: bool) -> None:
    said = emails.header_fault(version)
    assert (said is not None) == warned
    assert said is None or "the guard is on" in said


@pytest.mark.parametrize("version", [(3, 11, 7), (3, 13, 0), (4, 0, 0)])
def test_e5_the_guard_is_on_whatever_the_python(version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (*version, "final", 0))
    monkeypatch.setattr(mime, "_unstructured", lambda text: f"{text}\r\nBcc: v@x.example.org")
    with pytest.raises(UnsafeMessage, match="other lines"):
        emails.to_bytes(FRIDAY)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.parametrize("fault", ["no STARTTLS", "another name", "expired", "self-signed"])
def test_e19_no_password_and_no_mail_without_the_encryption_that_was_asked_for(
    authority: trustme.CA, tmp_path: Path, fault: str
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    then = datetime.now(UTC) - timedelta(days=1 if fault == "expired" else -90)
    issuer = trustme.CA() if fault == "self-signed" else authority
    name = "other.example.org" if fault == "another name" else "127.0.0.1"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name, not_before=then - timedelta(days=90), not_after=then).configure_cert(context)
    with RawServer({"EHLO": NO_TLS if fault == "no STARTTLS" else LOGIN}, context=context) as server:
        url = f"smtp://coffee:s3cret@127.0.0.1:{server.port}?ca={tmp_path / 'ca.pem'}"
        with pytest.raises(CannotConnect), from_url(url, timeouts=QUICK).open():
            pass
        assert not {"AUTH", "MAIL"} & set(server.verbs)


def test_e19_encryption_is_required_unless_it_is_switched_off_in_words() -> None:
    transport = from_url("smtp://mail.example.org")
    assert isinstance(transport, emails.SmtpTransport)
    assert transport.security == "starttls"
    with pytest.raises(emails.BadTransportURL, match="unencrypted"):
        from_url("smtp://user:s3cret@mail.example.org?starttls=off")


def test_e20_each_phase_is_as_patient_as_rfc_5321_asks() -> None:
    patience = Timeouts()
    assert patience.connect >= 30
    assert patience.command >= 5 * 60
    assert patience.data >= 2 * 60
    assert patience.dot >= 10 * 60


def test_e20_a_claimed_mail_outlasts_the_slowest_try() -> None:
    patience, minute = Timeouts(), 60
    before_the_dot = 3 * patience.command + patience.data + patience.body
    assert mail_policy.LEASE.total_seconds() >= before_the_dot + minute
    assert mail_policy.LEASE.total_seconds() >= patience.dot + minute  # the dot begins a lease of its own


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_e20_a_silent_server_ends_a_try_and_only_after_the_dot_leaves_a_doubt(verb: str) -> None:
    with RawServer({verb: [HANG]}) as server, connected(server, QUICK) as connection:
        answer = connection.send(emails.to_envelope(FRIDAY), nothing)
    assert isinstance(answer, Unknown) if verb == "DOT" else isinstance(answer, Refused) and answer.temporary


def test_e21_a_servers_size_is_honoured_before_a_word_is_said() -> None:
    with RawServer({"EHLO": [b"250-raw\r\n250 SIZE 1000\r\n"]}) as server, connected(server) as connection:
        answer = connection.send(emails.to_envelope(FRIDAY), nothing)
        assert isinstance(answer, Refused)
        assert "at most 1000" in answer.reply
        assert "MAIL" not in server.verbs


@pytest.mark.parametrize(
    ("reply", "pause"),
    [(b"421 4.3.2 closing\r\n", True), (b"450 4.7.1 slow down\r\n", True), (b"450 4.2.1 mailbox busy\r\n", False)],
)
def test_e21_who_asks_us_to_slow_down_makes_the_channel_rest(reply: bytes, pause: bool) -> None:
    with RawServer({"RCPT": [reply]}) as server, connected(server) as connection:
        answer = connection.send(emails.to_envelope(FRIDAY), nothing)
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.pause) == (True, pause)


def test_e21_a_server_that_hangs_up_after_some_mails_is_seen_before_the_next() -> None:
    with RawServer({"DOT": [b"250 2.0.0 that was the last\r\n", CLOSE]}) as server, connected(server) as connection:
        assert isinstance(connection.send(emails.to_envelope(FRIDAY), nothing), Accepted)
        end = time.monotonic() + 5
        while connection.alive and time.monotonic() < end:
            time.sleep(0.01)
        assert not connection.alive


def test_e22_bounces_go_where_the_envelope_says_and_the_reader_sees_our_own_address(letters: list[Letter]) -> None:
    for letter in letters[::3]:
        envelope = emails.to_envelope(letter.message, sender="bounces+4f2a@bücher.example")
        assert envelope.sender == "bounces+4f2a@xn--bcher-kva.example"
        assert envelope.data == letter.data
        assert Read(envelope.data).addresses("From") == [corpus.OURS.address]
        assert b"4f2a" not in envelope.data.partition(b"\r\n\r\n")[0].replace(letter.mailbox.encode(), b"")
