"""Outgoing mail as rows with a state, and the channels that carry them.

ready → sending (attempt token, lease) → dot → sent | rejected | uncertain
suppressed and expired are decided when a row is claimed; a proven refusal goes back to ready with a later `not_before`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import random_id, within, words


class MailState(StrEnum):
    """`dot` is recorded before the final dot leaves; a crash after it is `uncertain`, never guessed."""

    READY = "ready"
    SENDING = "sending"
    DOT = "dot"
    SENT = "sent"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


class MailKind(StrEnum):
    """What a mail is for; each has a function in `emails.messages` and a policy in `app.services.outbox`."""

    CONFIRM_SIGN_UP = "confirm_sign_up"
    ALREADY_IN = "already_in"
    MY_PAGE = "my_page"
    INTRODUCTION = "introduction"
    LEFT_OUT = "left_out"
    REMINDER = "reminder"
    CHECK_IN = "check_in"
    PARTNER_AWAY = "partner_away"
    BEFORE_DRAW = "before_draw"
    CHECK_IN_AGAIN = "check_in_again"
    OUTCOME = "outcome"
    STILL_IN = "still_in"
    WELCOME_BACK = "welcome_back"
    CALLED_OFF = "called_off"
    ROUND_REPORT = "round_report"
    CONCERN = "concern"
    SIGN_IN = "sign_in"
    TEST_COPY = "test_copy"
    ROUND_READY = "round_ready"
    ROUND_SO_FAR = "round_so_far"
    NOT_DELIVERED = "not_delivered"
    SPONSOR_REPORT = "sponsor_report"


OPEN_STATES = (MailState.READY, MailState.SENDING, MailState.DOT)

OF_A_ROUND = (MailKind.INTRODUCTION, MailKind.LEFT_OUT)
"""The mails that a round consists of: everybody in it gets one of these, and its counts are of them."""


NOTICES = (MailKind.ROUND_READY, MailKind.ROUND_SO_FAR, MailKind.NOT_DELIVERED)
"""The mails that tell organisers how a programme stands. Each is one organiser's own, who may switch it off."""


class OutgoingMail(SQLModel, table=True):
    """One mail to one person. `occasion` is the round's period, or what else makes this mail the only one of its kind.

    `facts` is all that the mail says, frozen when the row was written, so that each try renders the same bytes. It
    holds no token: links are derived from the ids of `MailedLink` rows. A row without `released_at` waits for its round
    to be sent; that moment is also the mail's Date, so that each try has the same one. `not_before` moves with each
    proven refusal. `rendered` keeps the bytes (zlib) from the first dot or refusal until the mail has met its fate: a
    try after an upgrade is the same mail. `recipient_domain` is for the pace of each domain. `kept`: an
    organiser keeps it back when its round is sent, until they let it go. `doubted`: a try of it may have arrived,
    whatever anybody decided since.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        UniqueConstraint("programme_id", "occasion", "kind", "recipient_key"),
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        within("participant", "participant_id", ondelete="CASCADE"),
        within("round", "round_id", ondelete="CASCADE"),
        CheckConstraint("state not in ('sending', 'dot') or attempt_token is not null", name="claimed"),
        CheckConstraint("state in ('ready', 'suppressed', 'expired') or released_at is not null", name="released"),
        CheckConstraint("not kept or released_at is null", name="kept"),
        CheckConstraint("(released_at is null) = (not_before is null)", name="due"),
        CheckConstraint("(state in ('ready', 'sending', 'dot')) = (finished_at is null)", name="finished"),
        Index(None, "state", "not_before"),
        Index(None, "round_id", "state"),
        Index(None, "participant_id"),
    )

    id: str = Field(default_factory=random_id("msg"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    round_id: str | None = Field(default=None, max_length=40)
    participant_id: str | None = Field(default=None, max_length=40)
    kind: MailKind = Field(sa_type=words(MailKind))
    occasion: str = Field(max_length=80)
    recipient: str = Field(max_length=254)
    recipient_key: str = Field(max_length=320)
    recipient_domain: str = Field(default="", max_length=255)
    state: MailState = Field(default=MailState.READY, sa_type=words(MailState))
    facts: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime
    kept: bool = False
    released_at: datetime | None = None
    not_before: datetime | None = None
    useful_until: datetime | None = None
    attempts: int = 0
    doubted: bool = False
    attempt_token: str | None = Field(default=None, max_length=40)
    claimed_by: str | None = Field(default=None, max_length=60)
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    answer: str | None = Field(default=None, max_length=500)
    rendered: bytes | None = Field(default=None, sa_type=LargeBinary)


class Channel(SQLModel, table=True):
    """What carries mail out. Paused when the server refuses *us*: no person is blamed and every row stays ready.

    `allowance` is what its token bucket held at `allowance_at`: all workers together keep to one rate.
    """

    name: str = Field(primary_key=True, max_length=40)
    paused_until: datetime | None = None
    trouble: str | None = Field(default=None, max_length=500)
    trouble_since: datetime | None = None
    allowance: float | None = None
    allowance_at: datetime | None = None


class DomainPace(SQLModel, table=True):
    """When the next mail to a domain is due, where there is a cap (virtual scheduling, ITU-T I.371 annex A)."""

    __tablename__ = "domain_pace"
    domain: str = Field(primary_key=True, max_length=255)
    next_at: datetime


class MailEventKind(StrEnum):
    """What came back about a mail after the server had taken it."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    DELAYED = "delayed"
    DELIVERED = "delivered"


class MailEvent(SQLModel, table=True):
    """One report about one mail, told once: `event_key` is the provider's event id, or a hash of the report.

    `status` is the enhanced status code (RFC 3463), where the report has one. No addresses, no words of others.
    """

    __tablename__ = "mail_event"
    __table_args__ = (
        UniqueConstraint("organisation_id", "event_key"),
        Index(None, "mail_id"),
    )

    id: str = Field(default_factory=random_id("evt"), primary_key=True, max_length=40)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    mail_id: str = Field(foreign_key="outgoing_mail.id", ondelete="CASCADE", max_length=40)
    kind: MailEventKind = Field(sa_type=words(MailEventKind))
    status: str = Field(default="", max_length=20)
    source: str = Field(default="", max_length=20)
    event_key: str = Field(max_length=80)
    at: datetime


class SuppressionReason(StrEnum):
    """Why nothing is sent to an address any more."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    ORGANISER = "organiser"


class Suppression(SQLModel, table=True):
    """An address to which nothing is sent: known by a keyed hash, so that it outlives an erasure and names nobody.

    Lifted by an organiser, or by the person who signs up again and confirms.
    """

    __tablename__ = "suppression"
    organisation_id: str = Field(primary_key=True, foreign_key="organisation.id", max_length=40)
    address_hash: str = Field(primary_key=True, max_length=64)
    reason: SuppressionReason = Field(sa_type=words(SuppressionReason))
    status: str = Field(default="", max_length=20)
    since: datetime
