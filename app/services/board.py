"""A drawn round as a board on which people are moved in memory: read once, changed (`adjusting`), checked, and only
then written down (`adjusted`). Nothing here writes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from sqlmodel import Session, col, or_, select

import matching
from app.clock import local_date
from app.files.addresses import Address, parse_address
from app.models import Group, Participant, Placement, Programme, Round
from app.queries import pools
from app.queries import rounds as queries
from app.queries.pools import RoundPool
from app.queries.walls import Walls
from emails import english
from matching import Certificate, Policy


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody stands: in a group, or left out with a code and words."""

    group: str | None = None
    first: bool = False
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A group without its people. `position` counts from 0; people count from 1."""

    position: int
    size: int
    locked: bool = False
    by_hand: bool = False

    @property
    def number(self) -> int:
        return self.position + 1


@dataclass(slots=True)
class Hall:
    """Who sits where: what a change changes, and what an undo brings back."""

    seats: dict[str, Seat]
    tables: dict[str, Table]
    members: dict[str, set[str]]
    seed: int
    redraws: int
    certificate: Certificate | None = None
    """Of a draw just made, where it says more than the groups alone."""

    def put(self, person: str, seat: Seat | None) -> None:
        """Seat somebody; None takes them out of the round."""
        was = self.seats.pop(person, None)
        if was is not None and was.group is not None:
            self.members[was.group].discard(person)
        if seat is not None:
            self.seats[person] = seat
            if seat.group is not None:
                self.members[seat.group].add(person)

    def copy(self) -> "Hall":
        """The same, to be changed apart from this one."""
        members = defaultdict(set, {group: set(people) for group, people in self.members.items()})
        return replace(self, seats=dict(self.seats), tables=dict(self.tables), members=members)


@dataclass
class Board:
    """A round, its people, the pool that they make, and who sits where: `was` as read, `now` as changed."""

    programme: Programme
    round: Round
    policy: Policy
    people: dict[str, Participant]
    load: Callable[[], RoundPool]
    placements: dict[str, Placement]
    groups: dict[str, Group]
    was: Hall
    now: Hall
    outside: dict[str, Participant] = field(default_factory=dict)
    """Whom a change names and who is not in the round; of those, who may join it is among the people too."""

    @cached_property
    def rows(self) -> RoundPool:
        """The pool that these people make: what takes longest to read, and a lock needs none of it."""
        return self.load()

    @property
    def sizes(self) -> range:
        return matching.sizes(self.policy.size)

    def keys(self, people: Iterable[str]) -> list[str]:
        """The matcher's names of these people, in order."""
        return sorted(self.people[one].match_key for one in people)

    def names(self, people: Iterable[str]) -> list[str]:
        """What these people are called, in order."""
        return [person.name for person in sorted(map(self.people.__getitem__, people), key=lambda one: one.name)]

    def called(self, people: Iterable[str]) -> str:
        """Their names in a sentence."""
        return english().listing(self.names(people))

    def fit(self, people: Iterable[str]) -> bool:
        """Whether they may be one group, by every hard rule but its size."""
        return matching.fit_together(self.rows.pool, self.keys(people))

    def known(self) -> Certificate | None:
        """What a draw has proven, where it was about the very people, facts and rules of now."""
        said = proven_of(self.round)
        if said is None or said["fingerprint"] != matching.fingerprint(self.rows.pool, self.policy):
            return None
        return Certificate(**said["certificate"])


def proven_of(round_: Round) -> dict[str, Any] | None:
    """What the draw has proven: kept apart once something is changed."""
    if round_.proven is not None:
        return round_.proven
    if round_.certificate is None or round_.input_fingerprint is None:
        return None
    return {"fingerprint": round_.input_fingerprint, "certificate": round_.certificate}


def read(session: Session, programme: Programme, round_: Round, named: Iterable[str], now: datetime) -> Board:
    """The round as it is; `named` are ids or addresses of people, who may be outside of it."""
    placements: dict[str, Placement] = {}
    people: dict[str, Participant] = {}
    for placement, person in session.exec(
        select(Placement, Participant)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(Placement.round_id == round_.id)
        .execution_options(populate_existing=True)
    ):
        placements[person.id], people[person.id] = placement, person
    groups = {
        group.id: group
        for group in session.exec(
            select(Group).where(Group.round_id == round_.id).execution_options(populate_existing=True)
        )
    }
    outside = _outside(session, programme, people, named)
    joiners = _may_join(session, programme, round_, outside, now) if outside else {}
    everyone = people | joiners
    in_order = sorted(everyone.values(), key=lambda person: person.match_key)
    was = _hall(round_, placements, groups)
    return Board(
        programme=programme,
        round=round_,
        policy=queries.as_policy(round_.policy),
        people=everyone,
        load=partial(pools.pool_of, session, programme, round_.number, in_order, Walls.of(round_.policy)),
        placements=placements,
        groups=groups,
        was=was,
        now=was.copy(),
        outside=outside,
    )


def _outside(
    session: Session, programme: Programme, people: dict[str, Participant], named: Iterable[str]
) -> dict[str, Participant]:
    """Of those who are named by id or address, who is of the programme and not in the round."""
    words = set(named) - people.keys()
    if not words:
        return {}
    keys = {address_key(word) for word in words if "@" in word}
    found = session.exec(
        select(Participant)
        .where(Participant.programme_id == programme.id)
        .where(or_(col(Participant.id).in_(words), col(Participant.email_key).in_(keys)))
    )
    return {person.id: person for person in found if person.id not in people}


def address_key(word: str) -> str:
    """The canonical form of an address; what is none stays as it is."""
    found = parse_address(word)
    return found.key if isinstance(found, Address) else word


def _may_join(
    session: Session, programme: Programme, round_: Round, outside: dict[str, Participant], now: datetime
) -> dict[str, Participant]:
    """Who of them takes part today, if it is their turn and they have not asked to be left out of this round."""
    today = local_date(now, programme.time_zone)
    eligible = {person.id for person in pools.eligible(session, programme, today, round_.number)}
    return {one: person for one, person in outside.items() if one in eligible and one not in round_.skipped}


def _hall(round_: Round, placements: dict[str, Placement], groups: dict[str, Group]) -> Hall:
    members: dict[str, set[str]] = defaultdict(set)
    seats = {}
    for person, place in placements.items():
        seats[person] = Seat(place.group_id, place.writes_first, place.left_out_code, place.reason)
        if place.group_id is not None:
            members[place.group_id].add(person)
    tables = {one.id: Table(one.position, one.size, one.locked, one.by_hand) for one in groups.values()}
    return Hall(seats, tables, members, round_.seed, round_.redraws)
