"""/healthz: the process is up. /readyz: it can do its work. Neither needs a key, and neither names anybody."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database, require_head
from app.doors import Context, InContext
from app.errors import SchemaMismatch
from app.queries import outbox
from app.workflows.delivery import channel

routes = APIRouter(tags=["health"])

OVERDUE_SECONDS = 900

Check = dict[str, Any]


@routes.get("/healthz", operation_id="healthz")
def healthz() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@routes.get("/readyz", operation_id="readyz")
def readyz(request: Request, context: InContext) -> JSONResponse:
    """200 while requests can be served, also with mail in trouble (`degraded`); 503 when they cannot (`down`)."""
    checks = {
        "database": _database(context.database),
        "worker": _worker(getattr(request.app.state, "foreman", None), context),
    }
    if checks["database"]["ok"]:
        checks["mail"] = _mail(context)
    down = not (checks["database"]["ok"] and checks["worker"]["ok"])
    degraded = not all(check["ok"] for check in checks.values())
    status = "down" if down else "degraded" if degraded else "ok"
    return JSONResponse(
        {"status": status, "checks": checks}, 503 if down else 200, headers={"Retry-After": "5"} if down else None
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


def _mail(context: Context) -> Check:
    """Whether mail can leave, and whether it does. The words of a mail server stay inside: they may name somebody."""
    try:
        with context.database.reading() as session:
            now = context.clock()
            due, way_out = outbox.due_since(session, now), channel(session)
    except SQLAlchemyError:
        return {"ok": False, "note": "The database does not answer."}
    waiting = _seconds(due, now)
    trouble = _seconds(way_out.trouble_since, now) if way_out is not None and way_out.trouble else None
    check: Check = {"ok": True, "oldest_due_seconds": waiting, "trouble_seconds": trouble}
    if not context.settings.sends_mail:
        return check | {
            "ok": waiting is None,
            "note": "No mail server is set: mails wait. Set COFFEE_SMTP_URL and COFFEE_MAIL_FROM.",
        }
    if trouble is not None:
        return check | {
            "ok": False,
            "note": "The mail server refuses us; it is tried again by itself. See: coffee mail check",
        }
    if waiting is not None and waiting > OVERDUE_SECONDS:
        return check | {"ok": False, "note": "Mail is overdue. Is a worker running?"}
    return check


def _seconds(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else max(0, int((now - since).total_seconds()))
