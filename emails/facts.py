"""What each kind of mail needs to know: one frozen dataclass of facts per kind, no words yet.

Facts hold links as whole URLs; `emails` makes none, because links carry secrets and only the app may mint those.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from emails.kinds import COFFEE, Kind
from emails.sentences import Phrase
from emails.words import clean_line, clean_name

PROMPTS = COFFEE.prompts


@dataclass(frozen=True)
class Member:
    """Someone in a group. `called` is what they like to be called, the name where it is empty; `access` what they need
    in order to take part, where they let the others read it. `about` may be a phrase.
    """

    name: str
    address: str
    team: str = ""
    about: str = ""
    called: str = ""
    access: str = ""

    def __post_init__(self) -> None:
        # A name may be nothing but invisible characters; then the address must do.
        object.__setattr__(self, "name", clean_name(self.name) or self.address.partition("@")[0])
        object.__setattr__(self, "called", clean_name(self.called) or self.name)
        object.__setattr__(self, "team", clean_name(self.team))
        if not isinstance(self.about, Phrase):  # a phrase is made harmless where it is said
            object.__setattr__(self, "about", clean_line(self.about))
        object.__setattr__(self, "access", clean_line(self.access))


@dataclass(frozen=True)
class Draft:
    """A time suggested for the conversation. `uid` comes from `calendar_uid`; `sequence` grows with each change."""

    start: datetime
    uid: str
    sequence: int = 0
    minutes: int = 30


@dataclass(frozen=True)
class ConfirmSignUp:
    """Somebody typed this address: the organisers, where `invited`. No name here on purpose: it would be a stranger's
    words to a stranger (E29). The link works for `valid_hours`, or for `valid_days` where they are not 0.
    """

    address: str
    confirm_url: str
    valid_hours: int = 24
    forget_days: int = 7
    next_draw: date | None = None
    invited: bool = False
    valid_days: int = 0


@dataclass(frozen=True)
class AlreadyIn:
    """A known address signed up again: nothing changed, and here is the way to one's own page."""

    address: str
    my_page_url: str
    status: Literal["active", "paused"] = "active"
    paused_until: date | None = None
    valid_hours: int = 1


@dataclass(frozen=True)
class Introduction:
    """One member's own introduction to the others of the group; every link in it is that member's alone.

    `common` are whole sentences, `times` and `languages` what all share, `format` how they have to meet where somebody
    insists, `writes_first` is a member's *address*. `opening`, `closing` and `subject` are an organiser's own words,
    with placeholders (`own_words`): the first stands where we say that the draw has brought them together.
    """

    recipient: Member
    partners: tuple[Member, ...]
    period: str
    writes_first: str
    choices_url: str
    common: tuple[str, ...] = ()
    prompts: tuple[str, ...] = PROMPTS
    times: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    format: Literal["in_person", "remote"] | None = None
    draw_date: date | None = None
    next_draw: date | None = None
    draft: Draft | None = None
    concern_url: str | None = None
    conversation_url: str | None = None
    kind: Kind = COFFEE
    opening: str = ""
    closing: str = ""
    subject: str = ""


@dataclass(frozen=True)
class LeftOut:
    """Nobody for this person in this round. There is no reason here on purpose: it must not leak (P10). But `offered`
    says that they sit out because they had offered it, which is nobody's secret but theirs.
    """

    recipient: Member
    period: str
    choices_url: str
    next_draw: date | None = None
    offered: bool = False


@dataclass(frozen=True)
class Reminder:
    """Some days after an introduction, to who has not said a word since: the others' details once more."""

    recipient: Member
    partners: tuple[Member, ...]
    period: str
    feedback_url: str
    choices_url: str
    concern_url: str | None = None
    conversation_url: str | None = None


@dataclass(frozen=True)
class CheckIn:
    """The question whether they met, once, to who has not said."""

    recipient: Member
    partners: tuple[Member, ...]
    period: str
    feedback_url: str
    choices_url: str
    next_draw: date | None = None
    concern_url: str | None = None
    conversation_url: str | None = None


@dataclass(frozen=True)
class BeforeDraw:
    """Some days before a draw, to who is in it: nothing to do."""

    recipient: Member
    draw_on: date
    choices_url: str


@dataclass(frozen=True)
class CheckInAgain:
    """The question whether they met, for the second and last time, to who has not said."""

    recipient: Member
    partners: tuple[Member, ...]
    period: str
    feedback_url: str
    choices_url: str


@dataclass(frozen=True)
class Outcome:
    """Some weeks later, to who said that they met: did anything come of it?"""

    recipient: Member
    partners: tuple[Member, ...]
    period: str
    outcome_url: str
    choices_url: str


@dataclass(frozen=True)
class StillIn:
    """To who gave no sign for some rounds, once: no draw without a press. Not a word of anybody else."""

    recipient: Member
    stay_url: str


