"""What people see when something goes wrong: plain words, a way on, a reference number, never a trace.

Looks nothing up: this must work when the database does not.
"""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException

from app.errors import BadInput, CoffeeError, LinkExpired, SampleLink
from app.middleware import FORM_BYTES, IMPORT_BYTES, TooLarge, limit_of
from app.web.pages import page
from emails import phrase

SOON_SECONDS = 30
WORDS: dict[int, tuple[str, str]] = {
    400: (
        phrase("We could not read that"),
        phrase("Your browser sent something we do not understand. Go back and try again."),
    ),
    403: (phrase("That is not possible here"), phrase("This page may not be used in this way.")),
    404: (
        phrase("There is no page here"),
        phrase("If you typed the address, check it. If you followed a link, ask whoever sent it."),
    ),
    405: (
        phrase("That does not work here"),
        phrase("This page can be looked at, but not used in this way. Go back and try again."),
    ),
    408: (
        phrase("That took too long"),
        phrase("It had not all come in time, and nothing of it was kept. Try again, on a faster line or in parts."),
    ),
    409: (
        phrase("That is not possible at the moment"),
        phrase("Things have changed meanwhile. Go back and look again."),
    ),
    413: (
        phrase("That is more than we take"),
        phrase("What you sent is too long for this page. Go back and make it shorter."),
    ),
    422: (phrase("There is a problem"), phrase("What was sent cannot be used. Go back and try again.")),
    429: (phrase("That was too often"), phrase("Wait a while, then try again.")),
    500: (
        phrase("Something went wrong on our side"),
        phrase("It is not your fault, and nothing was lost. Nothing was changed or sent."),
    ),
    503: (phrase("We are busy for a moment"), phrase("Nothing was lost. Wait half a minute, then try again.")),
}


def from_error(request: Request, exc: Exception) -> Response:
    """The page for an error. The family of `app.errors` keeps its own words; whatever is unknown is a 500."""
    if isinstance(exc, HTTPException) and 300 <= exc.status_code < 400:
        return RedirectResponse((exc.headers or {}).get("Location", "/"), exc.status_code)
    if isinstance(exc, SampleLink):
        return page(request, "sample_link.html", 410)
    if isinstance(exc, LinkExpired):
        return page(request, "expired.html", 410)
    status = _status(exc)
    title, words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    if isinstance(exc, TooLarge) and limit_of(request.scope) > FORM_BYTES:
        words = phrase(
            "A file has at most %(most)s megabytes. Split it, or save it as CSV.", most=IMPORT_BYTES // (1024 * 1024)
        )
    return page(
        request,
        "error.html",
        status,
        title=title,
        words=_detail(exc) or words,
        organising=request.url.path.startswith("/organiser"),
        faults=exc.faults if isinstance(exc, BadInput) else (),
        reference=getattr(request.state, "request_id", None) if status >= 500 else None,
        headers=_headers(exc, status),
    )


def _status(exc: Exception) -> int:
    if isinstance(exc, CoffeeError):
        return exc.status
    if isinstance(exc, HTTPException):
        return exc.status_code
    if isinstance(exc, RequestValidationError):
        return 422
    if isinstance(exc, TooLarge):
        return 413
    return 503 if isinstance(exc, OperationalError | NoConnection) else 500


def _detail(exc: Exception) -> str | None:
    """Our own words for our own errors, unless they hold nothing but the faults listed below them."""
    if not isinstance(exc, CoffeeError) or isinstance(exc, BadInput) or exc.status >= 500:
        return None
    return exc.detail


def _headers(exc: Exception, status: int) -> dict[str, str]:
    given = getattr(exc, "headers", None) or {}
    kept = {name: value for name, value in given.items() if name.lower() in ("allow", "retry-after")}
    return ({"Retry-After": str(SOON_SECONDS)} if status in (429, 503) else {}) | kept
