"""Bytes of a stranger opened with care: bounded in size, in parts, in depth and in time.

Only the old policy of `email` is used (compat32): it splits headers and leaves them alone, where the new one runs a
grammar over them whose time a stranger could choose. Source: research on reliability, E24; ASVS 5.0 2.4.1, 15.2.2.
"""

import base64
import email
import email.policy
import quopri
import re
import time
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from itertools import islice

LARGEST = 1024 * 1024
"""Bytes of a message that are looked at; what comes after them is cut off."""
MOST_PARTS = 64
SECONDS = 2.0

HEAD_BYTES = 64 * 1024
MOST_HEADERS = 300
VALUE_LIMIT = 2000
TEXT_LIMIT = 64 * 1024
MOST_BOUNDARIES = 1000
"""Lines that begin with two dashes, as between parts: more than that is no report."""

_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"^--", re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")

Headers = dict[str, list[str]]


class OutOfTime(Exception):
    """Whatever this is, it takes too long to read."""


class Opened:
    """A message, the parts of it that are looked at, and the moment at which looking ends."""

    def __init__(self, data: bytes) -> None:
        self._until = time.monotonic() + SECONDS
        self.data = _bounded(data[:LARGEST])
        self.root: Message = email.message_from_bytes(self.data, policy=email.policy.compat32)
        self.parts = _first_parts(self.root)

    def check_time(self) -> None:
        """Raises OutOfTime."""
        if time.monotonic() > self._until:
            raise OutOfTime

    def of_type(self, *types: str) -> list[Message]:
        """The parts of these types, in their order."""
        return [part for part in self.parts if part.get_content_type() in types]

    def texts(self) -> list[Message]:
        """The parts that people read."""
        return self.of_type("text/plain", "text/html")

    def body_of(self, part: Message) -> str:
        """What a part says, decoded as well as can be; the first `TEXT_LIMIT` characters of it."""
        self.check_time()
        if part.get_content_maintype() == "message" and isinstance(part.get_payload(), list):
            return _nested_text(part)
        content = part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else str(content or "").encode("utf-8", "replace")
        return _text(raw[: TEXT_LIMIT * 2], part.get_content_charset("utf-8"))[:TEXT_LIMIT]

    def words(self) -> str:
        """Everything that people read in it."""
        return "\n".join(self.body_of(part) for part in self.texts())[:TEXT_LIMIT]


def headers_of(part: Message) -> Headers:
    """The headers of a part by their names in small letters, as they stand, unfolded; not more than a server would
    write.
    """
    found: Headers = {}
    for name, value in part.raw_items():
        if sum(map(len, found.values())) >= MOST_HEADERS:
            break
        text = str(value)[:VALUE_LIMIT].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        found.setdefault(name.lower(), []).append(" ".join(text.split()))
    return found


def first(headers: Headers, name: str) -> str:
    """The first header of that name, or an empty text."""
    return next(iter(headers.get(name, ())), "")


def decoded(value: str) -> str:
    """A header as people read it (RFC 2047); what cannot be decoded stays as it is."""
    try:
        return "".join(
            piece if isinstance(piece, str) else _text(piece, charset or "utf-8")
            for piece, charset in decode_header(value[:VALUE_LIMIT])
        )
    except (ValueError, LookupError):  # binascii.Error is a ValueError
        return value


def returned_heads(opened: Opened) -> Iterator[Headers]:
    """The headers of the messages that came back inside this one."""
    for part in opened.of_type(*RETURNED):
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (headers_of(inner) for inner in payload[:1] if isinstance(inner, Message))
        else:
            text = opened.body_of(part)
            yield headers_of(email.message_from_string(text[:TEXT_LIMIT], policy=email.policy.compat32))


def _bounded(data: bytes) -> bytes:
    """The same message with a head of sane length, and without its body where that holds too many boxes in boxes."""
    end = _HEAD_END.search(data)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
    if len(head) > HEAD_BYTES:
        head = head[:HEAD_BYTES].rpartition(b"\n")[0]
    if sum(1 for _ in _CONTAINER.finditer(data)) > MOST_PARTS:
        body = b""
    dashes = next(islice(_BOUNDARY.finditer(body), MOST_BOUNDARIES, None), None)
    if dashes:
        body = body[: dashes.start()]
    return head.rstrip(b"\r\n") + b"\n\n" + body


def _first_parts(root: Message) -> list[Message]:
    """The first `MOST_PARTS` parts, from the outside in, without calling anything again and again."""
    found: list[Message] = []
    waiting = [root]
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        found.append(part)
        payload = part.get_payload()
        # What came back is somebody else's message: what it holds is no part of the report.
        if isinstance(payload, list) and part.get_content_type() not in RETURNED:
            waiting[:0] = [inner for inner in payload[:MOST_PARTS] if isinstance(inner, Message)]
    return found


def _nested_text(part: Message) -> str:
    """The text of a part such as message/delivery-status, which the library has taken for messages inside a message."""
    payload = part.get_payload()
    assert isinstance(payload, list)
    blocks = []
    for inner in payload[:MOST_PARTS]:
        if not isinstance(inner, Message):
            continue
        head = "\n".join(f"{name}: {value}" for name, value in list(inner.raw_items())[:MOST_HEADERS])
        below = inner.get_payload()
        blocks.append(f"{head}\n\n{below}" if isinstance(below, str) else head)
    raw = "\n\n".join(blocks).encode("utf-8", "surrogateescape")
    return _text(_uncoded(raw, str(part.get("content-transfer-encoding", ""))), "utf-8")[:TEXT_LIMIT]


def _uncoded(raw: bytes, coding: str) -> bytes:
    """RFC 6532 3.7 lets such parts be coded, which the library does not expect of a message."""
    match coding.strip().lower():
        case "base64":
            return base64.b64decode(re.sub(rb"[^A-Za-z0-9+/]", b"", raw) + b"==")
        case "quoted-printable":
            return quopri.decodestring(raw)
        case _:
            return raw


def _text(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset, "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")
