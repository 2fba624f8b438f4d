"""Transports that leave the house no further than this process or this disk."""

import mailbox
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from emails.answers import Accepted, Answer, CannotConnect, Envelope, Refused, unwatched


@dataclass(frozen=True)
class MaildirTransport:
    """Puts mails into a Maildir, as a mail server would at its last stop: any mail reader can open it.

    The two lines that such a server adds tell the envelope: Return-Path and Delivered-To.
    """

    path: Path
    watch: Callable[[str], None] = field(default=unwatched, repr=False)

    @property
    def name(self) -> str:
        return f"maildir {self.path}"

    @contextmanager
    def open(self) -> Iterator["MaildirConnection"]:
        """The folder, made if it is missing. Raises `CannotConnect` where it cannot be used."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            box = mailbox.Maildir(self.path, create=True)
        except OSError as error:
            raise CannotConnect(True, "CONNECT", f"the mail folder cannot be used: {error.strerror}") from error
        yield MaildirConnection(box, watch=self.watch)


@dataclass
class MaildirConnection:
    """An open mail folder."""

    box: mailbox.Maildir
    alive: bool = True
    watch: Callable[[str], None] = unwatched

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Answer:
        """Writes one file; the library syncs it before it appears in the folder."""
        before_dot()
        self.watch("before DOT")
        trace = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n".encode()
        try:
            key = self.box.add((trace + envelope.data).replace(b"\r\n", b"\n"))
        except (OSError, mailbox.Error) as error:
            return Refused(True, "us", "DOT", None, f"the mail folder cannot be written: {_why(error)}")
        self.watch("after DOT")
        return Accepted(f"kept as {key}")


def _why(error: OSError | mailbox.Error) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


@dataclass
class MemoryTransport:
    """For tests: keeps what was sent, and gives scripted answers in turn, then `Accepted`.

    A script holds answers, or exceptions to raise. `before_dot` is called exactly when a real server would have got so
    far: not for a refusal at an earlier verb.
    """

    script: Iterable[Answer | Exception] = ()
    cannot_connect: CannotConnect | None = None
    name: str = "memory"
    sent: list[Envelope] = field(default_factory=list)
    tried: list[Envelope] = field(default_factory=list)
    opened: int = 0

    def __post_init__(self) -> None:
        self._answers = iter(self.script)

    @contextmanager
    def open(self) -> Iterator["MemoryConnection"]:
        """A connection, or the scripted `cannot_connect`."""
        if self.cannot_connect is not None:
            raise self.cannot_connect
        self.opened += 1
        yield MemoryConnection(self)

    def next_answer(self) -> Answer | Exception:
        return next(self._answers, Accepted(f"250 kept in memory as {len(self.sent) + 1}"))


@dataclass
class MemoryConnection:
    """A pretended conversation."""

    transport: MemoryTransport
    alive: bool = True

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Answer:
        """The next answer of the script."""
        self.transport.tried.append(envelope)
        answer = self.transport.next_answer()
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Refused) or answer.verb == "DOT":
            before_dot()
        if isinstance(answer, Accepted):
            self.transport.sent.append(envelope)
        self.alive = isinstance(answer, Accepted) or (isinstance(answer, Refused) and not answer.pause)
        return answer
