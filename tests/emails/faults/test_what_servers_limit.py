"""Servers that set limits: so many mails a connection, so many a minute, so long, no letters outside ASCII, so big."""

import pytest

from emails import Accepted, CannotConnect, Connection, Envelope, Refused, Transport, from_url, to_envelope
from emails.smtp_session import judge
from tests.emails import samples
from tests.emails.faults.table import HEALTHY, class_of
from tests.emails.faults.test_every_verb import patience
from tests.emails.raw_server import CLOSE, RawServer, Script, Step, Talk
from tests.emails.talk import LETTER


def way_to(server: RawServer, login: str = "") -> Transport:
    return from_url(f"smtp://{login}127.0.0.1:{server.port}?starttls=off", timeouts=patience())


def letters(number: int) -> list[Envelope]:
    return [
        Envelope(LETTER.sender, f"p{n}@example.org", f"Subject: {n}\r\n\r\nhello\r\n".encode()) for n in range(number)
    ]


def carry(server: RawServer, waiting: list[Envelope]) -> tuple[list[str], list[int]]:
    """Send each until it is accepted, as delivery does: what was answered, and how many went over each connection."""
    answers: list[str] = []
    per_connection: list[int] = []
    waiting = list(waiting)
    while waiting:
        with way_to(server).open() as connection:
            begun = len(waiting)
            _send_while_alive(connection, waiting, answers)
            per_connection.append(begun - len(waiting))
        assert len(per_connection) < 1000, "it never ends"
    return answers, per_connection


def _send_while_alive(connection: Connection, waiting: list[Envelope], answers: list[str]) -> None:
    while waiting and connection.alive:
        answers.append(class_of(connection.send(waiting[0], lambda: None)))
        if answers[-1] == "sent":
            waiting.pop(0)
        elif answers[-1] == "later":
            waiting.append(waiting.pop(0))


# --- so many a connection --------------------------------------------------------------------------------------------

GOODBYES: dict[str, list[Step]] = {
    "without a word": [b"250 ok\r\n", CLOSE],
    "with 421": [b"250 ok\r\n421 4.7.0 too many mails on this connection\r\n", CLOSE],
    "with 421 a moment later": [b"250 ok\r\n", 0.03, b"421 4.7.0 too many mails on this connection\r\n", CLOSE],
}


@pytest.mark.parametrize("goodbye", GOODBYES)
def test_a_server_that_closes_after_25_mails_gets_the_rest_over_new_connections(goodbye: str) -> None:
    def dot(talk: Talk) -> list[Step]:
        return GOODBYES[goodbye] if talk.dots == 25 else [b"250 ok\r\n"]

    with RawServer({"DOT": dot}) as server:
        answers, per_connection = carry(server, letters(60))
        assert sorted(server.messages) == sorted(letter.data for letter in letters(60)), "each exactly once"
    assert answers.count("sent") == 60
    assert set(answers) <= {"sent", "rest"}, "nothing held, nothing rejected"
    assert [number for number in per_connection if number] == [25, 25, 10]


def test_a_server_that_refuses_the_26th_at_mail_gets_it_later() -> None:
    def mail(talk: Talk) -> list[Step]:
        return [b"421 4.7.0 enough\r\n", CLOSE] if talk.dots == 25 else [b"250 ok\r\n"]

    with RawServer({"MAIL": mail}) as server:
        answers, per_connection = carry(server, letters(60))
        assert len(set(server.messages)) == len(server.messages) == 60
    assert (answers.count("rest"), per_connection) == (2, [25, 25, 10])


# --- so many a minute ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["RCPT", "DOT"])
def test_450_above_a_rate_makes_those_mails_wait_and_loses_none(verb: str) -> None:
    asked = 0

    def every_third(talk: Talk) -> list[Step]:
        nonlocal asked
        asked += 1
        return [b"450 4.2.1 too fast\r\n"] if asked % 3 == 0 else HEALTHY[verb]

    with RawServer({verb: every_third}) as server:
        answers, per_connection = carry(server, letters(30))
        assert server.connections == 1, "one mail that waits does not end the conversation"
    assert (answers.count("sent"), answers.count("later"), len(per_connection)) == (30, 14, 1)


# --- what can be carried ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [b"SIZE 30", b"size 30", b"SIZE 0000000030"])
def test_a_mail_above_the_announced_size_is_rejected_before_a_word_about_it(said: bytes) -> None:
    with RawServer({"EHLO": [b"250-raw\r\n250 " + said + b"\r\n"]}) as server, way_to(server).open() as connection:
        answer = connection.send(LETTER, lambda: None)
        assert server.verbs == ["EHLO"]
        assert connection.alive
    assert isinstance(answer, Refused)
    assert (class_of(answer), answer.code) == ("never", None)
    assert "at most 30." in answer.reply


@pytest.mark.parametrize("said", [b"", b"0", b"\xb2", b"30 octets", b"-5", b"9" * 5000])
def test_a_size_that_says_nothing_limits_nothing(said: bytes) -> None:
    with RawServer({"EHLO": [b"250-raw\r\n250 SIZE " + said + b"\r\n"]}) as server, way_to(server).open() as connection:
        assert isinstance(connection.send(LETTER, lambda: None), Accepted)
        assert server.messages == [LETTER.data]


