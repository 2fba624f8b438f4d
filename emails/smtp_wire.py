"""The wire under an SMTP conversation: smtplib's commands, with deadlines and with distrust of what the server says.

smtplib waits *per packet*, so a server that drips one byte a minute holds it for ever; and it reads whatever lies in
its buffer as the answer to the next command. Here every phase has an end (RFC 5321 4.5.3.2), and an answer that nobody
asked for ends the conversation: after STARTTLS it would be the injection of CVE-2011-0411, before a final dot it could
pass for an acceptance.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from emails.tls import encrypted

_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_LONGEST_REPLY = 64 * 1024
# PLAIN first: behind TLS it is the one that everybody must know (RFC 4954 4).
_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")


@dataclass(frozen=True)
class Timeouts:
    """How long each phase may take, in seconds. Shorter after the dot makes repeats (RFC 1047)."""

    connect: float = 30
    command: float = 300
    data: float = 120
    body: float = 180
    dot: float = 600
    quit: float = 5

    @property
    def worst_send(self) -> float:
        """The longest that one `send` can take: MAIL, RCPT, DATA, body, dot, and RSET after a refusal."""
        return 3 * self.command + self.data + self.body + self.dot

    @property
    def worst_open(self) -> float:
        """The longest that connecting can take for one address of the host: TLS, banner, STARTTLS, EHLO and HELO
        twice, and six lines of AUTH where three ways to sign in are offered and refused.
        """
        return 2 * self.connect + 12 * self.command


class BadReply(smtplib.SMTPException):
    """The server said something that is no SMTP, or said it when it was not its turn."""


class Wire(smtplib.SMTP):
    """An SMTP client on a connected socket. `limit` is the time that the next answer may take."""

    def __init__(self, sock: socket.socket, helo: str | None, limit: float) -> None:
        super().__init__(local_hostname=helo or _address_literal(sock))
        # A dot is three octets; without this the system keeps them back until the body is acknowledged, 40 ms a mail.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock: socket.socket | None = sock
        self.limit = limit
        self.command_encoding = "utf-8"
        self._received = b""

    def encrypt(self, context: ssl.SSLContext, server_name: str) -> None:
        """TLS from here on. What was learnt in clear text is forgotten."""
        if self._received:
            raise BadReply("the server spoke out of turn before TLS")
        plain = self._connected()
        plain.settimeout(self.limit)
        self.sock = encrypted(plain, context, server_name=server_name)
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        """Sign in by the ways that the server offers (RFC 4954), one after another. Raises `SMTPAuthenticationError`
        with what the server said, `SMTPNotSupportedError`, `BadReply`, or whatever breaks the line.
        """
        self.user, self.password = user, password
        offered = self.esmtp_features.get("auth", "").upper().split()
        refusal: smtplib.SMTPAuthenticationError | None = None
        for mechanism in (one for one in _MECHANISMS if one in offered):
            prove = getattr(self, f"auth_{mechanism.lower().replace('-', '_')}")
            try:
                return self._prove(mechanism, prove, initial_response_ok)
            except smtplib.SMTPAuthenticationError as error:  # some offer ways that they do not know: try the next
                refusal = error
                if error.smtp_code < 500:
                    break
            except OSError:
                # Many hang up after a wrong password; "the line broke" would hide that it was wrong.
                if refusal is None:
                    raise
                break
        raise refusal or smtplib.SMTPNotSupportedError("the server offers no way to sign in that we know")

    def _prove(self, mechanism: str, prove: Callable[..., str], first: bool) -> tuple[int, bytes]:
        try:
            return self.auth(mechanism, prove, initial_response_ok=first)
        except UnicodeError:
            raise
        except ValueError as error:  # smtplib decodes the server's challenge without a look
            raise BadReply("the server's challenge cannot be read") from error

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send one command. Raises `BadReply` if an answer lies there already."""
        if self._received:
            raise BadReply("the server answered before it was asked")
        self._connected().settimeout(self.limit)
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """One whole answer, several lines joined. Raises `TimeoutError`, `SMTPServerDisconnected` or `BadReply`."""
        deadline = time.monotonic() + self.limit
        texts: list[bytes] = []
        code, more, length = None, True, 0
        while more:
            match = _REPLY_LINE.fullmatch(self._read_line(deadline))
            if match is None or code not in (None, match[1]):
                raise BadReply("the server's answer is no SMTP")
            code, more = match[1], match[2] == b"-"
            texts.append((match[3] or b"").strip())
            length += len(texts[-1]) + 1
            if length > _LONGEST_REPLY:
                raise BadReply("the server's answer does not end")
        return int(code or b""), b"\n".join(texts)

    def write(self, data: bytes) -> None:
        """Send bytes as they are, all of them within `limit`. Raises `TimeoutError`."""
        connected = self._connected()
        connected.settimeout(self.limit)
        connected.sendall(data)

    def has_early_reply(self) -> bool:
        """Whether the server has spoken out of turn. Raises `SMTPServerDisconnected` if it has hung up."""
        connected = self._connected()
        connected.settimeout(0)
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            self._receive(connected)
        return bool(self._received)

    def _read_line(self, deadline: float) -> bytes:
        connected = self._connected()
        while b"\n" not in self._received:
            if len(self._received) > _LONGEST_REPLY:
                raise BadReply("the server's answer does not end")
            connected.settimeout(max(deadline - time.monotonic(), 0.001))
            self._receive(connected)
        line, _, self._received = self._received.partition(b"\n")
        return line.removesuffix(b"\r")

    def _receive(self, connected: socket.socket) -> None:
        data = connected.recv(8192)
        if not data:
            raise smtplib.SMTPServerDisconnected("the server hung up")
        self._received += data

    def _connected(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return self.sock


def _address_literal(sock: socket.socket) -> str:
    """What to call ourselves in EHLO when nobody has said (RFC 5321 4.1.3): never the machine's name."""
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def decoded(reply: tuple[int, bytes]) -> tuple[int, str]:
    """An answer as one printable line of bearable length, fit for a database."""
    code, text = reply
    line = "".join(sign if sign.isprintable() else " " for sign in text[:2000].decode("utf-8", "replace"))
    return code, line[:500].strip()


def words(error: OSError) -> str:
    """What broke, in words for an organiser."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error.args[-1]) if error.args else type(error).__name__
