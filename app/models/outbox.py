"""Outgoing mail as rows with a state, and the channels that carry them.

ready → sending (attempt token, lease) → dot → sent | rejected | uncertain
suppressed and expired are decided when a row is claimed; a proven refusal goes back to ready with a later `not_before`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
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
    ROUND_REPORT = "round_report"


OPEN_STATES = (MailState.READY, MailState.SENDING, MailState.DOT)


class OutgoingMail(SQLModel, table=True):
    """One mail to one person. `occasion` is the round's period, or what else makes this mail the only one of its kind.

    `facts` is all that the mail says, frozen when the row was written, so that each try renders the same bytes. It
    holds no token: links are derived from the ids of `MailedLink` rows. A row without `released_at` waits for its round
    to be sent; that moment is also the mail's Date, so that each try has the same one. `not_before` moves with each
    proven refusal.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        UniqueConstraint("programme_id", "occasion", "kind", "recipient_key"),
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        within("participant", "participant_id", ondelete="CASCADE"),
        within("round", "round_id", ondelete="CASCADE"),
        CheckConstraint("state not in ('sending', 'dot') or attempt_token is not null", name="claimed"),
        CheckConstraint("state in ('ready', 'suppressed') or released_at is not null", name="released"),
        CheckConstraint("(released_at is null) = (not_before is null)", name="due"),
        CheckConstraint("(state in ('ready', 'sending', 'dot')) = (finished_at is null)", name="finished"),
        Index(None, "state", "not_before"),
        Index(None, "round_id", "state"),
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
    state: MailState = Field(default=MailState.READY, sa_type=words(MailState))
    facts: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime
    released_at: datetime | None = None
    not_before: datetime | None = None
    useful_until: datetime | None = None
    attempts: int = 0
    attempt_token: str | None = Field(default=None, max_length=40)
    claimed_by: str | None = Field(default=None, max_length=60)
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    answer: str | None = Field(default=None, max_length=500)


class Channel(SQLModel, table=True):
    """What carries mail out. Paused when the server refuses *us*: no person is blamed and every row stays ready."""

    name: str = Field(primary_key=True, max_length=40)
    paused_until: datetime | None = None
    trouble: str | None = Field(default=None, max_length=500)
    trouble_since: datetime | None = None
