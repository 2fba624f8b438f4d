"""What a worker carries with it: the database, the settings, the clock, and the way out for mail."""

import threading
from dataclasses import dataclass, field

import emails
from app.clock import Clock, now
from app.db import Database
from app.settings import Settings


def transport_of(settings: Settings) -> emails.Transport | None:
    """The way out that the settings name, or None: then mails wait in the outbox."""
    if not settings.sends_mail or settings.smtp_url is None:
        return None
    return emails.from_url(settings.smtp_url.get_secret_value())


@dataclass
class Work:
    """Handed to every workflow step; `stopping` is set when the process is asked to end."""

    database: Database
    settings: Settings
    transport: emails.Transport | None
    clock: Clock = now
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def actor(self) -> str:
        """How the audit names this worker."""
        return f"worker:{self.settings.worker_id}"

    def rest(self, seconds: float) -> None:
        """Wait, but not longer than the process is wanted."""
        self.stopping.wait(seconds)
