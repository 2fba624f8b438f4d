"""When the mails of an approved round leave, and which: some are kept back until somebody lets them go, and a round may
be sent by itself at a moment that was set.

Both are facts in rows, looked at by a worker: a restart forgets nothing. Until the moment comes, all can be undone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from app.errors import BadInput, Conflict, Fault, ProgrammeClosed
from app.files.addresses import Address, parse_address
from app.models import Group, MailState, OutgoingMail, Participant, Placement, Programme, Round, RoundState
from app.queries import outbox as queries
from app.queries import programmes as programme_queries
from app.services import audit, rounds
from app.services.redraws import NOT_SENT
from emails import phrase

FURTHEST = timedelta(days=60)
LATE = timedelta(hours=12)
"""So late after its moment a round is not sent by itself any more: nobody expects it then."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose mails a word is about: people by id or address, groups by id or number; all that are kept where `every`."""

    people: Sequence[str] = ()
    groups: Sequence[str | int] = ()
    every: bool = False


def keep(session: Session, programme: Programme, round_: Round, chosen: Chosen, *, now: datetime, actor: str) -> int:
    """Keep mails of an approved round back when it is sent. Returns how many were not kept before. Raises Conflict for
    a round that is not approved, or is being sent; BadInput for who is not in it.
    """
    if round_.state != RoundState.APPROVED:
        raise Conflict(phrase("Mails are kept back between the approval of a round and its sending, and only then."))
    number = _mark(session, round_, _found(session, round_, chosen), kept=True)
    if number:
        audit.note(session, programme, now=now, actor=actor, action="round.keep", subject=round_.id, number=number)
    return number


def let_go(session: Session, programme: Programme, round_: Round, chosen: Chosen, *, now: datetime, actor: str) -> int:
    """Do not keep these mails back any more: if the round is being sent, they leave. Returns how many were kept; a
    second word finds none. Raises BadInput for who is not in the round.
    """
    which = [] if chosen.every else [col(OutgoingMail.participant_id).in_(_found(session, round_, chosen))]
    kept = [*queries.of_round(round_).holds(), col(OutgoingMail.kept).is_(True), _waits(), *which]
    number = session.exec(update(OutgoingMail).where(*kept).values(kept=False)).rowcount
    if number and round_.state == RoundState.SENDING:
        rounds.release(session, programme, round_, now)
    if number:
        audit.note(session, programme, now=now, actor=actor, action="round.release", subject=round_.id, number=number)
    return number


def schedule(
    session: Session, programme: Programme, round_: Round, at: datetime, *, in_hours: bool, now: datetime, actor: str
) -> None:
    """Have an approved round sent at a moment, by a worker. Another word sets another moment, the same one changes
    nothing. Raises Conflict as `rounds.send` does, BadInput for a moment that is past or too far away.
    """
    if not rounds.would_send(programme, round_):
        raise Conflict(phrase("This round has been sent already."))
    if not now < at <= now + FURTHEST:
        raise BadInput(
            Fault(
                "at",
                phrase("The moment must be in the next %(days)s days.", days=FURTHEST.days),
                phrase("Or send it now."),
            )
        )
    if (round_.send_at, round_.send_in_hours) == (at, in_hours):
        return
    round_.send_at, round_.send_in_hours, round_.send_by, round_.trouble = at, in_hours, actor, None
    session.add(round_)
    audit.note(session, programme, now=now, actor=actor, action="round.schedule", subject=round_.id, at=at.isoformat())


def unschedule(session: Session, programme: Programme, round_: Round, *, now: datetime, actor: str) -> None:
    """Do not send it by itself. A second word changes nothing."""
    if round_.send_at is None:
        return
    round_.send_at, round_.send_in_hours = None, False
    session.add(round_)
    audit.note(session, programme, now=now, actor=actor, action="round.unschedule", subject=round_.id)


def due(session: Session, now: datetime) -> Sequence[str]:
    """The ids of rounds whose moment has come."""
    return session.exec(select(Round.id).where(col(Round.send_at) <= now).order_by(Round.id)).all()


def send_due(session: Session, round_id: str, *, now: datetime) -> bool:
    """Send a round whose moment has come, on the word of who set it. May run any number of times. One that cannot be
    sent, or comes too late, is not: it waits for a word, and says why. Returns whether it is being sent now.
    """
    found = session.exec(select(Round.programme_id).where(Round.id == round_id)).one_or_none()
    if found is None:
        return False
    programme = programme_queries.lock(session, found)
    query = select(Round).where(Round.id == round_id).execution_options(populate_existing=True)
    round_ = session.exec(programme_queries.locked(query)).one_or_none()
    if round_ is None or round_.send_at is None or round_.send_at > now:
        return False
    try:
        if round_.send_at < now - LATE:
            raise Conflict("No worker was there when its moment came.")
        actor = round_.send_by or "worker"
        rounds.send(session, programme, round_, now=now, actor=actor, in_hours=round_.send_in_hours)
    except (Conflict, ProgrammeClosed) as refused:
        round_.send_at, round_.trouble = None, f"{NOT_SENT}: {refused}"[:500]
        session.add(round_)
        return False
    return True


def _waits() -> ColumnElement[bool]:
    return col(OutgoingMail.state) == MailState.READY


def _mark(session: Session, round_: Round, people: Iterable[str], *, kept: bool) -> int:
    marked = session.exec(
        update(OutgoingMail)
        .where(*queries.of_round(round_).holds())
        .where(_waits(), col(OutgoingMail.participant_id).in_(list(people)), col(OutgoingMail.kept).is_not(kept))
        .values(kept=kept)
    )
    return marked.rowcount


def _found(session: Session, round_: Round, chosen: Chosen) -> list[str]:
    """The ids of the people who are meant. Raises BadInput."""
    seats = session.exec(
        select(Placement.participant_id, Participant.email_key, Group.id, Group.position)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .join(Group, col(Group.id) == Placement.group_id, isouter=True)
        .where(Placement.round_id == round_.id)
    ).all()
    people = {name: person for person, address, *_ in seats for name in (person, address)}
    groups: dict[str | int, list[str]] = {}
    for person, _, group, position in seats:
        if group is not None:
            groups.setdefault(group, []).append(person)
            groups.setdefault(position + 1, []).append(person)
    faults = [_nobody("people", name) for name in chosen.people if _key(name) not in people]
    faults += [_nobody("groups", str(name)) for name in chosen.groups if name not in groups]
    if faults:
        raise BadInput(*faults[:20])
    meant = [people[_key(name)] for name in chosen.people]
    return [*meant, *(person for name in chosen.groups for person in groups[name])]


def _key(name: str) -> str:
    """An id as it is, an address in its canonical form."""
    found = parse_address(name) if "@" in name else name
    return found.key if isinstance(found, Address) else name


def _nobody(place: str, name: str) -> Fault:
    what = phrase("“%(name)s” is not in this round.", name=name[:80])
    return Fault(place, what, phrase("Name people by id or address, groups by id or number."))
