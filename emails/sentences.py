"""Sentences that still know how they were made, so that whoever shows them can say them in the reader's language.

Light to import: words stand in constants everywhere, and a command that prints its help needs no language.
"""

from collections.abc import Mapping
from typing import Any, Self


class Phrase(str):
    """English text that remembers its message, its parts and, where it counts something, its plural: to be said anew
    in the reader's language by whoever shows it. Used as it is in logs, in the API and on the command line.
    """

    message: str
    many: str | None
    number: int
    parts: Mapping[str, Any]

    @classmethod
    def made(cls, message: str, many: str | None, count: int, parts: Mapping[str, Any]) -> Self:
        """The phrase. Raises KeyError for a part that is missing."""
        usual = message if many is None or count == 1 else many
        new = cls(usual % {name: _english(part) for name, part in parts.items()})
        new.message, new.many, new.number, new.parts = message, many, count, parts
        return new

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and pickled whole."""
        return _again, (self.message, self.many, self.number, dict(self.parts))


def phrase(message: str, **parts: Any) -> Phrase:
    """A sentence that is translated where it is shown: `phrase("Hello %(name)s.", name=name)`; `%%` is a percent sign.

    Catalogues are made from these calls, so `message` is a literal. Parts are texts, whole numbers, days, lists of
    texts (said as `A, B and C`), hours of a day, or phrases. Raises KeyError for a part that is missing.
    """
    return Phrase.made(message, None, 0, parts)


def phrases(one: str, many: str, count: int, **parts: Any) -> Phrase:
    """A sentence that counts: `phrases("%(count)s mail", "%(count)s mails", 3)`. `count` is one of the parts."""
    return Phrase.made(one, many, count, {"count": count, **parts})


class Either(tuple[str, ...]):
    """Texts of which one will do, said as `A, B or C` where they are a part of a phrase."""


class Period(str):
    """The name of a round, `2026-W48`, which is said in words where it is a part of a phrase."""


class Zone(str):
    """The IANA name of a time zone, which is said as its city where it is a part of a phrase."""


def together(*said: str) -> Phrase:
    """Sentences one after another, each of them translated; empty ones are left out."""
    parts = {f"part{place}": one for place, one in enumerate(said) if one}
    return Phrase.made(" ".join(f"%({name})s" for name in parts), None, 0, parts)


def _again(message: str, many: str | None, count: int, parts: Mapping[str, Any]) -> Phrase:
    return Phrase.made(message, many, count, parts)


def _english(part: Any) -> Any:
    if type(part) is str or isinstance(part, Phrase):
        return part
    from emails.languages import english  # which knows CLDR and says phrases: too much for a constant of words

    return english().say(part)
