"""What participants, and organisers for them, change: topics, size, pause, skip, leave, blocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, delete, select

from app.clock import local_date
from app.errors import BadInput, Conflict, Fault
from app.files import names
from app.files.addresses import Address, canonical_key
from app.models import (
    AsksShown,
    BlockedAddress,
    HeldFor,
    Participant,
    ParticipantState,
    Programme,
    SuppressionReason,
    Team,
    Topic,
    TopicKind,
)
from app.queries import participants as queries
from app.queries import programmes
from app.services import asks, audit, goodbyes, links, readdressing, rounds, suppression
from app.services.ways import Ways, set_ways
from emails import phrase

TOPIC_LIMIT = 12
TIME_LIMIT = 30
"""Of times more: three parts of each working day are fifteen already."""
BLOCK_LIMIT = 50
OUT = {ParticipantState.PENDING: phrase("pending"), ParticipantState.LEFT: phrase("left")}
OTHER_MANAGER = phrase("Enter somebody else's, or leave it empty.")
HERE = (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The optional second minute: what to talk about, with how many, in which languages, when; and who may read what
    one asks for, where that is said (None leaves it as it is).
    """

    topics: Mapping[TopicKind, Sequence[str]]
    size: int | None = None
    asks_shown: AsksShown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an organiser changes for a participant; None leaves it as it is. An empty `manager_email` takes it back."""

    name: str | None = None
    address: Address | None = None
    team: str | None = None
    wishes: Wishes | None = None
    state: ParticipantState | None = None
    paused_until: date | None = None
    skip_next: bool | None = None
    ways: Ways | None = None
    time_zone: str | None = None
    locale: str | None = None
    host: bool | None = None
    manager_email: str | None = None


def limit_of(kind: TopicKind) -> int:
    """How many topics of a kind somebody may keep."""
    return TIME_LIMIT if kind == TopicKind.TIME else TOPIC_LIMIT


def folded(text: str) -> str:
    """How topics and teams are compared: without regard to case and blanks."""
    return names.folded(" ".join(text.split()))


def distinct(texts: Iterable[str]) -> dict[str, str]:
    """Topics by the key under which they are kept: two spellings of one are one, the first place and the last word."""
    return {folded(text)[:200]: " ".join(text.split())[:100] for text in texts if text.strip()}


def team_id(session: Session, programme: Programme, name: str) -> str | None:
    """The team of that name, made when it is new; None for an empty name."""
    name = " ".join(name.split())
    if not name:
        return None
    found = session.exec(
        select(Team).where(Team.programme_id == programme.id).where(Team.key == folded(name))
    ).one_or_none()
    if found is None:
        found = Team(
            organisation_id=programme.organisation_id,
            programme_id=programme.id,
            name=name[:100],
            key=folded(name)[:200],
        )
        session.add(found)
        session.flush()
    return found.id


def free_match_key(session: Session, programme: Programme, email_key: str) -> str:
    """The address, unless an organiser has given just that as somebody else's id."""
    taken = session.exec(
        select(Participant.id).where(Participant.programme_id == programme.id).where(Participant.match_key == email_key)
    ).one_or_none()
    return f"{email_key} (address)" if taken else email_key


def set_wishes(session: Session, person: Participant, wishes: Wishes) -> None:
    """Replace topics of the kinds given, and the group size. Raises BadInput when there are too many."""
    for kind, texts in wishes.topics.items():
        unique = distinct(texts)
        if len(unique) > limit_of(kind):
            raise BadInput(
                Fault(kind.value, f"has {len(unique)} entries.", f"Choose the {limit_of(kind)} that matter most.")
            )
        session.exec(delete(Topic).where(col(Topic.participant_id) == person.id).where(col(Topic.kind) == kind))
        session.flush()
        session.add_all(
            Topic(
                programme_id=person.programme_id,
                participant_id=person.id,
                kind=kind,
                key=key,
                text=text,
                position=place,
            )
            for place, (key, text) in enumerate(unique.items())
        )
    person.size = wishes.size
    session.add(person)
    if wishes.asks_shown is not None:
        asks.choose(session, person, wishes.asks_shown)


