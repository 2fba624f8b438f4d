"""What a mail server can say to one message, in words that tell whether it may be sent again.

    Accepted            the server has it
    Refused             it has not, and that is proven: `temporary` says whether another try makes sense,
                        `blame` whether this message or our set-up is meant, `pause` whether the channel should rest
    Unknown             the final dot left and no answer came: it may or may not be there
    CannotConnect       raised by `Transport.open`: nothing was said yet, and nobody but us is to blame

The classes are those of our research on delivery (4.3), after RFC 5321 4.2 and RFC 3463.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

Verb = Literal["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "DOT"]

STEPS = (
    "before CONNECT", "after CONNECT", "before EHLO", "after EHLO", "before STARTTLS", "after STARTTLS",
    "before AUTH", "after AUTH", "before MAIL", "after MAIL", "before RCPT", "after RCPT", "before DATA", "after DATA",
    "before BODY", "after BODY", "before DOT", "within DOT", "after DOT", "before RSET", "after RSET", "before QUIT",
    "after QUIT",
)  # fmt: skip
"""Every place at which a transport calls its `watch`, in the order of a conversation. EHLO comes again after STARTTLS,
RSET only after a refusal. Between `after BODY` and `before DOT` the caller's `before_dot` has run; within DOT, the dot
has left and no answer has come. A mail folder knows `before DOT` and `after DOT` only.
"""


def unwatched(step: str) -> None:
    """The usual `watch`: nobody looks."""


@dataclass(frozen=True)
class Envelope:
    """One message to one recipient: addresses as the server shall see them, and the bytes."""

    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True)
class Accepted:
    """The server took it; `reply` usually holds its queue id."""

    reply: str


@dataclass(frozen=True)
class Refused:
    """The server does not have it. `code` is None when the line broke or when we refused by ourselves."""

    temporary: bool
    blame: Literal["recipient", "us"]
    verb: Verb
    code: int | None
    reply: str
    pause: bool = False


@dataclass(frozen=True)
class Unknown:
    """Nobody can say whether the server has it."""

    verb: Verb
    reason: str


Answer = Accepted | Refused | Unknown


class CannotConnect(Exception):
    """No conversation with the server came about. `temporary`: another try may help; otherwise settings are wrong."""

    def __init__(self, temporary: bool, verb: Verb, reply: str, code: int | None = None) -> None:
        super().__init__(f"{verb}: {reply}")
        self.temporary = temporary
        self.verb = verb
        self.reply = reply
        self.code = code


class Connection(Protocol):
    """An open way out. When `alive` turns False, the caller opens another."""

    @property
    def alive(self) -> bool: ...

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Answer:
        """Carry one message. `before_dot` is called once, at the last moment at which giving up is still safe; if it
        raises, the message is not sent and the exception goes through.
        """
        ...


class Transport(Protocol):
    """A way to carry mail. `name` says which, without any secret."""

    @property
    def name(self) -> str: ...

    def open(self) -> AbstractContextManager[Connection]:
        """Connect, greet and sign in. Raises `CannotConnect`."""
        ...


def has_stray_line_end(data: bytes) -> bool:
    """Whether a CR or LF stands alone: some servers would take it for the end of a line, or of the message."""
    whole = data.count(b"\r\n")
    return data.count(b"\r") != whole or data.count(b"\n") != whole
