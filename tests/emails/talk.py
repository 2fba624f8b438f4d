"""A short conversation with a scripted server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emails import Answer, Connection, Envelope, Timeouts, from_url
from tests.emails.raw_server import RawServer, Script

QUICK = Timeouts(connect=2, command=0.8, data=0.8, body=0.8, dot=0.8, quit=0.5)
LETTER = Envelope("coffee@example.org", "sam@example.org", b"Subject: hello\r\n\r\n.dot\r\n..\r\nend\r\n")
OK = "250 2.0.0 queued as 4711"


def nothing() -> None:
    """A `before_dot` that records nothing."""


@contextmanager
def connected(server: RawServer, timeouts: Timeouts = QUICK, ending: str = "starttls=off") -> Iterator[Connection]:
    with from_url(f"smtp://127.0.0.1:{server.port}?{ending}", timeouts=timeouts).open() as connection:
        yield connection


def send_one(script: Script | None = None, before_dot: Callable[[], None] = nothing) -> tuple[Answer, bool, RawServer]:
    with RawServer(script) as server, connected(server) as connection:
        return connection.send(LETTER, before_dot), connection.alive, server
