"""TLS that fails leaves nothing open."""

import gc
import os
import socket
import ssl
import struct

import pytest

from emails.tls import encrypted


def torn(*, server_side: bool) -> socket.socket:
    """A connected socket whose other side has torn the line, with the news arrived."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    if server_side:
        ours, theirs = theirs, ours
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    return ours


@pytest.mark.parametrize("server_side", [False, True])
@pytest.mark.filterwarnings("error::ResourceWarning")
def test_a_line_that_is_torn_before_tls_is_closed(server_side: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    line = torn(server_side=server_side)
    number = line.fileno()
    with pytest.raises(ConnectionResetError):
        encrypted(line, context, server_side=server_side)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    gc.collect()


def test_what_never_began_says_why() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, pytest.raises(NotImplementedError):
        encrypted(datagrams, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
