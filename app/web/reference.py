"""/api/v1/docs: every call of the API to read, made from its description; no script, and no other host.

There is nothing to try calls out with: a key does not belong into a page, and each call stands there as a line of curl
and of Python that can be copied. It needs no key: it says what the program does, and nothing about anybody.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.doors import context, public
from app.web.pages import page

router = APIRouter(include_in_schema=False)

PREFIX = "/api/v1"
JSON = "application/json"
_MARKS = re.compile(r"`([^`]+)`")

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, or a field of a body: what it is called, where it stands, what it holds."""

    name: str
    where: str
    kind: str
    needed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call can end."""

    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem, and where it says what it means."""

    type: str
    status: int
    title: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to be shown."""

    id: str
    method: str
    path: str
    title: str
    words: Sequence[str]
    scopes: Sequence[str]
    public: bool
    deprecated: bool
    named: Sequence[Named]
    curl: str
    python: str
    sent: str
    answer: str
    endings: Sequence[Ending]


@router.api_route(f"{PREFIX}/docs", methods=["GET", "HEAD"])
@public
def reference(request: Request) -> Response:
    """All calls, by what they are about."""
    described = request.app.openapi()
    base = context(request).settings.base_url
    return page(
        request,
        "api.html",
        about=described["info"]["description"],
        version=described["info"]["version"],
        base=base + PREFIX,
        rooms=rooms(described, base),
        problems=problems(described),
    )


def problems(described: Facts) -> list[Problem]:
    """The kinds of problems with which calls end."""
    examples = [
        said["content"]["application/problem+json"]["example"] for said in described["components"]["responses"].values()
    ]
    return [Problem(one["type"], one["status"], one["title"]) for one in examples]


def rooms(described: Facts, base: str) -> dict[str, list[Call]]:
    """The calls by their tag, in the order of the description."""
    found: dict[str, list[Call]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            made = _call(Reader(described), method.upper(), path, operation, base)
            found.setdefault(operation["tags"][0], []).append(made)
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Follows references of a description, and says in words what a schema holds."""

    described: Facts

    def at(self, part: Facts) -> Facts:
        """The part itself, where only its name is given."""
        while "$ref" in part:
            found: Any = self.described
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def kind(self, schema: Facts) -> str:
        """What a value is, in a few words."""
        schema = self.at(schema)
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            return " or ".join(dict.fromkeys(self.kind(option) for option in options))
        words = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        if words:
            return ", ".join(str(word) for word in words)
        if schema.get("type") == "array":
            return f"list of {self.kind(schema.get('items', {}))}"
        return f"{_TYPES.get(schema.get('type', ''), 'anything')}{_limits(schema)}"


_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}


def _limits(schema: Facts) -> str:
    if "format" in schema:
        return f" ({schema['format']})"
    if "minimum" in schema and "maximum" in schema:
        return f", {schema['minimum']:g} to {schema['maximum']:g}"
    return f", up to {schema['maxLength']} characters" if "maxLength" in schema else ""


def _call(reader: Reader, method: str, path: str, operation: Facts, base: str) -> Call:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    endings = {status: reader.at(said) for status, said in operation["responses"].items()}
    answers = [said["content"][JSON] for said in endings.values() if JSON in said.get("content", {})]
    headers = _headers(operation, body)
    filled = _filled(path, operation)
    return Call(
        id=operation["operationId"],
        method=method,
        path=path,
        title=operation["summary"],
        words=_plain(operation["description"]).split("\n\n"),
        scopes=operation.get("x-scopes", []),
        public="security" not in operation,
        deprecated=operation.get("deprecated", False),
        named=[*_parameters(reader, operation), *_fields(reader, body)],
        curl=_curl(method, base + filled, headers, body.get("example"), key="security" in operation),
        python=_python(method, filled, headers, body.get("example")),
        sent=_pretty(body.get("example")),
        answer=_pretty(answers[-1].get("example")) if answers else "",
        endings=[Ending(status, _plain(said["description"])) for status, said in sorted(endings.items())],
    )


def _plain(text: str) -> str:
    """Without the marks around code."""
    return _MARKS.sub(r"\1", text)


def _filled(path: str, operation: Facts) -> str:
    for one in operation.get("parameters", ()):
        path = path.replace(f"{{{one['name']}}}", str(one.get("example", "")))
    return path


def _headers(operation: Facts, body: Facts) -> dict[str, str]:
    said = {"Content-Type": JSON} if body else {}
    for one in operation.get("parameters", ()):
        if one["in"] == "header" and (one["name"] != "Idempotency-Key" or "Needed" in one["description"]):
            said[one["name"]] = one["example"]
    return said


def _parameters(reader: Reader, operation: Facts) -> Iterator[Named]:
    for one in operation.get("parameters", ()):
        schema = one.get("schema", {})
        words = _plain(one.get("description", ""))
        yield Named(one["name"], one["in"], reader.kind(schema), one.get("required", False), words)


def _fields(reader: Reader, body: Facts) -> Iterator[Named]:
    schema = reader.at(body.get("schema", {}))
    for name, field in schema.get("properties", {}).items():
        words = _plain(field.get("description", ""))
        yield Named(name, "body", reader.kind(field), name in schema.get("required", ()), words)


def _curl(method: str, url: str, headers: Mapping[str, str], sent: Any, *, key: bool) -> str:
    words = ["curl", *(["-X", method] if method not in ("GET",) else []), shlex.quote(url)]
    lines = [" ".join(words)]
    if key:
        lines.append('-H "Authorization: Bearer $COFFEE_API_KEY"')
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if sent is not None:
        lines.append(f"-d {shlex.quote(json.dumps(sent))}")
    return " \\\n  ".join(lines)


def _python(method: str, path: str, headers: Mapping[str, str], sent: Any) -> str:
    said = {name: value for name, value in headers.items() if name != "Content-Type"}
    words = [repr(path.removeprefix(PREFIX)), *([f"json={sent!r}"] if sent is not None else [])]
    return f"api.{method.lower()}({', '.join([*words, *([f'headers={said!r}'] if said else [])])})"


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
