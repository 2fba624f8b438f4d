"""Reads about the pairs whom organisers keep apart; what people have said themselves is in none of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.files.addresses import canonical_key
from app.models import Block, Participant, Programme


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people whom organisers keep apart, and since when."""

    a: Participant
    b: Participant
    since: datetime

    @property
    def cursor(self) -> str:
        """What asks for the pairs after this one: both ids, which are of one length."""
        return self.a.id + self.b.id


def page(session: Session, programme: Programme, after: str = "", limit: int = 100) -> list[Pair]:
    """At most `limit` pairs after that cursor, in the order of their ids."""
    first, second = after[: len(after) // 2], after[len(after) // 2 :]
    one, other = aliased(Participant), aliased(Participant)
    rows = session.exec(
        select(one, other, Block.created_at)
        .join(one, col(one.id) == Block.a_id)
        .join(other, col(other.id) == Block.b_id)
        .where(Block.programme_id == programme.id)
        .where(or_(col(Block.a_id) > first, and_(col(Block.a_id) == first, col(Block.b_id) > second)))
        .order_by(Block.a_id, Block.b_id)
        .limit(limit)
    )
    return [Pair(*row) for row in rows]


def named(session: Session, programme: Programme, word: str) -> Participant | None:
    """Whoever of the programme has this address, this id of ours or this id of the organiser's."""
    word = word.strip()
    if not word.isprintable():  # not every database takes such a character, and no name of ours has one
        return None
    columns = (col(Participant.email_key), col(Participant.id), col(Participant.match_key))
    names = [column == name for column, name in zip(columns, (canonical_key(word), word, word), strict=True)]
    found = session.exec(select(Participant).where(Participant.programme_id == programme.id).where(or_(*names))).all()
    # an id of the organiser's may look like somebody else's address, which says more
    return min(found, key=lambda one: one.email_key != canonical_key(word), default=None)
