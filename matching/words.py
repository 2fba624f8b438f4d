"""Facts in words that can be translated: each is a message with its parts, and its plural where it counts something.

`str(fact)` is the English. `.ci/catalogues` finds messages in the calls of `fact`, `facts` and `message`, so they are
literals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Part = Union[str, int, tuple[str, ...], "Fact"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence as gettext would have it: `many` is the message for any `count` but one. A list is said as
    `A, B and C`.
    """

    message: str
    parts: Mapping[str, Part]
    many: str | None = None
    count: int = 0

    def __str__(self) -> str:
        usual = self.message if self.many is None or self.count == 1 else self.many
        return usual % {name: _english(part) for name, part in self.parts.items()}


def message(text: str) -> str:
    """Marks a message that facts are made of elsewhere."""
    return text


def fact(message: str, **parts: Part) -> Fact:
    """`fact("From %(team)s.", team="Finance")`; the message is a literal."""
    return Fact(message, parts)


def facts(one: str, many: str, count: int, **parts: Part) -> Fact:
    """A fact that counts: `facts("%(count)s pair", "%(count)s pairs", 3)`; both messages are literals."""
    return Fact(one, {"count": count, **parts}, many, count)


def _english(part: Part) -> str:
    if isinstance(part, tuple):
        return " and ".join(filter(None, (", ".join(part[:-1]), part[-1])))
    return f"{part:,}" if isinstance(part, int) else str(part)