def skip_next(
    session: Session, programme: Programme, person: Participant, skip: bool, *, now: datetime, actor: str = ""
) -> None:
    """Sit out the next round, or change one's mind about that. Raises Conflict for who is not in."""
    _require_here(person)
    person.skip_next, person.in_next = skip, person.in_next and not skip
    session.add(person)
    _note(session, programme, person, now, "participant.skip" if skip else "participant.unskip", actor)


def pause(
    session: Session,
    programme: Programme,
    person: Participant,
    until: date,
    *,
    now: datetime,
    today: date,
    secret_key: str,
    actor: str = "",
) -> None:
    """Stay out until a day, of rounds that are drawn but not introduced too. Raises BadInput for a day that is not in
    the future, Conflict for who is not in.
    """
    if until <= today:
        raise BadInput(Fault("paused_until", "must be a day in the future."))
    _look_again(session, programme, person)
    _require_here(person)
    rounds.withdraw(session, programme, person, now=now, secret_key=secret_key, told=False)
    person.state, person.paused_until, person.skip_next = ParticipantState.PAUSED, until, False
    person.in_next, person.held_for = False, None
    session.add(person)
    _note(session, programme, person, now, "participant.pause", actor)


def come_back(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str, actor: str = ""
) -> None:
    """End a pause or a hold now. Raises Conflict for who is not in, and for whose address an organiser has closed.

    Whose silence ends while mail to them comes back is held for that.
    """
    _look_again(session, programme, person)
    _require_here(person)
    closed = suppression.suppressed(session, programme.organisation_id, person.email, secret_key=secret_key)
    if closed is not None and closed.reason == SuppressionReason.ORGANISER:
        raise Conflict(phrase("An organiser has closed this address to our mail. Only they can open it again."))
    away = closed is not None and person.held_for == HeldFor.SILENCE
    person.state = ParticipantState.HELD if away else ParticipantState.ACTIVE
    person.held_for = HeldFor.BOUNCE if away else None
    person.paused_until, person.skip_next, person.heard_at = None, False, now
    session.add(person)
    _note(session, programme, person, now, "participant.back", actor)


def leave(
    session: Session, programme: Programme, person: Participant, *, now: datetime, secret_key: str, actor: str = ""
) -> None:
    """Out of the programme, at once and without a reason. A second time changes nothing. Who waits to meet them is told
    that they cannot.
    """
    _look_again(session, programme, person)
    if person.state == ParticipantState.LEFT:
        return
    goodbyes.say(session, programme, person, now=now, secret_key=secret_key)
    rounds.withdraw(session, programme, person, now=now, secret_key=secret_key)
    person.state, person.left_at, person.paused_until, person.skip_next = ParticipantState.LEFT, now, None, False
    person.in_next, person.held_for = False, None
    session.add(person)
    links.cancel_all_but_leave(session, person, now)
    _note(session, programme, person, now, "participant.leave", actor)


def correct(
    session: Session,
    programme: Programme,
    person: Participant,
    change: Correction,
    *,
    now: datetime,
    secret_key: str,
    actor: str,
) -> None:
    """What an organiser changes for somebody. Raises BadInput; Conflict for a step that only the person can take."""
    comes = change.state in (ParticipantState.ACTIVE, ParticipantState.PAUSED) or change.paused_until is not None
    if (comes or change.skip_next) and person.state not in HERE:
        raise Conflict(
            phrase(
                "This person is %(state)s: only they themselves can come in, by the form to join.",
                state=OUT[person.state],
            )
        )
    if change.address is not None:
        _look_again(session, programme, person)
        key = free_match_key(session, programme, change.address.key)
        readdressing.move(session, programme, person, change.address, key, now=now, secret_key=secret_key, actor=actor)
    _describe(session, programme, person, change)
    audit.note(session, programme, now=now, actor=actor, action="participant.change", subject=person.id)
    if change.state == ParticipantState.LEFT:
        leave(session, programme, person, now=now, secret_key=secret_key, actor=actor)
    elif change.state == ParticipantState.ACTIVE:
        come_back(session, programme, person, now=now, secret_key=secret_key, actor=actor)
    elif change.paused_until is not None:
        today = local_date(now, programme.time_zone)
        until = change.paused_until
        pause(session, programme, person, until, now=now, today=today, secret_key=secret_key, actor=actor)
    if change.skip_next is not None and person.state in HERE:
        skip_next(session, programme, person, change.skip_next, now=now, actor=actor)


