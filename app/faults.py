"""Errors become answers here: problems for the API and the health checks, pages for people.

Known errors are answered where Starlette handles exceptions; whatever else is raised is caught innermost of all
middleware, so that the answer still passes the guard and gets its headers; the trace goes to the log alone.
"""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.errors import CoffeeError
from app.web import errors as pages

FOR_MACHINES = ("/api", "/healthz", "/readyz", "/metrics")

log = structlog.get_logger(__name__)


def install_faults(app: FastAPI) -> None:
    """Answer every error of this application in our own words. A second call changes nothing."""
    for kind in (CoffeeError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)
    if INNERMOST not in app.user_middleware:
        app.user_middleware.append(INNERMOST)


class Unexpected:
    """Answers what nothing else has caught: 503 while the database is out of reach, otherwise 500 with a reference."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            began = began or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is there to answer
        except Exception as error:
            if began:
                raise
            response = answer(Request(scope), error)
            _note(error, response.status_code)
            await response(scope, receive, send)


INNERMOST = Middleware(Unexpected)


def answer(request: Request, error: Exception) -> Response:
    """The problem or the page that stands for `error`; a problem also where the page itself cannot be made."""
    if not _for_machines(request.url.path):
        try:
            return pages.from_error(request, error)
        except Exception as broken:
            log.error("page.failed", exc_info=broken)
    return problems.from_error(request, error)


async def _handle(request: Request, error: Exception) -> Response:
    response = answer(request, error)
    if response.status_code >= 500:
        _note(error, response.status_code)
    return response


def _for_machines(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in FOR_MACHINES)


def _note(error: Exception, status: int) -> None:
    if status >= 500 and not problems.is_busy(error):
        log.error("request.failed", exc_info=error)
    elif status >= 500:
        log.warning("request.busy", error=type(error).__name__)
