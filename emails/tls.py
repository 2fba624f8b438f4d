"""TLS over a socket that we hold, with nothing left open when it fails."""

import socket
import ssl
import threading
from typing import Any, Self


class _Noted(ssl.SSLSocket):
    """Leaves a note of the last socket that a thread began to wrap."""

    _note = threading.local()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """The socket, noted."""
        new = super().__new__(cls, *args, **kwargs)
        cls._note.socket = new
        return new

    @classmethod
    def note(cls, held: socket.socket | None) -> None:
        """Hold on to this one, or to nothing."""
        cls._note.socket = held

    @classmethod
    def noted(cls) -> socket.socket:
        """What this thread noted last."""
        held: socket.socket = cls._note.socket
        return held


def encrypted(
    plain: socket.socket, context: ssl.SSLContext, *, server_name: str | None = None, server_side: bool = False
) -> ssl.SSLSocket:
    """`SSLContext.wrap_socket`, which takes `plain` over; on any error the connection is closed before it is raised.

    Python's own forgets the socket open where the other side has gone already: it asks who that is before it is ready
    to clean up (`SSLSocket._create`). Raises what `wrap_socket` raises: `OSError`, of which `ssl.SSLError` is one.
    """
    context.sslsocket_class = _Noted
    _Noted.note(plain)
    try:
        return context.wrap_socket(plain, server_side=server_side, server_hostname=server_name)
    except BaseException:
        _Noted.noted().close()
        raise
    finally:
        _Noted.note(None)
