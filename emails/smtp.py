"""SMTP: reaching a mail server, with the encryption that the settings ask for or not at all.

    connect, EHLO, STARTTLS, EHLO, AUTH     goes wrong: CannotConnect, nobody but us is to blame

What happens then, message by message, stands in `emails.smtp_session`.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from emails.answers import CannotConnect, Verb, unwatched
from emails.smtp_session import SmtpConnection
from emails.smtp_wire import BadReply, Timeouts, Wire, decoded, words

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True)
class SmtpTransport:
    """A mail server and how to reach it. `security`: TLS from the start, by STARTTLS or not at all; there is no
    falling back from one to another.
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    helo: str | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    watch: Callable[[str], None] = field(default=unwatched, repr=False)

    @property
    def name(self) -> str:
        scheme = "smtps" if self.security == "tls" else "smtp"
        return f"{scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @contextmanager
    def open(self) -> Iterator[SmtpConnection]:
        """A connection that is greeted, encrypted and signed in. Raises `CannotConnect`."""
        connection = SmtpConnection(self._sign_in(), self.timeouts, self.watch)
        try:
            yield connection
        finally:
            connection.close()

    def _sign_in(self) -> Wire:
        with ExitStack() as unless_done:
            with self._step("CONNECT"):
                wire = self._connect()
                unless_done.callback(wire.close)
            self._greet(wire)
            if self.security == "starttls":
                with self._step("STARTTLS"):
                    self._start_tls(wire)
                self._greet(wire)
            if self.user is not None:
                with self._step("AUTH"):
                    wire.limit = self.timeouts.command
                    wire.login(self.user, self.password or "")
            unless_done.pop_all()
        return wire

    @contextmanager
    def _step(self, verb: Verb) -> Iterator[None]:
        self.watch(f"before {verb}")
        try:
            yield
        except (OSError, UnicodeError) as error:
            raise _cannot_connect(verb, error) from error
        self.watch(f"after {verb}")

    def _connect(self) -> Wire:
        sock = socket.create_connection((self.host, self.port), self.timeouts.connect)
        wire = Wire(sock, self.helo, self.timeouts.connect)
        try:
            if self.security == "tls":
                wire.encrypt(self._tls_context(), self.host)
            wire.limit = self.timeouts.command
            _expect(wire.getreply(), "CONNECT")
        except BaseException:
            wire.close()
            raise
        return wire

    def _greet(self, wire: Wire) -> None:
        """EHLO, or HELO where the server knows no EHLO (RFC 5321 3.2). One that says "later" is not asked again."""
        with self._step("EHLO"):
            wire.limit = self.timeouts.command
            code, _ = wire.ehlo()
            if code >= 500:
                code, _ = wire.helo()
            _expect((code, wire.helo_resp or wire.ehlo_resp or b""), "EHLO")

    def _start_tls(self, wire: Wire) -> None:
        if not wire.has_extn("starttls"):
            raise CannotConnect(False, "STARTTLS", "the server offers no encryption, and we do not go without")
        wire.limit = self.timeouts.command
        _expect(wire.docmd("STARTTLS"), "STARTTLS", (220,))  # RFC 3207 4
        wire.limit = self.timeouts.connect
        wire.encrypt(self._tls_context(), self.host)

    def _tls_context(self) -> ssl.SSLContext:
        # Given explicitly: what smtplib makes by itself checks neither certificate nor name (E19).
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _expect(reply: tuple[int, bytes], verb: Verb, good: Container[int] = range(200, 300)) -> None:
    code, text = decoded(reply)
    if code not in good:
        raise CannotConnect(code < 500, verb, text, code)


def _cannot_connect(verb: Verb, error: OSError | UnicodeError) -> CannotConnect:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        code, text = decoded((error.smtp_code, _octets(error.smtp_error)))
        return CannotConnect(code < 500, verb, text, code)
    if isinstance(error, UnicodeError):
        return CannotConnect(False, verb, "the host, user or password has signs outside ASCII that cannot be sent")
    return CannotConnect(not _is_settled(verb, error), verb, words(error))


def _is_settled(verb: Verb, error: OSError) -> bool:
    """Whether trying again is of no use: a certificate we do not trust, or a server that knows no AUTH of ours."""
    if isinstance(error, ssl.SSLError):
        return not isinstance(error, ssl.SSLEOFError)
    broken = isinstance(error, (smtplib.SMTPServerDisconnected, BadReply))
    return verb == "AUTH" and isinstance(error, smtplib.SMTPException) and not broken


def _octets(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
