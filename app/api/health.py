"""/healthz: the process is up. /readyz: it can do its work. Neither needs a key, and neither names anybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database, require_head
from app.doors import Context, InContext, public
from app.errors import SchemaMismatch
from app.models import Channel
from app.queries import imports, watch
from app.services import guard
from app.workflows.channel import INBOUND, channel

routes = APIRouter(tags=["health"])

STUCK_SECONDS = 120
"""Work that is due for so long, with nothing done meanwhile, is stuck. A long queue that moves is not."""

IMPORT_SECONDS = 60
"""Somebody looks at a bar that does not move: a worker takes an import up within a second, and has it in hand then."""

Check = dict[str, Any]


class Readiness(BaseModel):
    """How it stands, as a whole and in its parts."""

    status: Literal["ok", "degraded", "stuck", "down"]
    checks: dict[str, Check]


@routes.get("/healthz", operation_id="healthz")
@public
def healthz() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@routes.get(
    "/readyz",
    operation_id="readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It cannot work: `down` or `stuck`; see Retry-After."}},
)
@public
def readyz(request: Request, context: InContext) -> JSONResponse:
    """200 while all is well, and while mail waits for a server that is away (`degraded`); 503 when requests cannot be
    served (`down`), or when mails, rounds, forms or imports are due and nobody works on them (`stuck`).
    """
    checks = {
        "database": _database(context.database),
        "worker": _worker(getattr(request.app.state, "foreman", None), context),
    }
    stuck = False
    if checks["database"]["ok"]:
        checks["mail"], stuck = _work(context)
    down = not (checks["database"]["ok"] and checks["worker"]["ok"])
    degraded = not all(check["ok"] for check in checks.values())
    status = "down" if down else "stuck" if stuck else "degraded" if degraded else "ok"
    red = down or stuck
    return JSONResponse(
        {"status": status, "checks": checks}, 503 if red else 200, headers={"Retry-After": "5"} if red else None
    )


def _database(database: Database) -> Check:
    try:
        require_head(database)
    except SchemaMismatch as mismatch:
        return {"ok": False, "note": mismatch.detail}
    except SQLAlchemyError:
        return {"ok": False, "note": "The database does not answer."}
    return {"ok": True}


def _worker(foreman: Any, context: Context) -> Check:
    if not context.works:
        return {"ok": True, "note": "Rounds and mails are worked on by another process: coffee worker."}
    if foreman is None or not foreman.healthy:
        return {"ok": False, "note": "The worker of this process has failed; the log says why."}
    return {"ok": True}


@dataclass(frozen=True)
class _Seen:
    """What the rows say about the work: ages in seconds, None where there is nothing."""

    due: int | None
    trouble: int | None
    undrawn: int | None
    idle: int | None
    asked: int | None
    copied: int | None
    mailbox: int | None
    imports: int | None


def _work(context: Context) -> tuple[Check, bool]:
    """Whether mail can leave, and does; and whether work is due on which nobody works. The words of a mail server stay
    inside: they may name somebody.
    """
    try:
        seen = _look(context)
    except SQLAlchemyError:
        return {"ok": False, "note": "The database does not answer."}, False
    check: Check = {"ok": True, "oldest_due_seconds": seen.due, "trouble_seconds": seen.trouble}
    if _late(seen.undrawn):
        return check | {"ok": False, "note": "A round waits to be drawn. Is a worker running?"}, True
    if _late(seen.asked):
        return check | {
            "ok": False,
            "note": "Somebody joins or asks for a link, unanswered. Is a worker running?",
        }, True
    if seen.imports is not None and seen.imports > IMPORT_SECONDS:
        return check | {"ok": False, "note": "An import waits to be written. Is a worker running?"}, True
    if not context.settings.sends_mail:
        note = "No mail server is set: mails wait. Set COFFEE_SMTP_URL and COFFEE_MAIL_FROM."
        return check | {"ok": seen.due is None, "note": note}, False
    if seen.copied is not None:
        note = "Sending rests: this database looks like a copy or an older one. Decide: coffee mail guard"
        return check | {"ok": False, "note": note}, False
    if seen.trouble is not None:
        note = "The mail server refuses us; it is tried again by itself. See: coffee mail check"
        return check | {"ok": False, "note": note}, False
    if _late(seen.due) and (seen.idle is None or _late(seen.idle)):
        return check | {"ok": False, "note": "Mail is due and none leaves. Is a worker running?"}, True
    if seen.mailbox is not None:
        return check | {"ok": False, "note": "The mailbox for bounces cannot be read; the log says why."}, False
    return check, False


def _late(seconds: int | None) -> bool:
    return seconds is not None and seconds > STUCK_SECONDS


def _look(context: Context) -> _Seen:
    with context.database.reading() as session:
        now, way_out, resting = context.clock(), channel(session), guard.paused(session)
        mailbox = session.get(Channel, INBOUND)
        return _Seen(
            _seconds(watch.due_since(session, now), now),
            _seconds(way_out.trouble_since, now) if way_out is not None and way_out.trouble else None,
            _seconds(watch.undrawn_since(session), now),
            _seconds(watch.last_finished(session), now),
            _seconds(watch.asked_since(session, now), now),
            _seconds(resting.paused_since if resting else None, now),
            _seconds(mailbox.trouble_since, now) if mailbox is not None and mailbox.trouble else None,
            _seconds(imports.waiting_since(session, now), now),
        )


def _seconds(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else max(0, int((now - since).total_seconds()))
