"""Reads about outgoing mail: one mail, and piles of them, counted and looked through page by page."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import defer
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from app.errors import BadInput, Fault, NotFound
from app.models import NOTICES, OF_A_ROUND, MailEvent, MailKind, MailState, OutgoingMail, Participant, Round
from emails import phrase

SHOWN_AS = {
    MailState.READY: "waiting",
    MailState.SENDING: "waiting",
    MailState.DOT: "waiting",
    MailState.SENT: "accepted",
    MailState.UNCERTAIN: "held",
    MailState.REJECTED: "rejected",
    MailState.SUPPRESSED: "suppressed",
    MailState.EXPIRED: "expired",
}
"""How the states of mails are counted wherever they are shown; `planned` is the sum of all."""

FATES = ("accepted", "waiting", "held", "rejected", "suppressed", "expired")


def message(session: Session, organisation_id: str, message_id: str, *, lock: bool = True) -> OutgoingMail:
    """The mail of that organisation, locked until the transaction ends unless the programme is locked first. Raises
    NotFound, also for somebody else's.
    """
    query = (
        select(OutgoingMail).where(OutgoingMail.id == message_id).where(OutgoingMail.organisation_id == organisation_id)
    )
    found = session.exec(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound(phrase("There is no mail by that id."))
    return found


UNREAD = (MailState.UNCERTAIN, MailState.REJECTED, MailState.EXPIRED)
"""States of a mail that has, as far as anybody knows, not been read and goes no further by itself."""


def seen_by_organisers() -> ColumnElement[bool]:
    """All mails but those in which somebody says that something is wrong, unless one could not be handed over: that a
    person has written one is nobody's business, and that nobody could read it has to be seen. And but those that let an
    organiser in, or tell one how things stand: each is that organiser's own. Nor are the questions of a round counted
    that somebody had reminded by hand: from one look before and one after, the silent could be counted.
    """
    ours = col(OutgoingMail.kind).not_in([MailKind.CONCERN, MailKind.SIGN_IN, MailKind.TEST_COPY, *NOTICES])
    others = and_(ours, ~_asked_by_hand())
    return or_(others, and_(OutgoingMail.kind == MailKind.CONCERN, col(OutgoingMail.state).in_(UNREAD)))


def _asked_by_hand() -> ColumnElement[bool]:
    by_hand = select(Round.id).where(Round.id == OutgoingMail.round_id, col(Round.reminded_at).is_not(None))
    asked = col(OutgoingMail.kind).in_([MailKind.REMINDER, MailKind.CHECK_IN, MailKind.CHECK_IN_AGAIN])
    return and_(asked, by_hand.exists())


@dataclass(frozen=True, slots=True)
class Pile:
    """Mails that are looked at together: those a round consists of, or all of a programme but kinds in `without`."""

    programme_id: str
    round_id: str | None = None
    without: tuple[MailKind, ...] = ()

    def holds(self, fate: str | None = None) -> list[ColumnElement[bool]]:
        """What is true of each mail in it, or of those that are shown as `fate`."""
        found = [col(OutgoingMail.programme_id) == self.programme_id]
        if self.round_id is not None:
            found += [col(OutgoingMail.round_id) == self.round_id, col(OutgoingMail.kind).in_(OF_A_ROUND)]
        else:
            found.append(seen_by_organisers())
        if self.without:
            found.append(col(OutgoingMail.kind).not_in(self.without))
        if fate is not None:
            found.append(col(OutgoingMail.state).in_([state for state, shown in SHOWN_AS.items() if shown == fate]))
        return found


def of_round(round_: Round) -> Pile:
    """The mails that a round consists of: one to each of its people."""
    return Pile(round_.programme_id, round_.id)


def counts(session: Session, pile: Pile) -> dict[str, int]:
    """How many mails have met which fate: `planned` equals the sum of the rest."""
    found = dict.fromkeys(("planned", *FATES), 0)
    query = select(OutgoingMail.state, func.count()).where(*pile.holds()).group_by(OutgoingMail.state)
    for state, number in session.exec(query):
        found[SHOWN_AS[MailState(state)]] += number
        found["planned"] += number
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A mail with the name of its reader, if we know one, and what came back about it, oldest first."""

    mail: OutgoingMail
    name: str
    events: Sequence[MailEvent]


def lines(
    session: Session,
    pile: Pile,
    fate: str | None = None,
    *,
    also: Iterable[ColumnElement[bool]] = (),
    after: str = "",
    limit: int | None = None,
) -> tuple[list[Line], str | None]:
    """At most `limit` mails of which `also` is true, after the one with the id `after`, and the id to ask for more.

    The mails of a round go by address, those of a programme newest first. Raises BadInput when `after` is none of them.
    """
    wanted = [*pile.holds(fate), *also, *([_beyond(session, pile, after)] if after else [])]
    order = _order(pile)
    if limit is not None:  # ids first: to sort a hundred thousand whole mails for the sake of a page takes long
        wanted = [col(OutgoingMail.id).in_(select(OutgoingMail.id).where(*wanted).order_by(*order).limit(limit + 1))]
    found = session.exec(
        select(OutgoingMail, Participant.name)
        .join(Participant, col(Participant.id) == OutgoingMail.participant_id, isouter=True)
        .where(*wanted)
        .order_by(*order)
        .options(defer(OutgoingMail.rendered))  # type: ignore[arg-type]
    ).all()
    shown = found[:limit]
    events = events_of(session, [mail.id for mail, _ in shown])
    more = shown[-1][0].id if len(found) > len(shown) else None
    return [Line(mail, name or "", events.get(mail.id, ())) for mail, name in shown], more


