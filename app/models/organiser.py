"""Organisers' keys, answers kept for repeated calls, and the audit trail."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import random_id


class Scope(StrEnum):
    """What a key may do: look, change, or make mail leave."""

    READ = "read"
    WRITE = "write"
    SEND = "send"


class OrganiserKey(SQLModel, table=True):
    """An API key: found by its public part, known by its hash, never stored. Bound to one programme when `programme_id`
    is set.
    """

    __tablename__ = "organiser_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "programme_id"], ["programme.organisation_id", "programme.id"], ondelete="CASCADE"
        ),
    )

    id: str = Field(default_factory=random_id("key"), primary_key=True, max_length=40)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    programme_id: str | None = Field(default=None, max_length=40)
    name: str = Field(default="", max_length=100)
    public: str = Field(max_length=16, unique=True)
    hash: str = Field(max_length=64)
    scopes: list[str] = Field(sa_type=JSON)
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class KeptAnswer(SQLModel, table=True):
    """The answer to a call that carried an Idempotency-Key; `status` is empty while it is still being worked on."""

    __tablename__ = "kept_answer"
    caller: str = Field(primary_key=True, max_length=64)
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    created_at: datetime
    status: int | None = None
    headers: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    body: bytes | None = Field(default=None, sa_type=LargeBinary)


class AuditEntry(SQLModel, table=True):
    """Who did what, when. Ids and counts only: no names, no addresses, no secrets."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "programme_id", "at"),)

    id: str = Field(default_factory=random_id("aud"), primary_key=True, max_length=40)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    programme_id: str | None = Field(default=None, max_length=40)
    at: datetime
    actor: str = Field(max_length=60)
    action: str = Field(max_length=60)
    subject: str | None = Field(default=None, max_length=40)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
