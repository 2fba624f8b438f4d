"""What pydantic found wrong with a value, in our words and without the value: for settings and for the API."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]

_WHOLE, _NUMBER, _YES = "must be a whole number", "must be a number", "must be true or false"
_WORDS: dict[str, Callable[[Facts], str]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "is not known here",
    "model_attributes_type": lambda _: "is no object",
    "int_type": lambda _: _WHOLE,
    "int_parsing": lambda _: _WHOLE,
    "int_parsing_size": lambda _: _WHOLE,
    "int_from_float": lambda _: _WHOLE,
    "float_type": lambda _: _NUMBER,
    "float_parsing": lambda _: _NUMBER,
    "finite_number": lambda _: _NUMBER,
    "bool_type": lambda _: _YES,
    "bool_parsing": lambda _: _YES,
    "string_type": lambda _: "must be a text",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be an object",
    "greater_than": lambda facts: f"must be more than {facts['gt']:g}",
    "greater_than_equal": lambda facts: f"must be at least {_bound(facts['ge'])}",
    "less_than": lambda facts: f"must be less than {facts['lt']:g}",
    "less_than_equal": lambda facts: f"must be at most {_bound(facts['le'])}",
    "string_too_short": lambda facts: _at_least(facts["min_length"]),
    "string_too_long": lambda facts: f"must have at most {facts['max_length']} characters",
    "too_long": lambda facts: f"must have at most {facts['max_length']} entries",
    "literal_error": lambda facts: f"must be {facts['expected']}",
    "enum": lambda facts: f"must be {facts['expected']}",
    "string_pattern_mismatch": lambda _: "has signs that cannot stand here, or is too short or too long",
}


def plain(finding: Facts) -> str:
    """One finding of pydantic, with its context; what a validator of ours says is left as it is."""
    told = _WORDS.get(str(finding["type"]))
    if told is not None:
        return f"{told(finding.get('ctx') or {})}."
    return str(finding["msg"]).removeprefix("Value error, ").removeprefix("Input ")


def _bound(value: float) -> str:
    """Whole numbers in full: a seed has nineteen digits."""
    return str(value) if isinstance(value, int) else f"{value:g}"


def _at_least(characters: int) -> str:
    return "must not be empty" if characters == 1 else f"must have at least {characters} characters"
