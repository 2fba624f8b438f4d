"""The sponsor of a programme and the links in the mails to them: one shows a report, the other stops these mails.

Tokens are derived as those of all mailed links are, from a random id that stands in the facts of the mail alone; the
row of the report keeps hashes. Both links open for whoever holds them, as the mail may be passed on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, or_, select, update

from app.models import Programme, QuarterReport, SponsorStop
from app.queries import programmes as queries
from app.security import digest, mailed_token, new_id
from app.services import audit

READABLE = timedelta(days=400)
"""So long a report opens by its link: the same quarter of the year after can be held beside it."""
ACTOR = "sponsor"
"""How the audit names whoever holds the link that stops the mails."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: the report itself, or the way to stop the mails."""

    what: Literal["report", "stop"]
    report: QuarterReport
    programme: Programme


def hand_over(report: QuarterReport, address: str, secret_key: str) -> dict[str, str]:
    """The links of a report that is mailed to that address, by what they are for."""
    links = {"report": new_id("lnk"), "leave": new_id("lnk")}
    report.sent_to = address
    report.read_hash, report.stop_hash = (digest(mailed_token(secret_key, one)) for one in links.values())
    return links


def look(session: Session, token: str, now: datetime) -> Opened | None:
    """What a link opens; None for one that is void, too old or none of these. Changes nothing."""
    hashed = digest(token)
    query = select(QuarterReport).where(or_(QuarterReport.read_hash == hashed, QuarterReport.stop_hash == hashed))
    found = session.exec(query).one_or_none()
    if found is None:
        return None
    programme = session.get_one(Programme, found.programme_id)
    if found.stop_hash == hashed:
        return Opened("stop", found, programme)
    late = found.created_at + READABLE <= now
    return None if found.voided_at is not None or late else Opened("report", found, programme)


def void(session: Session, programme: Programme, now: datetime) -> None:
    """Somebody else is the sponsor, or nobody: what was mailed before opens no report any more."""
    session.exec(
        update(QuarterReport)
        .where(col(QuarterReport.programme_id) == programme.id)
        .where(col(QuarterReport.read_hash).is_not(None), col(QuarterReport.voided_at).is_(None))
        .values(voided_at=now)
    )


def is_stopped(session: Session, opened: Opened) -> bool:
    """Whether the address to which this mail went wants no more of them."""
    return _stop_of(session, opened) is not None


def stop(session: Session, opened: Opened, *, now: datetime) -> None:
    """No more of these mails to that address. A second time changes nothing."""
    programme = queries.lock(session, opened.programme.id)
    if _stop_of(session, opened) is None:
        session.add(SponsorStop(programme_id=programme.id, email_key=opened.report.sent_to.casefold(), since=now))
        audit.note(session, programme, now=now, actor=ACTOR, action="sponsor.stop", subject=opened.report.id)


def go_on(session: Session, opened: Opened, *, now: datetime) -> None:
    """These mails again. A second time changes nothing."""
    programme = queries.lock(session, opened.programme.id)
    found = _stop_of(session, opened)
    if found is not None:
        session.delete(found)
        audit.note(session, programme, now=now, actor=ACTOR, action="sponsor.go_on", subject=opened.report.id)


def _stop_of(session: Session, opened: Opened) -> SponsorStop | None:
    return session.get(SponsorStop, (opened.programme.id, opened.report.sent_to.casefold()), populate_existing=True)
