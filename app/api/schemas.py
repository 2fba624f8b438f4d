"""What comes in: one class a body, every field named, everything else refused. Nothing here is a table."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.values import (
    Address,
    AddressOrNothing,
    Cell,
    Conduct,
    Day,
    Domain,
    LanguageOrNothing,
    Line,
    Name,
    NameOrNothing,
    OwnSubject,
    OwnWords,
    PauseText,
    Seed,
    ShortLine,
    Slug,
    Text,
    Title,
    Whole,
    Words,
    Yes,
    Zone,
    ZoneOrNothing,
)
from app.models import DrawEvery, Format, OddOne, Often, ParticipantState, ProgrammeState, TopicKind
from app.services.draw_days import MOST_PAUSES
from app.services.participants import TIME_LIMIT, TOPIC_LIMIT
from app.services.programmes import MOST_PEOPLE, ProgrammeFacts
from app.services.rounds import PERIOD

Topics = Annotated[list[Name], Field(max_length=TOPIC_LIMIT)]
Times = Annotated[list[Name], Field(max_length=TIME_LIMIT)]


class Body(BaseModel):
    """Unknown fields are refused: what is not written here cannot be set from outside."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Change(Body):
    """A PATCH: what is left out stays as it is, and `null` is refused where it would mean nothing."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, given: Any) -> Any:
        if isinstance(given, dict) and any(given[name] is None for name in given.keys() - cls.nullable):
            raise ValueError("null says nothing here: leave the field out to keep what it says.")
        return given


class ProgrammeChange(Change):
    """What an organiser may say of a programme."""

    name: Title | None = None
    purpose: Text | None = None
    success: Words | None = Field(None, description="By what people would know that it has worked.")
    rhythm: Line | None = None
    draw_every: DrawEvery | None = Field(
        None, description="Whether a round is opened by hand, or on its day by a worker, and how often."
    )
    pauses: Annotated[list[PauseText], Field(max_length=MOST_PAUSES)] | None = Field(
        None, description="Days without draws and reminders: `2026-12-25`, or `2026-12-21/2027-01-03`."
    )
    sends_itself: Yes | None = Field(
        None, description="Whether what a worker has drawn on its day is approved and sent without a further word."
    )
    next_draw_on: Day | None = Field(None, description="The day of the next draw; null where it is not known.")
    contact_name: NameOrNothing | None = None
    contact_email: Address | None = None
    time_zone: Zone | None = None
    state: ProgrammeState | None = None
    joining: Yes | None = Field(None, description="Whether people can join by themselves.")
    opens_on: Day | None = Field(None, description="The first day on which people may join; null for none.")
    capacity: Annotated[Whole, Field(ge=0, le=MOST_PEOPLE)] | None = Field(
        None, description="How many people may be in; 0 for any number. Nobody who is in is put out."
    )
    invitation_only: Yes | None = Field(None, description="Only people of an import may join.")
    domains: Annotated[list[Domain], Field(max_length=50)] | None = Field(
        None, description="Domains of the addresses that may join, such as example.org; empty for all."
    )
    group_size: Annotated[Whole, Field(ge=2, le=6)] | None = None
    interest_rule: Literal["ask-offer", "one-in-common", "jaccard"] | None = None
    quality: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)] | None = None
    shadows: Annotated[Whole, Field(ge=0, le=8)] | None = None
    teams_apart: Yes | None = Field(None, description="A wall: nobody meets somebody of their own team.")
    odd_one: OddOne | None = Field(
        None, description="When the number does not come out even: a larger group, a host more, or a volunteer less."
    )
    lines_apart: Yes | None = Field(None, description="A wall: nobody meets their own line manager, where known.")
    no_repeat_for: Annotated[Whole, Field(ge=0, le=100)] | None = Field(
        None, description="A wall: who met in one of so many rounds before does not meet again; 0 for none."
    )
    sponsor_name: NameOrNothing | None = None
    sponsor_role: NameOrNothing | None = None
    sponsor_words: Words | None = Field(None, description="One sentence or two.")
    sponsor_email: AddressOrNothing | None = Field(
        None, description="Gets the figures of each quarter; shown to nobody who takes part. Empty for no mail."
    )
    conduct: Conduct | None = Field(None, description="Plain paragraphs, or one https:// link; empty for ours.")
    safe_name: NameOrNothing | None = None
    safe_email: AddressOrNothing | None = Field(None, description="Reads what people say is wrong; empty for nobody.")
    controller: Words | None = Field(None, description="Who answers in law for what is kept.")
    intro_opening: OwnWords | None = Field(
        None, description="The first words of introductions, with placeholders such as {name}; empty for ours."
    )
    intro_closing: OwnWords | None = Field(None, description="Their last words, likewise; empty for none.")
    intro_subject: OwnSubject | None = Field(None, description="Their subject, one line, likewise; empty for ours.")
    remind_after: Annotated[Whole, Field(ge=0, le=60)] | None = None
    check_in_after: Annotated[Whole, Field(ge=0, le=90)] | None = None
    check_in_again_after: Annotated[Whole, Field(ge=0, le=30)] | None = None
    outcome_after: Annotated[Whole, Field(ge=0, le=365)] | None = None
    announce_before: Annotated[Whole, Field(ge=0, le=20)] | None = None
    hold_after: Annotated[Whole, Field(ge=0, le=10)] | None = None
    welcome_back: Yes | None = None
    mails_a_round: Annotated[Whole, Field(ge=1, le=10)] | None = None
    mail_from_hour: Annotated[Whole, Field(ge=0, le=23)] | None = None
    mail_until_hour: Annotated[Whole, Field(ge=1, le=24)] | None = None

    nullable: ClassVar[frozenset[str]] = frozenset({"next_draw_on", "opens_on"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"rhythm": "monthly", "next_draw_on": "2026-12-03"}]})

    @property
    def facts(self) -> ProgrammeFacts:
        """What was said, for the services; a null takes back."""
        said = self.model_dump(exclude_unset=True, exclude={"slug"})
        return ProgrammeFacts(**said, cleared=frozenset(name for name, value in said.items() if value is None))


class NewProgramme(ProgrammeChange):
    """A programme under `/p/{slug}`."""

    slug: Slug
    name: Title

    model_config = ConfigDict(json_schema_extra={"examples": [{"slug": "eu", "name": "Institute coffees"}]})


class TwoPeople(Body):
    """Two people of a programme, either way round, by address or id."""

    a: Cell
    b: Cell

    model_config = ConfigDict(json_schema_extra={"examples": [{"a": "ada@example.org", "b": "ben@example.org"}]})


class NewRound(Body):
    """A round for a period, which exists once."""

    period: Annotated[
        ShortLine,
        Field(
            description="1 to 40 letters, digits, dots and hyphens.",
            json_schema_extra={"pattern": f"^{PERIOD.pattern}$"},
        ),
    ]
    seed: Seed | None = Field(None, description="Draws the same round again; by lot when left out.")
    send: Yes = Field(False, description="Approve and send as soon as it is drawn; needs the scope send.")
    dry_run: Yes = Field(False, description="Show what the round would be, and write nothing.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"period": "2026-W48", "seed": 7, "send": False}]})


class TopicsChange(Body):
    """Each list that is given replaces what was there."""

    interests: Topics | None = None
    asks: Topics | None = None
    offers: Topics | None = None
    languages: Topics | None = None
    times: Times | None = None

    @property
    def by_kind(self) -> dict[TopicKind, list[str]]:
        """The lists that were given."""
        said = {
            TopicKind.INTEREST: self.interests,
            TopicKind.ASK: self.asks,
            TopicKind.OFFER: self.offers,
            TopicKind.LANGUAGE: self.languages,
            TopicKind.TIME: self.times,
        }
        return {kind: texts for kind, texts in said.items() if texts is not None}


class ParticipantChange(Change):
    """What an organiser may change for a participant: nobody is made active who has not confirmed or has left."""

    name: Name | None = None
    email: Address | None = Field(None, description="To correct one at which no mail has ever arrived.")
    team: NameOrNothing | None = None
    size: Annotated[Whole, Field(ge=2, le=3)] | None = Field(None, description="2, 3, or null for no wish.")
    topics: TopicsChange | None = None
    state: Literal[ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.LEFT] | None = None
    paused_until: Day | None = Field(None, description="Needed with the state paused; alone, it pauses too.")
    skip_next: Yes | None = None
    often: Often | None = Field(None, description="`asked`: only when they say so before a draw.")
    host: Yes | None = Field(None, description="Drawn only for the odd one, where `odd_one` is `host`.")
    may_sit_out: Yes | None = Field(None, description="Sits out for the odd one, where `odd_one` is `volunteer`.")
    format: Format | None = Field(None, description="in_person or remote, or null for no wish.")
    time_zone: ZoneOrNothing | None = Field(None, description="An IANA name; empty for the programme's.")
    locale: LanguageOrNothing | None = Field(None, description="A language that there is; empty for not known.")
    manager_email: AddressOrNothing | None = Field(
        None, description="Their line manager's address, in the programme or not; empty for not known."
    )

    nullable: ClassVar[frozenset[str]] = frozenset({"size", "format"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "paused", "paused_until": "2027-01-11"}]})

    @model_validator(mode="after")
    def _pause_has_an_end(self) -> Self:
        if self.state == ParticipantState.PAUSED and self.paused_until is None:
            raise ValueError("a pause needs a day that ends it: give paused_until.")
        if self.paused_until is not None and self.state not in (None, ParticipantState.PAUSED):
            raise ValueError("paused_until goes with the state paused only.")
        return self
