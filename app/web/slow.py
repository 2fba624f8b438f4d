"""Whether mails are late for everybody, so that the pages that say "look in your inbox" say so too."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.services import guard
from app.settings import Settings
from app.workflows.channel import channel

PATIENCE = timedelta(minutes=5)
"""A mail server that is away for a moment is nobody's worry."""


def mails_are_late(session: Session, settings: Settings, now: datetime) -> bool:
    """No mail leaves at the moment, or none has for some minutes. The same for every address: it tells of nobody."""
    if not settings.sends_mail or guard.paused(session) is not None:
        return True
    way_out = channel(session)
    since = way_out.trouble_since if way_out else None
    return since is not None and now - since > PATIENCE
