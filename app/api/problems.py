"""Errors of the API as RFC 9457 problems: one shape for every failure, never an echo of what was sent, never a trace.

`from_error` is the one place that knows which failure has which status; `app/faults.py` asks it for paths of the API.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.errors import (
    BadInput,
    Busy,
    CoffeeError,
    Fault,
    KeyRefused,
    NotAllowed,
    NotFound,
    SignatureRefused,
    StillRunning,
    TooMany,
    TooSoon,
)
from app.middleware import TooLarge
from app.plain_words import plain

MEDIA_TYPE = "application/problem+json"
KINDS = "/api/v1/problems/"

OF_STATUS = {
    400: ("malformed", "That request cannot be understood."),
    404: ("not-found", "There is nothing here by that name."),
    405: ("method-not-allowed", "This address does not take that method."),
    413: ("too-large", "That is more than this call takes."),
    415: ("unsupported-media-type", "This call does not take that kind of body."),
    500: ("error", "Something went wrong."),
    503: ("busy", "That cannot be answered just now."),
}
"""Kinds and titles of what no error of ours stands for."""

SHOWABLE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
"""Names of fields that a problem repeats; any other name stays unsaid."""


class ProblemResponse(JSONResponse):
    """ASCII only, so that no character of any text can break the answer."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def problem(
    request: Request,
    status: int,
    kind: str,
    title: str,
    detail: str,
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """One problem. `errors` name each place that is wrong, with what to do about it; what was noted for every answer to
    this request stands in the headers.
    """
    body: dict[str, Any] = {
        "type": f"{KINDS}{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id(request),
    }
    if listed := [dict(error) for error in errors]:
        body["errors"] = listed
    return with_notes(request, ProblemResponse(body, status_code=status, headers=dict(headers or {})))


Answered = TypeVar("Answered", bound=Response)


def note(request: Request, headers: Mapping[str, str]) -> None:
    """Let every answer to this request have these headers, whatever comes of it."""
    request.state.notes = {**getattr(request.state, "notes", {}), **headers}


def with_notes(request: Request, response: Answered) -> Answered:
    """The answer with the headers that were noted; links are added to its own."""
    for name, value in getattr(request.state, "notes", {}).items():
        if name == "Link":
            response.headers.append(name, value)
        else:
            response.headers[name] = value
    return response


def request_id(request: Request) -> str:
    """What to quote when asking for help; empty where nothing gave the request a name."""
    return str(getattr(request.state, "request_id", ""))


def from_error(request: Request, exc: Exception) -> Response:
    """The problem that stands for `exc`, whatever it is."""
    match exc:
        case CoffeeError():
            return _ours(request, exc)
        case RequestValidationError():
            faults = [_fault(error) for error in exc.errors()]
            return problem(request, 422, BadInput.kind, BadInput.title, _summary(faults), faults)
        case HTTPException() if isinstance(exc.__cause__, TooLarge):
            return _of_status(request, 413)
        case HTTPException():
            return _http(request, exc)
        case TooLarge():
            return _of_status(request, 413)
        case ClientDisconnect():
            return _of_status(request, 400, "The request ended before it was complete.")
        case IntegrityError():
            detail = "Somebody else changed the same thing at the same moment. Look again, then try again."
            return problem(request, 409, "conflict", "That is not possible as things stand.", detail)
        case _ if is_busy(exc):
            return _of_status(request, 503, "Nothing was changed. Try again in a moment.", {"Retry-After": "5"})
        case _:
            return _unexpected(request)


def is_busy(exc: Exception) -> bool:
    """Whether the database is locked, full or out of reach: worth another try later."""
    if isinstance(exc, NoConnectionLeft):
        return True
    if isinstance(exc, DBAPIError) and exc.connection_invalidated:
        return True
    if not isinstance(exc, OperationalError):
        return False
    return getattr(exc.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR  # which means: a mistake in our SQL


def _ours(request: Request, exc: CoffeeError) -> Response:
    if exc.status >= 500 and not isinstance(exc, Busy):
        return _unexpected(request, exc.kind, exc.title)
    if isinstance(exc, NotFound):  # in the same words whether it is unknown or somebody else's
        return _of_status(request, 404)
    errors = [*(_placed(fault) for fault in getattr(exc, "faults", ())), *getattr(exc, "verdicts", ())]
    return problem(request, exc.status, exc.kind, exc.title, exc.detail, errors, _headers_of(exc))


def _headers_of(exc: CoffeeError) -> dict[str, str]:
    match exc:
        case KeyRefused():
            return {"WWW-Authenticate": 'Bearer realm="Coffee Trial"'}
        case SignatureRefused():
            return {"WWW-Authenticate": 'Signature realm="Coffee Trial", header="X-Coffee-Signature"'}
        case NotAllowed():
            return {"WWW-Authenticate": 'Bearer realm="Coffee Trial", error="insufficient_scope"'}
        case StillRunning():
            return {"Retry-After": "2"}
        case TooMany() | TooSoon() | Busy():
            return {"Retry-After": str(exc.retry_after)}
        case _:
            return {}


def _http(request: Request, exc: HTTPException) -> Response:
    status = exc.status_code if exc.status_code in OF_STATUS or exc.status_code < 500 else 500
    if status == 500:
        return _unexpected(request)
    headers = dict(exc.headers or {})
    if status == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request))) or headers.get("Allow", "")
    return _of_status(request, status, headers=headers)


def _methods(request: Request) -> set[str]:
    """Every method that some route of the application takes at this path."""
    return {
        method
        for route in iter_route_contexts(request.app.routes)
        if (pattern := getattr(route.original_route, "path_regex", None)) and pattern.fullmatch(request.url.path)
        for method in route.methods or ()
    }


def _of_status(
    request: Request, status: int, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    kind, title = OF_STATUS.get(status, ("refused", "That was refused."))
    return problem(request, status, kind, title, detail or title, headers=headers)


def _unexpected(request: Request, kind: str = "error", title: str = "Something went wrong.") -> Response:
    quote = request_id(request)
    detail = "It is not your doing." + (f" Ask for help with the reference {quote}." if quote else "")
    return problem(request, 500, kind, title, detail)


def _placed(fault: Fault) -> dict[str, str]:
    said = {"place": fault.place, "detail": fault.problem, "remedy": fault.remedy}
    return {name: text for name, text in said.items() if text}


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    """One finding of pydantic: where, and what is wrong, without the value."""
    where, *path = error["loc"]
    steps = [_step(step) for step in path]
    place = {"pointer": "#/" + "/".join(steps)} if where == "body" else {"place": " ".join([str(where), *steps])}
    return place | {"detail": plain(error)}


def _step(step: object) -> str:
    return str(step) if isinstance(step, int) or SHOWABLE.fullmatch(str(step)) else "(another name)"


def _summary(faults: list[dict[str, str]]) -> str:
    said = [f"{fault.get('pointer') or fault.get('place')}: {fault['detail']}" for fault in faults[:3]]
    return " ".join(said) or BadInput.title