@dataclass(frozen=True)
class WelcomeBack:
    """On the day on which a pause ends."""

    recipient: Member
    choices_url: str
    next_draw: date | None = None


@dataclass(frozen=True)
class PartnerAway:
    """The mailbox of `away` could not be reached; `others` are called like this and are in the group still. No reason
    here on purpose: what a mail server says about somebody is theirs alone.
    """

    recipient: Member
    away: Member
    period: str
    someone_new_url: str
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "others", tuple(clean_name(name) for name in self.others))


@dataclass(frozen=True)
class CalledOff:
    """`away` cannot this time, or, where `looking`, meets someone else; `others` are in the group still. No reason here
    on purpose: nobody is told that they did not answer, or have left. Nobody in `away`: they are erased, and not named.
    `someone_new_url` where this reader may meet someone new; `perhaps_met` where they may have met by now. With a
    `conversation_url` it is the reader's own word, and that page takes it back.
    """

    recipient: Member
    away: Member | None
    period: str
    looking: bool
    someone_new_url: str | None = None
    others: tuple[str, ...] = ()
    next_draw: date | None = None
    perhaps_met: bool = False
    conversation_url: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "others", tuple(clean_name(name) for name in self.others))


@dataclass(frozen=True)
class MyPage:
    """Someone asked for the link to the page of this address."""

    address: str
    my_page_url: str
    valid_hours: int = 1


@dataclass(frozen=True)
class SignIn:
    """Someone asked to sign in as an organiser with this address, or an owner has `invited` it."""

    address: str
    sign_in_url: str
    invited: bool = False
    valid_minutes: int = 15
    valid_days: int = 7


@dataclass(frozen=True)
class Concern:
    """What somebody says is wrong, to the one person who is named for that, in the writer's words, line by line.

    `about` are the others of the introduction, `gone` how many of them have been erased since. `writer` is there only
    where they may be written to.
    """

    reader: Member
    about: tuple[Member, ...]
    period: str
    words: str
    conduct_url: str
    writer: Member | None = None
    gone: int = 0


@dataclass(frozen=True)
class MailCounts:
    """Where the mails of a round stand. `planned` always equals the sum of the rest."""

    planned: int = 0
    accepted: int = 0
    waiting: int = 0
    held: int = 0
    rejected: int = 0
    suppressed: int = 0
    expired: int = 0


@dataclass(frozen=True)
class Decision:
    """Something only the organiser can settle, and the command that does it."""

    text: str
    command: str


@dataclass(frozen=True)
class RoundReport:
    """How a round stands, for its organiser.

    `trios` counts the groups with one member more than usual; `certificate` are whole sentences; `command` shows the
    round to whoever types it.
    """

    organiser: str
    period: str
    state: str
    command: str
    people: int
    groups: int
    left_out: int
    trios: int = 0
    mails: MailCounts = MailCounts()
    certificate: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    evidence_url: str | None = None


@dataclass(frozen=True)
class RoundReady:
    """A round was drawn by itself and waits for a yes. `url` is its page, `account_url` where its reader says which of
    these mails they want; both are behind the door of organisers.
    """

    address: str
    number: int
    period: str
    url: str
    account_url: str
    people: int
    groups: int
    left_out: int = 0
    trios: int = 0
    repeats: int = 0
    same_team: int = 0


@dataclass(frozen=True)
class RoundSoFar:
    """How a round goes when half of its time is over. `answered` and `met` are told in steps and only of many (`at
    least`); 0 where there is nothing to tell. `returned` came back or was refused, `held` waits for a word.
    """

    address: str
    number: int
    period: str
    url: str
    account_url: str
    people: int
    answered: int = 0
    met: int = 0
    returned: int = 0
    held: int = 0


@dataclass(frozen=True)
class NotDelivered:
    """Messages that came to nothing since the last such mail: back or refused, too late, or waiting for a word."""

    address: str
    url: str
    account_url: str
    returned: int = 0
    late: int = 0
    held: int = 0


@dataclass(frozen=True)
class SponsorReport:
    """What a programme did in a quarter (`2026-Q3`), for whoever stands behind it. Every figure but that of the rounds
    is told in steps and only of many (`at least`); 0 where there is nothing to tell.
    """

    address: str
    quarter: str
    url: str
    stop_url: str
    rounds: int
    people: int = 0
    introductions: int = 0
    answered: int = 0
    met: int = 0


@dataclass(frozen=True)
class TestCopy:
    """Somebody's mail as it would be, for an organiser to look at in their own mail reader; `mail` is what it says."""

    __test__ = False  # not one of pytest's

    address: str
    reader: str
    mail: "Introduction | LeftOut"


@dataclass(frozen=True)
class TestMail:
    """A mail that shows that mails travel. `transport` is a transport's name, which holds no password."""

    __test__ = False  # its name begins with Test, but it is not one: pytest, look away

    address: str
    transport: str = ""
