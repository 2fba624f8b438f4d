"""SMTP on a real server: what goes well, what a server cannot carry, and servers that are not there.

What goes wrong in the middle of a message stands in `test_smtp_faults.py`.
"""

import time
from pathlib import Path

import pytest

from emails import Accepted, CannotConnect, Envelope, Refused, Timeouts, from_url, to_envelope
from tests.emails import samples
from tests.emails.raw_server import CLOSE, HANG, RESET, RawServer, Step
from tests.emails.talk import LETTER, OK, QUICK, connected, nothing, send_one
from tests.rig.smtp import SmtpSink


def test_a_message_arrives_byte_for_byte_with_its_dots() -> None:
    answer, alive, server = send_one()
    assert (answer, alive) == (Accepted(OK), True)
    assert server.messages == [LETTER.data]
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"][: len(server.verbs)]
    assert server.journal[1:4] == [
        f"MAIL FROM:<coffee@example.org> SIZE={len(LETTER.data)}",
        "RCPT TO:<sam@example.org>",
        "DATA",
    ]


def test_we_greet_with_an_address_and_never_with_the_name_of_the_machine() -> None:
    assert send_one()[2].journal[0] == "ehlo [127.0.0.1]"


def test_the_recorded_moment_is_after_the_body_and_before_the_dot() -> None:
    seen: list[list[str]] = []
    with RawServer() as server, connected(server) as connection:
        connection.send(LETTER, lambda: seen.append(list(server.verbs)))
    assert seen == [["EHLO", "MAIL", "RCPT", "DATA"]]
    assert server.verbs[4] == "."


def test_when_the_moment_cannot_be_recorded_the_message_is_not_sent() -> None:
    def fail() -> None:
        raise LookupError("the database is gone")

    with RawServer() as server, connected(server) as connection:
        with pytest.raises(LookupError, match="database"):
            connection.send(LETTER, fail)
        assert not connection.alive
        time.sleep(0.1)
        assert server.messages == []
        assert "." not in server.verbs


def test_one_connection_carries_a_batch_on_a_real_server(tmp_path: Path) -> None:
    messages = [samples.introduction(f"Person {n}", f"p{n}@example.org") for n in range(30)]
    with SmtpSink(journal=tmp_path / "journal") as sink:
        with from_url(sink.url).open() as connection:
            answers = [connection.send(to_envelope(message), nothing) for message in messages]
        assert sink.connections == 1
        assert [type(answer) for answer in answers] == [Accepted] * 30
        assert [(one.recipient, one.data) for one in sink.messages] == [
            (message.recipient, to_envelope(message).data) for message in messages
        ]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_encryption_and_signing_in_work_on_a_real_server(tls: str) -> None:
    with SmtpSink(tls=tls, login=("coffee", "s3cret")) as sink:
        sign = "&" if "?" in sink.url else "?"
        with from_url(f"{sink.url}{sign}ca={sink.ca_file}").open() as connection:
            assert isinstance(connection.send(LETTER, nothing), Accepted)
        assert len(sink.messages) == 1


def test_every_step_can_be_watched() -> None:
    steps: list[str] = []
    with RawServer() as server:
        transport = from_url(f"smtp://127.0.0.1:{server.port}?starttls=off", watch=steps.append)
        with transport.open() as connection:
            connection.send(LETTER, lambda: steps.append("recorded"))
    assert steps == [
        "before CONNECT", "after CONNECT", "before EHLO", "after EHLO", "before MAIL", "after MAIL", "before RCPT",
        "after RCPT", "before DATA", "after DATA", "before BODY", "after BODY", "recorded", "before DOT", "within DOT",
        "after DOT", "before QUIT", "after QUIT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reply",
    [
        [b"250 2.0.0 que", 0.1, b"ued as 4711\r\n"],
        [b"250-2.0.0 queued\r\n250 as 4711\r\n"],
        [b"2", 0.05, b"50", 0.05, b" 2.0.0 queued as 4711\r", 0.05, b"\n"],
    ],
)
def test_an_answer_in_pieces_is_one_answer(reply: list[Step]) -> None:
    answer, alive, _ = send_one({"DOT": reply})
    assert isinstance(answer, Accepted)
    assert answer.reply.split() == ["250", "2.0.0", "queued", "as", "4711"]
    assert alive


# --- a server that goes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [[b"250 ok\r\n", CLOSE], [b"250 ok\r\n421 4.3.0 enough for today\r\n", CLOSE]])
def test_a_server_that_leaves_after_a_message_is_noticed_before_the_next(ending: list[Step]) -> None:
    with RawServer({"DOT": ending}) as server, connected(server) as connection:
        assert connection.send(LETTER, nothing) == Accepted("250 ok")
        time.sleep(0.1)
        assert not connection.alive


# --- what a server cannot carry --------------------------------------------------------------------------------------

PLAIN_EHLO: list[Step] = [b"250 raw.example.org\r\n"]


