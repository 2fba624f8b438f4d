"""Each fault at each step, played by a server of bare sockets behind TLS and a login, is what the table says."""

import ssl
from collections import Counter
from pathlib import Path

import pytest

from emails import Accepted, Answer, CannotConnect, Refused, Timeouts, from_url
from tests.emails.faults.table import CODES, HEALTHY, cells, class_of, stays, steps
from tests.emails.raw_server import RawServer, Script
from tests.emails.talk import LETTER

HURRY = 0.15


class Patience(Timeouts):
    """Long for everything but the one step at which the server hangs: a busy machine must not change the class."""

    def hurry(self) -> None:
        for name in ("connect", "command", "data", "body", "dot", "quit"):
            object.__setattr__(self, name, HURRY)


def patience() -> Patience:
    return Patience(connect=30, command=30, data=30, body=30, dot=30, quit=30)


class Scene:
    """One mail on its way past one fault."""

    def __init__(self, server: RawServer, ca_file: Path, verb: str, fault: str) -> None:
        self.server, self.verb, self.fault = server, verb, fault
        self.timeouts = patience()
        self.moments = 0
        self._steps: Counter[str] = Counter()
        url = f"smtp://coffee:s3cret@127.0.0.1:{server.port}?ca={ca_file}"
        self.transport = from_url(url, timeouts=self.timeouts, watch=self._watch)

    def play(self) -> tuple[Answer | CannotConnect, bool]:
        """What became of the mail, and whether the connection was of further use."""
        try:
            with self.transport.open() as connection:
                answer = connection.send(LETTER, self._moment)
                alive = connection.alive
                if alive and self.verb != "QUIT":
                    self.server.script = dict(HEALTHY)
                    assert isinstance(connection.send(LETTER, lambda: None), Accepted)
            return answer, alive
        except CannotConnect as refusal:
            return refusal, False

    def _moment(self) -> None:
        self.moments += 1

    def _watch(self, step: str) -> None:
        self._steps[step] += 1
        verb, nth = ("EHLO", 2) if self.verb == "EHLO2" else (self.verb, 1)
        if self.fault == "hang" and step == f"before {verb}" and self._steps[step] == nth:
            self.timeouts.hurry()
        if self.verb == "BODY" and step == "after BODY":
            self.server.wait_for("BODY")  # otherwise we might be faster than the fault


@pytest.mark.parametrize(("verb", "fault", "expected"), cells(), ids=lambda value: value)
def test_the_table_holds(ca_file: Path, server_context: ssl.SSLContext, verb: str, fault: str, expected: str) -> None:
    before: Script = {"RCPT": [b"450 later\r\n"]} if verb == "RSET" else {}
    script: Script = {**HEALTHY, **before, verb: steps(verb, fault)}
    with RawServer(script, context=server_context) as server:
        scene = Scene(server, ca_file, verb, fault)
        outcome, alive = scene.play()
        dots = len(server.messages)
    assert (class_of(outcome), alive) == (expected, stays(verb, fault))
    if isinstance(outcome, Refused) and fault in CODES and verb != "RSET":
        assert (outcome.verb, outcome.code) == (verb, int(fault))
    if isinstance(outcome, CannotConnect) and fault in CODES and verb != "EHLO" and verb != "EHLO2":
        assert (outcome.verb, outcome.code) == (verb, int(fault))
    further = alive and verb != "QUIT"
    assert dots - further <= scene.moments, "a dot left that was not recorded before"
    assert scene.moments == (expected in ("sent", "held") or verb == "DOT")
    assert outcome.args if isinstance(outcome, CannotConnect) else str(outcome)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        (b"550 5.1.1 nobody asked\r\n", (True, "us", None, False)),
        (b"250 2.1.5 nobody asked\r\n", (True, "us", None, False)),
        (b"421 4.3.2 going\r\n", (True, "us", 421, True)),
    ],
)
@pytest.mark.parametrize(("verb", "before"), [("RCPT", "MAIL"), ("DATA", "RCPT")])
def test_a_word_out_of_turn_that_comes_a_moment_later_is_no_answer_to_the_next_command(
    verb: str, before: str, word: bytes, outcome: tuple[bool, str, int | None, bool]
) -> None:
    """Taken for the answer, a stray 550 would strike off somebody of whom the server has not even heard."""
    with RawServer({before: [b"250 ok\r\n", 0.02, word]}) as server:

        def watch(step: str) -> None:
            if step == f"after {before}":
                server.wait_for(before)

        url = f"smtp://127.0.0.1:{server.port}?starttls=off"
        with from_url(url, timeouts=patience(), watch=watch).open() as connection:
            answer = connection.send(LETTER, lambda: None)
            assert not connection.alive
        assert verb not in server.verbs
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.blame, answer.code, answer.pause) == outcome
    assert answer.verb == verb


def test_the_table_knows_every_verb_and_every_fault_that_was_asked_for() -> None:
    verbs = {verb for verb, _, _ in cells()}
    faults = {fault for _, fault, _ in cells()}
    assert verbs >= {"CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "DOT", "RSET", "QUIT"}
    assert faults >= {*CODES, "reset", "hang", "slow", "half", "two-packets", "early", "long", "garbage"}
    assert len(cells()) == len(verbs) * len(faults) == 240