def _describe(session: Session, programme: Programme, person: Participant, change: Correction) -> None:
    """What is said of somebody, as against where they stand."""
    if change.name is not None:
        person.name = change.name
    if change.team is not None:
        person.team_id = team_id(session, programme, change.team)
    if change.wishes is not None:
        set_wishes(session, person, change.wishes)
    if change.ways is not None:
        set_ways(session, person, change.ways)
    if change.time_zone is not None:
        person.time_zone = change.time_zone
    if change.locale is not None:
        person.locale = change.locale
    if change.host is not None:
        person.host = change.host
    if change.manager_email is not None:
        set_manager(person, change.manager_email)
    session.add(person)


def set_manager(person: Participant, address: str) -> None:
    """Say who somebody's line manager is, by an address that need not be in the programme; empty for nobody known.
    Raises BadInput for the person's own.
    """
    key = canonical_key(address)
    if key == person.email_key:
        raise BadInput(Fault("manager_email", phrase("This is their own address."), OTHER_MANAGER))
    person.manager_email, person.manager_key = address, key


def block(
    session: Session, programme: Programme, person: Participant, address: Address, *, now: datetime, secret_key: str
) -> None:
    """Keep `person` apart from whoever has this address, now or later. Confidential. A second time changes nothing.

    A round that is drawn and not sent yet comes apart where they are in one group.

    Raises BadInput for one's own address, and for more than BLOCK_LIMIT of them.
    """
    if address.key == person.email_key:
        raise BadInput(Fault("email", phrase("is your own address."), phrase("Enter somebody else's.")))
    there = {blocked.email_key for blocked in queries.blocks_of(session, person)}
    if address.key in there:
        return
    if (known := len(queries.not_with(session, person))) >= BLOCK_LIMIT:
        most = phrase("%(most)s addresses are the most.", most=BLOCK_LIMIT)
        raise BadInput(Fault("email", phrase("would be number %(number)s.", number=known + 1), most))
    session.add(
        BlockedAddress(
            participant_id=person.id,
            email_key=address.key,
            email=address.typed,
            programme_id=person.programme_id,
            created_at=now,
        )
    )
    session.flush()
    rounds.part(session, programme, now=now, secret_key=secret_key)


def unblock(session: Session, person: Participant, address: str) -> None:
    """Take one's own block back, by the address as it was typed, wherever it has followed to; those of others and of
    the organiser stay. A second time changes nothing.
    """
    for blocked in queries.blocks_of(session, person):
        if canonical_key(blocked.email) == canonical_key(address):
            session.delete(blocked)


def _look_again(session: Session, programme: Programme, person: Participant) -> None:
    """The person as they are once the programme is ours: somebody may have changed them a moment ago. Raises Conflict
    for who was erased meanwhile.
    """
    programmes.lock(session, programme.id)
    same = select(Participant).where(Participant.id == person.id).execution_options(populate_existing=True)
    if session.exec(same).one_or_none() is None:
        raise Conflict(phrase("You are not in this programme at the moment."))


def _require_here(person: Participant) -> None:
    if person.state not in HERE:
        raise Conflict(phrase("You are not in this programme at the moment."))


def _note(session: Session, programme: Programme, person: Participant, now: datetime, action: str, actor: str) -> None:
    """Without an actor, participants did it themselves."""
    actor = actor or f"participant:{person.id}"
    audit.note(session, programme, now=now, actor=actor, action=action, subject=person.id)
