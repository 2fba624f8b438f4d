"""People and pairs as JSON lists, turned into the same tables as files: one set of rules, one kind of verdict.

In a verdict the file is the name of the list, and the line the place in it, from 1.
"""

import hashlib
import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from app.api.schemas import Body
from app.api.strict import LARGEST
from app.api.values import Cell, Whole, Yes
from app.files.columns import JOINED, MOST_JOINED
from app.files.pairs import HISTORY_COLUMNS, PAIR_COLUMNS
from app.files.people import OPTIONAL, REQUIRED
from app.files.table import Table
from app.services.import_sync import Leavers

FILES = ("people", "history", "blocks", "knows")
MOST = 100_000
MOST_ITEMS = 50
MOST_LEAVERS = 999_999_999
LONGEST = 500
"""Characters of the name of a field in `map`, as of every cell."""

Count = Annotated[Whole, Field(ge=0, le=999_999)]


def _one_item(text: str) -> str:
    if ";" in text:
        raise ValueError("must not contain a semicolon: write two items.")
    return text


Items = Annotated[list[Annotated[Cell, AfterValidator(_one_item)]], Field(max_length=MOST_ITEMS)]


class Row(Body):
    """One line of a list; its cells are the texts that a file would hold."""

    columns: ClassVar[tuple[str, ...]]

    @property
    def cells(self) -> list[str]:
        return [_cell(getattr(self, column)) for column in self.columns]


class PersonIn(Row):
    columns: ClassVar[tuple[str, ...]] = (*REQUIRED, *OPTIONAL)

    email: Cell
    name: Cell
    team: Cell = ""
    id: Cell | None = None
    location: Cell | None = None
    interests: Items = Field(default=[])
    asks: Items = Field(default=[])
    offers: Items = Field(default=[])
    languages: Items = Field(default=[])
    times: Items = Field(default=[])
    size: Whole | None = Field(None, ge=2, le=3)
    trios: Count = 0
    sat_out: Count = 0
    paused_until: Cell | None = None
    formats: Items = Field(default=[])
    access: Cell | None = None
    time_zone: Cell | None = None
    manager_email: Cell | None = None


class PairIn(Row):
    """Two people by address or id: `{"a": …, "b": …}` or `[a, b]`."""

    columns: ClassVar[tuple[str, ...]] = PAIR_COLUMNS

    a: Cell
    b: Cell

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, given: Any) -> Any:
        if isinstance(given, list):
            if len(given) != len(cls.columns):
                raise ValueError(f"must have {len(cls.columns)} entries: {', '.join(cls.columns)}.")
            return dict(zip(cls.columns, given, strict=True))
        return given


