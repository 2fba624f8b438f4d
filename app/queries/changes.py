"""Reads about what organisers changed in a round by hand, and the fingerprint of what they see."""

import hashlib
import json

from sqlmodel import Session, col, func, select

from app.models import Group, MailState, OutgoingMail, Participant, Placement, Round, RoundChange
from app.queries.outbox import of_round


def kept_people(session: Session, round_: Round) -> frozenset[str]:
    """The ids of those whose mail of the round is kept back."""
    query = select(OutgoingMail.participant_id).where(*of_round(round_).holds())
    query = query.where(col(OutgoingMail.kept).is_(True), OutgoingMail.state == MailState.READY)
    return frozenset(person for person in session.exec(query) if person)


def changes_of(session: Session, round_: Round) -> list[RoundChange]:
    """Every change since the draw, the first first, those that were undone included."""
    query = select(RoundChange).where(RoundChange.round_id == round_.id).order_by(col(RoundChange.number))
    return list(session.exec(query))


def last_change(session: Session, round_: Round) -> RoundChange | None:
    """The change that an undo would take back."""
    standing = select(RoundChange).where(RoundChange.round_id == round_.id).where(col(RoundChange.undone_at).is_(None))
    return session.exec(standing.order_by(col(RoundChange.number).desc()).limit(1)).first()


def next_number(session: Session, round_: Round) -> int:
    """The number of the next change."""
    last = session.exec(select(func.max(RoundChange.number)).where(RoundChange.round_id == round_.id)).one()
    return (last or 0) + 1


def names_in(session: Session, changes: list[RoundChange]) -> dict[str, str]:
    """What the people of these changes are called now; who was erased is not among them."""
    ids = sorted({one for change in changes for done in change.changes for one in done["people"]})
    found: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        found |= dict(
            session.exec(select(Participant.id, Participant.name).where(col(Participant.id).in_(chunk))).all()
        )
    return found


def as_drawn(session: Session, round_: Round) -> dict[str, str | None]:
    """In which group the first draw put each person who is here still, whatever was changed since; None for left out.

    For an evaluation: the shadow draws stand beside this one. Whoever joined later is not among them.
    """
    rows = select(Placement.participant_id, Placement.group_id).where(Placement.round_id == round_.id)
    seats = dict(session.exec(rows).all())
    for change in reversed([one for one in changes_of(session, round_) if one.undone_at is None]):
        for person, image in change.before["people"].items():
            if image is None:
                seats.pop(person, None)
            elif person in seats:
                seats[person] = image[0]
    return seats


def locked_groups(session: Session, round_: Round) -> int:
    """How many groups of a round are locked."""
    locked = select(func.count()).select_from(Group).where(Group.round_id == round_.id)
    return session.exec(locked.where(col(Group.locked).is_(True))).one()


def fingerprint(session: Session, round_: Round) -> str:
    """What tells these groups and their mails from any others: who sits with whom, who writes first and why, who was
    left out and why, what is locked, the organisers' own words. Two looks with the same fingerprint saw the same.
    """
    groups = session.exec(
        select(Group.id, Group.position, Group.locked, Group.facts)
        .where(Group.round_id == round_.id)
        .order_by(Group.id)
    ).all()
    places = session.exec(
        select(Placement.participant_id, Placement.group_id, Placement.writes_first, Placement.reason)
        .where(Placement.round_id == round_.id)
        .order_by(Placement.participant_id)
    ).all()
    words = [round_.intro_opening, round_.intro_closing, round_.intro_subject]
    said = [round_.id, [list(row) for row in groups], [list(row) for row in places], words]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
