"""Two people whom organisers keep apart, for reasons of theirs, until they say otherwise.

What people say themselves is kept elsewhere, and nothing here reads it: a pair that somebody wants apart already is
written, answered and lifted like any other, and stays apart when it is lifted.
"""

from datetime import datetime

from sqlmodel import Session

from app.errors import BadInput, Fault
from app.models import Block, Participant, Programme
from app.queries import apart as queries
from app.queries import programmes
from app.services import audit, rounds
from emails import phrase

NOBODY, SAME = phrase("names nobody in this programme."), phrase("names the same person.")
Two = tuple[Participant, Participant]
"""In the order of their ids, as they are kept."""


def two(session: Session, programme: Programme, a: str, b: str) -> Two:
    """The two people whom these words name, by address or id. Raises BadInput for nobody and for one person twice."""
    found = {place: queries.named(session, programme, word) for place, word in (("a", a), ("b", b))}
    faults = [
        Fault(place, NOBODY, phrase("Enter the address or the id of somebody in it."))
        for place, person in found.items()
        if person is None
    ]
    people = sorted((one for one in found.values() if one is not None), key=lambda one: one.id)
    if faults:
        raise BadInput(*faults)
    if people[0].id == people[1].id:
        raise BadInput(Fault("b", SAME, phrase("Enter two people.")))
    return people[0], people[1]


def keep_apart(
    session: Session, programme: Programme, people: Two, *, now: datetime, secret_key: str, actor: str
) -> None:
    """Let these two never be drawn together, either way round. A second time changes nothing.

    Groups of rounds that are not sent yet come apart where they are in one. The trail does not say who they are: it is
    for everybody who may look.
    """
    programmes.lock(session, programme.id)
    a, b = people
    if session.get(Block, (programme.id, a.id, b.id)) is not None:
        return
    session.add(Block(programme_id=programme.id, a_id=a.id, b_id=b.id, created_at=now))
    session.flush()
    rounds.part(session, programme, now=now, secret_key=secret_key)
    audit.note(session, programme, now=now, actor=actor, action="people.apart")


def lift(session: Session, programme: Programme, people: Two, *, now: datetime, actor: str) -> None:
    """Take that back; what either of them has said stays. A second time, and for a pair that there is not, it changes
    nothing.
    """
    programmes.lock(session, programme.id)
    a, b = people
    found = session.get(Block, (programme.id, a.id, b.id))
    if found is None:
        return
    session.delete(found)
    audit.note(session, programme, now=now, actor=actor, action="people.together")
