"""From a `Message` to the bytes on the wire, and the guard that reads them again before they leave.

The header is written here and not by `email.message`, whose folding lets a display name add headers (Python 3.11.7 and
3.12.1; a sibling fault came in 2026), turns List-Unsubscribe into encoded words and mangles IDN addresses. Twenty plain
lines also give the same bytes on every Python, so that a try after an upgrade is the same message. The guard reads with
`emails.reading`, which knows nothing of this file.
"""

import base64
import hashlib
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import format_datetime

from emails import reading
from emails.answers import Envelope, has_stray_line_end
from emails.values import Address, Attachment, BadAddress, Message, ascii_address, ascii_domain

LONGEST_LINE = 998
_WANTED_LINE = 78
_FOLD = "\r\n "
_ENCODED_OCTETS = 39  # so that the word and "Reply-To: " stay within the 76 of RFC 2047 2
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_PLAIN_VALUE = re.compile(r"[!-~]([ -~]{0,900}[!-~])?")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]{1,100}@[a-z0-9.-]{1,255}>")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]{1,900}")


class UnsafeMessage(ValueError):
    """These bytes must not leave; the words say why. It is one message's fault, never the channel's."""


class NeedsSmtputf8(UnsafeMessage):
    """An address has letters outside ASCII before the @: write it with `smtputf8=True`, for a server that offers it."""


@dataclass(frozen=True)
class _Part:
    content_type: str
    data: bytes


def to_bytes(message: Message, *, smtputf8: bool = False) -> bytes:
    """The whole message, CRLF line ends, 7-bit unless `smtputf8` puts addresses in as they are (RFC 6532).

    The same message gives the same bytes, whatever the Python, machine or hour. Raises `UnsafeMessage`.
    """
    try:
        fields = _fields(message)
        header = "".join(f"{name}: {value}\r\n" for name, value in fields)
        data = header.encode("utf-8" if smtputf8 else "ascii") + _body(message)
    except BadAddress as error:
        raise UnsafeMessage(str(error)) from error
    except UnicodeEncodeError as error:
        raise NeedsSmtputf8("An address has letters outside ASCII before the @ and needs SMTPUTF8.") from error
    _guard(data, message, [name for name, _ in fields])
    return data


def needs_smtputf8(message: Message) -> bool:
    """Whether any address of the message has letters outside ASCII before the @."""
    addresses = [message.sender, *message.to, *message.reply_to]
    return not all(one.address.rpartition("@")[0].isascii() for one in addresses)


def to_envelope(message: Message, *, sender: str | None = None) -> Envelope:
    """The message ready for a transport. `sender` is where bounces go, our own address if nothing is said."""
    data = to_bytes(message, smtputf8=needs_smtputf8(message))
    return Envelope(ascii_address(sender or message.sender.address), ascii_address(message.recipient), data)


def guard(data: bytes, message: Message) -> None:
    """Read `data` as a stranger would and compare with what was meant (E1, E2). Raises `UnsafeMessage`."""
    _guard(data, message, [name for name, _ in _fields(message)])


def _guard(data: bytes, message: Message, names: list[str]) -> None:
    _check_lines(data)
    parsed, found = reading.header(data)
    intended = [*names, "MIME-Version", "Content-Type"]
    if not parsed.keys() == found == intended or len({name.lower() for name in intended}) != len(intended):
        raise UnsafeMessage("The header holds other lines than were meant.")
    for name, addresses in _address_fields(message):
        meant = tuple(ascii_address(one.address) for one in addresses)
        if reading.addresses(parsed[name]) != meant:
            raise UnsafeMessage(f"{name} would hold other addresses than were meant.")
        if name == "To" and ascii_address(message.recipient) not in meant:
            raise UnsafeMessage("The recipient is not among those named in To.")
    if reading.words(parsed["Subject"]) != message.subject:
        raise UnsafeMessage("The subject would not arrive as it was meant.")
    if reading.part_types(data) != _intended_types(message):
        raise UnsafeMessage("The message would fall into other parts than were meant.")