def _order(pile: Pile) -> tuple[ColumnElement[Any], ...]:
    if pile.round_id is not None:
        return col(OutgoingMail.recipient).asc(), col(OutgoingMail.id).asc()
    return col(OutgoingMail.created_at).desc(), col(OutgoingMail.id).desc()


def _beyond(session: Session, pile: Pile, after: str) -> ColumnElement[bool]:
    last = session.exec(
        select(OutgoingMail.recipient, OutgoingMail.created_at)
        .where(*Pile(pile.programme_id, pile.round_id).holds())
        .where(OutgoingMail.id == after)
    ).one_or_none()
    if last is None:
        raise BadInput(Fault("cursor", "names a mail that is not here any more.", "Begin again without it."))
    address, written = last
    if pile.round_id is not None:
        here = col(OutgoingMail.recipient)
        return or_(here > address, and_(here == address, col(OutgoingMail.id) > after))
    then = col(OutgoingMail.created_at)
    return or_(then < written, and_(then == written, col(OutgoingMail.id) < after))


AT_ONCE = 500


def events_of(session: Session, mail_ids: Sequence[str]) -> dict[str, list[MailEvent]]:
    """What came back about these mails, oldest first."""
    found: dict[str, list[MailEvent]] = defaultdict(list)
    for start in range(0, len(mail_ids), AT_ONCE):
        some = mail_ids[start : start + AT_ONCE]
        query = select(MailEvent).where(col(MailEvent.mail_id).in_(some))
        for event in session.exec(query.order_by(col(MailEvent.at), col(MailEvent.id))):
            found[event.mail_id].append(event)
    return found


@dataclass(frozen=True, slots=True)
class Lot:
    """How many mails one word would decide about, and when the latest of them met its fate."""

    number: int
    until: datetime | None


def lot(session: Session, pile: Pile, fate: str) -> Lot:
    """The mails of a pile that have met a fate and still have their words."""
    query = select(func.count(), func.max(OutgoingMail.finished_at)).where(*_decidable(pile, fate))
    number, until = session.exec(query).one()
    return Lot(number, until)


def to_decide(session: Session, pile: Pile, fate: str, until: datetime, limit: int) -> list[OutgoingMail]:
    """At most `limit` mails of that lot, locked; none that met its fate after `until`."""
    return list(
        session.exec(
            select(OutgoingMail)
            .where(*_decidable(pile, fate))
            .where(col(OutgoingMail.finished_at) <= until)
            .order_by(col(OutgoingMail.id))
            .limit(limit)
            .with_for_update()
        )
    )


def _decidable(pile: Pile, fate: str) -> Iterable[ColumnElement[bool]]:
    """What a mail said goes with its answer after a while: then nothing is left to send."""
    return (*pile.holds(fate), col(OutgoingMail.answer).is_not(None))


def kept(session: Session, round_: Round) -> int:
    """How many mails of a round an organiser keeps back; they wait."""
    query = select(func.count()).select_from(OutgoingMail).where(*of_round(round_).holds())
    waits = (col(OutgoingMail.kept).is_(True), OutgoingMail.state == MailState.READY)
    return session.exec(query.where(*waits)).one()


def without_a_group(session: Session, round_: Round) -> int:
    """How many of the mails that leave when the round is sent say that there is no group this time."""
    query = select(func.count()).select_from(OutgoingMail).where(*of_round(round_).holds())
    waits = (col(OutgoingMail.kept).is_(False), OutgoingMail.state == MailState.READY)
    return session.exec(query.where(*waits, OutgoingMail.kind == MailKind.LEFT_OUT)).one()


def in_doubt(session: Session, pile: Pile, before: datetime) -> int:
    """How many mails wait for a server's answer to the last dot whose lease runs out before that moment."""
    query = select(func.count()).select_from(OutgoingMail).where(*pile.holds())
    return session.exec(query.where(OutgoingMail.state == MailState.DOT, col(OutgoingMail.lease_until) < before)).one()


def held(session: Session, programme_ids: Collection[str], kinds: Collection[MailKind]) -> dict[str, int]:
    """How many mails of these kinds are held, by programme."""
    rows = session.exec(
        select(OutgoingMail.programme_id, func.count())
        .where(col(OutgoingMail.programme_id).in_(programme_ids))
        .where(OutgoingMail.state == MailState.UNCERTAIN)
        .where(col(OutgoingMail.kind).in_(kinds))
        .group_by(OutgoingMail.programme_id)
    )
    return dict(rows.all())


def unread_concerns(session: Session, programme_ids: Collection[str]) -> dict[tuple[str, str], int]:
    """How many mails about something wrong came back or came too late and still have their words, by programme and by
    what they are shown as. Those that are held are counted with all others that are.
    """
    rows = session.exec(
        select(OutgoingMail.programme_id, OutgoingMail.state, func.count())
        .where(col(OutgoingMail.programme_id).in_(programme_ids))
        .where(OutgoingMail.kind == MailKind.CONCERN)
        .where(col(OutgoingMail.state).in_([MailState.REJECTED, MailState.EXPIRED]))
        .where(col(OutgoingMail.answer).is_not(None))
        .group_by(OutgoingMail.programme_id, OutgoingMail.state)
    )
    return {(programme_id, SHOWN_AS[MailState(state)]): number for programme_id, state, number in rows}
