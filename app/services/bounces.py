"""What came back about our mails, acted upon: the mail's fate, the address, the person, and whoever waits for them.

Only a report with a tag of ours counts (`security.mail_of_tag`); whatever else it says changes nothing. Each report
counts once, however often and over whichever door it comes. Sources: RFC 3464, RFC 5965; research on reliability, I13,
I14, E22, E23, F26, F27.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.files.addresses import canonical_key
from app.models import (
    MailEvent,
    MailEventKind,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Programme,
    SuppressionReason,
)
from app.queries import programmes as programme_queries
from app.security import mail_of_tag
from app.services import absences, participants, suppression
from emails import inbound
from emails.inbound import Report

SOFT_WINDOW = timedelta(days=14)
"""Two soft failures of an address on different days (UTC) within this time make it one that cannot be reached."""

STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
AT_ONCE = "smtp"
"""The door of what a server says while we speak to it."""
HANDED_OVER = (MailState.SENT, MailState.UNCERTAIN, MailState.DOT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report did. `unknown`: no tag of ours; `nothing`: no report at all; `repeated`: we have been told."""

    what: Literal["noted", "unknown", "nothing", "repeated"]
    kind: MailEventKind | None = None
    mail_id: str | None = None
    suppressed: SuppressionReason | None = None


def key_of(data: bytes) -> str:
    """What names a report that no provider has given a name: its SHA-256."""
    return hashlib.sha256(data).hexdigest()


def take(session: Session, report: Report, *, source: str, event_key: str, now: datetime, secret_key: str) -> Outcome:
    """Act on a report from outside, once for each `event_key`. A tag that is unknown or forged changes nothing.

    `source` names the door it came through, in at most 20 letters. The caller tells outsiders nothing of the outcome.
    """
    if report.kind == "nothing":
        return Outcome("nothing")
    mail_id = mail_of_tag(secret_key, report.tag)
    mail = session.get(OutgoingMail, mail_id) if mail_id else None
    if mail is None:
        return Outcome("unknown")
    return _note(session, mail, report, source, event_key, now, secret_key)


def get_ready(session: Session, programme_id: str) -> None:
    """Before `rejected_at_once`, and before the row of the mail is touched: the programme comes first, for all who
    change a round. Who has a mail and waits for the programme may be waiting for one who waits for the mail.
    """
    programme_queries.lock(session, programme_id)


def rejected_at_once(
    session: Session, mail_id: str, *, code: int | None, reply: str, attempt: int, now: datetime, secret_key: str
) -> Outcome:
    """The mail server refused this mail for good while we spoke to it: the same as a report. The row says so already.

    `code` and `reply` are the server's; without a code it was us who refused, and nobody's mailbox is to blame.
    """
    mail = session.get(OutgoingMail, mail_id)
    if code is None or mail is None:
        return Outcome("nothing")
    session.refresh(mail)
    kind, status = inbound.judge("", f"{code} {reply}")
    return _note(session, mail, Report(kind, "", status), AT_ONCE, f"smtp/{mail_id}/{attempt}", now, secret_key)


def not_sent(session: Session, mail: OutgoingMail, *, now: datetime, secret_key: str) -> None:
    """An introduction is put away because its address is suppressed: whoever waits for that person is told.

    Call it before the row loses its facts.
    """
    if mail.kind == MailKind.INTRODUCTION:
        absences.tell_partners(session, mail, now=now, secret_key=secret_key)


def reached(session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str) -> bool:
    """A button in a mail to this person was pressed, so mail does arrive: it may go again. Whom we held comes back.

    An organiser's suppression stays. Returns whether anything changed.
    """
    if not suppression.lift_by_own_act(session, programme.organisation_id, person.email, secret_key=secret_key):
        return False
    absences.end(session, programme.organisation_id, person.email, now=now, actor=f"participant:{person.id}")
    return True


def lift(session: Session, organisation_id: str, address: str, *, now: datetime, secret_key: str, actor: str) -> bool:
    """An organiser's word that mail may go there again; whom we held comes back. Returns whether anything changed."""
    if not suppression.lift(session, organisation_id, address, secret_key=secret_key):
        return False
    absences.end(session, organisation_id, address, now=now, actor=actor)
    return True


def _note(
    session: Session, mail: OutgoingMail, report: Report, source: str, event_key: str, now: datetime, secret_key: str
) -> Outcome:
    programme = programme_queries.lock(session, mail.programme_id)  # before the mail: as all who change a round do
    session.refresh(mail, with_for_update=True)
    kind = _believed(mail, report)
    event = MailEvent(
        organisation_id=mail.organisation_id,
        mail_id=mail.id,
        kind=kind,
        status=report.status if STATUS.fullmatch(report.status) else "",
        source=source[:20],
        event_key=_plain(event_key),
        at=now,
    )
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError:
        return Outcome("repeated", kind, mail.id)
    reason = _act(session, programme, mail, event, now, secret_key)
    return Outcome("noted", kind, mail.id, reason)


