"""What each kind of mail may do: how long it is of use, who waits for it, and what becomes of it in doubt.

Doubt is the one window of SMTP that nobody can close (RFC 1047): the whole mail was handed over and no answer came.
"""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from app.models import OF_A_ROUND, MailKind, MailState, OutgoingMail
from app.services.due import Due
from app.settings import Settings

LEASE = timedelta(minutes=25)
"""Longer than the worst time to the dot, and than the worst after it: every verb's time-out, with room to spare."""

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))

LOOK_AGAIN = timedelta(minutes=5)
"""How long a mail about a round of a paused programme waits before it is looked at again."""

USEFUL: dict[MailKind, timedelta] = {
    MailKind.CONFIRM_SIGN_UP: timedelta(hours=24),
    MailKind.ALREADY_IN: timedelta(hours=24),
    MailKind.MY_PAGE: timedelta(hours=1),
    MailKind.INTRODUCTION: timedelta(days=7),
    MailKind.LEFT_OUT: timedelta(days=7),
    MailKind.REMINDER: timedelta(days=4),
    MailKind.CHECK_IN: timedelta(days=7),
    MailKind.PARTNER_AWAY: timedelta(days=7),
    MailKind.BEFORE_DRAW: timedelta(days=3),
    MailKind.CHECK_IN_AGAIN: timedelta(days=4),
    MailKind.OUTCOME: timedelta(days=7),
    MailKind.STILL_IN: timedelta(days=14),
    MailKind.WELCOME_BACK: timedelta(days=4),
    MailKind.CALLED_OFF: timedelta(days=7),
    MailKind.ROUND_REPORT: timedelta(days=7),
    MailKind.CONCERN: timedelta(days=3),  # then it is shown as one that nobody has read
    MailKind.TEST_COPY: timedelta(hours=1),
    MailKind.ROUND_READY: timedelta(days=3),
    MailKind.ROUND_SO_FAR: timedelta(days=2),
    MailKind.NOT_DELIVERED: timedelta(days=1),  # the next one tells the rest
    MailKind.SPONSOR_REPORT: timedelta(days=14),
    MailKind.SIGN_IN: timedelta(days=7),  # an invitation; a link to sign in is over sooner (`organiser_links`)
}
"""Later than this a mail is no use: it becomes `expired` and is reported, never sent late."""

BETWEEN_ROUNDS = (MailKind.BEFORE_DRAW, MailKind.STILL_IN, MailKind.WELCOME_BACK)
"""The mails that belong to no round yet: they count for the one that is sent next."""

CAN_WAIT = (MailKind.REMINDER, MailKind.CHECK_IN, MailKind.CHECK_IN_AGAIN, MailKind.OUTCOME, *BETWEEN_ROUNDS)
"""The mails that leave in working hours only, and that are not written where a person has had enough (`rhythm`)."""

ABOUT_A_ROUND = (*OF_A_ROUND, MailKind.PARTNER_AWAY, MailKind.CALLED_OFF, *CAN_WAIT)
"""The mails that go to nobody who has left, and rest while the programme does."""

TRUE_ALWAYS = (
    MailKind.CONFIRM_SIGN_UP,
    MailKind.ALREADY_IN,
    MailKind.MY_PAGE,
    MailKind.LEFT_OUT,
    MailKind.PARTNER_AWAY,
    MailKind.ROUND_REPORT,
    MailKind.CONCERN,
    MailKind.SIGN_IN,
)
"""The mails that say nothing which could have become untrue since: all others are looked at when they leave."""

MOST_DOUBTS = 5
"""How often a mail in doubt is handed over again where the settings want that."""


MOST_STUMBLES = 5
"""How often a mail may fail by a fault of ours before it is given up, and shown."""

INTRODUCES_NOBODY = "The people it introduces are not together any more."
NAMES_NOBODY = "The people it names are not together any more."
WORDS_GONE = "What it said is not kept any more."
NOT_NEEDED = "It was not needed any more."
_TELLING = frozenset({INTRODUCES_NOBODY, NAMES_NOBODY, "The person has left."})


def shown_answer(mail: OutgoingMail) -> str | None:
    """What became of a mail, as anybody may read it. Who parted from whom, and why, stays in the row: where nobody has
    left, it would tell of a block.
    """
    return NOT_NEEDED if mail.state == MailState.SUPPRESSED and mail.answer in _TELLING else mail.answer


def has_words(mail: OutgoingMail | Due) -> bool:
    """Whether a mail still says something: what is old, or was about somebody who was erased, does not."""
    return "frame" in mail.facts


class Doubt(StrEnum):
    """What becomes of a mail of which nobody can prove that it arrived."""

    HOLD = "hold"
    """Shown to the organiser, who decides; the meeting stands on one's own page and in the reminder."""
    RESEND = "resend"
    """Handed over again with the same Message-ID: for receivers or providers that drop repeats (RFC 7352)."""
    DROP = "drop"
    """Let go: it can be asked for again, or two would be worse than none."""


_DOUBTS = {
    MailKind.INTRODUCTION: Doubt.HOLD,
    MailKind.LEFT_OUT: Doubt.HOLD,
    MailKind.PARTNER_AWAY: Doubt.HOLD,
    MailKind.CONCERN: Doubt.RESEND,  # better read twice than never
    MailKind.CALLED_OFF: Doubt.HOLD,
}


def in_doubt(kind: MailKind, settings: Settings) -> Doubt:
    """The policy for a kind: HOLD for what makes people meet, DROP for the rest, unless the settings want repeats.

    A provider that drops repeats by a header makes a repeat harmless for every kind.
    """
    if settings.mail_idempotency_header:
        return Doubt.RESEND
    usual = _DOUBTS.get(kind, Doubt.DROP)
    return Doubt.RESEND if usual is Doubt.HOLD and settings.mail_uncertain == "resend" else usual


def repeated_in_doubt(settings: Settings) -> Collection[MailKind]:
    """The kinds that are handed over again when nobody can prove that they arrived."""
    return [kind for kind in MailKind if in_doubt(kind, settings) is Doubt.RESEND]


def needs_a_word(kind: MailKind) -> bool:
    """Whether a mail of this kind in doubt waits for an organiser's decision."""
    return kind in _DOUBTS
