"""Names that are safe to show, to store and to put into a mail header: one rule for forms, API and files.

Source: rule E3 of our reliability research, after Unicode TR 36 (bidirectional text) and RFC 2047 (`=?` begins an
encoded word).
"""

from __future__ import annotations

import re
import unicodedata

from app.files.verdicts import Problem, shown

LONGEST = 100  # code points

_PLAIN = re.compile(r"(?! )(?:[!-<>-~]| (?! )|=(?!\?)){1,100}(?<! )")  # printable ASCII, single spaces inside, no "=?"
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_SPACES = re.compile(r"\s+")
_CLOSES = {**dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"), **dict.fromkeys("\u2066\u2067\u2068", "\u2069")}
_SEEN = ("L", "N", "P", "S")  # a name needs at least one character of these kinds


def clean_name(text: str, what: str = "name", longest: int = LONGEST) -> str | Problem:
    """The name in the one form we keep: NFC, trimmed, runs of blanks made one; or why it is refused.

    In: any text, what to call it in the words of a refusal, and the most code points it may have.
    Out: 1 to `longest` code points without control characters, line breaks, lone surrogates, `=?` or unbalanced text
    directions. Emoji, right-to-left letters, quotes, `<` and `=` are welcome; whoever shows a name escapes it.
    Cleaning twice changes nothing.
    """
    text = text.strip(" \t\r\n")
    if longest == LONGEST and _PLAIN.fullmatch(text):
        return text
    if not text:
        return Problem(f"The {what} is missing.", "Write it in this column.")
    if found := _FORBIDDEN.search(text):
        return Problem(
            f"{shown(text)} contains {_described(found[0])}.", "Write it on one line, in ordinary characters."
        )
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")
    return _refusal(text, what, longest) or text


def folded(text: str) -> str:
    """NFC and case-folded: equal for two spellings of one word. Folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    for _ in range(4):  # a few letters, U+0345 among them, need a second turn
        again = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
        if again == text:
            break
        text = again
    return text


def _refusal(text: str, what: str, longest: int) -> Problem | None:
    if not any(unicodedata.category(character)[0] in _SEEN for character in text):
        return Problem(f"The {what} {shown(text)} has no visible character.", "Write at least one letter.")
    if len(text) > longest:
        return Problem(f"The {what} {shown(text)} has {len(text)} characters.", f"Write at most {longest}.")
    if "=?" in text:
        return Problem(f'{shown(text)} contains "=?", which mail programs take for a code.', 'Leave out the "=?".')
    if not _balanced(text):
        return Problem(
            f"{shown(text)} changes the direction of writing and does not change it back.", "Type it again, by hand."
        )
    return None


def _described(character: str) -> str:
    if character in "\r\n\x0b\x0c\x85\u2028\u2029":
        return "a line break"
    if "\ud800" <= character <= "\udfff":
        return "half a character (a lone surrogate)"
    return f"a character that cannot be shown (U+{ord(character):04X})"


def _balanced(text: str) -> bool:
    """Whether every bidirectional embedding, override and isolate that is opened is closed again, in order."""
    waiting: list[str] = []
    for character in text:
        if character in _CLOSES:
            waiting.append(_CLOSES[character])
        elif character in "\u202c\u2069" and (not waiting or waiting.pop() != character):
            return False
    return not waiting
