"""Names that are safe to show, to store and to put into a mail header: one rule for forms, API and files.

Source: rule E3 of our reliability research, after Unicode TR 36 (bidirectional text) and RFC 2047 (`=?` begins an
encoded word).
"""

from __future__ import annotations

import re
import unicodedata

from app.files.verdicts import Problem, shown
from emails import Phrase, phrase

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
        return Problem(f"The {what} is missing.", "Write it in this column.")  # only a file can say that
    if found := _FORBIDDEN.search(text):
        return Problem(_contains(shown(text), found[0]), phrase("Write it on one line, in ordinary characters."))
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
        return Problem(_invisible(what, shown(text)), phrase("Write at least one letter."))
    if len(text) > longest:
        return Problem(_long(what, shown(text), len(text)), phrase("Write at most %(most)s.", most=longest))
    if "=?" in text:
        return Problem(
            phrase('%(text)s contains "=?", which mail programs take for a code.', text=shown(text)),
            phrase('Leave out the "=?".'),
        )
    if not _balanced(text):
        return Problem(
            phrase("%(text)s changes the direction of writing and does not change it back.", text=shown(text)),
            phrase("Type it again, by hand."),
        )
    return None


def _contains(text: str, character: str) -> Phrase:
    if character in "\r\n\x0b\x0c\x85\u2028\u2029":
        return phrase("%(text)s contains a line break.", text=text)
    if "\ud800" <= character <= "\udfff":
        return phrase("%(text)s contains half a character (a lone surrogate).", text=text)
    code = f"U+{ord(character):04X}"
    return phrase("%(text)s contains a character that cannot be shown (%(code)s).", text=text, code=code)


# What the forms of the pages ask for has sentences of its own, so that languages can bend them; of the rest only files
# and the API speak, in English.


def _invisible(what: str, text: str) -> str:
    match what:
        case "name":
            return phrase("The name %(text)s has no visible character.", text=text)
        case "team":
            return phrase("The team %(text)s has no visible character.", text=text)
        case "entry":
            return phrase("The entry %(text)s has no visible character.", text=text)
        case "text":
            return phrase("The text %(text)s has no visible character.", text=text)
    return f"The {what} {text} has no visible character."


def _long(what: str, text: str, length: int) -> str:
    said = {"text": text, "length": str(length)}
    match what:
        case "name":
            return phrase("The name %(text)s has %(length)s characters.", **said)
        case "team":
            return phrase("The team %(text)s has %(length)s characters.", **said)
        case "entry":
            return phrase("The entry %(text)s has %(length)s characters.", **said)
        case "text":
            return phrase("The text %(text)s has %(length)s characters.", **said)
    return f"The {what} {text} has {length} characters."


def _balanced(text: str) -> bool:
    """Whether every bidirectional embedding, override and isolate that is opened is closed again, in order."""
    waiting: list[str] = []
    for character in text:
        if character in _CLOSES:
            waiting.append(_CLOSES[character])
        elif character in "\u202c\u2069" and (not waiting or waiting.pop() != character):
            return False
    return not waiting