@pytest.mark.parametrize(
    ("envelope", "words"),
    [
        (Envelope("c@example.org", "grün@example.org", LETTER.data), "SMTPUTF8"),
        (Envelope("c@example.org", "s@example.org", "To: <grün@example.org>\r\n\r\nx\r\n".encode()), "SMTPUTF8"),
        (Envelope("c@example.org", "s@example.org", "Subject: x\r\n\r\nü\r\n".encode()), "8BITMIME"),
        (Envelope("c@example.org", "s@example.org", b"Subject: x\n\nlone line feeds\n"), "CRLF"),
        (Envelope("c@example.org", "s@example.org", b"Subject: x\r\n\r\na\n.\r\nMAIL FROM:<x>\r\n"), "CRLF"),
        (Envelope("c@example.org", "s@example.org>\r\nDATA", LETTER.data), "address"),
    ],
)
def test_what_cannot_be_carried_is_refused_before_a_word_is_said(envelope: Envelope, words: str) -> None:
    with RawServer({"EHLO": PLAIN_EHLO}) as server, connected(server) as connection:
        answer = connection.send(envelope, nothing)
        assert isinstance(answer, Refused)
        assert (answer.temporary, answer.blame, answer.code) == (False, "recipient", None)
        assert words in answer.reply
        assert server.verbs == ["EHLO"]
        assert connection.send(LETTER, nothing) == Accepted(OK)


def test_a_message_above_the_servers_size_is_refused_in_words() -> None:
    with RawServer({"EHLO": [b"250-raw\r\n250 SIZE 30\r\n"]}) as server, connected(server) as connection:
        answer = connection.send(LETTER, nothing)
    assert isinstance(answer, Refused)
    assert answer.reply == f"The message has {len(LETTER.data)} octets; the mail server takes at most 30."
    assert (answer.temporary, answer.blame) == (False, "recipient")


def test_a_broken_sender_is_our_own_fault() -> None:
    with RawServer() as server, connected(server) as connection:
        answer = connection.send(Envelope("no address", LETTER.recipient, LETTER.data), nothing)
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.blame, answer.verb) == (False, "us", "MAIL")


def test_an_address_beyond_ascii_travels_where_the_server_offers_it() -> None:
    envelope = to_envelope(samples.introduction("Grün", "grün@bücher.example.org"))
    with RawServer() as server, connected(server) as connection:
        assert connection.send(envelope, nothing) == Accepted(OK)
    assert server.journal[1].endswith(" BODY=8BITMIME SMTPUTF8")
    assert server.journal[2] == "RCPT TO:<grün@xn--bcher-kva.example.org>"
    assert server.messages == [envelope.data]


def test_a_server_that_knows_only_helo_is_good_enough() -> None:
    with RawServer({"EHLO": [b"502 what\r\n"]}) as server, connected(server) as connection:
        assert connection.send(LETTER, nothing) == Accepted(OK)
    assert server.journal[2] == "MAIL FROM:<coffee@example.org>"


# --- no conversation at all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "temporary", "verb", "code"),
    [
        ({"CONNECT": [b"421 4.3.2 full\r\n"]}, True, "CONNECT", 421),
        ({"CONNECT": [b"554 5.7.1 not you\r\n"]}, False, "CONNECT", 554),
        ({"CONNECT": [CLOSE]}, True, "CONNECT", None),
        ({"CONNECT": [HANG]}, True, "CONNECT", None),
        ({"CONNECT": [b"SSH-2.0-OpenSSH_9\r\n"]}, True, "CONNECT", None),
        ({"EHLO": [b"421 4.3.2 later\r\n"]}, True, "EHLO", 421),
        ({"EHLO": [b"550 no\r\n"], "HELO": [b"550 no\r\n"]}, False, "EHLO", 550),
        ({"EHLO": [RESET]}, True, "EHLO", None),
    ],
)
def test_without_a_greeting_nothing_is_sent_and_the_words_tell_why(
    script: dict[str, list[Step]], temporary: bool, verb: str, code: int | None
) -> None:
    with RawServer(script) as server, pytest.raises(CannotConnect) as caught, connected(server):
        pass
    assert (caught.value.temporary, caught.value.verb, caught.value.code) == (temporary, verb, code)
    assert caught.value.reply


def test_a_closed_port_and_an_unknown_host_are_temporary() -> None:
    with RawServer() as server:
        port = server.port
    for host in (f"127.0.0.1:{port}", "nobody.invalid:25"):
        with pytest.raises(CannotConnect) as caught, from_url(f"smtp://{host}?starttls=off", timeouts=QUICK).open():
            pass
        assert (caught.value.temporary, caught.value.verb) == (True, "CONNECT")


@pytest.mark.parametrize(("code", "temporary"), [(535, False), (454, True), (421, True)])
def test_a_refused_login_says_so_and_hides_the_password(code: int, temporary: bool) -> None:
    ehlo: list[Step] = [b"250-raw\r\n250 AUTH PLAIN\r\n"]
    with (
        RawServer({"EHLO": ehlo, "AUTH": [f"{code} 5.7.8 no\r\n".encode()]}) as server,
        pytest.raises(CannotConnect) as caught,
        from_url(f"smtp://coffee:s3cret@127.0.0.1:{server.port}?starttls=off", timeouts=QUICK).open(),
    ):
        pass
    assert (caught.value.temporary, caught.value.verb, caught.value.code) == (temporary, "AUTH", code)
    assert "s3cret" not in repr(caught.value)


def test_a_server_without_login_is_a_wrong_setting() -> None:
    with (
        RawServer() as server,
        pytest.raises(CannotConnect) as caught,
        from_url(f"smtp://coffee:s3cret@127.0.0.1:{server.port}?starttls=off", timeouts=QUICK).open(),
    ):
        pass
    assert (caught.value.temporary, caught.value.verb) == (False, "AUTH")


def test_the_worst_send_is_the_sum_of_its_phases() -> None:
    assert Timeouts().worst_send == 3 * 300 + 120 + 180 + 600
