"""Sessions of organisers: rows, so that each can be seen and ended. Source: OWASP ASVS 5.0, 7.2 to 7.4.

A session ends after twelve hours, after half an hour without use, and with a word. One in which the second factor has
not been given yet ends after a quarter of an hour, or after five wrong codes.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select, update

from app.models import OrganiserAccount, OrganiserSession
from app.security import digest, new_token

ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(minutes=30)
UNPROVEN = timedelta(minutes=15)
RENEW = timedelta(minutes=1)
"""So much later than it says, a session's last use is written down anew."""

MOST_TRIES = 5
BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")),
    *(("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)
"""What a browser says of itself, and what people call it; the first that fits."""


def kind_of(user_agent: str) -> str:
    """`Firefox, Linux`; empty for what we do not know."""
    found = (next((name for sign, name in kinds if sign in user_agent), "") for kinds in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in found if name)


def begin(session: Session, account: OrganiserAccount, browser: str, *, now: datetime, proven: bool) -> str:
    """A new session; the secret for its cookie."""
    token = new_token()
    session.add(
        OrganiserSession(
            organiser_id=account.id,
            hash=digest(token),
            browser=browser[:60],
            began_at=now,
            seen_at=now,
            proven_at=now if proven else None,
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, now: datetime) -> tuple[OrganiserSession, OrganiserAccount] | None:
    """The session that this cookie is for, if it is alive, and whose it is."""
    query = select(OrganiserSession, OrganiserAccount).join(
        OrganiserAccount, col(OrganiserAccount.id) == OrganiserSession.organiser_id
    )
    found = session.exec(query.where(OrganiserSession.hash == digest(token))).one_or_none() if token else None
    if found is None or not _alive(found[0], now):
        return None
    return found[0], found[1]


def _alive(row: OrganiserSession, now: datetime) -> bool:
    if row.proven_at is None:
        return now < row.began_at + UNPROVEN and row.tries < MOST_TRIES
    return now < row.began_at + ABSOLUTE and now < row.seen_at + IDLE


def touch(session: Session, session_id: str, now: datetime) -> None:
    """It was used."""
    session.exec(update(OrganiserSession).where(col(OrganiserSession.id) == session_id).values(seen_at=now))


def prove(session: Session, row: OrganiserSession, now: datetime) -> str:
    """The second factor was given: from now on it is a whole session, under a new secret, which is returned."""
    token = new_token()
    row.hash, row.proven_at, row.began_at, row.seen_at, row.tries = digest(token), now, now, now, 0
    session.add(row)
    return token


def failed(session: Session, row: OrganiserSession) -> bool:
    """One more wrong code; whether the session is over by that."""
    row.tries += 1
    session.add(row)
    if row.tries >= MOST_TRIES:
        session.delete(row)
        return True
    return False


def end(session: Session, account: OrganiserAccount, session_id: str) -> bool:
    """End one session of this organiser; whether there was one."""
    mine = delete(OrganiserSession).where(col(OrganiserSession.organiser_id) == account.id)
    return session.exec(mine.where(col(OrganiserSession.id) == session_id)).rowcount == 1


def end_all(session: Session, account: OrganiserAccount, *, but: str = "") -> int:
    """End every session of this organiser, or all but one; how many."""
    mine = delete(OrganiserSession).where(col(OrganiserSession.organiser_id) == account.id)
    return session.exec(mine.where(col(OrganiserSession.id) != but)).rowcount


def forget_all(session: Session) -> None:
    """End every session there is: for a copy of the database, which may know of some that were ended since."""
    session.exec(delete(OrganiserSession))


def forget(session: Session, now: datetime) -> int:
    """Remove sessions that are over; returns how many."""
    over = or_(
        col(OrganiserSession.began_at) <= now - ABSOLUTE,
        col(OrganiserSession.seen_at) <= now - IDLE,
    )
    return session.exec(delete(OrganiserSession).where(over)).rowcount
