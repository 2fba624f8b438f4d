"""An organiser's own words in a mail: plain paragraphs with placeholders in braces, of a closed list, put in once.

There is no language of templates here. What is put in is not looked at again, so somebody called `{programme}` stays
just that; and everything is made harmless as a whole, so that no link grows where words and what is put in meet.
Reading is strict and says what is wrong; filling never fails, because a mail must leave.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from emails.languages import Language
from emails.sentences import Either, Phrase, phrase
from emails.words import KEPT_FORMAT_CHARACTERS, ZERO_WIDTH_SPACE, clean_line, clean_name, link_breaks, shorten

PLACEHOLDERS: Mapping[str, Phrase] = {
    "name": phrase("the name of who reads the mail"),
    "others": phrase("whom they meet, by name"),
    "team": phrase("their own team"),
    "period": phrase("what the round is for, such as the week of 23 November 2026"),
    "next_draw": phrase("the day of the next draw"),
    "programme": phrase("what the programme is called"),
    "organisation": phrase("whose programme it is"),
    "organiser": phrase("the name of who gets replies"),
}
"""What each of them stands for."""

MOST_LETTERS = 600
MOST_PLACES = 10
"""How many placeholders one text may have: names are long, and readers cut off a mail that is."""
NAME_SHOWN = 40
SUBJECT_SHOWN = 49
"""So much of a subject is seen on a telephone; what is put in is made to fit."""
MOST_OF_SUBJECT, MOST_BESIDE, MOST_PLACES_OF_SUBJECT = 60, 34, 3
"""Letters of an own subject as it is written, those of them outside braces, and placeholders."""

_BRACES = re.compile(r"\{([^{}\n]*)\}|[{}]")
_KNOWN = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_ADDRESS = re.compile(r"://|\bwww\.|\bmailto:|[^\s@]@[^\s@]+\.[^\s@]", re.I)
_REPLY = re.compile(
    r"(re|fwd?|aw|wg|sv|vs|antw(ort)?|r[ée]f?|r[ée]f\.|tr|odp|ynt|res|enc|rif|回复|答复|转发)\s*([\[(]\d+[\])])?\s*:",
    re.I,
)
_JOINERS = re.compile(f"[{KEPT_FORMAT_CHARACTERS}]")
_LINE_END = re.compile(r"\r\n?|\n")
_NEVER = ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")
_MARK = 0xE000  # of private use: what is made harmless has none of these


@dataclass(frozen=True, slots=True)
class WordsRefused:
    """Why words cannot be used, and the way out."""

    problem: Phrase
    remedy: Phrase


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: the organiser's words, or what was put in for a placeholder."""

    text: str
    put_in: bool = False


Line = tuple[Part, ...]
Paragraph = tuple[Line, ...]
Value = Sequence[Part]
"""What stands for a placeholder; empty where there is nothing to say."""


def read_own_words(text: str) -> str | WordsRefused:
    """The words in the one form that we keep: plain paragraphs, an empty line between them; or why they are refused.

    Reading twice changes nothing.
    """
    if any(_is_odd(letter) for letter in text):
        return WordsRefused(
            phrase("There is a character in it that cannot be shown."), phrase("Write plain paragraphs.")
        )
    lines = (" ".join(line.split()) for line in _LINE_END.split(text))
    tidy = re.sub(r"\n{3,}", "\n\n", unicodedata.normalize("NFC", "\n".join(lines))).strip("\n")
    return _refusal(tidy) or tidy


def read_own_subject(text: str) -> str | WordsRefused:
    """An organiser's own subject in the one form that we keep: a line; or why it is refused.

    Headers are made of it, so anything that could begin another line is refused here already, and not only tidied up.
    """
    if len(text.strip().splitlines()) > 1:
        return WordsRefused(phrase("There is more than one line in it."), phrase("Write one line."))
    if any(_is_odd(letter) for letter in text.strip()):
        return WordsRefused(phrase("There is a character in it that cannot be shown."), phrase("Write plain letters."))
    tidy = unicodedata.normalize("NFC", " ".join(text.split()))
    return _subject_refusal(tidy) or _refusal(tidy) or tidy


def _subject_refusal(text: str) -> WordsRefused | None:
    if len(text) > MOST_OF_SUBJECT:
        return WordsRefused(
            phrase("These are %(count)s letters.", count=len(text)),
            phrase("Use at most %(most)s letters.", most=MOST_OF_SUBJECT),
        )
    own, places = len(_KNOWN.sub("", text)), len(_KNOWN.findall(text))
    if own > MOST_BESIDE:
        return WordsRefused(
            phrase("These are %(count)s letters without what stands in braces.", count=own),
            phrase("Use at most %(most)s, so that there is room for names.", most=MOST_BESIDE),
        )
    if places > MOST_PLACES_OF_SUBJECT:
        return WordsRefused(
            phrase("There are %(count)s placeholders in it.", count=places),
            phrase("Use at most %(most)s.", most=MOST_PLACES_OF_SUBJECT),
        )
    if _is_like_an_answer(text):
        return WordsRefused(
            phrase("It begins like an answer to a mail that nobody wrote."), phrase("Begin with another word.")
        )
    return None


def _is_like_an_answer(subject: str) -> bool:
    """Whether a mail reader, or its reader, takes it for an answer: also in wide letters, or with a joiner in it."""
    return _REPLY.match(_JOINERS.sub("", unicodedata.normalize("NFKC", subject)).lstrip()) is not None


