"""What a worker carries with it: the database, the settings, the clock, and the way out for mail."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import text
from sqlmodel import Session

import emails
from app.clock import Clock, now
from app.crashpoints import crashpoint
from app.db import Database
from app.errors import PromiseBroken
from app.settings import Settings
from app.witness import Witness

_CLOCK = text("SELECT clock_timestamp()")


def transport_of(settings: Settings) -> emails.Transport | None:
    """The way out that the settings name, or None: then mails wait in the outbox."""
    if not settings.sends_mail or settings.smtp_url is None:
        return None
    return emails.from_url(settings.smtp_url.get_secret_value(), watch=_passed)


def _passed(step: str) -> None:
    crashpoint(f"smtp: {step}")


@dataclass
class Work:
    """Handed to every workflow step; `stopping` is set when the process is asked to end."""

    database: Database
    settings: Settings
    transport: emails.Transport | None
    clock: Clock = now
    stopping: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def witness(self) -> Witness:
        """What remembers, outside the database, how far it had come."""
        return Witness(self.settings.witness_file)

    @cached_property
    def place(self) -> str:
        """What tells this database from a copy of it."""
        return self.database.place()

    @property
    def actor(self) -> str:
        """How the audit names this worker."""
        return f"worker:{self.settings.worker_id}"

    def moment(self, session: Session) -> datetime:
        """Now, by the clock that all workers share: leases must not depend on whose clock is right.

        On PostgreSQL the server's, otherwise this machine's; a clock that a test has set always counts.
        """
        if self.clock is not now or self.settings.on_sqlite:
            return self.clock()
        told: datetime = session.connection().execute(_CLOCK).scalar_one()
        return told.astimezone(UTC)

    def alone(self) -> None:
        """Before anybody outside is spoken to: no transaction may be open meanwhile. Raises PromiseBroken."""
        if self.database.transactions:
            raise PromiseBroken("A transaction was open while a mail server was spoken to.")

    def rest(self, seconds: float) -> None:
        """Wait, but not longer than the process is wanted."""
        self.stopping.wait(seconds)
