"""What a programme did in a quarter, told once to whoever stands behind it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import random_id, within


class QuarterReport(SQLModel, table=True):
    """The figures of one quarter, as they were when they were written down; they never move again, so that nobody
    learns anything from two looks. One for each programme and quarter (`2026-Q3`), whoever writes it.

    `sent_to` is the sponsor's address to which it was mailed, empty where there was none or they had said stop. The two
    hashes are those of the tokens in that mail: one shows the report, until `voided_at`; the other stops these mails,
    and works from the oldest of them.
    """

    __tablename__ = "quarter_report"
    __table_args__ = (
        UniqueConstraint("programme_id", "quarter"),
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        CheckConstraint("(sent_to = '') = (read_hash is null)", name="readable"),
        CheckConstraint("(sent_to = '') = (stop_hash is null)", name="stoppable"),
    )

    id: str = Field(default_factory=random_id("rep"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    quarter: str = Field(max_length=7)
    figures: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime
    sent_to: str = Field(default="", max_length=254)
    read_hash: str | None = Field(default=None, max_length=64, unique=True)
    stop_hash: str | None = Field(default=None, max_length=64, unique=True)
    voided_at: datetime | None = None


class SponsorStop(SQLModel, table=True):
    """An address that has said stop to the reports of a programme: it gets none, whoever names it again, until its
    owner takes that back.
    """

    __tablename__ = "sponsor_stop"

    programme_id: str = Field(primary_key=True, foreign_key="programme.id", ondelete="CASCADE", max_length=40)
    email_key: str = Field(primary_key=True, max_length=320)
    since: datetime
