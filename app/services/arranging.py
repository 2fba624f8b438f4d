"""What somebody has said about the conversation to come: arranged, for which day; and what that means for questions.

Each says it for themselves and can take it back. What one said is shown to nobody else, but it counts for all: once
somebody has arranged it nobody is reminded, and with a day the check-in comes to all on the day after.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, func, or_, select

from app.clock import local_date
from app.models import Feedback, MailKind, Met, OutgoingMail, Participant, Placement
from app.queries import programmes
from app.services import letters, mail_policy
from app.services.mail_policy import USEFUL

FURTHEST = timedelta(days=180)
"""How far ahead a conversation may be booked."""


def place_in(session: Session, person: Participant, group_id: str) -> Placement | None:
    """Where the person stands, as long as it is in this group."""
    return session.exec(
        select(Placement)
        .where(Placement.group_id == group_id, Placement.participant_id == person.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def arranged(session: Session, group_id: str) -> bool:
    """Whether somebody of the group says that it is arranged."""
    said = select(Placement.participant_id).where(
        Placement.group_id == group_id, col(Placement.arranged_at).is_not(None)
    )
    return session.exec(said.limit(1)).first() is not None


def arranged_for(session: Session, group_id: str) -> date | None:
    """The day for which it is arranged: the latest that anybody of the group named."""
    return session.exec(select(func.max(Placement.arranged_on)).where(Placement.group_id == group_id)).one()


def arrange(session: Session, place: Placement, day: date | None, now: datetime) -> None:
    """It is arranged, for a day or without one. Whoever says so is not looking for someone new."""
    if place.arranged_at is not None and place.arranged_on == day:
        return
    place.arranged_at, place.arranged_on = now, day
    place.wants_new_since = place.cannot_since = None
    session.add(place)
    session.flush()


def not_arranged(session: Session, place: Placement) -> None:
    """Take it back. A second time changes nothing."""
    place.arranged_at = place.arranged_on = None
    session.add(place)
    session.flush()


def follow(session: Session, person: Participant, group_id: str, met: Met, day: date | None, now: datetime) -> None:
    """What the answer to "did you meet?" says about it: booked is arranged, and not this time is not."""
    if met == Met.YES:
        return
    programmes.lock(session, person.programme_id)  # somebody may be taking their place away just now
    place = place_in(session, person, group_id)
    if place is None or place.cannot_since is not None:
        return
    if met == Met.BOOKED:
        arrange(session, place, day if day is not None else place.arranged_on, now)
    elif place.arranged_at is not None:
        not_arranged(session, place)


def settled() -> ColumnElement[bool]:
    """Of a `Feedback` row: nothing more to ask. Only who said "it is booked" and for which day is asked once more."""
    place = aliased(Placement)
    booked = exists().where(
        col(place.group_id) == Feedback.group_id,
        col(place.participant_id) == Feedback.participant_id,
        col(place.arranged_on).is_not(None),
    )
    return or_(col(Feedback.met) != Met.BOOKED, ~booked)


def asks_now(kind: MailKind, usual: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a question of this kind to the person of a `Placement` is due; `usual` is its time where nobody has said
    anything. Nobody is asked who cannot or looks for someone new, nor about such people alone; what came of a
    conversation is asked of whoever had it. Its parameters `today` and `earliest` are filled by `days`.
    """
    if kind == MailKind.OUTCOME:
        return usual
    other = aliased(Placement)
    beside = and_(
        col(other.round_id) == Placement.round_id,
        col(other.group_id) == Placement.group_id,
    )
    company = exists().where(
        beside,
        col(other.participant_id) != Placement.participant_id,
        col(other.cannot_since).is_(None),
        col(other.wants_new_since).is_(None),
    )
    taking_part = and_(col(Placement.cannot_since).is_(None), col(Placement.wants_new_since).is_(None), company)
    if kind == MailKind.REMINDER:
        said = exists().where(beside, col(other.arranged_at).is_not(None))
        return and_(taking_part, ~said, usual)
    if kind == MailKind.CHECK_IN_AGAIN:
        return and_(taking_part, usual)
    day = select(func.max(other.arranged_on)).where(beside).scalar_subquery()
    after = and_(day < bindparam("today", type_=Date), day >= bindparam("earliest", type_=Date))
    return and_(taking_part, or_(and_(day.is_(None), usual), after))


def days(kind: MailKind, today: date) -> dict[str, date]:
    """The parameters of `asks_now`: a conversation before `today`, and not before `earliest`, is asked about."""
    return {"today": today, "earliest": today - USEFUL[kind]} if kind == MailKind.CHECK_IN else {}


def stops(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether a question that is about to go must not, by what was said since it was written: then it is dropped, or
    waits, as a check-in does when the conversation is booked for a day to come.
    """
    group_id, me = mail.facts["group"], mail.participant_id
    places = session.exec(select(Placement).where(Placement.group_id == group_id)).all()
    free = {place.participant_id for place in places if place.cannot_since is None and place.wants_new_since is None}
    if mail.kind == MailKind.CHECK_IN and _put_off(session, mail, arranged_for(session, group_id), now):
        return True
    if me in free and len(free) > 1 and not (mail.kind == MailKind.REMINDER and arranged(session, group_id)):
        return False
    letters.drop(session, mail, mail_policy.NOT_NEEDED, now)
    return True


def _put_off(session: Session, mail: OutgoingMail, day: date | None, now: datetime) -> bool:
    """Let a check-in wait until the day after the conversation. False when there is no need to."""
    zone = mail.facts["frame"]["time_zone"]
    if day is None or day < local_date(now, zone):
        return False
    due = datetime.combine(day + timedelta(days=1), time(9), ZoneInfo(zone)).astimezone(UTC)
    mail.not_before, mail.useful_until = due, due + USEFUL[mail.kind]
    session.add(mail)
    return True


def answered(session: Session, group_id: str, participant_id: str) -> bool:
    """Whether the person has answered so that nothing is left to ask."""
    said = select(Feedback.group_id).where(
        Feedback.group_id == group_id, Feedback.participant_id == participant_id, settled()
    )
    return session.exec(said).first() is not None
