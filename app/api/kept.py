"""What is kept about one person, in the shape of the file that they find on their own page; and what erasing takes."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from app.api.answers import Answer
from app.models import Format, MailKind, MailState, Often, ParticipantState, TopicKind
from app.services.privacy import Erasure


class ConversationKept(Answer):
    """A round that introduced them, and to whom, as far as these are still known."""

    period: str
    others: Annotated[list[str], Field(alias="with")]


class MailKept(Answer):
    kind: MailKind
    written: datetime
    state: MailState


class PersonKept(Answer):
    """All about one person but what they keep to themselves: blocks, answers, silence, and needs or asks that are not
    for organisers. Those they find on their own page.
    """

    programme: str
    name: str
    email: str
    id: str
    id_in_rounds: str
    team: str
    location: str
    state: ParticipantState
    group_size: int | None
    skips_the_next_round: bool
    asked_to_be_in_the_next_draw: bool
    how_often: Often
    in_person_or_remote: Format | None
    line_manager: str
    host: bool
    sits_out_when_the_number_is_odd: bool
    access_needs: Annotated[str, Field(description="Where they let organisers read it.")]
    time_zone: str
    language: str
    invited_by_an_organiser: bool
    consent: Annotated[str, Field(description="By which form, and when.")]
    signed_up: datetime
    confirmed: datetime | None
    left: datetime | None
    topics: dict[TopicKind, list[str]]
    conversations: list[ConversationKept]
    left_out_in: Annotated[list[str], Field(description="Periods of rounds in which they had no group.")]
    mails: Annotated[list[MailKept], Field(description="Those of rounds.")]


class ErasureAnswer(Answer):
    """What went with a person, or would go."""

    participant: str
    dry_run: bool
    rounds: Annotated[int, Field(description="Rounds in which a place becomes empty.")]
    not_sent: Annotated[list[str], Field(description="Ids of those of them whose groups are made anew.")]
    mails: Annotated[int, Field(description="Mails of those rounds to them.")]

    @classmethod
    def of(cls, person_id: str, goes: Erasure, *, dry_run: bool) -> Self:
        """An erasure, told."""
        return cls(participant=person_id, dry_run=dry_run, **asdict(goes))
