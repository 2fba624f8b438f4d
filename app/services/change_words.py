"""What organisers changed by hand, in words: made when they are read, from ids, with the names of that day."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.services import own_words
from app.services.moves import Do
from emails import english

SOMEBODY = "somebody who is not here any more"


def words_of(changes: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """A sentence for each."""
    return [_sentence(one, [names.get(person, SOMEBODY) for person in one["people"]]) for one in changes]


def _sentence(one: Mapping[str, Any], names: list[str]) -> str:
    groups = one["groups"]
    number = groups[0] if groups else None
    match one["do"]:
        case Do.SWAP:
            return f"Swapped {english().listing(names)}."
        case Do.MOVE:
            return f"Moved {names[0]} to group {number}."
        case Do.GROUP:
            return f"Made group {number} of {english().listing(names)}."
        case Do.SPLIT:
            return f"Took group {number} apart: {english().listing(names)}."
        case Do.EXCLUDE:
            return f"Left {names[0]} out of this round."
        case Do.ADD:
            return f"Added {names[0]} to group {number}." if groups else f"Added {names[0]}, who has no group yet."
        case Do.LOCK | Do.UNLOCK:
            return f"{'Locked' if one['do'] == Do.LOCK else 'Unlocked'} group {number}."
        case own_words.WORDS:
            return "Changed the words of the introductions."
        case Do.DRAW_AGAIN:
            return _drawn(one, groups)
        case _:
            return f"Undid change {one['number']}."


def _drawn(one: Mapping[str, Any], groups: list[int]) -> str:
    if one.get("rest_only"):
        return f"Drew those without a group, with seed {one['seed']}."
    numbers = english().listing([str(number) for number in groups])
    kept = f"; {'group' if len(groups) == 1 else 'groups'} {numbers} stayed" if groups else ""
    return f"Drew again with seed {one['seed']}{kept}."
