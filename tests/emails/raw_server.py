"""An SMTP server of bare sockets that does what a script says, also what no decent server would.

A script gives steps by verb: bytes are sent as they are, a number is a pause in seconds, and CLOSE, RESET and HANG do
what they say. Verbs are CONNECT (the banner), EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY (while the message arrives),
DOT (after the final dot), RSET and QUIT. The journal holds every line that came, and `messages` every message whose
final dot came, whether it was answered or not.
"""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import BinaryIO, Self

CLOSE, RESET, HANG = "close", "reset", "hang"
Step = bytes | float | str
Script = Mapping[str, Sequence[Step]]

USUAL: Script = {
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
    """The script ends the connection."""


class RawServer:
    """The server, in a thread: `with RawServer({"DOT": [RESET]}) as server:`."""

    def __init__(
        self, script: Script | None = None, *, context: ssl.SSLContext | None = None, from_start: bool = False
    ) -> None:
        self.script: dict[str, Sequence[Step]] = {**USUAL, **(script or {})}
        self.journal: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self._context = context
        self._from_start = from_start
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._over = threading.Event()
        self._open: list[socket.socket] = []

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
        self._thread.join(5)
        for connection in self._open:
            connection.close()

    @property
    def verbs(self) -> list[str]:
        """The first word of each line that came."""
        return [line.split(" ")[0].upper() for line in self.journal]

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            with contextlib.suppress(OSError, _Over):
                self._talk(connection)
            for one in self._open:
                one.close()
            self._open.clear()

    def _talk(self, connection: socket.socket) -> None:
        if self._context and self._from_start:
            connection = self._encrypted(connection)
        connection.settimeout(5)
        self._play("CONNECT", connection)
        lines = connection.makefile("rb")
        while line := lines.readline():
            self.journal.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            verb = self.verbs[-1]
            self._play(verb, connection)
            if verb == "STARTTLS" and self._context:
                connection = self._encrypted(connection)
                lines = connection.makefile("rb")
            if verb == "DATA" and self.script["DATA"][0][:3] == b"354":  # type: ignore[index]
                self._play("BODY", connection)
                self.messages.append(self._message(lines))
                self._play("DOT", connection)

    def _encrypted(self, connection: socket.socket) -> ssl.SSLSocket:
        assert self._context is not None
        encrypted = self._context.wrap_socket(connection, server_side=True)
        self._open.append(encrypted)
        return encrypted

    def _message(self, lines: BinaryIO) -> bytes:
        kept: list[bytes] = []
        for line in iter(lines.readline, b""):
            if line == b".\r\n":
                self.journal.append(".")
                return b"".join(kept)
            kept.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        raise _Over

    def _play(self, verb: str, connection: socket.socket) -> None:
        for step in self.script.get(verb, [b"500 what\r\n"]):
            if isinstance(step, bytes):
                connection.sendall(step)
            elif step == HANG:
                self._over.wait(20)
            elif step in (CLOSE, RESET):
                if step == RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise _Over
            else:
                self._over.wait(float(step))