def _is_odd(letter: str) -> bool:
    category = unicodedata.category(letter)
    if category == "Cf":
        return letter not in KEPT_FORMAT_CHARACTERS
    return category in _NEVER and letter not in "\n\r\t"


def _refusal(text: str) -> WordsRefused | None:
    if len(text) > MOST_LETTERS:
        return WordsRefused(
            phrase("These are %(count)s letters.", count=len(text)),
            phrase("Use at most %(most)s letters.", most=MOST_LETTERS),
        )
    if _ADDRESS.search(text):
        return WordsRefused(
            phrase("Addresses of pages and of mailboxes cannot stand here: they would open nothing."),
            phrase("Say in words where people find it."),
        )
    found = list(_BRACES.finditer(text))
    for brace in found:
        if brace[1] not in PLACEHOLDERS:
            return _wrong_brace(brace, text)
    if len(found) > MOST_PLACES:
        return WordsRefused(
            phrase("There are %(count)s placeholders in it.", count=len(found)),
            phrase("Use at most %(most)s.", most=MOST_PLACES),
        )
    return None


def _wrong_brace(brace: re.Match[str], text: str) -> WordsRefused:
    if brace[1] is not None:
        problem = phrase("“%(name)s” is no placeholder.", name=shorten(brace[0], NAME_SHOWN))
    elif brace[0] == "{":
        rest = text[brace.start() :].partition("\n")[0]
        problem = phrase("“%(name)s” is opened by a brace and not closed.", name=shorten(rest, NAME_SHOWN))
    else:
        problem = phrase("There is a brace, }, that closes nothing.")
    names = Either(f"{{{name}}}" for name in PLACEHOLDERS)
    return WordsRefused(problem, phrase("Between braces stands only %(names)s.", names=names))


# --- filled in -------------------------------------------------------------------------------------------------------


def value(text: str, most: int = NAME_SHOWN) -> Value:
    """One name, or a day, in the place of a placeholder."""
    name = shorten(clean_name(text), most)
    return (Part(name, put_in=True),) if name else ()


def listed(names: Sequence[str], speaks: Language) -> Value:
    """Several names in the place of one placeholder: what stands between them belongs to the language."""
    marks = [chr(_MARK + place) for place in range(len(names))]
    shown = dict(zip(marks, names, strict=True))
    pieces = re.split(f"([{chr(_MARK)}-{chr(_MARK + 0xFF)}])", speaks.listing(marks))
    return [one for piece in pieces for one in (value(shown[piece]) if piece in shown else [Part(piece)]) if one.text]


def fill(text: str, values: Mapping[str, Value]) -> tuple[Paragraph, ...]:
    """The paragraphs with what the placeholders stand for. One whose placeholder has nothing to say is left out whole,
    so that no sentence has a hole.
    """
    return tuple(
        tuple(_harmless([part for token in line for part in _put_in(token, values)]) for line in paragraph)
        for paragraph in _read(text)
        if all(values[token.text] for line in paragraph for token in line if token.put_in)
    )


Fitting = Callable[[int], str]
"""What stands for a placeholder in a subject, in at most so many letters; empty where there is nothing to say."""


def fill_subject(text: str, values: Mapping[str, Fitting]) -> str:
    """The subject with what the placeholders stand for, each as short as it has to be; empty where one of them has
    nothing to say, or makes an answer of it that nobody wrote (a team called Re), so that ours is taken.
    """
    tokens = _tokens(clean_line(text, MOST_OF_SUBJECT))
    wanted = {token.text: len(values[token.text](SUBJECT_SHOWN)) for token in tokens if token.put_in}
    if not all(wanted.values()):
        return ""
    times = Counter(token.text for token in tokens if token.put_in)
    room, fits = SUBJECT_SHOWN - sum(len(token.text) for token in tokens if not token.put_in), dict[str, int]()
    left = times.total()
    for name in sorted(wanted, key=lambda name: wanted[name]):
        fits[name] = min(wanted[name], max(room // left, 1))
        room, left = room - fits[name] * times[name], left - times[name]
    whole = "".join(values[token.text](fits[token.text]) if token.put_in else token.text for token in tokens)
    return "" if _is_like_an_answer(whole) else whole


def _put_in(token: Part, values: Mapping[str, Value]) -> Iterable[Part]:
    return values[token.text] if token.put_in else (token,)


@lru_cache(256)  # the same words stand in every mail of a round
def _read(text: str) -> tuple[Paragraph, ...]:
    """Paragraphs, lines, and the tokens in them: those of placeholders hold their name."""
    paragraphs = re.split(r"\n{2,}", text.strip("\n"))
    lines = ([clean_line(line, MOST_LETTERS) for line in paragraph.split("\n")] for paragraph in paragraphs)
    return tuple(found for told in lines if (found := tuple(_tokens(line) for line in told if line)))


def _tokens(line: str) -> Line:
    pieces = _KNOWN.split(line)
    return tuple(Part(piece, put_in=bool(place % 2)) for place, piece in enumerate(pieces) if piece)


def _harmless(parts: Sequence[Part]) -> Line:
    """The parts with a break wherever a mail reader would make a link, also of two parts that stand side by side."""
    breaks, made, at = link_breaks("".join(part.text for part in parts)), [], 0
    for part in parts:
        end = at + len(part.text)
        cuts = [at, *(place for place in breaks if at < place < end), end]
        first = ZERO_WIDTH_SPACE if at in breaks else ""
        whole = ZERO_WIDTH_SPACE.join(part.text[a - at : b - at] for a, b in pairwise(cuts))
        made.append(Part(first + whole, part.put_in))
        at = end
    return tuple(made)
