"""Constraints (may they meet?) and preferences (how good would it be?) of two people, in plain Python.

The arrays of `table.py` say the same for many people at once. Scores are whole millionths, so that every machine adds
them up to the same number and a matching solver can verify its own optimum.
"""

from __future__ import annotations

from collections.abc import Iterable

from matching.types import Interests, Person

UNIT = 1_000_000  # a pair score of 1
HELP = 400_000  # an ask of one among the offers of the other
SHARED = 200_000  # a topic both like


def topic(text: str) -> str:
    """Topics are equal when they differ only in case and white space."""
    return " ".join(text.casefold().split())


def topics(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(topic, texts)))


def common(choices: Iterable[frozenset[str]]) -> frozenset[str] | None:
    """What all have in common, where an empty choice means any: None is 'anything', an empty set is 'nothing'."""
    shared: frozenset[str] | None = None
    for choice in map(topics, choices):
        if choice:
            shared = choice if shared is None else shared & choice
    return shared


def share_language(people: Iterable[Person]) -> bool:
    return common(person.languages for person in people) != frozenset()


def share_time(people: Iterable[Person]) -> bool:
    return common(person.times for person in people) != frozenset()


def pair_score(a: Person, b: Person, mode: Interests) -> int:
    """The interest score of a pair in millionths, 0 to 1,000,000."""
    if mode == "ask-offer":
        helps = bool(topics(a.asks) & topics(b.offers)) + bool(topics(b.asks) & topics(a.offers))
        return HELP * helps + SHARED * bool(topics(a.interests) & topics(b.interests))
    mine, yours = topics(a.interests), topics(b.interests)
    if mode == "one-in-common":
        return UNIT * bool(mine & yours)
    return jaccard(len(mine & yours), len(mine | yours))


def jaccard(shared: int, together: int) -> int:
    """Shared topics out of all topics of two people, rounded to the nearest millionth; 0 when both have none."""
    return (2 * UNIT * shared + together) // (2 * together) if together else 0


def age_cost(rounds_ago: int) -> int:
    """What it costs to meet again: 1000 after one round, 500 after two, nothing after a thousand."""
    return 1000 // rounds_ago
