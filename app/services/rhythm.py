"""The rhythm of mails: how many a person gets for a round, and at what hour. Every mail that can wait is written here.

`write` does not write what would be one too many, and `may_go` looks again when a mail is about to leave, since one
that must go may have been written meanwhile. Those that must go (introductions, left-out words, "we could not reach …")
count, and are never kept back; what somebody has just asked for does not count.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from app.models import MailKind, MailState, OutgoingMail, Participant, Placement, Programme, Round
from app.services import hours, letters, outbox
from app.services.draw_days import pauses_of
from app.services.letters import Facts
from app.services.mail_policy import BETWEEN_ROUNDS

ENOUGH = "It would have been one mail more than this person gets for a round."
NEVER_LEFT = (MailState.SUPPRESSED, MailState.EXPIRED)


def write(
    session: Session,
    programme: Programme,
    kind: MailKind,
    occasion: str,
    words: Callable[[], Facts],
    *,
    now: datetime,
    person: Participant,
    round_: Round | None = None,
) -> OutgoingMail | None:
    """A mail that can wait: due in its reader's next working hour. None where it would be one too many; then a row
    without words says so, and nobody thinks of it again. The caller holds the programme's lock.
    """
    if not has_room(session, programme, person, round_):
        mail = outbox.write(
            session, programme, kind, occasion, {}, now=now, participant=person, round_=round_, released=False
        )
        letters.drop(session, mail, ENOUGH, now)
        return None
    mail = outbox.write(
        session, programme, kind, occasion, words(), now=now, participant=person, round_=round_, released=False
    )
    outbox.release(mail, due(programme, person, now))
    return mail


def has_room(session: Session, programme: Programme, person: Participant, round_: Round | None) -> bool:
    """Whether one mail more may be written. Before a round, room is kept for the introduction that it will bring."""
    most = programme.mails_a_round - (round_ is None)
    return _count(session, person.id, programme.id, round_.sending_at if round_ else None, round_) < most


def may_go(session: Session, mail: OutgoingMail, now: datetime) -> bool:
    """Whether a mail that can wait goes now. One too many is let be; out of hours it waits for the next ones."""
    programme = session.get_one(Programme, mail.programme_id)
    person = session.exec(select(Participant).where(Participant.id == mail.participant_id)).one()
    round_ = _round_of(session, mail)
    most = programme.mails_a_round - (round_ is None)
    if _count(session, person.id, programme.id, round_.sending_at if round_ else None, round_) > most:
        return letters.drop(session, mail, ENOUGH, now)
    opens = due(programme, person, now)
    if opens > now:
        mail.not_before = opens
        session.add(mail)
    return opens <= now


def due(programme: Programme, person: Participant, now: datetime) -> datetime:
    """When a mail that can wait may leave for this person: now, or in their next working hour."""
    begin, end = programme.mail_from_hour, programme.mail_until_hour
    return hours.next_open(now, zone_of(programme, person), begin, end, pauses_of(programme))


def zone_of(programme: Programme, person: Participant | None = None) -> ZoneInfo:
    """Where somebody lives, by the clock; the programme's zone where they have not said, or we know no such."""
    return _zone(person.time_zone if person else "", programme)


def _zone(said: str, programme: Programme) -> ZoneInfo:
    try:
        return ZoneInfo(said or programme.time_zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(programme.time_zone)


def zones_of(session: Session, programme: Programme, round_: Round) -> dict[ZoneInfo, list[str]]:
    """The zones in which the people of a round live, each by the names that they gave it; empty for the programme's."""
    query = select(Participant.time_zone).join(Placement, col(Placement.participant_id) == Participant.id)
    found: dict[ZoneInfo, list[str]] = defaultdict(list)
    for said in session.exec(query.where(Placement.round_id == round_.id).distinct()):
        found[_zone(said, programme)].append(said)
    return found


def _count(session: Session, person_id: str, programme_id: str, until: datetime | None, round_: Round | None) -> int:
    """The mails to a person about a round, with those between it and the round before. None: the round to come."""
    sent = select(func.max(Round.sending_at)).where(Round.programme_id == programme_id)
    since = session.exec(sent.where(col(Round.sending_at) < until) if until else sent).one()
    between: list[ColumnElement[bool]] = [
        col(OutgoingMail.round_id).is_(None),
        col(OutgoingMail.kind).in_(BETWEEN_ROUNDS),
    ]
    between += [col(OutgoingMail.created_at) > since] if since else []
    between += [col(OutgoingMail.created_at) <= until] if until else []
    mine = or_(OutgoingMail.round_id == round_.id, and_(*between)) if round_ else and_(*between)
    return session.exec(
        select(func.count())
        .select_from(OutgoingMail)
        .where(OutgoingMail.participant_id == person_id)
        .where(col(OutgoingMail.state).not_in(NEVER_LEFT))
        .where(mine)
    ).one()


def _round_of(session: Session, mail: OutgoingMail) -> Round | None:
    """The round that a mail counts for: its own, or the first that was sent after it was written."""
    if mail.round_id is not None:
        return session.exec(select(Round).where(Round.id == mail.round_id)).one()
    return session.exec(
        select(Round)
        .where(Round.programme_id == mail.programme_id)
        .where(col(Round.sending_at) >= mail.created_at)
        .order_by(col(Round.sending_at))
        .limit(1)
    ).one_or_none()
