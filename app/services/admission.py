"""Who may join: whether the programme takes people now, whether there is a place, and whose addresses it takes."""

from datetime import datetime

from sqlmodel import Session

from app.clock import local_date
from app.errors import BadInput, Fault, NotAdmitted, ProgrammeClosed
from app.files.addresses import Address, parse_address
from app.files.verdicts import Problem
from app.models import Participant, ParticipantState, Programme, ProgrammeState
from app.queries import programmes as queries
from emails import phrase

TAKING_PART = (ParticipantState.ACTIVE, ParticipantState.PAUSED, ParticipantState.HELD)
"""Who has a place."""


def doors_shut(session: Session, programme: Programme, now: datetime) -> str | None:
    """Why nobody can ask to join today: `closed`, `paused`, `shut`, `not_yet` or `full`; None while people can. The
    same for everybody, so that it tells nothing of anybody.
    """
    if programme.state != ProgrammeState.OPEN:
        return programme.state.value
    if not programme.joining:
        return "shut"
    if _opens_later(programme, now):
        return "not_yet"
    return "full" if _full(session, programme) else None


def require_place(session: Session, programme: Programme, person: Participant, now: datetime) -> None:
    """See that this person may come in, by their own button, now. The caller holds the programme's lock, so that of
    many who press at once no more come in than there are places.

    Whom an organiser brought along need not wait for the first day, and may have any address. A programme that has a
    rest, or takes nobody new, takes in who was asked before. Raises ProgrammeClosed, NotAdmitted.
    """
    if programme.state == ProgrammeState.CLOSED:
        raise ProgrammeClosed(phrase("This programme is over, so nobody can join any more."))
    if person.state in TAKING_PART:
        return
    if not person.invited and programme.invitation_only:
        raise NotAdmitted("invitation_only")
    if not person.invited and not takes_domain(programme, person.email_key):
        raise NotAdmitted("domain")
    if not person.invited and _opens_later(programme, now):
        raise NotAdmitted("not_yet")
    if _full(session, programme):
        raise NotAdmitted("full")


def may_ask(programme: Programme, person: Participant | None) -> bool:
    """Whether this person, or a stranger, gets a mail for filling the form in: of a programme by invitation only who
    was brought along by an organiser, or is in.
    """
    if not programme.invitation_only:
        return True
    return person is not None and (person.invited or person.state in TAKING_PART)


def takes_domain(programme: Programme, email_key: str) -> bool:
    """Whether the programme takes addresses of this domain."""
    return not programme.domains or email_key.rpartition("@")[2] in programme.domains


def clean_domains(texts: list[str]) -> list[str]:
    """Domains as addresses are compared by, each once. Raises BadInput."""
    found: dict[str, None] = {}
    for text in texts:
        address: Address | Problem = parse_address(f"x@{text.strip().removeprefix('@')}")
        if isinstance(address, Problem):
            raise BadInput(
                Fault("domains", "holds what is no domain of addresses.", "Write each like example.org, without an @.")
            )
        found[address.key.rpartition("@")[2]] = None
    return list(found)


def _opens_later(programme: Programme, now: datetime) -> bool:
    return programme.opens_on is not None and programme.opens_on > local_date(now, programme.time_zone)


def _full(session: Session, programme: Programme) -> bool:
    if not programme.capacity:
        return False
    people = queries.people_by_state(session, programme)
    return sum(people[state] for state in TAKING_PART) >= programme.capacity
