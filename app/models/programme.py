"""Organisations, their programmes and the teams in them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import random_id, within, words


class ProgrammeState(StrEnum):
    """`open` takes people and draws rounds; `paused` keeps everything still; `closed` is over."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class DrawEvery(StrEnum):
    """How often names are drawn. `by_hand`: whenever an organiser opens a round; else a worker opens one on its day."""

    BY_HAND = "by_hand"
    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    THREE_WEEKS = "three_weeks"
    FOUR_WEEKS = "four_weeks"
    MONTH = "month"


class OddOne(StrEnum):
    """What becomes of the odd one when the number of people does not come out even: somebody joins them and makes a
    larger group (`trio`); a host is drawn, who is not drawn otherwise (`host`); somebody who has offered it sits out
    (`volunteer`). Where there is no host and nobody has offered, it is a larger group again.
    """

    TRIO = "trio"
    HOST = "host"
    VOLUNTEER = "volunteer"


class Organisation(SQLModel, table=True):
    """Whose data this is. One by default; every other row belongs to one."""

    id: str = Field(default_factory=random_id("org"), primary_key=True, max_length=40)
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=200)
    created_at: datetime


class Programme(SQLModel, table=True):
    """A standing series of rounds for one community, with the policy its rounds are drawn by.

    `success` says in a sentence by what people would know that it has worked. `joining` says whether people can join by
    themselves; `opens_on` is the first day on which people may join; `capacity` how many may be in, 0 for any number;
    `invitation_only` takes only whom an organiser brought along; `domains`, where there are any, are those of the
    addresses that may join. `conduct` is an organiser's own code of conduct, or a link to it; empty for ours.
    `safe_email` reads what people say is wrong; `sponsor_email` gets the figures of each quarter, and organisers alone
    see it; `controller` answers in law for what is kept. `intro_opening`, `intro_closing` and `intro_subject` are its
    own words in introductions, with placeholders; empty for ours.

    `draw_every` is the rhythm of its draws, counted from `draws_from`; `next_draw_on` is the next of them, out of all
    `pauses`: days (`2026-12-25`) and ranges of days (`2026-12-21/2027-01-03`) on which the programme rests. With
    `sends_itself` what was drawn on its day is approved and sent without a further word.

    Walls of its draws: with `teams_apart` nobody meets somebody of their own team; who met in one of the last
    `no_repeat_for` rounds does not meet again; without them both are avoided as far as that can be. With `lines_apart`
    nobody meets their own line manager, where that is known. `odd_one` says what becomes of the odd one.

    When its mails go, 0 meaning never: `remind_after` working days, `check_in_after` and `outcome_after` days after the
    introduction; `check_in_again_after` working days after the check-in; `announce_before` working days before a draw;
    `hold_after` rounds without a sign. Mails that can wait go from `mail_from_hour` until `mail_until_hour` where their
    reader lives, on working days (0 until 24: at any hour of any day), at most `mails_a_round` to a person.
    """

    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        CheckConstraint("group_size between 2 and 6", name="group_size"),
        CheckConstraint("quality between 0 and 1", name="quality"),
        CheckConstraint("shadows between 0 and 8", name="shadows"),
        CheckConstraint("capacity >= 0", name="capacity"),
        CheckConstraint("no_repeat_for between 0 and 100", name="no_repeat_for"),
        CheckConstraint("remind_after between 0 and 60 and check_in_after between 0 and 90", name="asking"),
        CheckConstraint(
            "check_in_again_after between 0 and 30 and outcome_after between 0 and 365 "
            "and announce_before between 0 and 20 and hold_after between 0 and 10",
            name="rhythm",
        ),
        CheckConstraint("mails_a_round between 1 and 10", name="mails_a_round"),
        CheckConstraint(
            "mail_from_hour >= 0 and mail_from_hour < mail_until_hour and mail_until_hour <= 24", name="mail_hours"
        ),
    )

    id: str = Field(default_factory=random_id("prg"), primary_key=True, max_length=40)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=120)
    purpose: str = Field(default="", max_length=1000)
    success: str = Field(default="", max_length=300)
    rhythm: str = Field(default="", max_length=80)
    draw_every: DrawEvery = Field(default=DrawEvery.BY_HAND, sa_type=words(DrawEvery))
    draws_from: date | None = None
    next_draw_on: date | None = None
    pauses: list[str] = Field(default_factory=list, sa_type=JSON)
    sends_itself: bool = False
    contact_name: str = Field(default="", max_length=100)
    contact_email: str | None = Field(default=None, max_length=254)
    time_zone: str = Field(default="Europe/London", max_length=64)
    locale: str = Field(default="en", max_length=16)
    state: ProgrammeState = Field(default=ProgrammeState.OPEN, sa_type=words(ProgrammeState))
    joining: bool = True
    opens_on: date | None = None
    capacity: int = 0
    invitation_only: bool = False
    domains: list[str] = Field(default_factory=list, sa_type=JSON)
    group_size: int = 2
    interest_rule: str = Field(default="ask-offer", max_length=20)
    quality: float = 1.0
    shadows: int = 0
    teams_apart: bool = False
    no_repeat_for: int = 0
    odd_one: OddOne = Field(default=OddOne.TRIO, sa_type=words(OddOne))
    lines_apart: bool = True
    remind_after: int = 4
    check_in_after: int = 10
    sponsor_name: str = Field(default="", max_length=100)
    sponsor_role: str = Field(default="", max_length=100)
    sponsor_words: str = Field(default="", max_length=300)
    sponsor_email: str | None = Field(default=None, max_length=254)
    conduct: str = Field(default="", max_length=4000)
    safe_name: str = Field(default="", max_length=100)
    safe_email: str | None = Field(default=None, max_length=254)
    controller: str = Field(default="", max_length=300)
    intro_opening: str = Field(default="", max_length=600)
    intro_closing: str = Field(default="", max_length=600)
    intro_subject: str = Field(default="", max_length=60)
    check_in_again_after: int = 3
    outcome_after: int = 30
    announce_before: int = 3
    hold_after: int = 2
    welcome_back: bool = True
    mails_a_round: int = 4
    mail_from_hour: int = 8
    mail_until_hour: int = 18
    created_at: datetime


class Team(SQLModel, table=True):
    """Where participants belong; rounds like to mix teams. `key` is the name as compared."""

    __table_args__ = (
        UniqueConstraint("programme_id", "key"),
        UniqueConstraint("programme_id", "id"),
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
    )

    id: str = Field(default_factory=random_id("tea"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    name: str = Field(max_length=100)
    key: str = Field(max_length=200)
