"""Reads for the page on which a drawn round is looked at: all of its groups, and the people of those that are shown."""

import re
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from app.models import Group, Participant, Placement, Round


@dataclass(frozen=True, slots=True)
class Outline:
    """A group, and how many people it has now: enough to choose which are shown."""

    group: Group
    people: int


def outlines(session: Session, round_: Round) -> list[Outline]:
    """All groups of a round in their order."""
    sitting = dict(
        session.exec(
            select(Placement.group_id, func.count())
            .where(Placement.round_id == round_.id)
            .where(col(Placement.group_id).is_not(None))
            .group_by(col(Placement.group_id))
        ).all()
    )
    groups = session.exec(select(Group).where(Group.round_id == round_.id).order_by(col(Group.position)))
    return [Outline(one, sitting.get(one.id, 0)) for one in groups]


def group(session: Session, group_id: str) -> Group:
    """The group of that id, which is there."""
    return session.exec(select(Group).where(Group.id == group_id)).one()


def found_in(session: Session, round_: Round, words: str) -> set[str]:
    """The groups in which somebody has these words in their name or address."""
    rows = session.exec(
        select(Placement.group_id)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(Placement.round_id == round_.id)
        .where(col(Placement.group_id).is_not(None))
        .where(named(words))
    )
    return {one for one in rows if one is not None}


def people_in(session: Session, round_: Round, words: str, limit: int) -> list[tuple[Participant, Placement]]:
    """People of a round with these words in their name or address, each with their place, at most `limit`."""
    rows = session.exec(
        select(Participant, Placement)
        .join(Placement, col(Placement.participant_id) == Participant.id)
        .where(Placement.round_id == round_.id)
        .where(named(words))
        .order_by(Participant.name, Participant.id)
        .limit(limit)
    )
    return [(person, place) for person, place in rows]


def outside(session: Session, round_: Round, words: str, limit: int) -> list[Participant]:
    """People of the programme who are not in the round, with these words in their name or address, at most `limit`."""
    inside = select(Placement.participant_id).where(Placement.round_id == round_.id)
    rows = session.exec(
        select(Participant)
        .where(Participant.programme_id == round_.programme_id)
        .where(col(Participant.id).not_in(inside))
        .where(named(words))
        .order_by(Participant.name, Participant.id)
        .limit(limit)
    )
    return list(rows)


def seated(session: Session, round_: Round) -> tuple[int, int]:
    """How many people have a group, and how many pairs sit together."""
    sizes = (
        select(func.count())
        .where(Placement.round_id == round_.id)
        .where(col(Placement.group_id).is_not(None))
        .group_by(col(Placement.group_id))
    )
    found = session.exec(sizes).all()
    return sum(found), sum(size * (size - 1) // 2 for size in found)


def by_team(session: Session, round_: Round) -> Counter[str]:
    """How many people of each team have a group; who has no team is not among them."""
    rows = session.exec(
        select(Participant.team_id, func.count())
        .join(Placement, col(Placement.participant_id) == Participant.id)
        .where(Placement.round_id == round_.id)
        .where(col(Placement.group_id).is_not(None))
        .where(col(Participant.team_id).is_not(None))
        .group_by(col(Participant.team_id))
    )
    return Counter({team: number for team, number in rows if team is not None})


_UNTYPED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def named(words: str) -> ColumnElement[bool]:
    """Whether name or address holds these words, whatever their case. What nobody can type is not looked for: a
    database may refuse it.
    """
    words = _UNTYPED.sub("", words)
    places = (col(Participant.name), col(Participant.email))
    return or_(*(place.icontains(words, autoescape=True) for place in places))
