"""A mail as a line of the outbox: its state in plain words, when, how often, and what may be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import MailEvent, MailEventKind, MailKind, MailState, OutgoingMail
from app.queries.outbox import SHOWN_AS, Line
from app.services.mail_policy import LEASE, has_words, shown_answer
from app.web.organiser.frame import at

LAST_WORD = timedelta(minutes=1)
"""A mail whose last dot has waited for its answer longer than this may soon be held, and is shown so."""

ASKED_AGAIN = (MailKind.CONFIRM_SIGN_UP, MailKind.ALREADY_IN, MailKind.MY_PAGE)
"""Whoever waits for one of these can ask for a fresh one; an old one would hold a link that has ended."""

UNFINISHED = ("held", "rejected", "expired")

KINDS: Mapping[MailKind, str] = {
    MailKind.CONFIRM_SIGN_UP: "Sign-up to confirm",
    MailKind.ALREADY_IN: "In already",
    MailKind.MY_PAGE: "Link to their own page",
    MailKind.INTRODUCTION: "Introduction",
    MailKind.LEFT_OUT: "No group this time",
    MailKind.REMINDER: "Reminder",
    MailKind.CHECK_IN: "Check-in",
    MailKind.PARTNER_AWAY: "Partner cannot be reached",
    MailKind.BEFORE_DRAW: "Before the draw",
    MailKind.CHECK_IN_AGAIN: "Check-in, once more",
    MailKind.OUTCOME: "What came of it",
    MailKind.STILL_IN: "Still in the draw?",
    MailKind.WELCOME_BACK: "Welcome back",
    MailKind.CALLED_OFF: "A change of plan",
    MailKind.ROUND_REPORT: "Report of a round",
    MailKind.CONCERN: "Something wrong, in confidence",
}

EVENTS: Mapping[MailEventKind, str] = {
    MailEventKind.HARD: "It came back for good",
    MailEventKind.SOFT: "It came back for now",
    MailEventKind.COMPLAINT: "Somebody called it unwanted",
    MailEventKind.AUTO_REPLY: "An automatic reply came",
    MailEventKind.DELAYED: "A report says that it is delayed",
    MailEventKind.DELIVERED: "A report says that it was delivered",
}

MEANINGS: Mapping[str, str] = {
    "accepted": "The mail server has them.",
    "waiting": "On their way, or still to be sent.",
    "held": "Handed over, and no answer came. They may have arrived or not: somebody has to decide.",
    "rejected": "The mail server said no, or they came back.",
    "suppressed": "Not sent, for a reason that stands beside each.",
    "expired": "Too late to be of use, so they were not sent.",
}
_FINISHED: Mapping[MailState, str] = {
    MailState.SENT: "Accepted by the mail server",
    MailState.UNCERTAIN: "Held: handed over, and no answer came",
    MailState.REJECTED: "Rejected",
    MailState.SUPPRESSED: "Not sent",
    MailState.EXPIRED: "Not sent: too late to be of use",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the page shows of one mail. `said` are the mail server's words, or ours where we had the last one."""

    id: str
    name: str
    address: str
    kind: str
    fate: str
    state: str
    said: str
    when: str
    tries: int
    events: tuple[str, ...]
    resendable: bool
    leavable: bool


def row(line: Line, now: datetime, zone: str) -> Row:
    """A mail as a line."""
    mail = line.mail
    return Row(
        id=mail.id,
        name=line.name,
        address=mail.recipient,
        kind=KINDS[mail.kind],
        fate=SHOWN_AS[mail.state],
        state=_state(mail, now),
        said=shown_answer(mail) or "",
        when=_when(mail, now, zone),
        tries=mail.attempts,
        events=tuple(_event(event, now, zone) for event in line.events),
        resendable=resendable(mail),
        leavable=mail.state == MailState.UNCERTAIN,
    )


def resendable(mail: OutgoingMail) -> bool:
    """Whether the button is there: its fate is known or in doubt, its words are kept, and a repeat is of use."""
    return SHOWN_AS[mail.state] in UNFINISHED and mail.kind not in ASKED_AGAIN and has_words(mail)


def _state(mail: OutgoingMail, now: datetime) -> str:
    if mail.state in _FINISHED:
        return _FINISHED[mail.state]
    if mail.state == MailState.DOT and mail.lease_until and mail.lease_until < doubtful_before(now):
        return "Waiting for the server’s last word; if none comes, it is held"
    if mail.state != MailState.READY:
        return "Being handed over at this moment"
    if mail.released_at is None:
        return "Written; waits until the round is sent"
    return "Waits to be tried again" if mail.attempts else "Waits to be sent"


def doubtful_before(now: datetime) -> datetime:
    """The lease of a mail that has waited a minute for the answer to its last dot runs out before this."""
    return now + LEASE - LAST_WORD


def _when(mail: OutgoingMail, now: datetime, zone: str) -> str:
    if mail.finished_at is not None:
        return at(mail.finished_at, now, zone)
    if mail.lease_until is not None:
        return f"since {at(mail.lease_until - LEASE, now, zone)}"
    if mail.not_before is None:
        return "not yet"
    return f"next {at(mail.not_before, now, zone)}" if mail.not_before > now else "as soon as possible"


def _event(event: MailEvent, now: datetime, zone: str) -> str:
    status = f" ({event.status})" if event.status else ""
    return f"{EVENTS[event.kind]}{status}, {at(event.at, now, zone)}."
