"""Rounds: who meets whom, who was left out and why, and what the lot left in the hat.

A person stands at most once in a round, in a group or left out with a reason: one `Placement` row a person, and its key
says so.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import random_id, within, words


class RoundState(StrEnum):
    """draft → matched → approved → sending → introduced → closed."""

    DRAFT = "draft"
    MATCHED = "matched"
    APPROVED = "approved"
    SENDING = "sending"
    INTRODUCED = "introduced"
    CLOSED = "closed"


class Round(SQLModel, table=True):
    """One dated run of a programme. A period exists once.

    `number` counts rounds as the matcher does (imported history included). `policy`, `seed`, `input_fingerprint` and
    `code_version` let anyone draw it again. `send` says that approval and sending follow the match without a further
    word, `by_itself` that the clock opened it and nobody else. `trouble`, `tries`, `drawn_by` and `not_before` belong
    to the draw while it is tried, and say when it is tried again. `skipped` are the ids of who asked not to be in this
    round. `redraws` counts how often an organiser drew again, also what was taken back since; `seed` is that of the
    last draw. `redraw` is the wish to draw again, as `services.redraws` keeps it, until it is done; `progress` how far
    the draw is that goes on. `figures` are what the certificate does not say (`services.figures`). `proven` is a
    certificate of a draw in which nothing was fixed, with the fingerprint of its input: its bounds hold whatever is
    changed by hand. `send_at` is when an approved round is sent by itself, on the word of `send_by`; with
    `send_in_hours` each of its mails leaves in the working hours of its reader. `said` is what people had said at
    `said_at`, blurred (`queries.stuck`): it is made anew once a day at most, so that no button that somebody presses
    can be seen in it. `reminded_at` is when an organiser last had those asked who had not answered, and `remind` that
    a worker has still to do it (`services.reminding`). `intro_opening` and `intro_closing` are the organisers' own
    words in its introductions: as the programme had them when it was drawn, or changed since.
    """

    __table_args__ = (
        UniqueConstraint("programme_id", "period"),
        UniqueConstraint("programme_id", "number"),
        UniqueConstraint("programme_id", "id"),
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        CheckConstraint("seed >= 0", name="seed"),
        CheckConstraint("redraws >= 0", name="redraws"),
        CheckConstraint("state = 'draft' or matched_at is not null", name="matched"),
        CheckConstraint("state in ('draft', 'matched') or approved_at is not null", name="approved"),
        CheckConstraint("send_at is null or (state = 'approved' and send_by is not null)", name="send_at"),
        Index(None, "state"),
    )

    id: str = Field(default_factory=random_id("rnd"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    period: str = Field(max_length=40)
    number: int
    state: RoundState = Field(default=RoundState.DRAFT, sa_type=words(RoundState))
    seed: int = Field(sa_type=BigInteger)
    policy: dict[str, Any] = Field(sa_type=JSON)
    send: bool = False
    by_itself: bool = False
    input_fingerprint: str | None = Field(default=None, max_length=64)
    code_version: str | None = Field(default=None, max_length=40)
    certificate: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    costs: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    figures: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    skipped: list[str] = Field(default_factory=list, sa_type=JSON)
    intro_opening: str = Field(default="", max_length=600)
    intro_closing: str = Field(default="", max_length=600)
    intro_subject: str = Field(default="", max_length=60)
    redraws: int = 0
    redraw: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    progress: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    proven: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    send_at: datetime | None = None
    send_in_hours: bool = False
    send_by: str | None = Field(default=None, max_length=60)
    said: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    said_at: datetime | None = None
    reminded_at: datetime | None = None
    remind: bool = False
    trouble: str | None = Field(default=None, max_length=500)
    tries: int = 0
    drawn_by: str | None = Field(default=None, max_length=80)
    not_before: datetime | None = None
    opened_at: datetime
    matched_at: datetime | None = None
    approved_at: datetime | None = None
    sending_at: datetime | None = None
    introduced_at: datetime | None = None
    closed_at: datetime | None = None


class Group(SQLModel, table=True):
    """People who meet in a round. `size` is as drawn or changed, whoever was erased since; `facts` is why these people,
    as far as all of them may know it: phrases, as `emails.to_json` keeps them. `cautions` is what it costs without
    breaking a rule, for organisers alone (`services.figures`). `locked`: no draw and no change touches
    it. `by_hand`: an organiser put these people together, and not a draw; `RoundChange` knows what the first draw said.
    """

    __tablename__ = "meeting_group"
    __table_args__ = (
        UniqueConstraint("round_id", "position"),
        UniqueConstraint("round_id", "id"),
        UniqueConstraint("programme_id", "id"),
        within("round", "round_id", ondelete="CASCADE"),
    )

    id: str = Field(default_factory=random_id("grp"), primary_key=True, max_length=40)
    programme_id: str = Field(max_length=40)
    round_id: str = Field(max_length=40)
    position: int
    size: int
    facts: list[dict[str, Any]] = Field(sa_type=JSON)
    cautions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    locked: bool = False
    by_hand: bool = False


class Placement(SQLModel, table=True):
    """Where a round put a person: in a group (`writes_first` names who begins), or left out with a code and words.

    `wants_new_since`: the others cannot be met, and the person has asked for someone new. `arranged_at`: the person has
    said that the conversation is arranged, for `arranged_on` where they said a day. `cannot_since`: the person cannot
    this time; they keep their place, and the others are not with them any more.
    """

    __table_args__ = (
        within("round", "round_id", ondelete="CASCADE"),
        within("participant", "participant_id", ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["round_id", "group_id"], ["meeting_group.round_id", "meeting_group.id"], ondelete="CASCADE"
        ),
        CheckConstraint("(group_id is null) = (left_out_code is not null)", name="somewhere"),
        CheckConstraint("(left_out_code is null) = (reason is null)", name="reason"),
        CheckConstraint("arranged_on is null or arranged_at is not null", name="arranged"),
        CheckConstraint(
            "cannot_since is null or (group_id is not null and arranged_at is null and wants_new_since is null)",
            name="cannot",
        ),
        Index(None, "round_id", "group_id"),
        Index(None, "participant_id"),
    )

    round_id: str = Field(primary_key=True, max_length=40)
    participant_id: str = Field(primary_key=True, max_length=40)
    programme_id: str = Field(max_length=40)
    group_id: str | None = Field(default=None, max_length=40)
    writes_first: bool = False
    left_out_code: str | None = Field(default=None, max_length=20)
    reason: str | None = Field(default=None, max_length=300)
    wants_new_since: datetime | None = None
    arranged_at: datetime | None = None
    arranged_on: date | None = None
    cannot_since: datetime | None = None


class ShadowPlacement(SQLModel, table=True):
    """Where an equally good draw, which the lot did not choose, would have put a person (kept for the pair check)."""

    __tablename__ = "shadow_placement"
    __table_args__ = (
        within("round", "round_id", ondelete="CASCADE"),
        within("participant", "participant_id", ondelete="CASCADE"),
        CheckConstraint("draw >= 1 and position >= 0", name="draw"),
    )

    round_id: str = Field(primary_key=True, max_length=40)
    draw: int = Field(primary_key=True)
    participant_id: str = Field(primary_key=True, max_length=40)
    programme_id: str = Field(max_length=40)
    position: int


class RoundChange(SQLModel, table=True):
    """One word of an organiser about a round that is drawn: it may hold several changes, and is undone as one.

    `changes` says what was done, by ids; its words are made when somebody reads them. `before` is where the people and
    groups concerned stood, and is enough to go back. Ids only: whoever is erased leaves no name here.
    """

    __tablename__ = "round_change"
    __table_args__ = (
        within("round", "round_id", ondelete="CASCADE"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("undone_at is null or undone_at >= at", name="undone"),
    )

    round_id: str = Field(primary_key=True, max_length=40)
    number: int = Field(primary_key=True)
    programme_id: str = Field(max_length=40)
    at: datetime
    actor: str = Field(max_length=60)
    changes: list[dict[str, Any]] = Field(sa_type=JSON)
    before: dict[str, Any] = Field(sa_type=JSON)
    undone_at: datetime | None = None
