"""Middleware for every door: request ids and logs without addresses, sizes, security headers, and forms from elsewhere
refused.

Plain ASGI, so that it also covers errors raised inside other middleware. Sources: OWASP ASVS 5.0 3.4, 3.5.1, 4.1.3;
Fetch Metadata.
"""

import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import FromElsewhere
from app.settings import Settings

log = structlog.get_logger("http")

FORM_BYTES = 64 * 1024
IMPORT_BYTES = 16 * 1024 * 1024
INBOUND_BYTES = 1024 * 1024
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SCRIPTED = SECURITY_HEADERS | {
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"].replace(
        "script-src 'none'", "script-src 'self'"
    )
}
"""For the few pages that a script of ours keeps up to date; all others run none."""


Answer = Callable[[Request, Exception], Response]


class TooLarge(Exception):
    """A body went on past its limit."""


class Guard:
    """Answers nothing itself but refusals; everything else passes through with headers and a log line."""

    def __init__(self, app: ASGIApp, base_url: str, answer: Answer) -> None:
        self._app = app
        self._answer = answer
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(base_url))
        self._https = base_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            refusal = self._refusal(scope)
            if refusal is not None:
                await self._answer(Request(scope), refusal)(scope, receive, answer)
            else:
                await self._app(scope, _limited(receive, limit_of(scope)), answer)
            log.info(
                "request",
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )

    def _add_headers(self, headers: MutableHeaders, request_id: str) -> None:
        headers["X-Request-Id"] = request_id
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        if self._https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")

    def _refusal(self, scope: Scope) -> Exception | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit_of(scope):
            return TooLarge()
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and not scope["path"].startswith("/api/"):
            return None if self._ours(headers) else FromElsewhere()
        return None

    def _ours(self, headers: Headers) -> bool:
        """Whether a browser sent this from our own pages. What is no browser says neither and may pass: no cookie is at
        stake.
        """
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is None or origin in (
            self._origin,
            f"http://{headers.get('host', '')}",
            f"https://{headers.get('host', '')}",
        )


def limit_of(scope: Scope) -> int:
    """How many bytes a request may bring there."""
    if scope["path"].startswith("/api/v1/inbound/"):
        return INBOUND_BYTES
    return IMPORT_BYTES if scope["path"].endswith(("/imports", "/people/add")) else FORM_BYTES


def _limited(receive: Receive, limit: int) -> Receive:
    """A body without a length is counted as it comes."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge
        return message

    return counted


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: paths hold tokens."""
    return getattr(scope.get("route"), "path", "-")


def install_middleware(app: FastAPI, settings: Settings, answer: Answer) -> None:
    """Put the guard around everything. `answer` puts a refusal into words."""
    app.add_middleware(Guard, base_url=settings.base_url, answer=answer)
