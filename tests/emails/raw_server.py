"""An SMTP server of bare sockets that does what a script says, also what no decent server would.

A script gives steps by verb: bytes are sent as they are, a number is a pause in seconds, and CLOSE, RESET and HANG do
what they say. Verbs are CONNECT (the banner), EHLO, STARTTLS, EHLO2 (EHLO once more behind TLS; as EHLO if nothing is
said), AUTH, MAIL, RCPT, DATA, BODY (before the message is read), DOT (after the final dot), RSET and QUIT. Instead of
steps there can be a function that gives them, from what the server knows of the conversation. The journal holds every
line that came, `messages` every message whose final dot came, whether it was answered or not, and `played` tells when
a verb's steps are over.
"""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from emails.tls import encrypted

CLOSE, RESET, HANG = "close", "reset", "hang"
Step = bytes | float | str


@dataclass
class Talk:
    """What the server knows of one conversation: how many there were before, the dots it saw, who writes to whom."""

    number: int
    dots: int = 0
    sender: str = ""
    recipient: str = ""
    message: bytes = b""

    def hears(self, line: str) -> None:
        """Take in who writes to whom."""
        if line.upper().startswith("MAIL FROM:<"):
            self.sender, self.recipient, self.message = line[11:].partition(">")[0], "", b""
        if line.upper().startswith("RCPT TO:<"):
            self.recipient = line[9:].partition(">")[0]


Steps = Sequence[Step] | Callable[[Talk], Sequence[Step]]
Script = Mapping[str, Steps]

USUAL: dict[str, list[Step]] = {
    "CONNECT": [b"220 raw.example.org ESMTP\r\n"],
    "EHLO": [b"250-raw.example.org\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n250 SMTPUTF8\r\n"],
    "HELO": [b"250 raw.example.org\r\n"],
    "STARTTLS": [b"220 go ahead\r\n"],
    "AUTH": [b"235 2.7.0 welcome\r\n"],
    "MAIL": [b"250 2.1.0 ok\r\n"],
    "RCPT": [b"250 2.1.5 ok\r\n"],
    "DATA": [b"354 go ahead\r\n"],
    "BODY": [],
    "DOT": [b"250 2.0.0 queued as 4711\r\n"],
    "RSET": [b"250 ok\r\n"],
    "QUIT": [b"221 bye\r\n"],
}


class _Over(Exception):
    """The conversation ends."""


class RawServer:
    """The server, in a thread: `with RawServer({"DOT": [RESET]}) as server:`. One conversation at a time."""

    def __init__(
        self, script: Script | None = None, *, context: ssl.SSLContext | None = None, from_start: bool = False
    ) -> None:
        self.script: dict[str, Steps] = {**USUAL, **(script or {})}
        self.journal: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self.played = {verb: threading.Event() for verb in (*USUAL, "EHLO2")}
        self._context = context
        self._from_start = from_start
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    @property
    def verbs(self) -> list[str]:
        """The first word of each line that came."""
        return [line.split(" ")[0].upper() for line in self.journal]

    def wait_for(self, verb: str) -> None:
        """Wait until the steps of a verb have been played at least once."""
        assert self.played[verb].wait(20)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            conversation = _Conversation(self, accepted, Talk(self.connections))
            self.connections += 1
            with contextlib.suppress(OSError, _Over):
                conversation.run(self._context, self._from_start)
            conversation.sock.close()


class _Conversation:
    """One connection, from banner to end."""

    def __init__(self, server: RawServer, sock: socket.socket, talk: Talk) -> None:
        self.server, self.sock, self.talk = server, sock, talk
        self._buffer = b""
        sock.settimeout(5)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self, context: ssl.SSLContext | None, from_start: bool) -> None:
        behind_tls = bool(context and from_start)
        if context and from_start:
            self.sock = encrypted(self.sock, context, server_side=True)
        self._play("CONNECT")
        while True:
            line = self._line().decode("utf-8", "replace").rstrip("\r\n")
            self.server.journal.append(line)
            self.talk.hears(line)
            verb = line.split(" ")[0].upper()
            again = verb == "EHLO" and behind_tls and "EHLO2" in self.server.script
            said = self._play("EHLO2" if again else verb)
            if verb == "STARTTLS" and context and said.startswith(b"220"):
                self.sock = encrypted(self.sock, context, server_side=True)
                behind_tls = True
            if verb == "DATA" and said.startswith(b"354"):
                self._read_message()

    def _read_message(self) -> None:
        self._play("BODY")
        kept: list[bytes] = []
        while (line := self._line()) != b".\r\n":
            kept.append(line[1:] if line.startswith(b"..") else line)
        self.server.journal.append(".")
        self.talk.message = b"".join(kept)
        self.talk.dots += 1
        self.server.messages.append(self.talk.message)
        self._play("DOT")

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            data = self.sock.recv(65536)
            if not data:
                raise _Over
            self._buffer += data
        line, end, self._buffer = self._buffer.partition(b"\n")
        return line + end

    def _play(self, verb: str) -> bytes:
        """Do what the script says and return all that was said."""
        steps = self.server.script.get(verb, [b"500 what\r\n"])
        said = b""
        try:
            for step in steps(self.talk) if callable(steps) else steps:
                said += step if isinstance(step, bytes) else b""
                self._do(verb, step)
        finally:
            if verb in self.server.played:
                self.server.played[verb].set()
        return said

    def _do(self, verb: str, step: Step) -> None:
        if isinstance(step, bytes):
            self.sock.sendall(step)
        elif step == HANG:
            self.server.played[verb].set()
            self._hang()
        elif step in (CLOSE, RESET):
            if step == RESET:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()
            raise _Over
        else:
            self.server._over.wait(float(step))

    def _hang(self) -> None:
        """Say nothing until the other side has gone. What lies unread hides that; then until the test is over."""
        while not self.server._over.wait(0.01):
            with contextlib.suppress(BlockingIOError):
                # past the TLS layer, which takes no flags
                if not socket.socket.recv(self.sock, 1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    raise _Over
