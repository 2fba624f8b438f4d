"""The lines of an import in bundles: some hundred at a time, written together, and kept as bytes until they are."""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from app.files.hints import LISTS
from app.files.pairs import HistoryRow, PairRow
from app.files.people import PersonRow

AT_ONCE = 500
"""People who are written in one transaction of an import of many, so that others wait for a tenth of a second."""
PAIRS = 4
"""How many pairs take as long as one person."""

GOODBYES = 10
"""How many people take as long as one who leaves: others may have to be told."""


@dataclass(frozen=True, slots=True)
class LeaverRow:
    """Somebody who is not in the file, by the id of their row."""

    line: int
    id: str


Row = PersonRow | HistoryRow | PairRow | LeaverRow
ROWS: dict[str, type[Row]] = {
    "people": PersonRow,
    "leavers": LeaverRow,
    "blocks": PairRow,
    "knows": PairRow,
    "history": HistoryRow,
}
"""Kinds of lines in the order in which they are written: pairs need their people, and blocks bind before a draw."""


def _names(kind: type[Row]) -> list[str]:
    return [one.name for one in fields(kind)]


_LISTS = [_names(PersonRow).index(name) for name in (*LISTS, "keeps")]
_UNTIL = _names(PersonRow).index("paused_until")


@dataclass(frozen=True, slots=True)
class Terms:
    """How an import is written. With `active`, consent was given elsewhere; otherwise each new person gets a mail."""

    active: bool
    now: datetime
    secret_key: str
    actor: str
    leavers: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """Some lines of one file."""

    kind: str
    file: str
    rows: Sequence[Row]

    def packed(self) -> bytes:
        """The bundle as bytes."""
        values = attrgetter(*_names(ROWS[self.kind]))
        content = [self.kind, self.file, [values(row) for row in self.rows]]
        return zlib.compress(json.dumps(content, default=date.isoformat, ensure_ascii=False).encode(), 1)

    @classmethod
    def unpacked(cls, content: bytes) -> "Bundle":
        """The bundle that was packed."""
        kind, file, rows = json.loads(zlib.decompress(content))
        return cls(kind, file, [_read(kind, values) for values in rows])


def _read(kind: str, values: list[Any]) -> Row:
    """A line from the values of its fields; JSON knows neither tuples nor days."""
    make: Callable[..., Row] = ROWS[kind]
    if kind == "people":
        for place in _LISTS:
            values[place] = tuple(values[place])
        values[_UNTIL] = values[_UNTIL] and date.fromisoformat(values[_UNTIL])
    return make(*values)


def bundles(kind: str, file: str, rows: Sequence[Row], size: int) -> Iterator[Bundle]:
    """The lines of one kind in bundles."""
    waiting = iter(rows)
    while some := list(islice(waiting, size)):
        yield Bundle(kind, file, some)
