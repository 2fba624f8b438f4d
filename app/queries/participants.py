"""Reads about participants."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from app.errors import NotFound
from app.models import (
    AsksShown,
    BlockedAddress,
    Participant,
    ParticipantState,
    Placement,
    Programme,
    Round,
    RoundState,
    Team,
    Topic,
    TopicKind,
)
from app.queries import programmes


def by_address(session: Session, programme: Programme, email_key: str) -> Participant | None:
    """The participant with this canonical address."""
    return session.exec(
        select(Participant).where(Participant.programme_id == programme.id).where(Participant.email_key == email_key)
    ).one_or_none()


def participant(session: Session, organisation_id: str, participant_id: str, *, lock: bool = False) -> Participant:
    """The participant of that organisation. Raises NotFound, also for somebody else's.

    `lock` takes the programme's lock first, as all do who change its people, and then the person as they are by then.
    """
    query = (
        select(Participant)
        .where(Participant.id == participant_id)
        .where(Participant.organisation_id == organisation_id)
    )
    found = session.exec(query).one_or_none()
    if found is not None and lock:
        programmes.lock(session, found.programme_id)
        found = session.exec(programmes.locked(query)).one_or_none()
    if found is None:
        raise NotFound
    return found


def page(session: Session, programme: Programme, after: str = "", limit: int = 100) -> list[Participant]:
    """At most `limit` participants whose id is greater than `after`, by id."""
    return list(
        session.exec(
            select(Participant)
            .where(Participant.programme_id == programme.id)
            .where(Participant.id > after)
            .order_by(Participant.id)
            .limit(limit)
        )
    )


def topics_of(session: Session, participants: Sequence[str]) -> dict[str, dict[TopicKind, list[str]]]:
    """Per participant id and kind, the topics as written, in their order."""
    found: dict[str, dict[TopicKind, list[str]]] = {
        participant_id: {kind: [] for kind in TopicKind} for participant_id in participants
    }
    for start in range(0, len(participants), 500):
        chunk = participants[start : start + 500]
        rows = session.exec(select(Topic).where(col(Topic.participant_id).in_(chunk)).order_by(col(Topic.position)))
        for topic in rows:
            found[topic.participant_id][topic.kind].append(topic.text)
    return found


def team_of(session: Session, participant: Participant) -> str:
    """The name of the team, or an empty text."""
    if participant.team_id is None:
        return ""
    return session.exec(select(Team.name).where(Team.id == participant.team_id)).one()


def teams_of(session: Session, programme: Programme) -> dict[str, str]:
    """The names of a programme's teams by id."""
    return dict(session.exec(select(Team.id, Team.name).where(Team.programme_id == programme.id)).all())


def blocks_of(session: Session, participant: Participant) -> list[BlockedAddress]:
    """The addresses that the participant would rather not meet, as typed; never what others or organisers said."""
    return list(
        session.exec(
            select(BlockedAddress)
            .where(BlockedAddress.participant_id == participant.id)
            .order_by(col(BlockedAddress.created_at), BlockedAddress.email_key)
        )
    )


def not_with(session: Session, participant: Participant) -> list[str]:
    """The same, each address once: a block may have followed somebody to another, of which its writer knows nothing."""
    return list(dict.fromkeys(blocked.email for blocked in blocks_of(session, participant)))


def common_topics(
    session: Session, programme: Programme, kind: TopicKind, limit: int = 12, *, least: int = 2
) -> list[str]:
    """What at least two people of the programme wrote, most frequent first: nobody's own words are given away. Of asks,
    only those that their owners let everyone read.
    """
    number = func.count()
    written = select(func.min(Topic.text)).where(Topic.programme_id == programme.id).where(Topic.kind == kind)
    if kind == TopicKind.ASK:
        open_to_all = select(Participant.id).where(
            Participant.programme_id == programme.id,
            Participant.asks_shown == AsksShown.PROGRAMME,
            col(Participant.state).in_([ParticipantState.ACTIVE, ParticipantState.PAUSED]),
        )
        written = written.where(col(Topic.participant_id).in_(open_to_all))
    rows = session.exec(
        written.group_by(Topic.key).having(number >= least).order_by(number.desc(), Topic.key).limit(limit)
    )
    return list(rows)


def offered(
    session: Session, programme: Programme, to: Participant, least: int = 3, limit: int = 8
) -> list[tuple[str, int]]:
    """What at least so many others who take part can help with, and how many, most first: nobody is given away."""
    number = func.count()
    rows = session.exec(
        select(func.min(Topic.text), number)
        .join(Participant, col(Participant.id) == Topic.participant_id)
        .where(Topic.programme_id == programme.id)
        .where(Topic.kind == TopicKind.OFFER)
        .where(Topic.participant_id != to.id)
        .where(col(Participant.state).in_([ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD]))
        .group_by(Topic.key)
        .having(number >= least)
        .order_by(number.desc(), Topic.key)
        .limit(limit)
    )
    return list(rows.all())


def conversations_of(session: Session, participant: Participant) -> list[tuple[Round, list[Participant]]]:
    """The rounds that introduced the participant, latest first, with the others of the group who are still known."""
    mine = session.exec(
        select(Round, Placement.group_id)
        .join(Placement, col(Placement.round_id) == Round.id)
        .where(Placement.participant_id == participant.id)
        .where(col(Placement.group_id).is_not(None))
        .where(col(Round.state).in_([RoundState.SENDING, RoundState.INTRODUCED, RoundState.CLOSED]))
        .order_by(col(Round.number).desc())
    ).all()
    members: dict[str, list[Participant]] = defaultdict(list)
    rows = session.exec(
        select(Placement.group_id, Participant)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(col(Placement.group_id).in_([group_id for _, group_id in mine]))
        .where(Participant.id != participant.id)
    )
    for group_id, other in rows:
        members[group_id or ""].append(other)
    return [(round_, members[group_id or ""]) for round_, group_id in mine]


NOT_HERE = (ParticipantState.LEFT, ParticipantState.PENDING)
"""Who takes no part: not any more, or not yet."""


def still_here(session: Session, participants: Sequence[str]) -> list[Participant]:
    """Of these ids, who takes part still, by name."""
    return list(
        session.exec(
            select(Participant)
            .where(col(Participant.id).in_(participants))
            .where(col(Participant.state).not_in(NOT_HERE))
            .order_by(Participant.name, Participant.id)
        )
    )


def first_writers(session: Session, programme: Programme) -> dict[str, int]:
    """How often each participant has been asked to write first."""
    rows = session.exec(
        select(Placement.participant_id, func.count())
        .where(Placement.programme_id == programme.id)
        .where(col(Placement.writes_first).is_(True))
        .group_by(Placement.participant_id)
    )
    return dict(rows.all())
