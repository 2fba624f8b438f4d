"""O4: what a programme did in a quarter, written down once, and mailed to its sponsor where there is one.

The figures stand in a row of their own and never move again: the mail, the page behind its link and the organisers'
page say the same for ever, and nobody learns from two looks what one would not tell.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.models import MailKind, OutgoingMail, Programme, ProgrammeState, QuarterReport
from app.queries import reports as queries
from app.services import hours, letters, mail_policy, outbox, quarters, rhythm, sponsors
from app.services.draw_days import pauses_of
from app.services.quarters import Quarter

LATELY = timedelta(days=45)
"""So long after its end a quarter is written down still, where no worker ran or the programme had a rest."""


def write(session: Session, programme: Programme, *, now: datetime, secret_key: str, most: int) -> int:
    """The quarter that is over, once, from the first working morning after it, if a round was sent in it. Returns how
    many mails are written, whatever `most` says: one at most. The caller holds the programme's lock.
    """
    del most
    zone = rhythm.zone_of(programme)
    quarter = quarters.before(now, zone)
    if not _is_time(programme, quarter, now) or queries.written(session, programme, str(quarter)):
        return 0
    rounds = queries.sent_between(session, programme, quarter.begins(zone), quarter.ends(zone))
    if not rounds:
        return 0
    figures = queries.figures(session, programme, rounds)
    report = QuarterReport(
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        quarter=str(quarter),
        figures=figures.as_json(),
        created_at=now,
    )
    mailed = _mail(session, programme, report, figures, now=now, secret_key=secret_key)
    session.add(report)
    return int(mailed)


def _is_time(programme: Programme, quarter: Quarter, now: datetime) -> bool:
    """Whether it is a working hour of the programme, not too long after: nobody is woken by this."""
    ended = quarter.ends(rhythm.zone_of(programme))
    return now < ended + LATELY and _next_hour(programme, now) <= now


def _next_hour(programme: Programme, moment: datetime) -> datetime:
    begin, end = programme.mail_from_hour, programme.mail_until_hour
    return hours.next_open(moment, rhythm.zone_of(programme), begin, end, pauses_of(programme))


def _mail(
    session: Session,
    programme: Programme,
    report: QuarterReport,
    figures: queries.Figures,
    *,
    now: datetime,
    secret_key: str,
) -> bool:
    address = programme.sponsor_email
    if not address or queries.stopped_at(session, programme) is not None:
        return False
    facts = {
        "frame": letters.frame_facts(session, programme),
        "quarter": report.quarter,
        "rounds": figures.rounds,
        "people": figures.people,
        "introductions": figures.introductions,
        "answered": figures.answered,
        "met": figures.met,
        "links": sponsors.hand_over(report, address, secret_key),
    }
    outbox.write(session, programme, MailKind.SPONSOR_REPORT, report.quarter, facts, now=now, address=address)
    return True


def make_true(session: Session, mail: OutgoingMail, *, now: datetime) -> bool:
    """Whether a report may go when it is about to: its reader is the sponsor still, and was all the while, so that its
    link opens; and has not said stop. Returns False when it must not go: see `letters`.
    """
    if not mail_policy.has_words(mail):
        return letters.drop(session, mail, mail_policy.WORDS_GONE, now)
    programme = session.get_one(Programme, mail.programme_id)
    theirs = (programme.sponsor_email or "").casefold() == mail.recipient_key
    void = queries.report(session, programme, mail.occasion).voided_at is not None
    closed = programme.state == ProgrammeState.CLOSED
    if not theirs or void or closed or queries.stopped_at(session, programme) is not None:
        return letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
    return True
