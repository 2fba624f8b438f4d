"""The tag in `bounces+TAG@domain` (VERP): where it is looked for, most trusted place first.

Case does not matter, and rewritten senders still show it: `SRS0=…=bounces+TAG@relay`, `prvs=…=bounces+TAG@…`.
"""

import re
from collections.abc import Iterable

from emails.inbound.reading import Opened, headers_of, returned_heads

TAG = re.compile(r"\+([A-Za-z0-9]{20,64})@")

ADDRESSED = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "original-recipient", "to")
"""Headers in which servers and senders write whom a message is for."""


def find_tag(*texts: str) -> str:
    """The first tag in these texts, in small letters, or an empty text."""
    for text in texts:
        found = TAG.search(text)
        if found:
            return found[1].lower()
    return ""


def tag_of(opened: Opened, to: str) -> str:
    """The tag of a message that was sent to `to`, or an empty text."""
    return find_tag(*_places(opened, to))


def _places(opened: Opened, to: str) -> Iterable[str]:
    yield to
    own = headers_of(opened.root)
    for name in ADDRESSED:
        yield from own.get(name, ())
    for part in opened.of_type("message/feedback-report"):
        yield opened.body_of(part)
    for head in returned_heads(opened):
        yield from head.get("return-path", ())
        yield "\n".join(text for texts in head.values() for text in texts)
    for part in opened.texts():
        yield opened.body_of(part)
