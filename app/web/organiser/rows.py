"""A mail as a line of the outbox: its state in plain words, when, how often, and what may be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.models import MailEvent, MailEventKind, MailKind, MailState, OutgoingMail, Round, RoundState
from app.queries.outbox import SHOWN_AS, Line
from app.services import readings, rematching
from app.services.mail_policy import LEASE, shown_answer
from app.services.many_mails import resendable
from app.web.organiser.frame import at
from emails import Phrase, phrase, together

LAST_WORD = timedelta(minutes=1)
"""A mail whose last dot has waited for its answer longer than this may soon be held, and is shown so."""

KINDS: Mapping[MailKind, str] = {
    MailKind.CONFIRM_SIGN_UP: phrase("Sign-up to confirm"),
    MailKind.ALREADY_IN: phrase("In already"),
    MailKind.MY_PAGE: phrase("Link to their own page"),
    MailKind.INTRODUCTION: phrase("Introduction"),
    MailKind.LEFT_OUT: phrase("No group this time"),
    MailKind.REMINDER: phrase("Reminder"),
    MailKind.CHECK_IN: phrase("Check-in"),
    MailKind.PARTNER_AWAY: phrase("Partner cannot be reached"),
    MailKind.BEFORE_DRAW: phrase("Before the draw"),
    MailKind.CHECK_IN_AGAIN: phrase("Check-in, once more"),
    MailKind.OUTCOME: phrase("What came of it"),
    MailKind.STILL_IN: phrase("Still in the draw?"),
    MailKind.WELCOME_BACK: phrase("Welcome back"),
    MailKind.CALLED_OFF: phrase("A change of plan"),
    MailKind.ROUND_REPORT: phrase("Report of a round"),
    MailKind.CONCERN: phrase("Something wrong, in confidence"),
    MailKind.SIGN_IN: phrase("Link for an organiser"),
    MailKind.TEST_COPY: phrase("Test of a mail"),
    MailKind.ROUND_READY: phrase("A round is ready to check"),
    MailKind.ROUND_SO_FAR: phrase("How a round goes so far"),
    MailKind.NOT_DELIVERED: phrase("Messages could not be delivered"),
    MailKind.SPONSOR_REPORT: phrase("Report of a quarter, for the sponsor"),
}

EVENTS: Mapping[MailEventKind, str] = {
    MailEventKind.HARD: phrase("It came back for good"),
    MailEventKind.SOFT: phrase("It came back for now"),
    MailEventKind.COMPLAINT: phrase("Somebody called it unwanted"),
    MailEventKind.AUTO_REPLY: phrase("An automatic reply came"),
    MailEventKind.DELAYED: phrase("A report says that it is delayed"),
    MailEventKind.DELIVERED: phrase("A report says that it was delivered"),
}

MEANINGS: Mapping[str, str] = {
    "accepted": phrase("The mail server has them."),
    "waiting": phrase("On their way, or still to be sent."),
    "held": phrase("Handed over, and no answer came. They may have arrived or not: somebody has to decide."),
    "rejected": phrase("The mail server said no, or they came back."),
    "suppressed": phrase("Not sent, for a reason that stands beside each."),
    "expired": phrase("Too late to be of use, so they were not sent."),
}
_FINISHED: Mapping[MailState, str] = {
    MailState.SENT: phrase("Accepted by the mail server"),
    MailState.UNCERTAIN: phrase("Held: handed over, and no answer came"),
    MailState.REJECTED: phrase("Rejected"),
    MailState.SUPPRESSED: phrase("Not sent"),
    MailState.EXPIRED: phrase("Not sent: too late to be of use"),
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
    rematchable: bool
    readable: bool
    kept: bool
    keepable: bool
    person: str
    round: str


def row(line: Line, now: datetime, zone: str, *, may_send: bool, round_: Round | None = None) -> Row:
    """A mail as a line, with what came back about it; in the outbox of `round_` it may be kept back."""
    events = tuple(_event(event, line.mail, now, zone) for event in line.events)
    waits = line.mail.state == MailState.READY and not line.mail.kept
    keepable = may_send and waits and round_ is not None and round_.state == RoundState.APPROVED
    found = row_of(line.mail, now, zone, may_send=may_send)
    return replace(found, name=line.name, events=events, keepable=keepable)


def row_of(mail: OutgoingMail, now: datetime, zone: str, *, may_send: bool = False) -> Row:
    """A mail by itself. Who sees one that was written in confidence may also send it again."""
    decides = may_send if mail.kind != MailKind.CONCERN else True
    return Row(
        id=mail.id,
        name="",
        address=mail.recipient,
        kind=KINDS[mail.kind],
        fate=SHOWN_AS[mail.state],
        state=_state(mail, now),
        said=said(shown_answer(mail) or ""),
        when=_when(mail, now, zone),
        tries=mail.attempts,
        events=(),
        resendable=decides and resendable(mail),
        leavable=decides and mail.state == MailState.UNCERTAIN,
        rematchable=decides and rematching.is_stuck(mail),
        readable=readings.readable(mail),
        kept=mail.kept and mail.state == MailState.READY,
        keepable=False,
        person=mail.participant_id or "",
        round=mail.round_id or "",
    )


_OURS: Mapping[str, Phrase] = {
    str(words): words
    for words in (
        phrase("The people it introduces are not together any more."),
        phrase("The people it names are not together any more."),
        phrase("What it said is not kept any more."),
        phrase("It was not needed any more."),
        phrase("The person has left."),
        phrase("Answered already."),
        phrase("The programme is over."),
        phrase("Mail to this address came back, or is not wanted there."),
        phrase("Left as it was, on an organiser's word."),
        phrase("It would have been one mail more than this person gets for a round."),
        phrase("It could not be sent while it was still of use."),
        phrase("The sender stopped after the whole mail was handed over and before the server answered."),
    )
}
"""Answers of ours, which are kept in English: see `mail_policy`, `claims`, `asking`, `rhythm` and `second_tries`."""


def said(answer: str) -> str:
    """What a mail server answered; or what we said ourselves, in the words that can be translated."""
    return _OURS.get(answer, answer)


def _state(mail: OutgoingMail, now: datetime) -> str:
    if mail.state in _FINISHED:
        return _FINISHED[mail.state]
    if mail.state == MailState.DOT and mail.lease_until and mail.lease_until < doubtful_before(now):
        return phrase("Waiting for the server’s last word; if none comes, it is held")
    if mail.state != MailState.READY:
        return phrase("Being handed over at this moment")
    if mail.kept:
        return phrase("Kept back; waits until somebody lets it go")
    if mail.released_at is None:
        return phrase("Written; waits until the round is sent")
    return phrase("Waits to be tried again") if mail.attempts else phrase("Waits to be sent")


def doubtful_before(now: datetime) -> datetime:
    """The lease of a mail that has waited a minute for the answer to its last dot runs out before this."""
    return now + LEASE - LAST_WORD


def _when(mail: OutgoingMail, now: datetime, zone: str) -> str:
    if mail.finished_at is not None:
        return at(mail.finished_at, now, zone)
    if mail.lease_until is not None:
        return phrase("since %(moment)s", moment=at(mail.lease_until - LEASE, now, zone))
    if mail.not_before is None:
        return phrase("not yet")
    if mail.not_before <= now:
        return phrase("as soon as possible")
    return phrase("next %(moment)s", moment=at(mail.not_before, now, zone))


def _event(event: MailEvent, mail: OutgoingMail, now: datetime, zone: str) -> str:
    said = {"event": EVENTS[event.kind], "moment": at(event.at, now, zone)}
    words = phrase("%(event)s, %(moment)s.", **said)
    if event.status:
        words = phrase("%(event)s (%(status)s), %(moment)s.", status=event.status, **said)
    if mail.state == MailState.SENT and mail.finished_at is not None and event.at < mail.finished_at:
        return together(words, phrase("That was before it was sent again."))
    return words
