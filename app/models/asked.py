"""What strangers ask of us, and how often: a form that makes us write to an address waits here for the worker, and
each one is counted, so that nobody is flooded through us.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from app.models.base import random_id, words


class MailRequest(SQLModel, table=True):
    """A form that asks for a mail to an address, whoever that is: `form` when somebody joins, empty for the way to
    one's own page. With `browser`, an organiser wants to sign in there. It is gone as soon as it is answered.

    The door writes the same row for every address; only the worker finds out whether somebody is there. So neither
    page nor time tells who is registered.
    """

    __tablename__ = "mail_request"
    __table_args__ = (
        CheckConstraint("form is null or programme_id is not null", name="joins_somewhere"),
        CheckConstraint("browser is null or (form is null and programme_id is null)", name="signs_in_only"),
        Index(None, "not_before"),
        Index(None, "address_key"),
    )

    id: str = Field(default_factory=random_id("ask"), primary_key=True, max_length=40)
    programme_id: str | None = Field(default=None, foreign_key="programme.id", ondelete="CASCADE", max_length=40)
    address_key: str = Field(max_length=320)
    form: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    browser: str | None = Field(default=None, max_length=64)
    asked_at: datetime
    not_before: datetime
    tries: int = 0


class Cap(StrEnum):
    """What is counted: the mailbox, its domain, the network somebody asks from, and all together."""

    ADDRESS = "address"
    DOMAIN = "domain"
    SOURCE = "source"
    ALL = "all"


class CapHit(SQLModel, table=True):
    """One request or mail that counts until a moment. `key` holds a keyed hash, never an address."""

    __tablename__ = "cap_hit"
    __table_args__ = (Index(None, "key", "at"), Index(None, "until"))

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=160)
    at: datetime
    until: datetime


class CapRefusal(SQLModel, table=True):
    """How often a cap has held something back, ever, and when last."""

    __tablename__ = "cap_refusal"
    cap: Cap = Field(primary_key=True, sa_type=words(Cap))
    number: int = 0
    last_at: datetime
