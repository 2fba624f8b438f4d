"""Bodies read strictly, before anything else sees them: JSON as RFC 8259 has it, in UTF-8, within limits.

Python's own reader lets NaN, Infinity, numbers too large for a float, half characters and any depth through; each of
them breaks a database driver or an answer further on (finding 12 of our reliability research). They end here, unechoed.
"""

import json
import math
from email.message import Message
from typing import Any, NoReturn

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app.errors import CoffeeError

DEEPEST = 20
LARGEST = 2**63 - 1


class Malformed(CoffeeError):
    """The body, or a header, is not what it says it is."""

    status, kind, title = 400, "malformed", "That request cannot be understood."


class UnsupportedMediaType(CoffeeError):
    status, kind, title = 415, "unsupported-media-type", "This call does not take that kind of body."


class StrictRequest(Request):
    """A request whose JSON is read by `parse`."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = await run_in_threadpool(parse, await self.body())
        return self._json

    @property
    def media_type(self) -> str:
        """The kind of body as the sender names it, without parameters."""
        message = Message()
        message["content-type"] = self.headers.get("content-type", "")
        return message.get_content_type() if self.headers.get("content-type") else ""

    @property
    def is_json(self) -> bool:
        """Whether the sender says that the body is JSON."""
        return self.media_type == "application/json" or (
            self.media_type.startswith("application/") and self.media_type.endswith("+json")
        )


def parse(body: bytes) -> Any:
    """The value of a JSON text. Raises Malformed, with words that repeat nothing of it."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    try:
        value = json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
            object_pairs_hook=_without_twins,
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: line {error.lineno}, column {error.colno} cannot be read.") from None
    except RecursionError:
        raise Malformed(_TOO_DEEP) from None
    _inspect(value)
    return value


_TOO_DEEP = f"The body is nested deeper than {DEEPEST} levels."


def _no_constant(_: str) -> NoReturn:
    raise Malformed("The body holds NaN or Infinity, which JSON does not know.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed("The body holds a number that is too large.")
    return number


def _bounded(digits: str) -> int:
    if len(digits) > 20 or abs(number := int(digits)) > LARGEST:
        raise Malformed(f"The body holds a whole number beyond {LARGEST}.")
    return number


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("The body names one field twice in the same object.")
    return found


def _inspect(value: Any) -> None:
    """Depth, and half characters in any text or name. Goes level by level, so that no depth can harm it."""
    level, depth = [value], 0
    while level:
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _whole(item)
            elif isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
        depth += any(isinstance(item, dict | list) for item in level)
        if depth > DEEPEST:
            raise Malformed(_TOO_DEEP)
        level = below


def _whole(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("The body holds half a character (a lone surrogate).") from None
