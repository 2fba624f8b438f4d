"""Who is in a programme and not in the file: told on demand, and sent away only on the organiser's word.

A file that was cut off, or the wrong one, looks just like a wave of leavers. So nobody goes while a line is wrong, for
it may be theirs; and where many would go, the organiser has to name how many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from app.clock import local_date
from app.errors import BadInput, Fault, TooManyLeavers
from app.files.people import PeopleFile
from app.files.verdicts import Verdict, errors, shown
from app.models import Participant, ParticipantState, Programme
from app.services import participants
from app.services.import_rows import Bundle, LeaverRow, Terms
from app.services.participants import HERE

FEW = 5
SHARE = 0.2
"""More than this share of the people who are there, and more than FEW, go only when their number is named."""
MOST_NAMED = 100
REST = timedelta(days=365)
"""How long somebody is paused who is not in the file; they can come back at any time, by their own button."""


class Leavers(StrEnum):
    """What becomes of who is not in the file."""

    PAUSE = "pause"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Sync:
    """Whether the file says who is in the programme at all. Without `leavers` nothing is done about those who are not
    in it; `confirmed` is how many the organiser says will go.
    """

    leavers: Leavers | None = None
    confirmed: int | None = None


def missing(session: Session, programme: Programme, people: PeopleFile) -> tuple[list[Participant], int]:
    """Who is here and not in the file, by address; and of how many."""
    here = session.exec(
        select(Participant)
        .where(Participant.programme_id == programme.id)
        .where(col(Participant.state).in_(HERE))
        .order_by(Participant.email_key)
    ).all()
    named = {row.key for row in people.rows}
    return [person for person in here if person.email_key not in named], len(here)


def notes(file: str, gone: list[Participant], sync: Sync) -> Iterator[Verdict]:
    """A note on each of them, as far as anybody would read."""
    remedy = {
        None: "Nothing is done about it; leavers says what should be: pause or leave.",
        Leavers.PAUSE: "They are paused for a year.",
        Leavers.LEAVE: "They leave the programme.",
    }[sync.leavers]
    for person in gone[:MOST_NAMED]:
        who = f"{shown(person.name)} ({person.email})"
        yield Verdict(file, 0, None, "note", f"{who} is in the programme and not in the file.", remedy)
    if len(gone) > MOST_NAMED:
        problem = f"{len(gone) - MOST_NAMED} more people are in the programme and not in the file."
        yield Verdict(file, 0, None, "note", problem, remedy)


def check(people: PeopleFile, gone: int, here: int, sync: Sync) -> None:
    """Raises BadInput for a file that cannot say who has gone, TooManyLeavers where so many have to be named."""
    if sync.leavers is None:
        return
    if errors(people.verdicts):
        remedy = "Correct every line of the file first: a wrong line may be that of somebody who is still there."
        raise BadInput(Fault("leavers", "cannot be told while lines of the file are wrong.", remedy))
    if not people.rows:
        raise BadInput(Fault("leavers", "cannot be told from a file without anybody.", "Send the whole list."))
    if sync.confirmed is not None and sync.confirmed != gone:
        raise TooManyLeavers(
            f"{gone} would go, and not {sync.confirmed}. Look at them with a dry run, then say {gone}."
        )
    if sync.confirmed is None and gone > FEW and gone > SHARE * here:
        raise TooManyLeavers(
            f"{gone} of {here} people are not in the file. Is it whole? If all of them are to go, name their number: "
            f"confirm_leavers={gone} (on the command line: --yes-really {gone})."
        )


def send_away(session: Session, programme: Programme, bundle: Bundle, terms: Terms) -> dict[str, int]:
    """Pause them, or let them leave, as if an organiser did it one by one. Who has left meanwhile stays as they are."""
    ids = [row.id for row in bundle.rows if isinstance(row, LeaverRow)]
    people = session.exec(
        select(Participant).where(col(Participant.id).in_(ids)).where(col(Participant.state).in_(HERE))
    )
    counts = {"paused": 0, "left": 0}
    for person in people.all():
        if terms.leavers == Leavers.LEAVE:
            participants.leave(
                session, programme, person, now=terms.now, secret_key=terms.secret_key, actor=terms.actor
            )
            counts["left"] += 1
        elif _pause(session, programme, person, terms):
            counts["paused"] += 1
    session.flush()
    return counts


def _pause(session: Session, programme: Programme, person: Participant, terms: Terms) -> bool:
    today = local_date(terms.now, programme.time_zone)
    until = today + REST
    if person.state == ParticipantState.PAUSED and person.paused_until and person.paused_until >= until:
        return False
    participants.pause(
        session,
        programme,
        person,
        until,
        now=terms.now,
        today=today,
        secret_key=terms.secret_key,
        actor=terms.actor,
    )
    return True
