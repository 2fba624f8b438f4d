"""What is told without being asked, around a draw: you are in it (some days before), and welcome back (after a pause).

Each is written once for each draw or pause, because its row has a key that says so, and looked at again when it is
claimed: a mail never says of somebody what is not so any more.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, and_, col, or_, select

from app.clock import local_date
from app.models import MailKind, OddOne, OutgoingMail, Participant, ParticipantState, Programme, Round, RoundState
from app.services import hours, letters, rhythm
from app.services.draw_days import pauses_of
from app.services.mail_policy import NOT_NEEDED, WORDS_GONE, has_words

ANNOUNCEMENTS = (MailKind.BEFORE_DRAW, MailKind.WELCOME_BACK)
NEWLY_IN = timedelta(days=2)
"""Whoever joined so lately has read the day of the draw on the page that said so."""
LATE = timedelta(days=3)
"""A welcome that is later than this is not written any more."""


def before_draw(session: Session, programme: Programme, *, now: datetime, secret_key: str, most: int) -> int:
    """Tell those who are in the next draw, some working days before its day. Returns how many, at most `most`."""
    day, today = programme.next_draw_on, local_date(now, programme.time_zone)
    if not programme.announce_before or day is None or not _soon(programme, day, today):
        return 0
    if _drawn_already(session, programme):
        return 0
    occasion = f"draw/{day}"
    people = _in_the_draw(session, programme, today, occasion, now, most)
    for person in people:
        words = partial(_facts, session, programme, person, now, secret_key, draw_on=day.isoformat())
        rhythm.write(session, programme, MailKind.BEFORE_DRAW, occasion, words, now=now, person=person)
    return len(people)


def welcome(session: Session, programme: Programme, *, now: datetime, secret_key: str, most: int) -> int:
    """Greet those whose pause ended today or a little before. Returns how many, at most `most`."""
    today, written = local_date(now, programme.time_zone), 0
    for day in (today - timedelta(days=ago) for ago in range(LATE.days if programme.welcome_back else 0)):
        occasion = f"back/{day}"
        people = _back(session, programme, day, occasion, most - written)
        for person in people:
            words = partial(_facts, session, programme, person, now, secret_key)
            rhythm.write(session, programme, MailKind.WELCOME_BACK, occasion, words, now=now, person=person)
        written += len(people)
    return written


def still_true(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether an announcement says what is so: its reader is in the draw, and the draw is still to come."""
    if not has_words(mail):
        return letters.drop(session, mail, WORDS_GONE, now)
    programme = session.get_one(Programme, mail.programme_id)
    today = local_date(now, programme.time_zone)
    inside = _drawn_on(programme, today) if mail.kind == MailKind.BEFORE_DRAW else _taking_part(programme, today)
    person = session.exec(select(Participant.id).where(Participant.id == mail.participant_id).where(inside)).first()
    if person is None or (mail.kind == MailKind.BEFORE_DRAW and not _to_come(session, programme, mail, today)):
        return letters.drop(session, mail, NOT_NEEDED, now)
    return True


def _facts(
    session: Session, programme: Programme, person: Participant, now: datetime, secret_key: str, **more: str
) -> letters.Facts:
    return {
        "frame": letters.frame_facts(session, programme),
        "member": letters.member_facts(person, {}),
        "links": letters.choice_links(session, person, now, secret_key),
        **more,
    }


def _soon(programme: Programme, day: date, today: date) -> bool:
    return hours.working_days_before(day, programme.announce_before, pauses_of(programme)) <= today < day


def _drawn_already(session: Session, programme: Programme) -> bool:
    """Whether names are drawn and not sent yet: who skips now would skip the draw after."""
    waiting = select(Round.id).where(Round.programme_id == programme.id)
    waiting = waiting.where(col(Round.state).in_([RoundState.MATCHED, RoundState.APPROVED]))
    return session.exec(waiting.limit(1)).first() is not None


def _to_come(session: Session, programme: Programme, mail: OutgoingMail, today: date) -> bool:
    """The day is still that day and not here, and no round was drawn since the mail was written."""
    day = programme.next_draw_on
    if day is None or day.isoformat() != mail.facts["draw_on"] or day <= today:
        return False
    drawn = select(Round.id).where(Round.programme_id == programme.id).where(col(Round.matched_at) > mail.created_at)
    return session.exec(drawn.limit(1)).first() is None


def _taking_part(programme: Programme, today: date) -> ColumnElement[bool]:
    """Active, or back from a pause; and not a host who is drawn only for the odd one."""
    back = and_(Participant.state == ParticipantState.PAUSED, col(Participant.paused_until) <= today)
    return and_(or_(Participant.state == ParticipantState.ACTIVE, back), _no_host(programme))


def _no_host(programme: Programme) -> ColumnElement[bool]:
    return col(Participant.host).is_(False) if programme.odd_one == OddOne.HOST else true()


def _drawn_on(programme: Programme, today: date) -> ColumnElement[bool]:
    return and_(_taking_part(programme, today), col(Participant.skip_next).is_(False))


def _in_the_draw(
    session: Session, programme: Programme, today: date, occasion: str, now: datetime, most: int
) -> Sequence[Participant]:
    """Who is in the draw and was not told, nor just greeted or new: they know."""
    mine = select(OutgoingMail.id).where(OutgoingMail.participant_id == Participant.id)
    told = mine.where(OutgoingMail.kind == MailKind.BEFORE_DRAW).where(OutgoingMail.occasion == occasion)
    greeted = mine.where(OutgoingMail.kind == MailKind.WELCOME_BACK).where(col(OutgoingMail.created_at) > now - LATE)
    return session.exec(
        select(Participant)
        .where(Participant.programme_id == programme.id)
        .where(_drawn_on(programme, today))
        .where(or_(col(Participant.confirmed_at).is_(None), col(Participant.confirmed_at) <= now - NEWLY_IN))
        .where(~told.exists(), ~greeted.exists())
        .order_by(Participant.id)
        .limit(most)
    ).all()


def _back(session: Session, programme: Programme, day: date, occasion: str, most: int) -> Sequence[Participant]:
    """Whose pause ended on that day and who was not greeted for it."""
    greeted = (
        select(OutgoingMail.id)
        .where(OutgoingMail.participant_id == Participant.id)
        .where(OutgoingMail.kind == MailKind.WELCOME_BACK)
        .where(OutgoingMail.occasion == occasion)
    )
    return session.exec(
        select(Participant)
        .where(Participant.programme_id == programme.id)
        .where(Participant.state == ParticipantState.PAUSED)
        .where(Participant.paused_until == day)
        .where(_no_host(programme))
        .where(~greeted.exists())
        .order_by(Participant.id)
        .limit(most)
    ).all()
