"""A remote service through its API: the same words and exit codes as on the database; a retry does nothing twice."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from app.commands import terminal
from app.commands.failures import BAD, FAILED, Stopped

TRIES = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
TIMEOUT = httpx.Timeout(60, connect=10)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
WRONG_INPUT = (400, 413, 415, 422)
NOTHING_TO_SAY = 204
PREFIX = "/api/v1"


class Remote:
    """Calls to one service with one key. Raises Stopped for every answer that is no success."""

    def __init__(self, client: httpx.Client, pause: float = FIRST_PAUSE) -> None:
        self._client = client
        self._pause = pause

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Iterator[Self]:
        """The service at that address, with the key in COFFEE_API_KEY. Stopped where one of them cannot be."""
        key = os.environ.get("COFFEE_API_KEY", "")
        if not key.isascii() or not key.strip():
            raise Stopped(BAD, "COFFEE_API_KEY is not set. Make a key on the service with: coffee key create")
        base = _base(url)
        headers = {"Authorization": f"Bearer {key.strip()}", "Accept": "application/json"}
        with httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT) as client:
            yield cls(client)

    def get(self, path: str) -> Any:
        """What is there."""
        return self._call("GET", path)

    def whole(self, path: str, name: str, asked: Mapping[str, str] | None = None) -> Any:
        """All pages of a list as one; `name` is that of the list in each page."""
        asked = dict(asked or {})
        found = self.get(f"{path}?{urlencode(asked)}")
        while found["next_cursor"]:
            more = self.get(f"{path}?{urlencode(asked | {'cursor': found['next_cursor']})}")
            found = more | {name: found[name] + more[name]}
        return found

    def post(self, path: str, body: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Do something, once, however often the line breaks meanwhile: each try carries the same Idempotency-Key."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return self._call("POST", path, headers=headers, **options)

    def patch(self, path: str, body: Mapping[str, Any], **options: Any) -> Any:
        """Change what is given: the same change twice is the same as once, or is refused (`if_match`)."""
        return self._call("PATCH", path, json=body, **options)

    def delete(self, path: str) -> Any:
        """Take it away."""
        return self._call("DELETE", path)

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file, a part at a time. Raises Stopped also where it breaks off."""
        answer = self._answer("POST", path, stream=True)
        try:
            if not answer.is_success:
                _read(answer)
            yield from answer.iter_bytes()
        except httpx.TransportError as error:
            raise Stopped(FAILED, f"The file broke off: {error}. Try again.") from None
        finally:
            answer.close()

    @property
    def address(self) -> str:
        """Where the service is, without a slash at the end."""
        return str(self._client.base_url).rstrip("/")

    def _call(self, method: str, path: str, **options: Any) -> Any:
        return _read(self._answer(method, path, **options))

    def _answer(self, method: str, path: str, *, stream: bool = False, **options: Any) -> httpx.Response:
        """The first answer that is worth reading. With `stream` its content is still to come, unless it is a no."""
        pause = self._pause
        for left in reversed(range(TRIES)):
            try:
                answer = self._client.send(self._client.build_request(method, PREFIX + path, **options), stream=stream)
                if not answer.is_success:
                    answer.read()
            except httpx.TransportError as error:
                if not left:
                    raise Stopped(FAILED, f"{self._client.base_url} cannot be reached: {error}.") from None
            else:
                if not left or not _worth_another_try(answer):
                    return answer
                pause = max(pause, _asked_to_wait(answer))
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise AssertionError("the last try answers or raises")


def if_match(seen: str | None) -> dict[str, str]:
    """The header by which a call is refused when what was seen is not so any more."""
    return {} if seen is None else {"If-Match": f'"{seen}"'}


def _base(url: str) -> str:
    try:
        parsed = httpx.URL(url.rstrip("/").removesuffix(PREFIX))
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Stopped(BAD, f"--url {url}: this is no address of a service. Write it like https://coffee.example.org")
    if parsed.scheme == "http" and parsed.host not in LOOPBACK:
        terminal.say("The key travels unencrypted: use https:// where the service offers it.")
    return str(parsed)


def _worth_another_try(answer: httpx.Response) -> bool:
    if answer.status_code == 409:
        return str(_said(answer).get("type", "")).endswith("still-running")
    return answer.status_code in (429, 502, 503, 504)


def _asked_to_wait(answer: httpx.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else 0.0


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _read(answer: httpx.Response) -> Any:
    if answer.status_code == NOTHING_TO_SAY:
        return None
    if answer.is_success and "json" in answer.headers.get("Content-Type", ""):
        return answer.json()
    if answer.is_redirect:
        raise Stopped(
            FAILED, f"The service has moved to {answer.headers.get('Location', 'another address')}: use that."
        )
    said = _said(answer)
    if "detail" not in said:
        raise Stopped(FAILED, f"The answer was {answer.status_code} without words: is this a Coffee Trial service?")
    raise Stopped(BAD if answer.status_code in WRONG_INPUT else FAILED, *_lines(said))


def _lines(said: Mapping[str, Any]) -> list[str]:
    """A problem in words: each place that is wrong, and what is wrong as a whole where that says more."""
    errors, whole = said.get("errors", ()), str(said["detail"])
    repeated = bool(errors) and all(str(error.get("detail", "")) in whole for error in errors)
    return [*map(_place, errors), *([] if repeated else [whole])]


def _place(error: Mapping[str, Any]) -> str:
    """As a local command writes it: where, what is wrong, what to do."""
    warning = "warning: " if error.get("level") == "warning" else ""
    place = error.get("place") or str(error.get("pointer", "")).removeprefix("#/")
    return f"{warning}{place}: {error.get('detail', '')} {error.get('remedy', '')}".strip()
