"""Whatever a mail server does to us is put into the right class: not accepted, proven; or nobody can say."""

import time

import pytest

from emails import Accepted, Envelope, Refused, Unknown
from emails.smtp_session import judge
from tests.emails.raw_server import CLOSE, HANG, RESET, USUAL, RawServer, Step
from tests.emails.talk import LETTER, OK, connected, nothing, send_one

# --- proven not accepted ---------------------------------------------------------------------------------------------

TEMPORARY = [(code, True) for code in (421, 450, 451, 452)]
PERMANENT = [(code, False) for code in (535, 550, 552, 554)]


@pytest.mark.parametrize(("code", "temporary"), TEMPORARY + PERMANENT)
@pytest.mark.parametrize(
    ("verb", "blame"), [("MAIL", "us"), ("RCPT", "recipient"), ("DATA", "us"), ("DOT", "recipient")]
)
def test_every_refusal_says_whom_it_means_and_whether_to_try_again(
    verb: str, blame: str, code: int, temporary: bool
) -> None:
    blame = "us" if code in (421, 535) else blame
    answer, alive, server = send_one({verb: [f"{code} no\r\n".encode()]})
    assert answer == Refused(temporary, blame, verb, code, "no", pause=code == 421)  # type: ignore[arg-type]
    assert alive == (code != 421)
    assert server.messages == ([LETTER.data] if verb == "DOT" else [])


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_after_a_refusal_the_next_message_goes_the_same_way(verb: str) -> None:
    with RawServer({verb: [b"450 4.2.0 later\r\n"]}) as server, connected(server) as connection:
        assert isinstance(connection.send(LETTER, nothing), Refused)
        server.script[verb] = USUAL[verb]
        assert connection.send(LETTER, nothing) == Accepted(OK)
        assert server.connections == 1


@pytest.mark.parametrize("step", [CLOSE, RESET, HANG])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_line_that_breaks_before_the_dot_means_not_accepted(verb: str, step: str) -> None:
    asked: list[int] = []
    answer, alive, server = send_one({verb: [step]}, lambda: asked.append(1))
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.blame, answer.verb, answer.code, answer.pause) == (True, "us", verb, None, False)
    assert (alive, asked, server.messages) == (False, [], [])


@pytest.mark.parametrize("step", [CLOSE, RESET])
def test_a_line_that_breaks_within_the_body_means_not_accepted(step: str) -> None:
    big = Envelope(LETTER.sender, LETTER.recipient, b"Subject: x\r\n\r\n" + b"line\r\n" * 100_000)
    with RawServer({"BODY": [step], "EHLO": [b"250 raw\r\n"]}) as server, connected(server) as connection:
        # the body may fit into the system's buffers, and then we are done with it before the server has gone
        answer = connection.send(big, lambda: server.wait_for("BODY"))
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.verb) == (True, "BODY")


def test_a_server_that_does_not_read_the_body_is_left_in_time() -> None:
    big = Envelope(LETTER.sender, LETTER.recipient, b"Subject: x\r\n\r\n" + b"line\r\n" * 2_000_000)
    with RawServer({"BODY": [HANG], "EHLO": [b"250 raw\r\n"]}) as server, connected(server) as connection:
        begin = time.monotonic()
        assert connection.send(big, nothing) == Refused(True, "us", "BODY", None, "no answer in time")
        assert time.monotonic() - begin < 6


@pytest.mark.parametrize(
    ("early", "answer"),
    [
        (b"250 2.0.0 ok\r\n", Refused(True, "us", "BODY", None, "the server answered before the message was finished")),
        (b"552 5.3.4 too big\r\n", Refused(False, "recipient", "BODY", 552, "5.3.4 too big")),
        (b"421 4.3.0 bye\r\n", Refused(True, "us", "BODY", 421, "4.3.0 bye", pause=True)),
    ],
)
def test_an_answer_before_the_dot_never_passes_for_an_acceptance(early: bytes, answer: Refused) -> None:
    def slowly() -> None:
        time.sleep(0.1)

    with RawServer({"BODY": [early]}) as server, connected(server) as connection:
        assert connection.send(LETTER, slowly) == answer
        assert not connection.alive
        time.sleep(0.05)
        assert server.messages == []


