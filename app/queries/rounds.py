"""Reads about rounds: the pool that the matcher sees, groups, and the fate of their mails."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.errors import NotFound
from app.models import (
    OF_A_ROUND,
    Group,
    OutgoingMail,
    Participant,
    PastMeeting,
    Placement,
    Programme,
    Round,
    RoundState,
)
from app.queries import outbox, programmes
from app.queries.reserves import RULE
from app.queries.walls import WALLS
from emails import phrase
from matching import Policy

RULES = {
    "size": "group_size",
    "interests": "interest_rule",
    "quality": "quality",
    "shadows": "shadows",
    **{rule: rule for rule in (*WALLS, RULE)},
}
"""What a stored policy says, and the fact of a programme that it comes from."""


def round_(session: Session, organisation_id: str, round_id: str, *, lock: bool = False) -> Round:
    """The round of that organisation. Raises NotFound, also for somebody else's."""
    query = select(Round).where(Round.id == round_id).where(Round.organisation_id == organisation_id)
    return _found(session, query, lock=lock)


def round_by_id(session: Session, round_id: str, *, lock: bool = False) -> tuple[Programme, Round]:
    """The round with this id and its programme, for who may see all. Raises NotFound."""
    found = _found(session, select(Round).where(Round.id == round_id), lock=lock)
    return session.exec(select(Programme).where(Programme.id == found.programme_id)).one(), found


def _found(session: Session, query: SelectOfScalar[Round], *, lock: bool) -> Round:
    """`lock` takes the programme's lock first, as all who change a round do, and then the round as it is by then."""
    found = session.exec(query).one_or_none()
    if found is not None and lock:
        programmes.lock(session, found.programme_id)
        found = session.exec(programmes.locked(query)).one_or_none()
    if found is None:
        raise NotFound(phrase("There is no round by that id."))
    return found


def rounds_of(session: Session, programme: Programme) -> list[Round]:
    """All rounds, latest first."""
    return list(
        session.exec(select(Round).where(Round.programme_id == programme.id).order_by(col(Round.number).desc()))
    )


def policy_of(programme: Programme) -> dict[str, object]:
    """The policy by which the next round is drawn, as stored with it."""
    return {rule: getattr(programme, fact) for rule, fact in RULES.items()}


def as_policy(stored: dict[str, object]) -> Policy:
    """A stored policy as the matcher's value; walls and the odd one are not in it, but in the pool."""
    known = {name: value for name, value in stored.items() if name not in (*WALLS, RULE)}
    return Policy(**known)  # type: ignore[arg-type]


def week_of(day: date) -> str:
    """The calendar week of a day as a period: `2026-W48` (ISO 8601)."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def free_week(session: Session, programme: Programme, today: date) -> str:
    """The first calendar week after this one that has no round yet, as a period."""
    taken = set(session.exec(select(Round.period).where(Round.programme_id == programme.id)))
    weeks = (week_of(today + timedelta(weeks=ahead)) for ahead in range(1, len(taken) + 2))
    return next(period for period in weeks if period not in taken)


def next_number(session: Session, programme: Programme) -> int:
    """The number of the next round: one after the last of ours and of the imported history."""
    ours = session.exec(select(func.max(Round.number)).where(Round.programme_id == programme.id)).one()
    theirs = session.exec(select(func.max(PastMeeting.number)).where(PastMeeting.programme_id == programme.id)).one()
    return max(ours or 0, theirs or 0) + 1


def first_own_number(session: Session, programme: Programme) -> int | None:
    """The number of our first round of this programme, if there is one: imported history must lie before it."""
    return session.exec(select(func.min(Round.number)).where(Round.programme_id == programme.id)).one()


def counts(session: Session, round_: Round) -> dict[str, object]:
    """People, groups, left out, and what became of the mails: `planned` equals the sum of the rest."""
    placed = session.exec(
        select(func.count(), func.count(col(Placement.group_id))).where(Placement.round_id == round_.id)
    ).one()
    groups = session.exec(select(func.count()).select_from(Group).where(Group.round_id == round_.id)).one()
    messages = outbox.counts(session, outbox.of_round(round_))
    return {"people": placed[0], "groups": groups, "left_out": placed[0] - placed[1], "messages": messages}


def larger_groups(session: Session, round_: Round, usual: int) -> int:
    """How many groups of the round are larger than usual."""
    query = select(func.count()).select_from(Group).where(Group.round_id == round_.id).where(Group.size > usual)
    return session.exec(query).one()


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with its people, for those who run the programme; `first` is the id of who writes first."""

    group: Group
    members: list[Participant]
    first: str | None = None


def groups_after(session: Session, round_: Round, position: int, limit: int) -> list[Group]:
    """At most `limit` groups of a round after the one at that place."""
    query = select(Group).where(Group.round_id == round_.id).where(col(Group.position) > position)
    return list(session.exec(query.order_by(col(Group.position)).limit(limit)))


