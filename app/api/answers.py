"""What goes out: one class an answer, made from rows field by field, so that a new column never leaves by itself."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.models import (
    DrawEvery,
    Format,
    MailEventKind,
    MailKind,
    OddOne,
    Often,
    ParticipantState,
    ProgrammeState,
    RoundState,
    SuppressionReason,
)


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProblemKind(Answer):
    """What a kind of problem means."""

    kind: str
    status: int
    title: str


class ProgrammeAnswer(Answer):
    """A programme, with how many people are in each state."""

    id: str
    slug: str
    name: str
    purpose: str
    success: str
    rhythm: str
    draw_every: DrawEvery
    next_draw_on: date | None
    next_draws: Annotated[list[date], Field(description="The next six days on which names are drawn, as things stand.")]
    pauses: list[str]
    sends_itself: bool
    contact_name: str
    contact_email: str | None
    time_zone: str
    state: ProgrammeState
    joining: bool
    opens_on: date | None
    capacity: Annotated[int, Field(description="How many people may be in; 0 for any number.")]
    invitation_only: bool
    domains: list[str]
    group_size: int
    interest_rule: str
    quality: float
    shadows: int
    teams_apart: bool
    no_repeat_for: int
    odd_one: OddOne
    lines_apart: bool
    sponsor_name: str
    sponsor_role: str
    sponsor_words: str
    sponsor_email: str | None
    sponsor_stopped_at: Annotated[datetime | None, Field(description="When that address said stop to the reports.")]
    conduct: str
    safe_name: str
    safe_email: str | None
    controller: str
    intro_opening: str
    intro_closing: str
    intro_subject: str
    remind_after: int
    check_in_after: int
    check_in_again_after: int
    outcome_after: int
    announce_before: int
    hold_after: int
    welcome_back: bool
    mails_a_round: int
    mail_from_hour: int
    mail_until_hour: int
    page: Annotated[str, Field(description="Where people join.")]
    people: dict[ParticipantState, int]


class ProgrammeList(Answer):
    programmes: list[ProgrammeAnswer]
    next_cursor: str | None


class AuditAnswer(Answer):
    """One line of the audit: `actor` is a key, the command line or a worker."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: Annotated[str | None, Field(description="The id of what it was done to.")]
    detail: dict[str, Any]


class AuditPage(Answer):
    """Lines in the order in which things were done; `next_cursor` asks for the page after this one."""

    entries: list[AuditAnswer]
    next_cursor: str | None


class TopicsAnswer(Answer):
    interests: list[str]
    asks: list[str]
    offers: list[str]
    languages: list[str]
    times: list[str]


class ParticipantAnswer(Answer):
    """A person in a programme, as organisers see them. Whom they do not want to meet is not among it."""

    id: str
    known_as: Annotated[str, Field(description="The organiser's own id, or the canonical address.")]
    email: str
    name: str
    team: str
    location: str
    state: Annotated[
        ParticipantState, Field(description="`held` is whom no mail reaches; `paused` whoever is away for a while.")
    ]
    size: int | None
    topics: TopicsAnswer
    manager_email: Annotated[str, Field(description="Their line manager's; empty for not known.")]
    time_zone: str
    locale: Annotated[str, Field(description="The language of their pages and mails; empty for not known.")]
    skip_next: bool
    often: Often
    host: Annotated[bool, Field(description="Drawn only for the odd one, where `odd_one` is `host`.")]
    may_sit_out: Annotated[bool, Field(description="Sits out for the odd one, where `odd_one` is `volunteer`.")]
    in_next: Annotated[bool, Field(description="Asked to be in the next draw, though not drawn every time.")]
    format: Format | None
    access: Annotated[str, Field(description="What they need, where they let organisers read it.")]
    created_at: datetime
    confirmed_at: datetime | None
    left_at: datetime | None


class ParticipantPage(Answer):
    """People in the order of their ids; `next_cursor` asks for the page after this one."""

    participants: list[ParticipantAnswer]
    next_cursor: str | None


class MailCounts(Answer):
    """`planned` is always the sum of the rest."""

    planned: int
    accepted: int
    waiting: int
    held: int
    rejected: int
    suppressed: int
    expired: int


class RoundCounts(Answer):
    people: int
    groups: int
    left_out: int
    messages: MailCounts