def _fields(message: Message) -> list[tuple[str, str]]:
    """Every header field, in order, already safe to write; but for those of MIME, which belong to the body."""
    fields = [
        (name, f",{_FOLD}".join(_mailbox(name, one) for one in addresses))
        for name, addresses in _address_fields(message)
    ]
    fields += [
        ("Subject", _unstructured(message.subject)),
        ("Date", format_datetime(message.date)),
        ("Message-ID", _matching(_MESSAGE_ID, message.message_id, "Message-ID")),
    ]
    if message.references:
        # RFC 5322 3.6.4: the last one is what this answers, and some mail readers look at In-Reply-To alone.
        thread = [_matching(_MESSAGE_ID, one, "References") for one in message.references]
        fields += [("In-Reply-To", thread[-1]), ("References", _FOLD.join(thread))]
    # RFC 3834 5: no machine shall answer a machine; the second is for Exchange.
    fields += [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")]
    fields += _list_fields(message)
    for name, value in message.headers:
        fields.append((_matching(_HEADER_NAME, name, "A header's name"), _matching(_PLAIN_VALUE, value, name)))
    return fields


def _address_fields(message: Message) -> list[tuple[str, tuple[Address, ...]]]:
    fields = [("From", (message.sender,)), ("To", message.to)]
    return [*fields, ("Reply-To", message.reply_to)] if message.reply_to else fields


def _list_fields(message: Message) -> Iterable[tuple[str, str]]:
    if message.list_id:
        name = _ascii_host(message.list_id, message.list_id)
        yield "List-Id", _named("List-Id", message.list_name, _matching(_LIST_ID, name, "List-Id"))
    if message.unsubscribe_url:
        url = _ascii_host(message.unsubscribe_url, message.unsubscribe_url.partition("://")[2].partition("/")[0])
        yield "List-Unsubscribe", f"<{_matching(_WEB_ADDRESS, url, 'List-Unsubscribe')}>"
        if url.startswith("https://"):  # RFC 8058 knows no other
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _ascii_host(text: str, host: str) -> str:
    """`text` with the host name in it as A-labels (RFC 5890), a port left as it is. Raises `BadAddress`."""
    name, colon, port = host.partition(":")
    return text if host.isascii() else text.replace(host, ascii_domain(name) + colon + port, 1)


def _mailbox(field: str, address: Address) -> str:
    spec = ascii_address(address.address)
    return _named(field, address.name, spec) if address.name else spec


def _named(field: str, name: str, spec: str) -> str:
    """A display name (RFC 5322 3.2.5; maybe empty) and what it names: quoted where it is short and ASCII, otherwise as
    encoded words, and on a second line where one would grow over the 78 octets that RFC 5322 2.1.1 asks for.
    """
    if not name:
        return f"<{spec}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    if not _is_plain(name) or len(f'{field}: "{escaped}"') > _WANTED_LINE:
        return f"{_encoded_words(name)}{_FOLD}<{spec}>"
    fits = len(f'{field}: "{escaped}" <{spec}>,'.encode()) <= _WANTED_LINE
    return f'"{escaped}"{" " if fits else _FOLD}<{spec}>'


def _unstructured(text: str) -> str:
    return text if _is_plain(text) else _encoded_words(text)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text and len(text) <= 68 and text == text.strip()


def _encoded_words(text: str) -> str:
    """RFC 2047, base64, each word at most 75 octets and cut between letters, one to a line."""
    chunks, chunk = [], ""
    for character in text:
        if len((chunk + character).encode()) > _ENCODED_OCTETS:
            chunks.append(chunk)
            chunk = ""
        chunk += character
    words = (f"=?utf-8?b?{base64.b64encode(one.encode()).decode()}?=" for one in [*chunks, chunk])
    return _FOLD.join(words)


def _matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise UnsafeMessage(f"{what} has a value that cannot stand in a header.")
    return value


def _body(message: Message) -> bytes:
    texts = [
        _Part("text/plain; charset=utf-8", _quoted_printable(message.text)),
        _Part("text/html; charset=utf-8", _quoted_printable(message.html)),
    ]
    body = _multipart("alternative", texts, message)
    if message.attachments:
        body = _multipart("mixed", [body, *map(_attached, message.attachments)], message)
    return b"MIME-Version: 1.0\r\nContent-Type: " + body.content_type.encode() + b"\r\n" + body.data


def _multipart(subtype: str, parts: list[_Part], message: Message) -> _Part:
    # "=_" occurs neither in quoted-printable nor in base64, so the boundary cannot occur in a part (RFC 2045 6.7).
    mark = hashlib.sha256(f"{subtype} {message.message_id}".encode()).hexdigest()[:32]
    boundary = f"=_{mark}"
    pieces = [f"--{boundary}\r\nContent-Type: {part.content_type}\r\n".encode() + part.data for part in parts]
    data = b"\r\n" + b"".join(pieces) + f"--{boundary}--\r\n".encode()
    return _Part(f'multipart/{subtype};\r\n boundary="{boundary}"', data)


def _quoted_printable(text: str) -> bytes:
    encoded = quopri.encodestring(text.replace("\r\n", "\n").replace("\r", "\n").encode())
    data = encoded if encoded.endswith(b"\n") else encoded + b"\n"
    return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + data.replace(b"\n", b"\r\n")


def _attached(attachment: Attachment) -> _Part:
    name = _matching(_LIST_ID, attachment.file_name, "A file name")
    head = f'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n'
    content_type = _matching(_PLAIN_VALUE, attachment.content_type, "A content type")
    return _Part(content_type, head.encode() + base64.encodebytes(attachment.data).replace(b"\n", b"\r\n"))


def _check_lines(data: bytes) -> None:
    if has_stray_line_end(data) or not data.endswith(b"\r\n"):
        raise UnsafeMessage("A line ends in something other than CRLF.")
    if max(map(len, data.split(b"\r\n"))) > LONGEST_LINE:
        raise UnsafeMessage(f"A line is longer than {LONGEST_LINE} octets.")
    if b"\0" in data:
        raise UnsafeMessage("The message holds a NUL.")


def _intended_types(message: Message) -> list[str]:
    texts = ["multipart/alternative", "text/plain", "text/html"]
    attached = [attachment.content_type.partition(";")[0] for attachment in message.attachments]
    return ["multipart/mixed", *texts, *attached] if attached else texts
