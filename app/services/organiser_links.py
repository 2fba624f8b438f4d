"""Links that let organisers in: made for one purpose, used once, and void as soon as there is a newer one.

A link to sign in opens only in the browser that asked for it: whoever else comes by the mail has nothing of it.
"""

import hmac
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select, update

from app.errors import LinkExpired
from app.models import LinkFor, OrganiserAccount, OrganiserLink
from app.security import digest, new_id, organiser_token
from app.settings import Settings

LIFETIME = {
    LinkFor.FIRST: timedelta(hours=24),
    LinkFor.INVITATION: timedelta(days=7),
    LinkFor.SIGN_IN: timedelta(minutes=15),
}
PATH = "/organiser/link"


def issue(
    session: Session,
    secret_key: str,
    purpose: LinkFor,
    now: datetime,
    account: OrganiserAccount | None = None,
    browser: str | None = None,
) -> OrganiserLink:
    """A new link; older ones of that purpose for the same organiser are void from now on. `browser` is a hash."""
    mine = col(OrganiserLink.organiser_id) == account.id if account else col(OrganiserLink.organiser_id).is_(None)
    session.exec(
        update(OrganiserLink)
        .where(mine, col(OrganiserLink.purpose) == purpose, col(OrganiserLink.cancelled_at).is_(None))
        .values(cancelled_at=now)
    )
    link_id = new_id("olk")
    link = OrganiserLink(
        id=link_id,
        organiser_id=account.id if account else None,
        purpose=purpose,
        hash=digest(organiser_token(secret_key, link_id)),
        browser=browser,
        created_at=now,
        expires_at=now + LIFETIME[purpose],
    )
    session.add(link)
    session.flush()
    return link


def url_of(settings: Settings, link_id: str) -> str:
    """Where a link leads."""
    return f"{settings.base_url}{PATH}/{organiser_token(settings.secret, link_id)}"


def look(session: Session, token: str, now: datetime) -> tuple[OrganiserLink, OrganiserAccount | None]:
    """The link, still good, and whose it is. Raises LinkExpired, in the same words for every reason."""
    link = session.exec(select(OrganiserLink).where(OrganiserLink.hash == digest(token))).one_or_none()
    if link is None or link.used_at or link.cancelled_at or link.expires_at <= now:
        raise LinkExpired
    return link, session.get_one(OrganiserAccount, link.organiser_id) if link.organiser_id else None


def is_here(link: OrganiserLink, cookie: str) -> bool:
    """Whether this is the browser that asked for the link; any will do where nobody had to ask."""
    return link.browser is None or (cookie != "" and hmac.compare_digest(digest(cookie), link.browser))


def use(session: Session, link: OrganiserLink, now: datetime) -> None:
    """From now on it opens nothing. Raises LinkExpired for the second of two who press at once."""
    used = session.exec(
        update(OrganiserLink)
        .where(col(OrganiserLink.id) == link.id)
        .where(col(OrganiserLink.used_at).is_(None), col(OrganiserLink.cancelled_at).is_(None))
        .values(used_at=now)
    )
    if used.rowcount != 1:
        raise LinkExpired


def cancel_all(session: Session, now: datetime) -> None:
    """Every link is void: for a copy of the database, which may hold some that were used since."""
    unused = col(OrganiserLink.cancelled_at).is_(None)
    session.exec(update(OrganiserLink).where(unused).values(cancelled_at=now))


def forget(session: Session, now: datetime) -> int:
    """Remove the links that open nothing any more; returns how many."""
    spent = or_(col(OrganiserLink.expires_at) <= now, col(OrganiserLink.used_at) <= now - timedelta(days=1))
    return session.exec(delete(OrganiserLink).where(spent)).rowcount
