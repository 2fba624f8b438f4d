"""News of a round as it comes (server-sent events, WHATWG HTML 9.2): that something is different, and not what it is.

The page then fetches itself and shows what is new, so that there is one place that puts it into words. A stream ends
with the page, when nothing moves any more, and after a while in any case: the browser comes back by itself, and is
asked anew who it is.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from sqlmodel import Session

from app.doors import Reading
from app.middleware import SCRIPTED
from app.models import Round
from app.queries import moving
from app.web.organiser import found
from app.web.organiser.lookout import EVERY, Lookout
from app.web.organiser.sessions import Looking
from app.web.pages import HEADERS

router = APIRouter(include_in_schema=False)

LONGEST = 120.0
"""Seconds after which a stream ends: whoever may not look any more is told by then."""
HEARTBEAT = 10.0
"""Seconds of silence after which a word without a meaning goes out, so that nothing on the way takes it for dead."""
COME_BACK, SPREAD = 2000, 3000
"""Milliseconds after which a browser comes back, and so many more at most: not all of them at once."""


@dataclass(frozen=True, slots=True)
class Live:
    """Where the news of a page come from, and where the page itself does."""

    news: str
    again: str


def kept_up(session: Session, round_: Round, again: str) -> dict[str, Any]:
    """What a page that keeps itself up to date needs beside its own facts: `live`, and a policy that lets the script
    run. Without `again` it stands still.
    """
    if not again:
        return {"live": None}
    seen = moving.glimpse(session, round_.id).version
    return {"live": Live(f"/organiser/rounds/{round_.id}/live?since={seen}", again), "headers": SCRIPTED}


@router.get("/organiser/rounds/{round_id}/live")
def of_round(request: Request, round_id: str, session: Reading, me: Looking, since: str = "") -> Response:
    """News of a round that its page does not know: it has seen `since`, or what it was told last."""
    _, round_ = found.round_(session, me.principal, round_id)
    lookout = lookout_of(request)
    place = lookout.come()
    seen = request.headers.get("last-event-id", since)[:40]
    headers = HEADERS | {"X-Accel-Buffering": "no"}
    return StreamingResponse(_news(lookout, place, round_.id, seen), media_type="text/event-stream", headers=headers)


def lookout_of(request: Request) -> Lookout:
    """The one of this application."""
    found: Lookout = request.app.state.lookout
    return found


async def _news(lookout: Lookout, place: object, round_id: str, seen: str) -> AsyncIterator[str]:
    quiet, spent = 0.0, 0.0
    with lookout.watch(round_id, place):
        yield f"retry: {COME_BACK + secrets.randbelow(SPREAD)}\n\n"
        while spent < LONGEST and not lookout.closed:
            glimpse = await lookout.look(round_id)
            if glimpse is not None and glimpse.version != seen:
                seen, quiet = glimpse.version, 0.0
                yield f"event: changed\nid: {seen}\ndata: 1\n\n"
            elif quiet >= HEARTBEAT:
                quiet = 0.0
                yield ": still here\n\n"
            if glimpse is not None and not glimpse.moves:
                yield "event: over\ndata: 1\n\n"
                return
            await asyncio.sleep(EVERY)
            quiet, spent = quiet + EVERY, spent + EVERY
