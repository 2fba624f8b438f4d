"""Phrases in rows: what is said is kept with its parts, so that it can be said in any language later."""

from typing import Any

from emails.sentences import Phrase


def to_json(said: Any) -> Any:
    """A phrase, a text, a whole number or a list of those as JSON. Raises TypeError for anything else, which would not
    come back as it was.
    """
    if isinstance(said, Phrase):
        parts = {name: to_json(part) for name, part in said.parts.items()}
        plural = {"many": said.many, "count": said.number} if said.many is not None else {}
        return {"message": said.message, "parts": parts} | plural if said else ""
    if isinstance(said, (list, tuple)):
        return [to_json(one) for one in said]
    if type(said) not in (str, int):
        raise TypeError(f"{type(said).__name__} cannot be kept in a phrase")
    return said


def from_json(kept: Any) -> Any:
    """The same again."""
    if isinstance(kept, dict):
        parts = {name: from_json(part) for name, part in kept["parts"].items()}
        return Phrase.made(kept["message"], kept.get("many"), kept.get("count", 0), parts)
    return [from_json(one) for one in kept] if isinstance(kept, list) else kept
