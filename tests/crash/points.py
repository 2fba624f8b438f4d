"""The list of all named moments, and the same list read from the code: `points.txt` must name what the code names.

A line is `NAME = STORY/ROLE COUNT, …`: which stories pass the point, in which process, and at least how often. A point
that no story passes says why instead, after `- `.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from tests.conftest import SECRET_KEY

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("points.txt")
GENERIC = {"db.py": "writing(step) names both", "work.py": "the steps of a mail conversation"}
"""Where a crash point has a name that is put together: its parts are counted where they are given."""
DOORS = "doors.py"


@dataclass(frozen=True)
class Passing:
    """A story passes a point in the process of that role, so many times at least."""

    story: str
    role: str
    count: int

    def __str__(self) -> str:
        """As in the list."""
        return f"{self.story}/{self.role} {self.count}"


@dataclass(frozen=True)
class Point:
    """One line of the list."""

    name: str
    passings: tuple[Passing, ...]
    reason: str = ""

    def __str__(self) -> str:
        """As in the list."""
        return f"{self.name} = " + (", ".join(map(str, self.passings)) or f"- {self.reason}")


def listed() -> list[Point]:
    """The checked-in list."""
    lines = FILE.read_text().splitlines()
    return [_read(line) for line in lines if line and not line.startswith("#")]


def _read(line: str) -> Point:
    name, _, rest = line.partition(" = ")
    if rest.startswith("- "):
        return Point(name, (), rest[2:])
    passings = []
    for one in rest.split(", "):
        where, count = one.split(" ")
        story, role = where.split("/")
        passings.append(Passing(story, role, int(count)))
    return Point(name, tuple(passings))


def in_code() -> set[str]:
    """Every name that the code can pass: literals, doors that write, the steps of a mail conversation."""
    from emails import STEPS

    names = {f"smtp: {step}" for step in STEPS}
    for step in {*_doors_that_write(), *_steps()}:
        names |= {f"before commit: {step}", f"after commit: {step}"}
    return names | {_word(call) for _, call in _calls("crashpoint")} - {""}


def unnamed() -> list[str]:
    """Transactions that write and crash points whose name is not plain to see in the code."""
    exempt = {*GENERIC, DOORS}
    calls = [*_calls("crashpoint"), *_calls("writing")]
    return [f"{path.name}:{call.lineno}" for path, call in calls if path.name not in exempt and not _word(call)]


def _steps() -> set[str]:
    return {_word(call) for path, call in _calls("writing") if path.name != DOORS}


def _word(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of a function or method of that name anywhere in `app`; of `writing`, only those on something."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            plain = isinstance(node.func, ast.Name) and node.func.id == name and name != "writing"
            if plain or (isinstance(node.func, ast.Attribute) and node.func.attr == name):
                yield path, node


def _doors_that_write() -> set[str]:
    """Each door that asks for a writing transaction, as it names its step."""
    from fastapi.dependencies.models import Dependant
    from fastapi.routing import APIRoute, iter_route_contexts

    from app import doors
    from app.main import create_app
    from app.settings import Settings

    def writes(dependant: Dependant) -> bool:
        return dependant.call is doors.writing or any(map(writes, dependant.dependencies))

    settings = Settings(database_url="sqlite://", secret_key=SecretStr(SECRET_KEY), demo=True, _env_file=None)
    found = set()
    for context in iter_route_contexts(create_app(settings, works=False).routes):
        route = context.original_route if hasattr(context, "original_route") else context
        if isinstance(route, APIRoute) and writes(route.dependant):
            found |= {f"{method} {context.path}" for method in route.methods or ()}
    return found