class MetIn(PairIn):
    """Two people who met in a round: `{"round": 3, "a": …, "b": …}` or `[3, a, b]`."""

    columns: ClassVar[tuple[str, ...]] = HISTORY_COLUMNS

    round: Annotated[Whole, Field(ge=0, le=99_999_999)]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which field of a row is one of our columns, or which two or three are it together."""

    name: str
    field: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, name: str, field: str, known: Set[str]) -> "_Wanted":
        """As `map` says it; raises ValueError when no row has it."""
        parts = tuple(field.split(JOINED, MOST_JOINED))
        if field in known:
            return cls(name, field, parts if len(parts) <= MOST_JOINED else (field,))
        if len(parts) > MOST_JOINED:
            raise ValueError(f"puts too many fields together in map: {MOST_JOINED} at most.")
        if not set(parts) <= known:
            raise ValueError("names a field in map that no entry of people has: write it as it stands there.")
        return cls(name, field, parts)


def _renamed(row: dict[str, Any], wanted: Sequence[_Wanted]) -> dict[str, Any]:
    """A row of people under our names; fields with a + between them are put together."""
    ours: dict[str, Any] = {}
    taken: set[str] = set()
    for one in wanted:
        parts = (one.field,) if one.field in row else one.parts
        if all(part in row for part in parts):
            cells = [row[part] for part in parts]
            ours[one.name] = cells[0] if len(cells) == 1 else _joined(cells)
            taken |= {*parts, one.name}
    return {key: value for key, value in row.items() if key not in taken} | ours


def _joined(cells: Sequence[object]) -> str:
    if not all(cell is None or isinstance(cell, str) or type(cell) is int for cell in cells):
        raise ValueError("puts fields together in map that are neither texts nor whole numbers.")
    return " ".join(str(cell).strip() for cell in cells if cell)


class ImportBody(Body):
    """What one import brings; each list may be missing, but not all. `map` says which field of `people` is which of our
    columns, where it has another name.
    """

    people: Annotated[list[PersonIn], Field(max_length=MOST)] | None = None
    history: Annotated[list[MetIn], Field(max_length=MOST)] | None = None
    blocks: Annotated[list[PairIn], Field(max_length=MOST)] | None = None
    knows: Annotated[list[PairIn], Field(max_length=MOST)] | None = None
    active: Yes = False
    skip_bad: Yes = False
    sync: Yes = False
    leavers: Leavers | None = None
    confirm_leavers: Annotated[Whole, Field(ge=0, le=MOST_LEAVERS)] | None = None
    map: dict[Literal[PersonIn.columns], Annotated[Cell, Field(min_length=1)]] = Field(default={})  # type: ignore[valid-type]

    @model_validator(mode="before")
    @classmethod
    def _under_our_names(cls, given: Any) -> Any:
        wanted, people = (given.get("map"), given.get("people")) if isinstance(given, dict) else (None, None)
        if not isinstance(wanted, dict) or not isinstance(people, list) or len(people) > MOST:
            return given
        if len(wanted) > len(PersonIn.columns) or not all(_is_short(field) for field in wanted.values()):
            return given
        known = {key for row in people if isinstance(row, dict) for key in row}
        told = [_Wanted.of(name, field, known) for name, field in wanted.items()]
        return given | {"people": [_renamed(row, told) if isinstance(row, dict) else row for row in people]}

    def tables(self) -> dict[str, Table]:
        """The lists that were given, as tables."""
        given: list[tuple[str, type[Row], Sequence[Row] | None]] = [
            ("people", PersonIn, self.people),
            ("history", MetIn, self.history),
            ("blocks", PairIn, self.blocks),
            ("knows", PairIn, self.knows),
        ]
        return {name: _table(name, kind.columns, rows) for name, kind, rows in given if rows is not None}


def _is_short(field: object) -> bool:
    return isinstance(field, str) and len(field) <= LONGEST


def _table(name: str, columns: tuple[str, ...], rows: Sequence[Row]) -> Table:
    lines = json.dumps([row.cells for row in rows]).encode()
    return Table(
        name,
        columns,
        header_line=0,
        records=lambda: ((number, row.cells) for number, row in enumerate(rows, 1)),
        digest=hashlib.sha256(lines).hexdigest(),
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return "; ".join(value) if isinstance(value, list) else str(value)


def _file(description: str) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": "text/csv", "description": description}


def _fields(kind: type[Row]) -> dict[str, Any]:
    """A row as an object, without the words that only repeat the names of its fields."""
    said = kind.model_json_schema()
    fields = {name: _untitled(field) for name, field in said["properties"].items()}
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": said["required"]}


def _either(kind: type[Row]) -> dict[str, Any]:
    """A row as an object, or as a list in the order of its columns."""
    said, number = _fields(kind), len(kind.columns)
    cells = [said["properties"][name] for name in kind.columns]
    return {"oneOf": [{"type": "array", "prefixItems": cells, "minItems": number, "maxItems": number}, said]}


def _untitled(field: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in field.items() if name != "title"}


def _list_of(item: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": item, "maxItems": MOST, "description": description}


_FLAGS: dict[str, Any] = {
    "active": {"type": "boolean", "default": False, "description": "Consent was given elsewhere: no mail to confirm."},
    "skip_bad": {"type": "boolean", "default": False, "description": "Import the good lines, leave out the bad ones."},
    "sync": {"type": "boolean", "default": False, "description": "Say who is in the programme and not in `people`."},
    "leavers": {"type": "string", "enum": list(Leavers), "description": "With `sync`: what becomes of those."},
    "confirm_leavers": {
        "type": "integer",
        "minimum": 0,
        "maximum": MOST_LEAVERS,
        "description": "How many go, where it is many: more than 5 and a fifth.",
    },
}
_FILE_WORDS = {
    "people": "CSV or .xlsx: email,name,team and optional columns.",
    "history": "CSV or .xlsx: round,a,b.",
    "blocks": "CSV or .xlsx: a,b.",
    "knows": "CSV or .xlsx: a,b.",
}
_JSON_MAP: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {column: {"type": "string", "minLength": 1, "maxLength": LONGEST} for column in PersonIn.columns},
    "description": "Which field of `people` is which column, where names differ; `First+Last` puts two together.",
}
_TEXT = {"type": "string", "maxLength": LONGEST}
_UNDER_OTHER_NAMES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            _TEXT,
            {"type": "array", "items": _TEXT, "maxItems": MOST_ITEMS},
            {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST},
            {"type": "null"},
        ]
    },
    "description": "With `map`: fields of other names.",
}
_MAP_WORDS = 'Which heading of `people` is which column, as JSON: {"name": "Full name"}.'
REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {name: _file(words) for name, words in _FILE_WORDS.items()}
                | _FLAGS
                | {"map": {"type": "string", "description": _MAP_WORDS}},
            }
        },
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "people": _list_of(
                        {"anyOf": [_fields(PersonIn), _UNDER_OTHER_NAMES]}, "One object for each person."
                    ),
                    "history": _list_of(_either(MetIn), "[round, a, b], or objects with these names."),
                    "blocks": _list_of(_either(PairIn), "[a, b], or objects with these names."),
                    "knows": _list_of(_either(PairIn), "[a, b], or objects with these names."),
                    **_FLAGS,
                    "map": _JSON_MAP,
                },
            },
            "example": {
                "people": [{"email": "ada@example.org", "name": "Ada", "team": "Nursing", "asks": ["statistics"]}],
                "history": [[1, "ada@example.org", "ben@example.org"]],
                "active": True,
            },
        },
    },
}
"""How the body looks to readers of the description."""
