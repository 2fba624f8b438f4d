"""Forms by which a stranger makes us write to an address of their choosing are counted before they are taken."""

from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.models import Cap
from app.services import caps
from app.settings import Settings
from app.web.pages import page
from emails import Phrase, phrases

HOUR = timedelta(hours=1)


def answer(request: Request, session: Session, settings: Settings, now: datetime) -> Response | None:
    """Count this form against its network and against all; the page that says to wait when there are too many.

    A page and not an error, so that the transaction stands and the organiser can see that it happened. Whose address
    was typed has no part in it.
    """
    host = request.client.host if request.client else None
    full = caps.take(session, settings, caps.of_request(host), now=now)
    if full is None:
        return None
    wait = max(timedelta(seconds=1), full.until - now)
    seconds = -(-wait // timedelta(seconds=1))
    return page(
        request,
        "too_many.html",
        429,
        from_here=full.cap == Cap.SOURCE,
        wait=_words(wait),
        headers={"Retry-After": str(seconds)},
    )


def _words(wait: timedelta) -> Phrase:
    """`20 minutes`, `3 hours`: rounded up, so that it is not too early then."""
    if wait <= HOUR:
        return phrases("%(count)s minute", "%(count)s minutes", -(-wait // timedelta(minutes=1)))
    return phrases("%(count)s hour", "%(count)s hours", -(-wait // HOUR))
