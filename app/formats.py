"""In person or remote: who insists on one is never drawn with who insists on the other.

The matcher knows common times, not formats. So where anybody insists, a time becomes a time in a format, and whoever
has no wish gets one of each: a group shares one of these just when it shares a time and a format. Where nobody insists,
nothing changes, and the round is the one that it always was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.files.names import folded
from matching import Person

FORMATS = ("in_person", "remote")
ANY_TIME = ""
"""Stands for a time when somebody who has named none meets somebody else who has named none."""


def with_formats(people: Sequence[Person], insists: Mapping[str, str]) -> tuple[Person, ...]:
    """The people as the matcher must see them; `insists` names the format for those who do, by their id."""
    if not insists:
        return tuple(people)
    every_time = sorted({ANY_TIME}.union(*(map(_same, person.times) for person in people)))
    return tuple(_with_format(person, insists.get(person.id), every_time) for person in people)


def _with_format(person: Person, insisted: str | None, every_time: Sequence[str]) -> Person:
    if insisted is None and not person.times:
        return person
    times = [_same(time) for time in person.times] or every_time
    formats = FORMATS if insisted is None else (insisted,)
    return replace(person, times=frozenset(f"{format_}: {time}" for format_ in formats for time in times))


def _same(time: str) -> str:
    return folded(" ".join(time.split()))