def without_a_group(session: Session, round_: Round, after: str, limit: int) -> list[Participant]:
    """At most `limit` people of a round who have no group, by id, after that one."""
    return list(
        session.exec(
            select(Participant)
            .join(Placement, col(Placement.participant_id) == Participant.id)
            .where(Placement.round_id == round_.id)
            .where(col(Placement.group_id).is_(None))
            .where(Participant.id > after)
            .order_by(Participant.id)
            .limit(limit)
        )
    )


def groups_of(session: Session, round_: Round, few: Sequence[Group] | None = None) -> list[GroupRow]:
    """The groups of a round in their order, or a few of them in theirs, with their people."""
    in_order = select(Group).where(Group.round_id == round_.id).order_by(col(Group.position))
    groups = list(session.exec(in_order)) if few is None else few
    wanted = col(Placement.group_id).is_not(None) if few is None else _in_any(few)
    members: dict[str, list[Participant]] = defaultdict(list)
    first: dict[str, str] = {}
    for placement, person in session.exec(
        select(Placement, Participant)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(Placement.round_id == round_.id)
        .where(wanted)
        .order_by(Participant.name, Participant.id)
    ):
        members[placement.group_id or ""].append(person)
        if placement.writes_first:
            first[placement.group_id or ""] = person.id
    return [GroupRow(group, members[group.id], first.get(group.id)) for group in groups]


def _in_any(groups: Sequence[Group]) -> ColumnElement[bool]:
    return col(Placement.group_id).in_([one.id for one in groups])


def members_of(session: Session, group_id: str) -> list[Participant]:
    """Who is in a group now, by name."""
    return list(
        session.exec(
            select(Participant)
            .join(Placement, col(Placement.participant_id) == Participant.id)
            .where(Placement.group_id == group_id)
            .order_by(Participant.name, Participant.id)
        )
    )


def unable_in(session: Session, group_id: str) -> set[str]:
    """Who of a group has said that they cannot this time."""
    said = select(Placement.participant_id).where(Placement.group_id == group_id)
    return set(session.exec(said.where(col(Placement.cannot_since).is_not(None))))


def groups_by_person(session: Session, round_id: str, people: Sequence[str]) -> dict[str, str]:
    """In which group of a round these stand now, by their ids; nobody who has no group there."""
    rows = session.exec(
        select(Placement.participant_id, Placement.group_id)
        .where(Placement.round_id == round_id)
        .where(col(Placement.participant_id).in_(people))
        .where(col(Placement.group_id).is_not(None))
    )
    return {person_id: group_id for person_id, group_id in rows if group_id is not None}


def left_out_of(session: Session, round_: Round) -> list[tuple[Participant, str]]:
    """Who was left out, with the reason in words."""
    rows = session.exec(
        select(Participant, Placement.reason)
        .join(Placement, col(Placement.participant_id) == Participant.id)
        .where(Placement.round_id == round_.id)
        .where(col(Placement.group_id).is_(None))
        .order_by(Participant.name, Participant.id)
    )
    return [(person, reason or "") for person, reason in rows]


def to_draw(session: Session, now: datetime) -> list[Round]:
    """Rounds that wait to be drawn and may be tried now: the earliest of each programme, since it is history for the
    next; and those that are to be drawn again.
    """
    first = select(func.min(Round.number)).where(Round.state == RoundState.DRAFT).group_by(Round.programme_id)
    drafts = session.exec(
        select(Round)
        .where(Round.state == RoundState.DRAFT)
        .where(col(Round.number).in_(first))
        .order_by(col(Round.number))
    )
    earliest: dict[str, Round] = {}
    for draft in drafts:
        earliest.setdefault(draft.programme_id, draft)
    again = session.exec(select(Round).where(drawn_again()).order_by(Round.id))
    waiting = [*earliest.values(), *again]
    return [one for one in waiting if one.not_before is None or one.not_before <= now]


def drawn_again() -> ColumnElement[bool]:
    """Rounds that an organiser wants to have drawn again."""
    return and_(col(Round.state) == RoundState.MATCHED, col(Round.redraw).is_not(None))


def fully_sent(session: Session) -> list[Round]:
    """Rounds being sent none of whose mails is still on its way."""
    open_mail = (
        select(OutgoingMail.id)
        .where(OutgoingMail.round_id == Round.id)
        .where(col(OutgoingMail.kind).in_(OF_A_ROUND))
        .where(col(OutgoingMail.finished_at).is_(None))
        .exists()
    )
    query = select(Round).where(Round.state == RoundState.SENDING).where(~open_mail)
    return list(session.exec(query.order_by(Round.programme_id, col(Round.number))))
