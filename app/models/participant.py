"""Participants: what they like to talk about, whom they must not meet, whom they have met, which links we mailed."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import random_id, within, words


class ParticipantState(StrEnum):
    """`pending` has not confirmed; `held` was silent and waits for a word; `left` is out until joining again."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    LEFT = "left"


class HeldFor(StrEnum):
    """Why somebody is held: `bounce` (no mail reaches them), or `silence` (no sign for some rounds). The end of one is
    not the end of the other.
    """

    BOUNCE = "bounce"
    SILENCE = "silence"


class TopicKind(StrEnum):
    """What a topic row says about its person."""

    INTEREST = "interest"
    ASK = "ask"
    OFFER = "offer"
    LANGUAGE = "language"
    TIME = "time"


class AsksShown(StrEnum):
    """Who may read what a person would like help with: whom they are introduced to (and the organisers who look after
    the draw), everyone in the programme (without a name), or nobody but the draw.
    """

    MATCH = "match"
    PROGRAMME = "programme"
    NOBODY = "nobody"


class Purpose(StrEnum):
    """What a mailed link may do; a token of one purpose never serves another."""

    CONFIRM = "confirm"
    MY_PAGE = "my_page"
    CHOICES = "choices"
    LEAVE = "leave"
    FEEDBACK = "feedback"
    CONVERSATION = "conversation"
    SOMEONE_NEW = "someone_new"
    CONCERN = "concern"
    OUTCOME = "outcome"
    STILL_IN = "still_in"
    SESSION = "session"


class Often(StrEnum):
    """How often somebody wants to be drawn: `asked` only when they have said so since the last round."""

    EVERY = "every"
    SECOND = "second"
    ASKED = "asked"


class Format(StrEnum):
    """How somebody insists on meeting; whoever does not care has none."""

    IN_PERSON = "in_person"
    REMOTE = "remote"


class SeenBy(StrEnum):
    """Who may read what somebody needs in order to take part."""

    MATCH = "match"
    ORGANISER = "organiser"
    NOBODY = "nobody"


ACQUAINTED = -1
"""The round number of people who knew each other before any round."""


class Participant(SQLModel, table=True):
    """A person in a programme: one row per canonical address (`email_key`).

    `match_key` is the name that the matcher knows the person by: the organiser's own id where one was given, else the
    canonical address, so that the same people and seed give the same round in every database. `trios` and `sat_out`
    count seats that cost something, those of imported rounds included. `host` (an organiser's word) and `may_sit_out`
    (their own) count where `odd_one` of the programme asks for it. `in_next` says "draw me this time" of who is not
    drawn every round; `invited` that an organiser brought the address along. `time_zone` is an IANA name, empty for
    the programme's; `locale` the language of their pages and mails (BCP 47), empty where nothing is known. `heard_at`
    is when they last pressed a button of ours, or were brought back; it is secret. `manager_email` is the address of
    their line manager, who may be in the programme, come later or never, and `manager_key` its canonical form; both are
    empty where nobody is known.
    """

    __table_args__ = (
        UniqueConstraint("programme_id", "email_key"),
        UniqueConstraint("programme_id", "match_key"),
        UniqueConstraint("programme_id", "id"),
        within("programme", "programme_id", scope="organisation_id", ondelete="CASCADE"),
        within("team", "team_id"),
        CheckConstraint("size in (2, 3)", name="size"),
        CheckConstraint("trios >= 0 and sat_out >= 0", name="seats"),
        CheckConstraint("held_for is null or state = 'held'", name="held"),
        Index(None, "programme_id", "state"),
        Index(None, "programme_id", "name", "id"),
        Index(None, "team_id", "state"),
    )

    id: str = Field(default_factory=random_id("ppl"), primary_key=True, max_length=40)
    organisation_id: str = Field(max_length=40)
    programme_id: str = Field(max_length=40)
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=320)
    match_key: str = Field(max_length=320)
    name: str = Field(max_length=100)
    team_id: str | None = Field(default=None, max_length=40)
    location: str = Field(default="", max_length=100)
    manager_email: str = Field(default="", max_length=254)
    manager_key: str = Field(default="", max_length=320)
    state: ParticipantState = Field(default=ParticipantState.PENDING, sa_type=words(ParticipantState))
    size: int | None = None
    trios: int = 0
    sat_out: int = 0
    host: bool = False
    may_sit_out: bool = False
    skip_next: bool = False
    paused_until: date | None = None
    often: Often = Field(default=Often.EVERY, sa_type=words(Often))
    in_next: bool = False
    format: Format | None = Field(default=None, sa_type=words(Format))
    access: str = Field(default="", max_length=300)
    access_for: SeenBy = Field(default=SeenBy.NOBODY, sa_type=words(SeenBy))
    invited: bool = False
    asks_shown: AsksShown = Field(default=AsksShown.MATCH, sa_type=words(AsksShown))
    held_for: HeldFor | None = Field(default=None, sa_type=words(HeldFor))
    time_zone: str = Field(default="", max_length=64)
    locale: str = Field(default="", max_length=16)
    heard_at: datetime | None = None
    consent: str = Field(default="", max_length=80)
    created_at: datetime
    confirmed_at: datetime | None = None
    left_at: datetime | None = None


