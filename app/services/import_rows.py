"""The lines of an import in bundles: some hundred at a time, written together, and kept as bytes until they are."""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from app.files.pairs import HistoryRow, PairRow
from app.files.people import PersonRow

AT_ONCE = 500
"""Lines that are written in one transaction of an import of many: others wait for a tenth of a second at most."""

Row = PersonRow | HistoryRow | PairRow
ROWS: dict[str, type[Row]] = {"people": PersonRow, "blocks": PairRow, "knows": PairRow, "history": HistoryRow}
"""Kinds of lines in the order in which they are written: pairs need their people, and blocks bind before a draw."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Terms:
    """How an import is written. With `active`, consent was given elsewhere; otherwise each new person gets a mail."""

    active: bool
    now: datetime
    secret_key: str
    actor: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Some lines of one file."""

    kind: str
    file: str
    rows: Sequence[Row]

    def packed(self) -> bytes:
        """The bundle as bytes."""
        values = attrgetter(*(one.name for one in fields(ROWS[self.kind])))
        content = [self.kind, self.file, [values(row) for row in self.rows]]
        return zlib.compress(json.dumps(content, default=date.isoformat, ensure_ascii=False).encode(), 1)

    @classmethod
    def unpacked(cls, content: bytes) -> "Bundle":
        """The bundle that was packed."""
        kind, file, rows = json.loads(zlib.decompress(content))
        return cls(kind, file, [_row(ROWS[kind], values) for values in rows])


def _row(kind: type[Row], values: Sequence[Any]) -> Row:
    make: Callable[..., Row] = kind
    names = (one.name for one in fields(kind))
    return make(**{name: _value(name, value) for name, value in zip(names, values, strict=True)})


def _value(name: str, value: Any) -> Any:
    """JSON knows neither tuples nor days."""
    if isinstance(value, list):
        return tuple(value)
    return date.fromisoformat(value) if name == "paused_until" and value else value


def bundles(kind: str, file: str, rows: Sequence[Row], size: int) -> Iterator[Bundle]:
    """The lines of one kind in bundles."""
    waiting = iter(rows)
    while some := list(islice(waiting, size)):
        yield Bundle(kind, file, some)