class Decision(Answer):
    """Something that waits for an organiser's word, and where to give it."""

    what: str
    detail: str
    at: str


class RoundSummary(Answer):
    id: str
    programme: str
    period: str
    number: int
    state: RoundState
    seed: int
    send: bool
    trouble: Annotated[str | None, Field(description="Why the draw has not succeeded yet.")]
    opened_at: datetime
    matched_at: datetime | None
    approved_at: datetime | None
    send_at: Annotated[datetime | None, Field(description="When it is sent by itself.")]
    send_in_hours: Annotated[bool, Field(description="Each mail leaves in the working hours of its reader.")]
    sending_at: datetime | None
    introduced_at: datetime | None
    closed_at: datetime | None


class FiguresAnswer(Answer):
    """What the certificate does not say."""

    asks: Annotated[int, Field(description="People who say what they would like help with, and let it be known.")]
    asks_met: Annotated[int, Field(description="Those of them to whom somebody of their group offers it.")]
    at_least: Annotated[int | None, Field(description="Rounds left before somebody must meet again, proven; as drawn.")]
    at_most: Annotated[int | None, Field(description="The bound from above.")]


class RoundAnswer(RoundSummary):
    """A round: its counts, the proof of how good it is, what the rules cost, and what needs a decision."""

    policy: dict[str, Any]
    counts: RoundCounts
    kept: Annotated[int, Field(description="Mails that wait because somebody keeps them back.")]
    remind_from: Annotated[
        datetime | None,
        Field(description="From when on those who have not answered can be reminded by hand; null: not as it stands."),
    ]
    certificate: dict[str, Any] | None
    costs: list[str]
    redraws: Annotated[int, Field(description="How often it was drawn again by hand.")]
    drawing_again: Annotated[bool, Field(description="It is being drawn again; until then nothing else is done to it.")]
    figures: FiguresAnswer | None
    needs_decision: list[Decision]
    input_fingerprint: str | None
    code_version: str | None


class RoundList(Answer):
    rounds: list[RoundSummary]
    next_cursor: str | None


class SendDryRun(Answer):
    """What sending would do: how many mails would go now, and whether any can leave here at all."""

    round: str
    state: RoundState
    dry_run: bool
    mails: Annotated[int, Field(description="So many would go; 0 where the round was sent before.")]
    can_leave: Annotated[bool, Field(description="Whether a mail server and a sender are set; else they wait.")]
    counts: MailCounts


class KnownAs(Answer):
    """The person behind one of the matcher's names."""

    name: str
    team: str


class RoundsLeft(Answer):
    """How many rounds these people have before somebody must meet again: proven bounds, and a sentence."""

    at_least: int
    at_most: int
    words: str


class DryRun(Answer):
    """What a round would be, in the shape of `coffee match`: people as the matcher knows them, and who that is."""

    period: str
    seed: int
    size: int
    groups: list[list[str]]
    left_out: list[dict[str, str]]
    certificate: dict[str, Any]
    costs: list[str]
    shadows: list[list[list[str]]]
    rounds_left: Annotated[RoundsLeft | None, Field(description="After this round; for groups of two only.")]
    people: dict[str, KnownAs]
    facts: Annotated[list[list[str]], Field(description="Why these people, group by group.")]


class Member(Answer):
    id: str
    name: str
    team: str
    email: str
    writes_first: bool


class GroupAnswer(Answer):
    id: str
    position: int
    members: list[Member]
    facts: Annotated[list[str], Field(description="Why these people, as far as all of them may know.")]
    locked: Annotated[bool, Field(description="No draw and no change touches it until it is unlocked.")]
    by_hand: Annotated[bool, Field(description="An organiser put these people together, and not a draw.")]


class LeftOut(Answer):
    id: str
    name: str
    team: str
    reason: str


class CautionAnswer(Answer):
    """What a group costs without breaking a rule: `repeat` or `same_team`."""

    group: str
    position: int
    what: str
    detail: str


class GroupList(Answer):
    """`fingerprint` is the `ETag` without its quotes."""

    round: str
    state: RoundState
    fingerprint: str
    groups: list[GroupAnswer]
    left_out: list[LeftOut]
    warnings: Annotated[list[CautionAnswer], Field(description="What one may want to look at before approving.")]
    next_cursor: str | None


