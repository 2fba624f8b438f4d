"""/inbound/{source}: what comes back about our mails, from a mail server's pipe or a provider, behind a signature.

    X-Coffee-Signature: t=1795424400,v1=HEX      HMAC-SHA256 of "t.body" with COFFEE_INBOUND_SECRET

Once the signature is right the answer is 202, whatever the body holds: nobody learns which tags are ours.
"""

import hmac
import re
from datetime import datetime
from hashlib import sha256
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.api import strict
from app.api.inbound_shapes import Told, told_by
from app.api.route import PREFIX, anyone
from app.doors import Context, context
from app.errors import NotFound, SignatureRefused
from app.services import bounces, message_ids
from emails import inbound

routes = APIRouter(prefix=PREFIX, include_in_schema=False)

TOLERANCE = 300
"""Seconds that a signature may be old, or ahead of our clock."""

log = structlog.get_logger(__name__)

_SOURCE = re.compile(r"[a-z0-9-]{1,20}")
_SIGNATURE = re.compile(r"(\w{1,8})=([0-9a-fA-F]{1,64})")


@routes.post("/inbound/{source}", status_code=202)
@anyone()
async def take_inbound(
    request: Request, source: str, signature: Annotated[str, Header(alias="X-Coffee-Signature")] = ""
) -> JSONResponse:
    """A report: the message as message/rfc822, or JSON. 401 for a wrong signature, 404 where no secret is set."""
    here = context(request)
    if here.settings.inbound_secret is None:
        raise NotFound
    body = await request.body()
    check_signature(here.settings.inbound_secret.get_secret_value(), signature, body, here.clock())
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    await run_in_threadpool(_take, here, source if _SOURCE.fullmatch(source) else "other", media_type, body)
    return JSONResponse({"status": "accepted"}, 202)


def check_signature(secret: str, header: str, body: bytes, now: datetime) -> None:
    """Raises SignatureRefused, in the same words whatever is wrong. More than one `v1` may stand there: while the
    secret is being changed, a sender signs with both.
    """
    parts = _SIGNATURE.findall(header[:1000])
    moment = next((value for name, value in parts if name == "t"), "")
    if not (moment.isascii() and moment.isdecimal()) or abs(now.timestamp() - int(moment)) > TOLERANCE:
        raise SignatureRefused
    expected = hmac.new(secret.encode(), moment.encode() + b"." + body, sha256).hexdigest()
    given = [value.lower() for name, value in parts if name == "v1"]
    if not any(hmac.compare_digest(expected, one) for one in given):
        raise SignatureRefused


def _take(here: Context, source: str, media_type: str, body: bytes) -> None:
    told = _in_json(source, body) if media_type == "application/json" else [_as_message(body)]
    for one in told:
        with here.database.writing("inbound: take") as session:
            report = one.report
            if one.message_id and not report.tag:
                tag = message_ids.tag_of(session, one.message_id, report.recipient_hint, here.settings)
                report = inbound.Report(report.kind, tag, report.status, report.recipient_hint)
            outcome = bounces.take(
                session,
                report,
                source=source,
                event_key=one.event_key,
                now=here.clock(),
                secret_key=here.settings.secret,
            )
        log.info("inbound.taken", source=source, outcome=outcome.what, kind=outcome.kind, mail=outcome.mail_id)


def _as_message(body: bytes) -> Told:
    return Told(inbound.read(body), bounces.key_of(body))


def _in_json(source: str, body: bytes) -> list[Told]:
    try:
        told = told_by(source, strict.parse(body))
    except strict.Malformed as error:
        log.warning("inbound.not_understood", source=source, why=error.detail)
        return []
    if not told:
        log.warning("inbound.not_understood", source=source, why="no event in it")
    return told
