"""Reads that make the pool of a round: who takes part, who has met, who must not, who should not yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, and_, col, func, or_, select

from app.formats import with_formats
from app.models import (
    ACQUAINTED,
    Block,
    BlockedAddress,
    Group,
    Often,
    Participant,
    ParticipantState,
    PastMeeting,
    Placement,
    Programme,
    Round,
    RoundState,
    ShadowPlacement,
    Team,
    Topic,
    TopicKind,
)
from app.queries.reserves import NO_RESERVE, Reserve
from app.queries.walls import Walls
from matching import Met, Person, Pool


@dataclass(frozen=True, slots=True)
class RoundPool:
    """The pool as the matcher sees it, and the participant id behind each of its names. `formats` says that some insist
    on meeting in person or remotely, and that times stand for both (`app.formats`); `walls`, that rules of the
    programme stand among the blocks. `lines` are its people with their own line managers, whether or not a rule keeps
    them apart; `reserve` is who of them takes the odd place.
    """

    pool: Pool
    ids: dict[str, str]
    formats: bool = False
    walls: bool = False
    reserve: Reserve = NO_RESERVE
    lines: tuple[tuple[str, str], ...] = ()


def eligible(
    session: Session, programme: Programme, on: date, number: int | None = None, *, skipping: bool = False
) -> list[Participant]:
    """Who takes part in round `number` drawn on that day: active and not skipping (or `skipping` too), or back from a
    pause; and it is their turn by how often they like to. Without a number, whatever they like.
    """
    back = and_(Participant.state == ParticipantState.PAUSED, col(Participant.paused_until) <= on)
    return list(
        session.exec(
            select(Participant)
            .where(Participant.programme_id == programme.id)
            .where(or_(Participant.state == ParticipantState.ACTIVE, back))
            .where(true() if skipping else col(Participant.skip_next).is_(False))
            .where(true() if number is None else _their_turn(programme.id, number))
            .order_by(Participant.match_key)
        )
    )


def is_their_turn(session: Session, person: Participant) -> bool:
    """Whether the next draw is one that this person likes to be in, by how often they like to."""
    drafts = (
        select(func.min(Round.number))
        .where(Round.programme_id == person.programme_id)
        .where(Round.state == RoundState.DRAFT)
    )
    latest = select(func.max(Round.number)).where(Round.programme_id == person.programme_id)
    number = session.exec(drafts).one() or (session.exec(latest).one() or 0) + 1
    turn = select(Participant.id).where(Participant.id == person.id).where(_their_turn(person.programme_id, number))
    return session.exec(turn).first() is not None


def _their_turn(programme_id: str, number: int) -> ColumnElement[bool]:
    """Every round, or their word for this one, or every second and in no group of the round before."""
    before = (
        select(func.max(Round.number))
        .where(Round.programme_id == programme_id)
        .where(Round.number < number)
        .where(Round.state != RoundState.DRAFT)
        .scalar_subquery()
    )
    met_then = (
        select(Placement.participant_id)
        .join(Round, col(Round.id) == Placement.round_id)
        .where(Round.programme_id == programme_id)
        .where(Round.number == before)
        .where(col(Placement.group_id).is_not(None))
    )
    second = and_(Participant.often == Often.SECOND, col(Participant.id).not_in(met_then))
    return or_(Participant.often == Often.EVERY, col(Participant.in_next).is_(True), second)


def load_pool(
    session: Session, programme: Programme, number: int, on: date, walls: Walls, *, standing_in: bool = False
) -> RoundPool:
    """Everything the matcher needs for round `number` drawn on that day, read once. With `standing_in` also those whose
    turn that round is not: they are in the round before it. Raises TeamsTooLarge.
    """
    return pool_of(session, programme, number, eligible(session, programme, on, None if standing_in else number), walls)


def pool_of(
    session: Session, programme: Programme, number: int, people: Sequence[Participant], walls: Walls
) -> RoundPool:
    """The same of these people, whoever takes part today. Raises TeamsTooLarge."""
    keys = {person.id: person.match_key for person in people}
    trios, sat_out = _seats_so_far(session, programme, number)
    topics = _topics(session, programme)
    teams = dict(session.exec(select(Team.id, Team.name).where(Team.programme_id == programme.id)).all())
    insists = {person.match_key: person.format.value for person in people if person.format}
    seen = tuple(
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
    )
    walls.check(seen)
    history = tuple(_met_before(session, programme, number, keys))
    lines = tuple(_lines(people))
    pool = Pool(
        people=with_formats(seen, insists),
        history=history,
        blocks=(*_pairs(keys, sorted(blocked_pairs(session, programme))), *walls.pairs(seen, history, number, lines)),
        knows=_pairs(keys, session.exec(_acquainted(programme))),
        round=number,
        apart=tuple(_shadow_pairs(session, programme, number, keys)) if programme.shadows else (),
    )
    ids = {key: person_id for person_id, key in keys.items()}
    return RoundPool(pool, ids, bool(insists), walls.stand(lines), lines=lines)


def _lines(people: Sequence[Participant]) -> Iterable[tuple[str, str]]:
    """Each of them whose line manager is among them, with the manager, by the matcher's names. Two people of one
    manager are no line.
    """
    by_address = {person.email_key: person.match_key for person in people}
    for person in people:
        manager = by_address.get(person.manager_key, person.match_key)
        if manager != person.match_key:
            yield person.match_key, manager


def given_pairs(session: Session, programme: Programme, keys: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Whom organisers keep apart, of the people whose matcher's names these are: nothing that anybody said oneself."""
    given = select(Block.a_id, Block.b_id).where(Block.programme_id == programme.id)
    return _pairs(keys, sorted(session.exec(given).all()))


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


