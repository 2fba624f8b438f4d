"""Organisers as people: who may do what, the links that let them in, their sessions, and their second factor.

Of every secret only a hash is kept. The key of a second factor is not kept at all: it is derived from the secret key of
the service and the random id in `factor`, as mailed links are, so that a stolen database makes no codes.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.base import random_id, words
from app.models.outbox import MailKind


class Trust(StrEnum):
    """What only people may be trusted with, and no key: what somebody says is wrong, other organisers, and keys."""

    CONCERNS = "concerns"
    PEOPLE = "people"
    KEYS = "keys"


class Role(StrEnum):
    """What an organiser is there for, in one programme or in all of the organisation."""

    VIEWER = "viewer"
    ORGANISER = "organiser"
    SAFETY = "safety"
    OWNER = "owner"


WANTED = (MailKind.ROUND_READY, MailKind.NOT_DELIVERED)
"""The notices that an organiser gets who has said nothing about it: those that ask for something."""


class OrganiserAccount(SQLModel, table=True):
    """A person who organises. `factor` is the id from which the second factor in use is derived, `factor_next` that of
    one that is being set up; `factor_step` the last time step whose code was used. `entered_at` is when they first got
    all the way in. `mails` are the kinds of notices that they want.
    """

    __tablename__ = "organiser_account"
    __table_args__ = (UniqueConstraint("organisation_id", "email_key"), UniqueConstraint("organisation_id", "id"))

    id: str = Field(default_factory=random_id("org"), primary_key=True, max_length=40)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=320)
    created_at: datetime
    entered_at: datetime | None = None
    factor: str | None = Field(default=None, max_length=40)
    factor_next: str | None = Field(default=None, max_length=40)
    factor_step: int | None = None
    mails: list[str] = Field(default_factory=lambda: list(WANTED), sa_type=JSON)


class OrganiserRole(SQLModel, table=True):
    """One role of one organiser: in a programme, or everywhere in the organisation where none is named."""

    __tablename__ = "organiser_role"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "organiser_id"],
            ["organiser_account.organisation_id", "organiser_account.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["organisation_id", "programme_id"], ["programme.organisation_id", "programme.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("organiser_id", "programme_id", "role"),
        Index(
            "uq_organiser_role_everywhere",
            "organiser_id",
            "role",
            unique=True,
            sqlite_where=text("programme_id is null"),
            postgresql_where=text("programme_id is null"),
        ),
    )

    id: str = Field(default_factory=random_id("rol"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    organiser_id: str = Field(max_length=40)
    programme_id: str | None = Field(default=None, max_length=40)
    role: Role = Field(sa_type=words(Role))
    since: datetime


class LinkFor(StrEnum):
    """What a link is for: the very first organiser, somebody who is invited, or signing in."""

    FIRST = "first"
    INVITATION = "invitation"
    SIGN_IN = "sign_in"


class OrganiserLink(SQLModel, table=True):
    """A link that lets an organiser in, once; the very first one is for whoever opens it. `browser` is the hash of the
    cookie of the browser that asked for it.
    """

    __tablename__ = "organiser_link"
    __table_args__ = (
        CheckConstraint("(purpose = 'first') = (organiser_id is null)", name="somebodys"),
        CheckConstraint("(purpose = 'sign_in') = (browser is not null)", name="bound"),
        Index(None, "organiser_id"),
    )

    id: str = Field(default_factory=random_id("olk"), primary_key=True, max_length=40)
    organiser_id: str | None = Field(
        default=None, foreign_key="organiser_account.id", ondelete="CASCADE", max_length=40
    )
    purpose: LinkFor = Field(sa_type=words(LinkFor))
    hash: str = Field(max_length=64, unique=True)
    browser: str | None = Field(default=None, max_length=64)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    cancelled_at: datetime | None = None


class OrganiserSession(SQLModel, table=True):
    """One browser in which an organiser is signed in. Until the second factor is given, `proven_at` is empty and it
    opens nothing but the page that asks for it. `tries` counts wrong codes.
    """

    __tablename__ = "organiser_session"
    __table_args__ = (Index(None, "organiser_id"),)

    id: str = Field(default_factory=random_id("ses"), primary_key=True, max_length=40)
    organiser_id: str = Field(foreign_key="organiser_account.id", ondelete="CASCADE", max_length=40)
    hash: str = Field(max_length=64, unique=True)
    browser: str = Field(default="", max_length=60)
    began_at: datetime
    seen_at: datetime
    proven_at: datetime | None = None
    tries: int = 0


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for the second factor, once. Gone as soon as it is used."""

    __tablename__ = "recovery_code"

    organiser_id: str = Field(primary_key=True, foreign_key="organiser_account.id", ondelete="CASCADE", max_length=40)
    hash: str = Field(primary_key=True, max_length=64)
