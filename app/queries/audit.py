"""Reads about the audit: what organisers have done, and what was done at their word.

What participants do stands in the audit too, and stays there: who keeps apart from whom, who is silent and who says
that something is wrong are secrets, so that a line is shown only when an organiser's hand is named in it.
"""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from app.errors import BadInput, Fault
from app.models import AuditEntry, Programme

AT_THEIR_WORD = ("round.match", "round.introduced")
"""What a worker does because an organiser said so."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9]{1,16})-(aud_[a-z0-9]{1,36})")


def page(
    session: Session, programme: Programme, after: str, limit: int, since: datetime | None = None
) -> list[AuditEntry]:
    """At most `limit` lines of a programme after the one that the cursor names, the oldest first; those of `since` and
    later. Raises BadInput.
    """
    query = select(AuditEntry).where(AuditEntry.programme_id == programme.id, _of_organisers())
    if since is not None:
        query = query.where(col(AuditEntry.at) >= since)
    if after:
        at, entry_id = _place(after)
        later = and_(col(AuditEntry.at) == at, col(AuditEntry.id) > entry_id)
        query = query.where(or_(col(AuditEntry.at) > at, later))
    return list(session.exec(query.order_by(col(AuditEntry.at), col(AuditEntry.id)).limit(limit)))


def cursor_of(entry: AuditEntry) -> str:
    """What names a line in its order, also when it is gone by then."""
    return f"{(entry.at - _BEGINNING) // timedelta(microseconds=1)}-{entry.id}"


def _of_organisers() -> ColumnElement[bool]:
    actor = col(AuditEntry.actor)
    theirs = or_(actor == "cli", actor.startswith("key:"), actor.startswith("organiser:"))
    return or_(theirs, col(AuditEntry.action).in_(AT_THEIR_WORD))


def _place(cursor: str) -> tuple[datetime, str]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadInput(Fault("cursor", "is none of ours.", "Begin again without it."))
    return _BEGINNING + timedelta(microseconds=int(found[1])), found[2]