def test_who_hangs_up_while_the_moment_is_recorded_has_not_accepted() -> None:
    with RawServer({"BODY": [0.1, CLOSE]}) as server, connected(server) as connection:
        answer = connection.send(LETTER, lambda: time.sleep(0.3))
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.blame, answer.verb, answer.code) == (True, "us", "BODY", None)
    assert server.messages == []


@pytest.mark.parametrize(
    "reply", [b"hello\r\n", b"99 no\r\n", b"250-a\r\n251 b\r\n", b"\xff\xfe\r\n", b"\r\n", b"354 x\r\n"]
)
def test_an_answer_that_is_no_smtp_is_no_yes(reply: bytes) -> None:
    answer, alive, server = send_one({"RCPT": [reply]})
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.blame, answer.verb, answer.code) == (True, "us", "RCPT", None)
    assert (alive, server.messages) == (False, [])


def test_what_a_server_says_is_kept_as_one_printable_line() -> None:
    answer, _, _ = send_one({"RCPT": [b"550-5.1.1 no\x00such\x1b[31m\r\n550 user \xff" + b"x" * 9000 + b"\r\n"]})
    assert isinstance(answer, Refused)
    assert answer.reply.startswith("5.1.1 no such [31m user \ufffdxxx")
    assert (len(answer.reply), answer.reply.isprintable()) == (500, True)


def test_only_354_opens_the_body() -> None:
    answer, alive, server = send_one({"DATA": [b"250 ok\r\n"]})
    assert isinstance(answer, Refused)
    assert (answer.verb, alive, server.messages) == ("DATA", False, [])


def test_an_answer_without_end_is_cut_off() -> None:
    answer, _, _ = send_one({"MAIL": [b"250-more\r\n" * 20_000]})
    assert answer == Refused(True, "us", "MAIL", None, "the server's answer does not end")


def test_a_server_that_drips_is_left_in_time() -> None:
    begin = time.monotonic()
    answer, _, _ = send_one({"MAIL": [step for _ in range(50) for step in (b"2", 0.1)]})
    assert answer == Refused(True, "us", "MAIL", None, "no answer in time")
    assert time.monotonic() - begin < 4


@pytest.mark.parametrize(
    ("verb", "code", "text", "blame", "pause"),
    [
        ("RCPT", 550, "5.1.1 no such user", "recipient", False),
        ("RCPT", 554, "5.7.1 <sam@example.org>: Relay access denied", "us", False),
        ("RCPT", 550, "relaying denied", "us", False),
        ("RCPT", 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using a list", "us", False),
        ("RCPT", 530, "5.7.0 Authentication required", "us", False),
        ("RCPT", 550, "5.1.1 no authenticated user of that name", "recipient", False),
        ("RCPT", 450, "4.2.0 greylisted", "recipient", False),
        ("RCPT", 451, "4.7.1 too fast", "recipient", True),
        ("RCPT", 451, "4.7.1 Greylisted, try again", "recipient", False),
        ("DATA", 550, "5.1.1 no such user after all", "recipient", False),
        ("DATA", 554, "5.5.1 no valid recipients", "us", False),
        ("DOT", 554, "5.7.1 content refused", "recipient", False),
        ("DOT", 421, "4.7.0 slow down", "us", True),
        ("MAIL", 553, "5.7.1 not your address", "us", False),
    ],
)
def test_words_and_codes_of_well_known_servers_are_understood(
    verb: str, code: int, text: str, blame: str, pause: bool
) -> None:
    refused = judge(verb, code, text)  # type: ignore[arg-type]
    assert (refused.blame, refused.pause, refused.temporary) == (blame, pause, code < 500)


# --- nobody can say --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [[CLOSE], [RESET], [HANG], [b"250 2.0", CLOSE], [b"250-2.0.0 ok\r\n", RESET], [b"nonsense\r\n"], [b"354 x\r\n"],
     [b"2", 0.4, b"5", 0.4, b"0", 0.4, b" ok\r\n"]],
)  # fmt: skip
def test_no_answer_after_the_dot_is_neither_yes_nor_no(reply: list[Step]) -> None:
    asked: list[int] = []
    answer, alive, server = send_one({"DOT": reply}, lambda: asked.append(1))
    assert isinstance(answer, Unknown)
    assert (answer.verb, alive, asked, server.messages) == ("DOT", False, [1], [LETTER.data])
