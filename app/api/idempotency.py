"""`Idempotency-Key`: the same call twice does its work once (IETF draft-ietf-httpapi-idempotency-key-header).

A key belongs to the organiser key that used it, for 30 days. The call that comes first writes a row without a status
and works; a second one meanwhile is told 409; after that the same call gets the same answer, others with that key 422.
Only successes are kept: a failure frees the key, so that a retry can succeed. A handler with a transaction (`Writing`)
has its answer kept in that very transaction: whoever is killed has done both or neither. Whatever was begun a minute
ago and never finished may be taken over, and then the first attempt can commit no more; the calls with transactions of
their own (opening a round, importing) are safe to repeat: a period exists once, a person too.
"""

import hashlib
import json
import re
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import Request, Response
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, col, delete, select, update
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.api.strict import Malformed, StrictRequest
from app.db import Database
from app.doors import context
from app.errors import CoffeeError, KeyReused, StillRunning
from app.models import KeptAnswer

KEPT_FOR = timedelta(days=30)
TAKEN_OVER_AFTER = timedelta(seconds=60)
KEPT_HEADERS = ("location", "link", "etag", "content-type")
REPLAYED = "Idempotency-Replayed"
MOST_FILES, MOST_FIELDS = 8, 16

_FORMAT = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

log = structlog.get_logger(__name__)


class IdempotencyKeyMissing(CoffeeError):
    status, kind, title = 400, "idempotency-key-missing", "This call needs an Idempotency-Key."


@dataclass(frozen=True, slots=True)
class Call:
    """One keyed call: who, which key, and what it asks for; `began` names the attempt."""

    caller: str
    key: str
    fingerprint: str
    began: datetime


async def once(request: StrictRequest, run: Handler, *, required: bool) -> Response:
    """Run the handler, or answer as it did before.

    Raises IdempotencyKeyMissing, Malformed for a key that cannot be one, StillRunning, KeyReused.
    """
    key = _key(request)
    if key is None:
        if required:
            raise IdempotencyKeyMissing("Add a header Idempotency-Key with a new random text, the same for each retry.")
        return await run(request)
    world = context(request)
    call = Call(request.state.caller.id, key, await _fingerprint(request), world.clock())
    kept = await run_in_threadpool(begin, world.database, call)
    if kept is not None:
        return kept
    try:
        response, kept_too = await _to_the_end(request, run, call)
    except BaseException:
        await run_in_threadpool(forget, world.database, call)
        raise
    if not kept_too:
        await run_in_threadpool(finish, world.database, call, response)
    return response


async def _to_the_end(request: Request, run: Handler, call: Call) -> tuple[Response, bool]:
    """Run the handler and end its transaction, which FastAPI would leave to the moment after us; whether the answer was
    kept in it.

    Without a transaction of the request the answer is kept later: not before what it announces is committed, and when
    the lock of SQLite is free. Raises StillRunning when the key was taken over meanwhile: then nothing is committed.
    """
    async with AsyncExitStack() as transaction:
        request.scope["fastapi_function_astack"] = transaction  # where dependencies with scope="function" are ended
        response = await run(request)
        session: Session | None = getattr(request.state, "transaction", None)
        if session is None or not _worth_keeping(response):
            return response, False
        if not await run_in_threadpool(_keep, session, call, response):
            raise StillRunning("Another call with this Idempotency-Key has taken over; this one has changed nothing.")
        return response, True


def _key(request: Request) -> str | None:
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or not _FORMAT.fullmatch(given[0]):
        raise Malformed("Idempotency-Key must be one text of 1 to 255 printable ASCII characters.")
    return given[0]


async def _fingerprint(request: StrictRequest) -> str:
    """What makes two calls the same: method, address, content; neither blanks in JSON nor the boundary of a form."""
    parts = [request.method, request.url.path, request.url.query]
    if request.media_type == "multipart/form-data":
        parts += [text for name, value in (await request.form()).multi_items() for text in await _part(name, value)]
    elif await request.body():
        parts.append(json.dumps(await request.json(), sort_keys=True))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


async def _part(name: str, value: UploadFile | str) -> tuple[str, ...]:
    if isinstance(value, str):
        return name, "text", value
    content = await value.read()
    await value.seek(0)
    return name, "file", value.filename or "", hashlib.sha256(content).hexdigest()


async def read_form(request: StrictRequest) -> FormData:
    """The form of the request, read once. Raises Malformed."""
    try:
        return await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=1024)
    except HTTPException as error:
        raise Malformed("The form cannot be read: it is cut off, or has too many or too long fields.") from error


def begin(database: Database, call: Call) -> Response | None:
    """Claim the key, or find the answer that was kept. Raises StillRunning, KeyReused."""
    try:
        with database.writing("idempotency: claim") as session:
            _forget_old(session, call)
            session.add(
                KeptAnswer(caller=call.caller, key=call.key, fingerprint=call.fingerprint, created_at=call.began)
            )
        return None
    except IntegrityError:
        pass  # the key is there already; on PostgreSQL this waited for whoever was writing it
    with database.writing("idempotency: look") as session:
        return _again(session, call)


def _again(session: Session, call: Call) -> Response | None:
    row = session.exec(_row(select(KeptAnswer), call).with_for_update()).one_or_none()
    if row is None:  # it failed and was forgotten this very moment
        raise StillRunning("The first call with this Idempotency-Key has just failed. Try again.")
    if row.fingerprint != call.fingerprint:
        raise KeyReused
    if row.status is not None:
        return Response(row.body, row.status, headers={**(row.headers or {}), REPLAYED: "true"})
    if row.created_at > call.began - TAKEN_OVER_AFTER:
        raise StillRunning
    row.created_at = call.began
    session.add(row)
    return None


def finish(database: Database, call: Call, response: Response) -> None:
    """Keep a success; forget anything else. The work is done: a failure here costs the replay, not the answer."""
    if not _worth_keeping(response):
        forget(database, call)
        return
    try:
        with database.writing("idempotency: keep") as session:
            _keep(session, call, response)
    except SQLAlchemyError:
        log.warning("idempotency.not_kept", exc_info=True)


def _worth_keeping(response: Response) -> bool:
    return 200 <= response.status_code < 300


def _keep(session: Session, call: Call, response: Response) -> bool:
    """Write the answer down; whether the key was still this attempt's."""
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    kept = session.exec(
        _mine(update(KeptAnswer), call).values(status=response.status_code, headers=headers, body=bytes(response.body))
    )
    return bool(kept.rowcount)


def forget(database: Database, call: Call) -> None:
    """Free the key for a retry. Should that fail, a minute does it."""
    try:
        with database.writing("idempotency: forget") as session:
            session.exec(_mine(delete(KeptAnswer), call))
    except SQLAlchemyError:
        log.warning("idempotency.not_freed", exc_info=True)


def _forget_old(session: Session, call: Call) -> None:
    session.exec(
        delete(KeptAnswer)
        .where(col(KeptAnswer.caller) == call.caller)
        .where(col(KeptAnswer.created_at) < call.began - KEPT_FOR)
    )


def _row(query: Any, call: Call) -> Any:
    return query.where(col(KeptAnswer.caller) == call.caller).where(col(KeptAnswer.key) == call.key)


def _mine(query: Any, call: Call) -> Any:
    """The row as this attempt left it: one that was taken over belongs to another."""
    return _row(query, call).where(col(KeptAnswer.status).is_(None)).where(col(KeptAnswer.created_at) == call.began)