def kept_apart(session: Session, programme_id: str, people: Sequence[str]) -> bool:
    """Whether two of these participants must never be in one group, whoever said so."""
    return bool(session.execute(select(apart(programme_id, people))).scalar_one())


def apart(programme_id: Any, people: Sequence[Any]) -> ColumnElement[bool]:
    """The same as a part of a statement, which may name the programme and the people later."""
    theirs = select(Block.a_id).where(
        Block.programme_id == programme_id, col(Block.a_id).in_(people), col(Block.b_id).in_(people)
    )
    own = (
        select(BlockedAddress.participant_id)
        .join(
            Participant,
            and_(
                col(Participant.programme_id) == BlockedAddress.programme_id,
                col(Participant.email_key) == BlockedAddress.email_key,
            ),
        )
        .where(col(BlockedAddress.participant_id).in_(people), col(Participant.id).in_(people))
    )
    # not of the people around it, where it stands in a statement about others of the same table
    return or_(theirs.correlate(None).exists(), own.correlate(None).exists())


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
        .where(col(Placement.cannot_since).is_(None))
    )
    for past, group_id, person_id in drawn:
        if person_id in keys:
            members[past, group_id or ""].append(keys[person_id])
    for (past, _), group in members.items():
        for first, second in combinations(sorted(group), 2):
            yield Met(past, first, second)


def _shadow_pairs(
    session: Session, programme: Programme, number: int, keys: dict[str, str]
) -> Iterable[tuple[str, str]]:
    """Who would have met in earlier draws that the lot did not choose: kept apart while the pair check runs, so that
    real and shadow pairs differ in nothing but the lot.
    """
    rows = session.exec(
        select(ShadowPlacement.round_id, ShadowPlacement.draw, ShadowPlacement.position, ShadowPlacement.participant_id)
        .join(Round, col(Round.id) == ShadowPlacement.round_id)
        .where(Round.programme_id == programme.id)
        .where(Round.number < number)
    )
    members: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for round_id, draw, position, person_id in rows:
        if person_id in keys:
            members[round_id, draw, position].append(keys[person_id])
    for group in members.values():
        yield from combinations(sorted(group), 2)


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
