"""The bytes of a mail read again as a stranger would read them, for the guard in `emails.mime`.

Nothing here knows how they were written. A header is read twice, with the standard library and by the letter of its
RFC, and parts by the letter of theirs: strictly, as what we ever write is little. None means that two readers might
differ about it. (The library's newer parser takes milliseconds for each mail and looks for sense where there is none.)
"""

import re
from binascii import Error as Base64Error
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import getaddresses
from functools import lru_cache

# RFC 5322 3.4 without comments, groups and what is obsolete; RFC 2047 as the only way to say more than ASCII.
_ENCODED = r"=\?utf-8\?b\?[A-Za-z0-9+/]+={0,2}\?="
_QUOTED = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_SPEC = r'[^\s"(),:;<>@\[\]\\]+@[a-z0-9_.-]+'
_MAILBOX = re.compile(rf"(?:(?:(?:{_QUOTED}|{_ENCODED}(?: {_ENCODED})*) )?<({_SPEC})>|({_SPEC}))(?:, (?!\Z)|\Z)")
# RFC 2046 5.1: a part says what it is, and with which boundary where it holds others.
_TYPED = re.compile(rb"^content-type[ \t]*:", re.I | re.M)
_TYPE = re.compile(rb'^content-type: ([a-z]+/[a-z]+)(?:;\r\n boundary="([0-9a-z=_]{1,70})"|;[ -~]*)?\r?$', re.I | re.M)


def header(data: bytes) -> tuple[Message, list[str]]:
    """The header as the library reads it, and the names of its lines as they stand there (RFC 5322 2.2)."""
    text = data.partition(b"\r\n\r\n")[0].decode()
    names = [line.partition(":")[0] for line in text.split("\r\n") if line[:1] not in (" ", "\t")]
    return HeaderParser().parsestr(text), names


@lru_cache(256)  # the sender is the same in a thousand mails
def addresses(value: str) -> tuple[str, ...] | None:
    """The addresses of a From, To or Reply-To."""
    line, found, at = value.replace("\r\n", ""), [], 0
    while at < len(line):
        mailbox = _MAILBOX.match(line, at)
        if mailbox is None:
            return None
        found.append(mailbox[1] or mailbox[2])
        at = mailbox.end()
    return tuple(found) if found == [address for _, address in getaddresses([line])] else None


def words(value: str) -> str | None:
    """The words of a Subject, decoded (RFC 2047)."""
    try:
        parts = decode_header(value.replace("\r\n", ""))
        return "".join(part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in parts)
    except (HeaderParseError, Base64Error, LookupError, UnicodeError):
        return None


def part_types(data: bytes) -> list[str] | None:
    """The content type of a message or part, and those of all parts in it, in order."""
    head, _, body = data.partition(b"\r\n\r\n")
    said = _TYPE.findall(head)
    if len(said) != 1 or len(_TYPED.findall(head)) != 1:
        return None
    kind, boundary = said[0]
    found = [kind.decode()]
    if boundary:
        before, *parts, after = (b"\r\n" + body).split(b"\r\n--" + boundary)
        if before or after not in (b"--", b"--\r\n"):
            return None
        for part in parts:
            inside = part_types(part[2:]) if part.startswith(b"\r\n") else None
            if inside is None:
                return None
            found += inside
    return found
