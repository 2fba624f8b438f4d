"""Reads about rounds: the pool that the matcher sees, groups, and the fate of their mails."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from sqlmodel import Session, and_, col, func, or_, select

from app.errors import NotFound
from app.models import (
    ACQUAINTED,
    Block,
    BlockedAddress,
    Group,
    MailState,
    OutgoingMail,
    Participant,
    ParticipantState,
    PastMeeting,
    Placement,
    Programme,
    Round,
    RoundState,
    Team,
    Topic,
    TopicKind,
)
from matching import Met, Person, Policy, Pool

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
"""How the API counts the states of mails; `planned` is the sum of all."""


@dataclass(frozen=True, slots=True)
class RoundPool:
    """The pool as the matcher sees it, and the participant id behind each of its names."""

    pool: Pool
    ids: dict[str, str]


def round_(session: Session, organisation_id: str, round_id: str, *, lock: bool = False) -> Round:
    """The round of that organisation. Raises NotFound, also for somebody else's."""
    query = select(Round).where(Round.id == round_id).where(Round.organisation_id == organisation_id)
    found = session.exec(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("There is no round by that id.")
    return found


def round_by_id(session: Session, round_id: str, *, lock: bool = False) -> tuple[Programme, Round]:
    """The round with this id and its programme, for who may see all. Raises NotFound."""
    query = select(Round).where(Round.id == round_id)
    found = session.exec(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("There is no round by that id.")
    return session.exec(select(Programme).where(Programme.id == found.programme_id)).one(), found


def rounds_of(session: Session, programme: Programme) -> list[Round]:
    """All rounds, latest first."""
    return list(
        session.exec(select(Round).where(Round.programme_id == programme.id).order_by(col(Round.number).desc()))
    )


def eligible(session: Session, programme: Programme, on: date) -> list[Participant]:
    """Who takes part in a round drawn on that day: active and not skipping, or back from a pause."""
    back = and_(Participant.state == ParticipantState.PAUSED, col(Participant.paused_until) <= on)
    return list(
        session.exec(
            select(Participant)
            .where(Participant.programme_id == programme.id)
            .where(or_(Participant.state == ParticipantState.ACTIVE, back))
            .where(col(Participant.skip_next).is_(False))
            .order_by(Participant.match_key)
        )
    )


def load_pool(session: Session, programme: Programme, number: int, on: date) -> RoundPool:
    """Everything the matcher needs for round `number` drawn on that day, read once."""
    people = eligible(session, programme, on)
    keys = {person.id: person.match_key for person in people}
    trios, sat_out = _seats_so_far(session, programme, number)
    topics = _topics(session, programme)
    teams = dict(session.exec(select(Team.id, Team.name).where(Team.programme_id == programme.id)).all())
    pool = Pool(
        people=tuple(
            Person(
                id=person.match_key,
                team=teams.get(person.team_id or "", ""),
                interests=topics[person.id, TopicKind.INTEREST],
                asks=topics[person.id, TopicKind.ASK],
                offers=topics[person.id, TopicKind.OFFER],
                languages=topics[person.id, TopicKind.LANGUAGE],
                times=topics[person.id, TopicKind.TIME],
                size=person.size,
                trios=person.trios + trios[person.id],
                sat_out=person.sat_out + sat_out[person.id],
            )
            for person in people
        ),
        history=tuple(_met_before(session, programme, number, keys)),
        blocks=_pairs(keys, sorted(blocked_pairs(session, programme))),
        knows=_pairs(keys, session.exec(_acquainted(programme))),
        round=number,
    )
    return RoundPool(pool, {key: person_id for person_id, key in keys.items()})


def blocked_pairs(session: Session, programme: Programme) -> set[tuple[str, str]]:
    """Pairs of participant ids, the smaller first, that must never be in one group, whoever said so."""
    theirs = session.exec(select(Block.a_id, Block.b_id).where(Block.programme_id == programme.id))
    own = session.exec(
        select(BlockedAddress.participant_id, Participant.id)
        .join(
            Participant,
            and_(
                col(Participant.programme_id) == BlockedAddress.programme_id,
                col(Participant.email_key) == BlockedAddress.email_key,
            ),
        )
        .where(BlockedAddress.programme_id == programme.id)
    )
    return {(a, b) if a < b else (b, a) for a, b in (*theirs, *own)}


def _topics(session: Session, programme: Programme) -> dict[tuple[str, TopicKind], frozenset[str]]:
    found: dict[tuple[str, TopicKind], set[str]] = defaultdict(set)
    for person_id, kind, text in session.exec(
        select(Topic.participant_id, Topic.kind, Topic.text).where(Topic.programme_id == programme.id)
    ):
        found[person_id, TopicKind(kind)].add(text)
    nothing: frozenset[str] = frozenset()
    return defaultdict(lambda: nothing, {name: frozenset(texts) for name, texts in found.items()})


def _acquainted(programme: Programme):  # type: ignore[no-untyped-def]
    return (
        select(PastMeeting.a_id, PastMeeting.b_id)
        .where(PastMeeting.programme_id == programme.id)
        .where(PastMeeting.number == ACQUAINTED)
    )


def _pairs(keys: dict[str, str], rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((keys[a], keys[b]) for a, b in rows if a in keys and b in keys)


def _met_before(session: Session, programme: Programme, number: int, keys: dict[str, str]) -> Iterable[Met]:
    imported = session.exec(
        select(PastMeeting.number, PastMeeting.a_id, PastMeeting.b_id)
        .where(PastMeeting.programme_id == programme.id)
        .where(PastMeeting.number > ACQUAINTED)
        .where(PastMeeting.number < number)
    )
    for past, a, b in imported:
        if a in keys and b in keys:
            yield Met(past, keys[a], keys[b])
    members: dict[tuple[int, str], list[str]] = defaultdict(list)
    drawn = session.exec(
        select(Round.number, Placement.group_id, Placement.participant_id)
        .join(Placement, col(Placement.round_id) == Round.id)
        .where(Round.programme_id == programme.id)
        .where(Round.number < number)
        .where(col(Placement.group_id).is_not(None))
    )
    for past, group_id, person_id in drawn:
        if person_id in keys:
            members[past, group_id or ""].append(keys[person_id])
    for (past, _), group in members.items():
        for first, second in combinations(sorted(group), 2):
            yield Met(past, first, second)


def _seats_so_far(session: Session, programme: Programme, number: int) -> tuple[dict[str, int], dict[str, int]]:
    """How often each person has sat in a group larger than the programme's size, and how often nobody was left for
    them.
    """
    ours = (
        select(Placement.participant_id, func.count())
        .join(Round, col(Round.id) == Placement.round_id)
        .where(Round.programme_id == programme.id)
        .where(Round.number < number)
        .group_by(Placement.participant_id)
    )
    larger = ours.join(Group, col(Group.id) == Placement.group_id).where(Group.size > programme.group_size)
    out = ours.where(col(Placement.group_id).is_(None))
    return defaultdict(int, session.exec(larger).all()), defaultdict(int, session.exec(out).all())


def policy_of(programme: Programme) -> dict[str, object]:
    """The policy by which the next round is drawn, as stored with it."""
    return {
        "size": programme.group_size,
        "interests": programme.interest_rule,
        "quality": programme.quality,
        "shadows": programme.shadows,
    }


def as_policy(stored: dict[str, object]) -> Policy:
    """A stored policy as the matcher's value."""
    return Policy(**stored)  # type: ignore[arg-type]


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
    messages = dict.fromkeys(("planned", "accepted", "waiting", "held", "rejected", "suppressed", "expired"), 0)
    for state, number in session.exec(
        select(OutgoingMail.state, func.count()).where(OutgoingMail.round_id == round_.id).group_by(OutgoingMail.state)
    ):
        messages[SHOWN_AS[MailState(state)]] += number
        messages["planned"] += number
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


def groups_of(session: Session, round_: Round) -> list[GroupRow]:
    """The groups of a round in their order."""
    groups = list(session.exec(select(Group).where(Group.round_id == round_.id).order_by(col(Group.position))))
    members: dict[str, list[Participant]] = defaultdict(list)
    first: dict[str, str] = {}
    for placement, person in session.exec(
        select(Placement, Participant)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(Placement.round_id == round_.id)
        .where(col(Placement.group_id).is_not(None))
        .order_by(Participant.name, Participant.id)
    ):
        members[placement.group_id or ""].append(person)
        if placement.writes_first:
            first[placement.group_id or ""] = person.id
    return [GroupRow(group, members[group.id], first.get(group.id)) for group in groups]


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


def messages_of(session: Session, round_: Round) -> list[OutgoingMail]:
    """Every mail of a round."""
    return list(
        session.exec(select(OutgoingMail).where(OutgoingMail.round_id == round_.id).order_by(OutgoingMail.recipient))
    )


def to_draw(session: Session, now: datetime) -> list[Round]:
    """Rounds that wait to be drawn and may be tried now: the earliest of each programme, since it is history for the
    next.
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
    return [draft for draft in earliest.values() if draft.not_before is None or draft.not_before <= now]


def fully_sent(session: Session) -> list[Round]:
    """Rounds being sent none of whose mails is still on its way."""
    open_mail = (
        select(OutgoingMail.id)
        .where(OutgoingMail.round_id == Round.id)
        .where(col(OutgoingMail.finished_at).is_(None))
        .exists()
    )
    return list(session.exec(select(Round).where(Round.state == RoundState.SENDING).where(~open_mail)))
