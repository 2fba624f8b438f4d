"""Mails read from their bytes by the plain rules of RFC 5322 and RFC 5545, knowing nothing of how ours were written."""

import email
import email.policy
import re
from collections import Counter
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from functools import cached_property
from html.parser import HTMLParser

_VOID = {"meta", "br", "img", "link", "hr", "input"}


class Read:
    """One mail: header lines, fields, parts."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.head = data.partition(b"\r\n\r\n")[0].decode("utf-8") + "\r\n"

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """Names and unfolded values, in order (RFC 5322 2.2.3)."""
        unfolded = re.sub(r"\r\n(?=[ \t])", "", self.head)
        split = [line.partition(":") for line in unfolded.split("\r\n") if line]
        return [(name, value.strip()) for name, _, value in split]

    @property
    def names(self) -> Counter[str]:
        return Counter(name for name, _ in self.fields)

    def value(self, name: str) -> str:
        """The value of a field that stands exactly once."""
        (found,) = [value for field, value in self.fields if field == name]
        return found

    def has(self, name: str) -> bool:
        return name in self.names

    def raw(self, name: str) -> str:
        """The physical first line of a field."""
        (found,) = [line for line in self.head.split("\r\n") if line.startswith(f"{name}:")]
        return found

    def mailboxes(self, name: str) -> list[tuple[str, str]]:
        """Display names, decoded as mail readers do, and addresses."""
        found = getaddresses([self.value(name)])
        return [(str(make_header(decode_header(shown))), address) for shown, address in found]

    def addresses(self, name: str) -> list[str]:
        return [address for _, address in self.mailboxes(name)] if self.has(name) else []

    @cached_property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.data, policy=email.policy.default)

    def part(self, content_type: str) -> bytes:
        """The content of the one part of this type."""
        (found,) = [one for one in self.parsed.walk() if one.get_content_type() == content_type]
        content = found.get_payload(decode=True)
        assert isinstance(content, bytes)
        return content

    @property
    def types(self) -> list[str]:
        return [one.get_content_type() for one in self.parsed.walk()]

    @cached_property
    def text(self) -> str:
        return self.part("text/plain").decode().replace("\r\n", "\n")

    @cached_property
    def html(self) -> "Html":
        return Html(self.part("text/html").decode())

    @cached_property
    def ics(self) -> "Ics":
        return Ics(self.part("text/calendar"))


class Html(HTMLParser):
    """Elements, texts and, for each text, the elements around it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, tuple[str, ...]]] = []
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((data, tuple(self._open)))

    @property
    def shown(self) -> str:
        return " ".join(text for text, around in self.texts if not {"style", "title"} & set(around))

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.elements if tag == "a"]


class Ics:
    """A calendar entry: physical lines, unfolded lines, properties of its one event."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        assert data.endswith(b"\r\n")
        self.lines = data.split(b"\r\n")[:-1]
        self.unfolded = data.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").decode("utf-8").split("\r\n")[:-1]

    def values(self, name: str) -> list[str]:
        """The values of every property of this name, as they stand; parameters are left out."""
        found = [re.fullmatch(rf'{name}((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', line) for line in self.unfolded]
        return [match[2] for match in found if match]

    def value(self, name: str) -> str:
        (found,) = self.values(name)
        return found

    def text(self, name: str) -> str:
        """A TEXT value without its escapes (RFC 5545 3.3.11); fails on a sign that should have been escaped."""
        value = self.value(name)
        assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), value
        return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)
