"""What is not kept: words of mails, spent links, old feedback and audit (GDPR 5(1)(e)). Who met whom stays: it is what
keeps people from meeting twice.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, update

from app.models import (
    AuditEntry,
    DomainPace,
    Feedback,
    KeptAnswer,
    MailedLink,
    MailEvent,
    MailKind,
    MailState,
    Outcome,
    OutgoingMail,
)
from app.services import import_jobs, organiser_links, organiser_sessions, uploads, workers
from app.settings import Settings

AFTER_EXPIRY = timedelta(days=1)
ANSWERS = timedelta(days=30)
EVENTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Kept:
    """How long things are kept: the one source of what is removed and of what the privacy page says."""

    mails: timedelta
    concerns: timedelta
    feedback: timedelta
    audit: timedelta
    answers: timedelta = ANSWERS
    events: timedelta = EVENTS


def kept(settings: Settings) -> Kept:
    """The times by these settings."""
    return Kept(
        mails=timedelta(days=settings.keep_mail_days),
        concerns=timedelta(days=settings.keep_concern_days),
        feedback=timedelta(days=settings.keep_feedback_days),
        audit=timedelta(days=settings.keep_audit_days),
    )


@dataclass(frozen=True)
class Removed:
    """How many of each were removed."""

    mail_words: int = 0
    concern_words: int = 0
    links: int = 0
    feedback_words: int = 0
    outcome_words: int = 0
    audit_entries: int = 0
    kept_answers: int = 0
    mail_events: int = 0
    imports: int = 0
    uploads: int = 0
    workers: int = 0
    sign_ins: int = 0

    def as_dict(self) -> dict[str, int]:
        """Those that are not zero."""
        return {name: number for name, number in asdict(self).items() if number}


def forget(session: Session, settings: Settings, now: datetime) -> Removed:
    """Remove whatever is past its time. May run any number of times."""
    times = kept(settings)
    session.exec(delete(DomainPace).where(col(DomainPace.next_at) < now - timedelta(hours=1)))
    return Removed(
        mail_words=_mail_words(session, now - times.mails),
        concern_words=_mail_words(session, now - times.concerns, concerns=True),
        links=_links(session, now - AFTER_EXPIRY),
        feedback_words=session.exec(
            update(Feedback)
            .where(col(Feedback.updated_at) < now - times.feedback)
            .where(or_(col(Feedback.learnt) != "", col(Feedback.will_try) != ""))
            .values(learnt="", will_try="", share=False)
        ).rowcount,
        outcome_words=session.exec(
            update(Outcome)
            .where(col(Outcome.updated_at) < now - times.feedback)
            .where(col(Outcome.line) != "")
            .values(line="")
        ).rowcount,
        audit_entries=session.exec(delete(AuditEntry).where(col(AuditEntry.at) < now - times.audit)).rowcount,
        kept_answers=session.exec(delete(KeptAnswer).where(col(KeptAnswer.created_at) < now - times.answers)).rowcount,
        mail_events=session.exec(delete(MailEvent).where(col(MailEvent.at) < now - times.events)).rowcount,
        imports=import_jobs.forget_done(session, now - times.answers),
        uploads=uploads.forget_old(session, now),
        workers=workers.forget_old(session, now),
        sign_ins=organiser_links.forget(session, now - AFTER_EXPIRY) + organiser_sessions.forget(session, now),
    )


def _mail_words(session: Session, before: datetime, *, concerns: bool = False) -> int:
    """Finished mails keep their state and count, and lose what they said. Their facts are then an empty object. What
    somebody says is wrong has a time of its own.

    Those that are held keep it until somebody has decided.
    """
    is_concern = col(OutgoingMail.kind) == MailKind.CONCERN
    old = session.exec(
        update(OutgoingMail)
        .where(col(OutgoingMail.finished_at) < before)
        .where(is_concern if concerns else ~is_concern)
        .where(col(OutgoingMail.state) != MailState.UNCERTAIN)
        .where(or_(col(OutgoingMail.answer).is_not(None), col(OutgoingMail.rendered).is_not(None)))
        .values(facts={}, rendered=None, answer=None)
    )
    return old.rowcount


def _links(session: Session, before: datetime) -> int:
    """A link that has expired opens nothing; links to leave never expire."""
    spent = session.exec(delete(MailedLink).where(col(MailedLink.expires_at) < before))
    return spent.rowcount
