"""What the service knows of itself: the workers that are alive, and whether this database is the one it was."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class Worker(SQLModel, table=True):
    """A process that does durable work. One that was not seen for a while has gone, and others take up what it left."""

    __tablename__ = "worker"
    name: str = Field(primary_key=True, max_length=60)
    host: str = Field(default="", max_length=100)
    version: str = Field(default="", max_length=40)
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None = None


class Instance(SQLModel, table=True):
    """The one row by which a database is compared with the witness that stands outside it.

    `accepted` counts dots: mails handed over to a server, ever, whatever it answered; `place` is the file or database
    in which they were counted. A witness that has seen more than the database knows means a restored copy, another
    place means a second one: sending rests (`paused_since`, with the reason) until an organiser has decided.
    """

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: int = Field(default=1, primary_key=True)
    instance_id: str = Field(max_length=40)
    place: str | None = Field(default=None, max_length=80)
    accepted: int = 0
    paused_since: datetime | None = None
    reason: str | None = Field(default=None, max_length=500)
    waiting_then: int | None = None
