"""Words from outside, made safe to say: names cleaned, links broken, long names shortened.

Whatever a person types may end in somebody else's inbox. Nothing here decides whether a name is *allowed*; it makes
every name harmless and lets the mail go (rules E3, E4 and A13 of our research).
"""

import re
import textwrap
import unicodedata
from functools import lru_cache

NAME_LIMIT = 100
LINE_LIMIT = 500
ZERO_WIDTH_SPACE = "\u200b"

# Joiners build emoji and Persian or Indic words, and the two marks help right-to-left names: they stay. Every other
# invisible format character (bidi overrides, isolates, soft hyphens, tags) goes.
KEPT_FORMAT_CHARACTERS = "\u200c\u200d\u200e\u200f"

# "https://", "www." and a dot between two letters or digits are what mail readers turn into links.
_LOOKS_LIKE_LINK = re.compile(
    r"(?<=:)(?=//)|(?<=www)(?=[.\u3002\uff0e\uff61])|(?<=\w[.\u3002\uff0e\uff61])(?=\w)", re.I
)
_MARK_UP_WORD = re.compile(r"=(?=\?)")


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """`text` as one harmless line of at most `limit` code points: NFC, no controls, single blanks, no `=?`."""
    # A quick cut first, so that a note of five megabytes costs nothing; what is dropped may be a few times longer.
    return _clean(text[: limit * 8], limit)


def clean_name(text: str) -> str:
    """A display name for headers and bodies (E3): one line of at most 100 code points; may be empty."""
    return clean_line(text, NAME_LIMIT)


def break_links(text: str) -> str:
    """`text` with an invisible break wherever a mail reader would make a link of it (A13). Safe to apply twice."""
    return _LOOKS_LIKE_LINK.sub(ZERO_WIDTH_SPACE, text)


def link_breaks(text: str) -> tuple[int, ...]:
    """The places in `text` at which `break_links` would put its breaks, from its beginning to its end."""
    return tuple(found.start() for found in _LOOKS_LIKE_LINK.finditer(text))


@lru_cache(4096)  # what stands in a template is said in every mail, and a name a dozen times in one
def say(text: str) -> str:
    """`text` as it may be shown in any mail: one harmless line that turns into no link."""
    return _said(text[: LINE_LIMIT * 8])


def shorten(text: str, limit: int) -> str:
    """At most `limit` code points, cut at a blank where there is one, ending in an ellipsis when cut."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    at_blank = head.rfind(" ")
    return _cut(head[:at_blank] if at_blank >= limit // 2 else head, limit - 1) + "…"


def pieces(text: str, limit: int = LINE_LIMIT) -> tuple[str, ...]:
    """A longer text as harmless lines: its own, and those that are too long cut at blanks, so that nothing is lost."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return tuple(
        piece
        for line in lines
        for piece in textwrap.wrap(line, limit // 2, break_on_hyphens=False, drop_whitespace=True)
    )


@lru_cache(2048)  # the same name stands in a mail a dozen times, and the same prompt in each
def _said(text: str) -> str:
    return break_links(clean_line(text))


@lru_cache(2048)
def _clean(text: str, limit: int) -> str:
    kept = "".join(_harmless(character) for character in unicodedata.normalize("NFC", text))
    # Again, because a letter and its accent may have met only now that what stood between them is gone.
    kept = unicodedata.normalize("NFC", kept)
    # Header parsers read "=?" as the start of an encoded word, which can smuggle line ends (CVE-2024-6923 family).
    line = _MARK_UP_WORD.sub("= ", " ".join(kept.split()))
    return _cut(line, limit)


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\v\f\x85":
        return " "
    if category in ("Cc", "Cs", "Cn", "Co"):
        return ""
    return character if category != "Cf" or character in KEPT_FORMAT_CHARACTERS else ""


def _cut(text: str, limit: int) -> str:
    """The first `limit` code points, without leaving half a letter or half an emoji at the end."""
    if len(text) <= limit:
        return text
    end = limit
    while end > limit // 2 and (_belongs_to_previous(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip()


def _belongs_to_previous(character: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return is_skin_tone or character == "\u200d" or unicodedata.category(character) in ("Mn", "Me", "Mc")