def _plain(event_key: str) -> str:
    """A provider's name for an event as it can be kept; a strange or long one by its hash."""
    plain = len(event_key) <= 80 and event_key.isascii() and event_key.isprintable()
    return event_key if plain else key_of(event_key.encode("utf-8", "surrogatepass"))


def _believed(mail: OutgoingMail, report: Report) -> MailEventKind:
    """A hard failure of somebody else's address, behind an alias or a list, is at most a soft one of this person's."""
    kind = MailEventKind(report.kind)
    hint = report.recipient_hint
    if kind != MailEventKind.HARD or not hint or canonical_key(hint) == canonical_key(mail.recipient):
        return kind
    return kind if _local(hint) == _local(mail.recipient) else MailEventKind.SOFT


def _local(address: str) -> str:
    """The part before the @, without its tag: hosts are rewritten on the way, names hardly ever."""
    return canonical_key(address).rpartition("@")[0].partition("+")[0]


def _act(
    session: Session, programme: Programme, mail: OutgoingMail, event: MailEvent, now: datetime, secret_key: str
) -> SuppressionReason | None:
    match event.kind:
        case MailEventKind.DELIVERED:
            waits_again = mail.state == MailState.READY and mail.attempts > 0
            if mail.state in (MailState.UNCERTAIN, MailState.DOT) or waits_again:
                _settle(session, mail, MailState.SENT, "A report says that it was delivered.", now)
            return None
        case MailEventKind.HARD | MailEventKind.SOFT:
            return _failed(session, mail, event, now, secret_key)
        case MailEventKind.COMPLAINT:
            return _complained(session, programme, mail, event, now, secret_key)
        case _:
            return None  # replies of machines and delays are good to know, and never counted


def _failed(
    session: Session, mail: OutgoingMail, event: MailEvent, now: datetime, secret_key: str
) -> SuppressionReason | None:
    if event.kind == MailEventKind.HARD and event.source != AT_ONCE:  # which says nothing of an earlier try
        mail.doubted = False
    if mail.state in HANDED_OVER:
        _settle(session, mail, MailState.REJECTED, f"It came back: {event.status or 'no reason given'}.", now)
    reason = _reason(session, mail, event)
    if reason is not None:
        suppression.suppress(
            session, mail.organisation_id, mail.recipient, reason, status=event.status, secret_key=secret_key, now=now
        )
        absences.begin(session, mail.organisation_id, mail.recipient, now=now, secret_key=secret_key)
    if mail.kind == MailKind.INTRODUCTION:
        absences.tell_partners(session, mail, now=now, secret_key=secret_key)
    return reason


def _complained(
    session: Session, programme: Programme, mail: OutgoingMail, event: MailEvent, now: datetime, secret_key: str
) -> SuppressionReason:
    """Calling a mail spam is leaving, in other words. Nothing is sent to say so."""
    reason = SuppressionReason.COMPLAINT
    suppression.suppress(
        session, mail.organisation_id, mail.recipient, reason, status=event.status, secret_key=secret_key, now=now
    )
    if mail.participant_id is not None:
        person = session.exec(select(Participant).where(Participant.id == mail.participant_id)).one()
        if person.state != ParticipantState.PENDING:
            participants.leave(session, programme, person, now=now, secret_key=secret_key)
    absences.begin(session, mail.organisation_id, mail.recipient, now=now, secret_key=secret_key)
    return reason


def _settle(session: Session, mail: OutgoingMail, state: MailState, answer: str, now: datetime) -> None:
    """Its fate. A worker that still waits for the server's answer finds its claim gone, and lets the mail be."""
    mail.state, mail.answer, mail.finished_at = state, answer, mail.finished_at or now
    mail.attempt_token = mail.claimed_by = mail.lease_until = mail.rendered = None
    session.add(mail)
    session.flush()


def _reason(session: Session, mail: OutgoingMail, event: MailEvent) -> SuppressionReason | None:
    if event.kind == MailEventKind.HARD:
        return SuppressionReason.HARD
    days = _soft_days(session, mail, since=event.at - SOFT_WINDOW)
    return SuppressionReason.SOFT if len(days) > 1 else None


def _soft_days(session: Session, mail: OutgoingMail, since: datetime) -> set[date]:
    """The days on which mails to this address failed softly, in any programme of the organisation.

    Refusals for reasons of policy (5.7.x) do not count: they mean the sender, and a blocklist would close everybody.
    """
    key = canonical_key(mail.recipient)
    rows = session.exec(
        select(MailEvent.at, OutgoingMail.recipient)
        .join(OutgoingMail, col(OutgoingMail.id) == MailEvent.mail_id)
        .where(MailEvent.organisation_id == mail.organisation_id)
        .where(MailEvent.kind == MailEventKind.SOFT)
        .where(MailEvent.at >= since)
        .where(~col(MailEvent.status).startswith("5.7."))
    )
    return {_day(at) for at, recipient in rows if canonical_key(recipient) == key}


def _day(moment: datetime) -> date:
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