class Topic(SQLModel, table=True):
    """One interest, ask, offer, language or time of a participant. `key` is the text as compared."""

    __table_args__ = (within("participant", "participant_id", ondelete="CASCADE"),)

    programme_id: str = Field(max_length=40)
    participant_id: str = Field(primary_key=True, max_length=40)
    kind: TopicKind = Field(primary_key=True, sa_type=words(TopicKind))
    key: str = Field(primary_key=True, max_length=200)
    text: str = Field(max_length=100)
    position: int = 0


class Block(SQLModel, table=True):
    """Two people whom the organiser's file keeps apart: confidential, binding both ways."""

    __table_args__ = (
        CheckConstraint("a_id < b_id", name="ordered"),
        within("participant", "a_id", ondelete="CASCADE"),
        within("participant", "b_id", ondelete="CASCADE"),
    )

    programme_id: str = Field(primary_key=True, max_length=40)
    a_id: str = Field(primary_key=True, max_length=40)
    b_id: str = Field(primary_key=True, max_length=40)
    created_at: datetime


class BlockedAddress(SQLModel, table=True):
    """Somebody whom a participant would rather not meet, by address, now or later. Only the writer sees it."""

    __tablename__ = "blocked_address"
    __table_args__ = (within("participant", "participant_id", ondelete="CASCADE"), Index(None, "programme_id"))

    participant_id: str = Field(primary_key=True, max_length=40)
    email_key: str = Field(primary_key=True, max_length=320)
    email: str = Field(max_length=254)
    programme_id: str = Field(max_length=40)
    created_at: datetime


class PastMeeting(SQLModel, table=True):
    """A pair that met before our own rounds: imported history with its round number, or acquaintance."""

    __tablename__ = "past_meeting"
    __table_args__ = (
        CheckConstraint("a_id < b_id", name="ordered"),
        CheckConstraint(f"number >= {ACQUAINTED}", name="number"),
        within("participant", "a_id", ondelete="CASCADE"),
        within("participant", "b_id", ondelete="CASCADE"),
    )

    programme_id: str = Field(primary_key=True, max_length=40)
    number: int = Field(primary_key=True)
    a_id: str = Field(primary_key=True, max_length=40)
    b_id: str = Field(primary_key=True, max_length=40)


class MailedLink(SQLModel, table=True):
    """A token for one purpose and one person until a moment. The token itself is derived, never stored. `about` is
    the group that it asks about, where it does.
    """

    __tablename__ = "mailed_link"
    __table_args__ = (
        within("participant", "participant_id", ondelete="CASCADE"),
        Index(None, "participant_id", "purpose"),
    )

    id: str = Field(default_factory=random_id("lnk"), primary_key=True, max_length=40)
    programme_id: str = Field(max_length=40)
    participant_id: str = Field(max_length=40)
    purpose: Purpose = Field(sa_type=words(Purpose))
    hash: str = Field(max_length=64, unique=True)
    created_at: datetime
    expires_at: datetime | None = None
    about: str | None = Field(default=None, max_length=40)
    used_at: datetime | None = None
    cancelled_at: datetime | None = None
