"""A setting names a way out or says in words why not; the ways that stay in the house keep what they get."""

import mailbox
from pathlib import Path

import pytest

from emails import (
    Accepted,
    BadTransportURL,
    CannotConnect,
    Envelope,
    MaildirTransport,
    MemoryTransport,
    Refused,
    SmtpTransport,
    Unknown,
    from_url,
    to_envelope,
)
from tests.emails import samples

LETTER = Envelope("coffee@example.org", "sam@example.org", b"Subject: hello\r\n\r\nFrom here\r\n.\r\n")


@pytest.mark.parametrize(
    ("url", "transport"),
    [
        (
            "smtp://user:p%40ss%2Fw%3Ard@mail.example.org:2525?starttls=required",
            SmtpTransport("mail.example.org", 2525, "starttls", "user", "p@ss/w:rd"),
        ),
        ("smtp://mail.example.org", SmtpTransport("mail.example.org", 587, "starttls")),
        ("smtps://u:p@mail.example.org", SmtpTransport("mail.example.org", 465, "tls", "u", "p")),
        ("smtp://localhost:1025?starttls=off", SmtpTransport("localhost", 1025, "none")),
        ("smtp://[::1]:25?starttls=off&helo=me.example.org", SmtpTransport("::1", 25, "none", helo="me.example.org")),
        ("maildir:///var/mail/demo%20box", MaildirTransport(Path("/var/mail/demo box"))),
    ],
)
def test_a_setting_names_a_transport(url: str, transport: object) -> None:
    assert from_url(url) == transport


def test_a_private_authority_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert from_url(f"smtps://h:465?ca={tmp_path}/ca.pem") == SmtpTransport(
        "h", 465, "tls", ca_file=tmp_path / "ca.pem"
    )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "none of smtp"),
        ("mail.example.org", "none of smtp"),
        ("http://user:s3cret@host", "none of smtp"),
        ("smtp://", "no host"),
        ("smtp://user:s3cret@", "no host"),
        ("smtp://user:s3cret@host:0", "port"),
        ("smtp://user:s3cret@host:99999", "port"),
        ("smtp://user:s3cret@host:port", "port"),
        ("smtp://user:s3cret@host/path", "no host"),
        ("smtp://user:s3/cret@host", "%2F"),
        ("smtp://user:s3?cret@host", "(%2F|read)"),
        ("smtp://user:s3#cret@host", "%2F"),
        ("smtp://user:s3[cret@host", "read"),
        ("smtp://user@host", "without a password"),
        ("smtp://:s3cret@host", "without a user"),
        ("smtp://user:s3cret@host?starttls=maybe", "required or off"),
        ("smtp://user:s3cret@host?tls=off", "option"),
        ("smtp://user:s3cret@host?starttls", "read"),
        ("smtps://user:s3cret@host?starttls=off", "option"),
        ("smtp://user:s3cret@mail.example.org?starttls=off", "unencrypted"),
        ("smtp://user:s3cret@host?ca=/no/such/file", "not there"),
        ("maildir://relative/folder", "absolute"),
        ("maildir:///", "absolute"),
        ("maildir:///a?x=1", "option"),
    ],
)
def test_a_wrong_setting_is_refused_in_words_that_hold_no_password(url: str, words: str) -> None:
    with pytest.raises(BadTransportURL, match=words) as caught:
        from_url(url)
    told = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__suppress_context__}"
    assert "s3" not in told
    assert "cret" not in told


def test_neither_name_nor_text_of_a_transport_holds_the_password() -> None:
    transport = from_url("smtps://user:s3cret@mail.example.org")
    assert transport.name == "smtps://mail.example.org:465"
    assert "s3cret" not in repr(transport)
    assert from_url("smtp://[::1]?starttls=off").name == "smtp://[::1]:587"


# --- a folder --------------------------------------------------------------------------------------------------------


def test_a_mail_folder_keeps_mails_that_any_reader_can_open(tmp_path: Path) -> None:
    message = samples.introduction("Zoë", "zoe@example.org")
    moments: list[str] = []
    with from_url(f"maildir://{tmp_path}/new/box").open() as connection:
        answer = connection.send(to_envelope(message), lambda: moments.append("recorded"))
        assert isinstance(answer, Accepted)
        assert connection.alive
    (kept,) = mailbox.Maildir(tmp_path / "new" / "box")
    assert (kept["Delivered-To"], kept["Return-Path"]) == ("zoe@example.org", "<coffee@example.org>")
    assert kept["Subject"] == message.subject
    assert moments == ["recorded"]
    assert len(list((tmp_path / "new" / "box" / "new").iterdir())) == 1


def test_a_mail_folder_changes_nothing_but_line_ends(tmp_path: Path) -> None:
    with MaildirTransport(tmp_path / "box").open() as connection:
        connection.send(LETTER, lambda: None)
    (path,) = (tmp_path / "box" / "new").iterdir()
    assert path.read_bytes() == (
        b"Return-Path: <coffee@example.org>\nDelivered-To: sam@example.org\n" + LETTER.data.replace(b"\r\n", b"\n")
    )


def test_a_mail_folder_that_cannot_be_used_is_a_way_out_that_is_closed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotConnect, match="mail folder"), MaildirTransport(tmp_path / "file" / "box").open():
        pass


def test_a_mail_folder_that_vanishes_refuses_and_blames_nobody(tmp_path: Path) -> None:
    import shutil

    with MaildirTransport(tmp_path / "box").open() as connection:
        shutil.rmtree(tmp_path / "box")
        answer = connection.send(LETTER, lambda: None)
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.blame) == (True, "us")


def test_when_the_moment_cannot_be_recorded_nothing_is_kept(tmp_path: Path) -> None:
    def fail() -> None:
        raise LookupError

    with MaildirTransport(tmp_path / "box").open() as connection, pytest.raises(LookupError):
        connection.send(LETTER, fail)
    assert list((tmp_path / "box" / "new").iterdir()) == []


# --- memory ----------------------------------------------------------------------------------------------------------


def test_memory_keeps_what_it_accepts_and_follows_its_script() -> None:
    later = Refused(True, "recipient", "RCPT", 450, "4.2.0 later")
    after = Refused(False, "recipient", "DOT", 554, "5.7.1 no")
    lost = Unknown("DOT", "no answer in time")
    transport = MemoryTransport([later, after, lost, LookupError("boom")])
    moments: list[int] = []
    with transport.open() as connection:
        answers = [connection.send(LETTER, lambda: moments.append(1)) for _ in range(3)]
        assert not connection.alive
    with transport.open() as connection:
        with pytest.raises(LookupError):
            connection.send(LETTER, lambda: None)
        assert isinstance(connection.send(LETTER, lambda: moments.append(1)), Accepted)
        assert connection.alive
    assert answers == [later, after, lost]
    assert (len(moments), transport.sent, len(transport.tried), transport.opened) == (3, [LETTER], 5, 2)


def test_memory_can_be_a_server_that_is_not_there() -> None:
    transport = MemoryTransport(cannot_connect=CannotConnect(True, "CONNECT", "refused"))
    with pytest.raises(CannotConnect, match="refused"), transport.open():
        pass
    assert transport.opened == 0