class MailEventAnswer(Answer):
    """What came back about a mail after the server had taken it; `status` as in RFC 3463, where it is known."""

    kind: MailEventKind
    status: str
    at: datetime


class MessageAnswer(Answer):
    """One mail and its fate. `answer` is the last word of the mail server, or why it was not sent."""

    id: str
    kind: MailKind
    state: Annotated[str, Field(description="accepted, waiting, held, rejected, suppressed or expired.")]
    participant: str | None
    address: str
    kept: Annotated[bool, Field(description="Somebody keeps it back.")]
    attempts: int
    answer: str | None
    written_at: datetime
    released_at: datetime | None
    next_try_at: datetime | None
    useful_until: datetime | None
    finished_at: datetime | None
    last_event: MailEventAnswer | None


class MessageList(Answer):
    """Mails of a round by address; the counts are of all of them. `next_cursor` asks for the page after this one."""

    round: str
    counts: MailCounts
    messages: list[MessageAnswer]
    next_cursor: str | None


class ProgrammeMails(Answer):
    """Mails of a programme, newest first; the counts are of all of them. Questions to people are not among them: who
    gets one depends on who has answered. `next_cursor` asks for the page after this one.
    """

    programme: str
    counts: MailCounts
    messages: list[MessageAnswer]
    next_cursor: str | None


class Decided(Answer):
    """A word on many mails: of how many it was said, or would be; and of how many it can be said again."""

    do: str
    state: str
    dry_run: bool
    number: int
    left: Annotated[int, Field(description="More of them, for the next call: a word is about 1,000 at most.")]


class ClosedAnswer(Answer):
    """Somebody to whom nothing is sent: `soft` (came back twice), `hard` (for good), `complaint` or `organiser`."""

    participant: str
    name: str
    address: str
    reason: SuppressionReason
    status: Annotated[str, Field(description="The code that said so (RFC 3463), where there was one.")]
    since: datetime
    may_be_lifted: Annotated[bool, Field(description="False where only the person can, by signing up again.")]


class ClosedList(Answer):
    """Closed addresses of people in a programme, by address."""

    addresses: list[ClosedAnswer]
    next_cursor: str | None


class BlockedPerson(Answer):
    id: str
    name: str
    email: str


class BlockAnswer(Answer):
    """Two people, in the order of their ids."""

    a: BlockedPerson
    b: BlockedPerson


class BlockPage(Answer):
    """Whom organisers keep apart; `next_cursor` asks for the page after this one."""

    blocks: list[BlockAnswer]
    next_cursor: str | None


class SaidAnswer(Answer):
    """What people with a group had said when it was counted, which is once a day, in steps of five that leave at least
    five of whom nobody knows; 0 where it may be none.
    """

    people: int
    answered: int
    met: int
    arranged: int
    not_this_time: int


class StuckAnswer(Answer):
    """A mail that has come to nothing so far, and why: held, returned, closed (its address), late or trying."""

    reason: str
    message: MessageAnswer


class WatchAnswer(Answer):
    """How a round goes on: its mails, those that are stuck by address, and what people have said, in figures."""

    round: str
    state: RoundState
    moves: Annotated[bool, Field(description="Whether mails are on their way, so that it is worth to look again.")]
    counts: MailCounts
    stuck: Annotated[dict[str, int], Field(description="How many mails are stuck for which reason.")]
    said: SaidAnswer
    remind_from: Annotated[
        datetime | None,
        Field(description="From when on those who have not answered can be reminded by hand; null: not as it stands."),
    ]
    mails: list[StuckAnswer]
    next_cursor: str | None


class SampleAnswer(Answer):
    """A mail as the people of a programme would get it, about people who do not exist: what inboxes show of it."""

    name: Annotated[str, Field(description="A kind of mail, or a variant of one.")]
    kind: str
    when: Annotated[str, Field(description="When such a mail is sent, in words.")]
    to_whom: Annotated[str, Field(description="Who gets one, in words.")]
    subject: str
    preheader: str
    sender: str
    replies_to: list[str]


class SampleList(Answer):
    """A sample of each mail, in the order in which people meet them."""

    emails: list[SampleAnswer]
    next_cursor: str | None


class SampleInFull(SampleAnswer):
    """A sample with its words; `eml` is what would leave, a message of RFC 5322."""

    text: str
    html: str
    eml: str
