"""People whose mailbox cannot be reached: not drawn while that lasts, and whoever was to meet them is told kindly."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from app.files.addresses import canonical_key
from app.models import (
    HeldFor,
    MailKind,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    Round,
    RoundState,
)
from app.queries import participants as people_queries
from app.services import audit, letters, rounds, suppression

IN_THE_DRAW = (ParticipantState.ACTIVE, ParticipantState.PAUSED)
GOING = (MailState.READY, MailState.SENDING, MailState.DOT, MailState.SENT, MailState.UNCERTAIN)
"""States of an introduction that its reader has, or will have, as far as anybody knows."""
ACTOR = "mail"


def begin(session: Session, organisation_id: str, address: str, *, now: datetime, secret_key: str) -> None:
    """Whoever has this address is held in every programme: an introduction would never reach them.

    They go from rounds of which they have not heard yet, as if they had left.
    """
    for person, programme in _with_address(session, organisation_id, address):
        if person.state not in IN_THE_DRAW:
            continue
        rounds.withdraw(session, programme, person, now=now, secret_key=secret_key, told=False)
        person.state, person.held_for = ParticipantState.HELD, HeldFor.BOUNCE
        person.paused_until, person.skip_next, person.in_next = None, False, False
        session.add(person)
        audit.note(session, programme, now=now, actor=ACTOR, action="participant.hold", subject=person.id)
    session.flush()


def end(session: Session, organisation_id: str, address: str, *, now: datetime, actor: str) -> None:
    """Mail may go there again: whoever was held for that is in the draw. Silence is another matter (`silence`)."""
    for person, programme in _with_address(session, organisation_id, address):
        if person.state == ParticipantState.HELD and person.held_for != HeldFor.SILENCE:
            person.state, person.held_for = ParticipantState.ACTIVE, None
            session.add(person)
            audit.note(session, programme, now=now, actor=actor, action="participant.back", subject=person.id)
    session.flush()


def tell_partners(session: Session, mail: OutgoingMail, *, now: datetime, secret_key: str) -> int:
    """Those whose introductions name the reader of this one learn that it may not have arrived, and may ask for someone
    new. Once for each introduction; nobody is mailed whom we cannot reach either. Returns how many are told.
    """
    round_ = session.exec(select(Round).where(Round.id == mail.round_id)).one_or_none()
    if round_ is None or round_.state not in (RoundState.SENDING, RoundState.INTRODUCED):
        return 0
    programme = session.exec(select(Programme).where(Programme.id == mail.programme_id)).one()
    away = session.exec(select(Participant).where(Participant.id == mail.participant_id)).one()
    told = 0
    for reader, theirs in beside(session, mail):
        unreachable = suppression.suppressed(session, mail.organisation_id, reader.email, secret_key=secret_key)
        if unreachable is None and not _told(session, theirs):
            letters.queue_partner_away(session, programme, theirs, reader, away, now=now, secret_key=secret_key)
            session.flush()
            told += 1
    return told


def _with_address(session: Session, organisation_id: str, address: str) -> list[tuple[Participant, Programme]]:
    rows = session.exec(
        select(Participant, Programme)
        .join(Programme, col(Programme.id) == Participant.programme_id)
        .where(Participant.organisation_id == organisation_id)
        .where(Participant.email_key == canonical_key(address))
        .order_by(Participant.programme_id)  # programmes are locked on the way: always in the same order
    )
    return list(rows.all())


def beside(session: Session, mail: OutgoingMail) -> Iterator[tuple[Participant, OutgoingMail]]:
    """Who else is in the group that this mail introduces and is here still, with their own introductions to it."""
    group_id, listed = _group_of(session, mail)
    here = {person.id: person for person in people_queries.still_here(session, listed) if person.id in listed}
    for theirs in session.exec(
        select(OutgoingMail)
        .where(col(OutgoingMail.participant_id).in_(list(here)))
        .where(OutgoingMail.round_id == mail.round_id)
        .where(OutgoingMail.kind == MailKind.INTRODUCTION)
        .where(col(OutgoingMail.state).in_(GOING))
        .order_by(OutgoingMail.id)
    ).all():
        named = {member["id"] for member in theirs.facts.get("members", ())}
        if theirs.facts.get("group") == group_id and mail.participant_id in named:
            yield here[theirs.participant_id or ""], theirs


def _group_of(session: Session, mail: OutgoingMail) -> tuple[str | None, list[str]]:
    """The group that a mail introduces and the others in it; from where they stand when the mail's words are gone."""
    if mail.facts:
        return mail.facts["group"], [m["id"] for m in mail.facts["members"] if m["id"] != mail.participant_id]
    own = session.get(Placement, (mail.round_id, mail.participant_id))
    if own is None or own.group_id is None:
        return None, []
    others = session.exec(select(Placement.participant_id).where(Placement.group_id == own.group_id))
    return own.group_id, [other for other in others if other != mail.participant_id]


def _told(session: Session, theirs: OutgoingMail) -> bool:
    """Whether the reader of this introduction has had that word already."""
    found = session.exec(
        select(OutgoingMail.id)
        .where(OutgoingMail.programme_id == theirs.programme_id)
        .where(OutgoingMail.occasion == theirs.occasion)
        .where(OutgoingMail.kind == MailKind.PARTNER_AWAY)
        .where(OutgoingMail.recipient_key == theirs.recipient_key)
    )
    return found.first() is not None