@pytest.mark.parametrize("verb", ["MAIL", "DATA", "DOT"])
def test_too_big_is_said_of_the_mail_and_not_of_us(verb: str) -> None:
    script: Script = {verb: [b"552 5.3.4 Message size exceeds fixed limit\r\n"]}
    with RawServer(script) as server, way_to(server).open() as connection:
        assert class_of(connection.send(LETTER, lambda: None)) == "never"
        assert connection.alive


BEYOND_ASCII = to_envelope(samples.introduction("Grün", "grün@bücher.example.org"))


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (b"250-8BITMIME\r\n250 SMTPUTF8\r\n", "sent"),
        (b"250 8BITMIME\r\n", "never"),
        (b"250 SMTPUTF8\r\n", "never"),
        (b"250 X\r\n", "never"),
    ],
)
def test_what_needs_smtputf8_and_8bitmime_goes_only_where_both_are_offered(offer: bytes, expected: str) -> None:
    script: Script = {"EHLO": [b"250-raw\r\n" + offer]}
    with RawServer(script) as server, way_to(server).open() as connection:
        assert class_of(connection.send(BEYOND_ASCII, lambda: None)) == expected
        assert class_of(connection.send(LETTER, lambda: None)) == "sent", "and nobody else is concerned"
        assert len(server.messages) == (2 if expected == "sent" else 1)


def test_a_name_beyond_ascii_needs_neither() -> None:
    envelope = to_envelope(samples.introduction("Zoë Grün", "zoe@bücher.example.org"))
    with RawServer({"EHLO": [b"250 raw\r\n"]}) as server, way_to(server).open() as connection:
        assert class_of(connection.send(envelope, lambda: None)) == "sent"
        assert server.messages == [envelope.data]


def test_our_own_sender_beyond_ascii_is_our_fault_and_no_recipients() -> None:
    letter = Envelope("käffchen@example.org", LETTER.recipient, LETTER.data)
    with RawServer({"EHLO": [b"250 raw\r\n"]}) as server, way_to(server).open() as connection:
        assert class_of(connection.send(letter, lambda: None)) == "ours"
        assert server.verbs == ["EHLO"]


# --- whom a refusal means --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (550, "5.4.5 Daily user sending limit exceeded"),
        (550, "5.4.5 Daily SMTP relay limit exceeded for customer"),
        (550, "5.4.6 <sam@example.org>: Recipient address rejected: Sender Hourly Quota Exceeded"),
        (550, "5.4.6 mail rate exceeded limit"),
        (454, "Throttling failure: Maximum sending rate exceeded."),
        (554, "Message rejected: Email address is not verified. The following identities failed the check"),
        (550, "5.7.60 SMTP; Client does not have permissions to send as this sender"),
        (554, "5.2.252 SendAsDenied; a@example.org not allowed to send as b@example.org"),
        (535, "5.7.8 Authentication credentials invalid"),
    ],
)
@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
def test_a_limit_or_a_right_of_the_sender_is_no_fault_of_the_recipient(verb: str, code: int, text: str) -> None:
    assert class_of(judge(verb, code, text)) == ("ours" if code >= 500 else "rest")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (552, "5.2.2 The recipient's mailbox is over quota"),
        (552, "mailbox full, quota exceeded"),
        (550, "5.2.1 The user you are trying to contact is receiving mail at a rate that is too high"),
        (550, "5.1.1 no such user"),
        (554, "5.7.1 content refused as spam"),
        (552, "5.3.4 message too big"),
    ],
)
def test_what_is_said_of_a_mailbox_or_a_mail_stays_there(code: int, text: str) -> None:
    assert [class_of(judge(verb, code, text)) for verb in ("RCPT", "DOT")] == ["never", "never"]


# --- signing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "answers", "expected", "code"),
    [
        (b"PLAIN LOGIN", [b"535 5.7.8 wrong\r\n", CLOSE], "wrong", 535),
        (b"PLAIN LOGIN CRAM-MD5", [b"535 5.7.8 wrong\r\n"], "wrong", 535),
        (b"PLAIN LOGIN", [b"454 4.7.0 later\r\n"], "away", 454),
        (b"CRAM-MD5", [b"334 abcde\r\n"], "away", None),
        (b"XOAUTH2", [b"235 ok\r\n"], "wrong", None),
        (b"", [b"235 ok\r\n"], "wrong", None),
    ],
)
def test_a_login_that_fails_says_why(offered: bytes, answers: list[Step], expected: str, code: int | None) -> None:
    script: Script = {"EHLO": [b"250-raw\r\n250 AUTH " + offered + b"\r\n"], "AUTH": answers}
    with RawServer(script) as server:
        with pytest.raises(CannotConnect) as caught, way_to(server, "coffee:s3cret@").open():
            pass
        assert (class_of(caught.value), caught.value.verb, caught.value.code) == (expected, "AUTH", code)
        assert server.verbs.count("AUTH") <= 3


def test_a_way_to_sign_in_that_is_offered_and_not_known_leads_to_the_next() -> None:
    def auth(talk: Talk) -> list[Step]:
        return [b"504 5.5.4 unknown\r\n"] if server.verbs.count("AUTH") == 1 else [b"334 VXNlcm5hbWU6\r\n"]

    script: Script = {"EHLO": [b"250-raw\r\n250 AUTH PLAIN LOGIN\r\n"], "AUTH": auth, "CZNJCMV0": [b"235 ok\r\n"]}
    with RawServer(script) as server, way_to(server, "coffee:s3cret@").open() as connection:
        assert class_of(connection.send(LETTER, lambda: None)) == "sent"
