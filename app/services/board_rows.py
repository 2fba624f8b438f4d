"""A changed board as rows: groups, places, who writes first, and the waiting mails of the people concerned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select

import matching
from app.models import (
    OF_A_ROUND,
    Group,
    MailedLink,
    OutgoingMail,
    Participant,
    ParticipantState,
    Placement,
    Round,
)
from app.services import drawing, figures, letters, ways
from app.services.board import Board, Table
from emails import to_json


@dataclass(frozen=True, slots=True)
class Said:
    """What is kept about a group: why these people, and what they cost, as rows keep both."""

    facts: list[dict[str, Any]]
    cautions: list[dict[str, Any]]


SaidOf = Mapping[str, Said]
"""Of each group."""

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What was changed: `tables` in any way, `regrouped` in who sits there or writes first; `seats` of people."""

    seats: list[str]
    tables: list[str]
    regrouped: list[str]
    redrawn: bool

    @classmethod
    def of(cls, found: Board) -> "Difference":
        was, now = found.was, found.now
        seats = [one for one in {**was.seats, **now.seats} if was.seats.get(one) != now.seats.get(one)]
        moved = {seat.group for one in seats for hall in (was, now) if (seat := hall.seats.get(one)) and seat.group}
        tables = [one for one in {**was.tables, **now.tables} if was.tables.get(one) != now.tables.get(one)]
        return cls(sorted(seats), sorted({*tables, *moved}), sorted(moved), now.redraws != was.redraws)

    def __bool__(self) -> bool:
        return bool(self.seats or self.tables or self.redrawn)


def choose_writers(session: Session, found: Board) -> None:
    """Who writes first where nobody does now: whoever has done so least often before, between equals by the lot."""
    hall = found.now
    without = [
        group
        for group in Difference.of(found).tables
        if hall.members.get(group) and not any(hall.seats[one].first for one in hall.members[group])
    ]
    if not without:
        return
    so_far = _first_writers_before(session, found)
    hosted = {person.match_key: so_far.get(one, 0) for one, person in found.people.items()}
    groups = sorted(tuple(found.keys(hall.members[group])) for group in without)
    chosen = matching.hosts(groups, hosted, matching.Lot(hall.seed).stream("hosts"))
    for key in chosen:
        one = found.rows.ids[key]
        hall.seats[one] = replace(hall.seats[one], first=True)


def _first_writers_before(session: Session, found: Board) -> dict[str, int]:
    rows = session.exec(
        select(Placement.participant_id, func.count())
        .where(Placement.programme_id == found.programme.id)
        .where(Placement.round_id != found.round.id)
        .where(col(Placement.writes_first).is_(True))
        .group_by(Placement.participant_id)
    )
    return dict(rows.all())


def write(
    session: Session,
    found: Board,
    difference: Difference,
    said: SaidOf,
    *,
    now: datetime,
    secret_key: str,
) -> None:
    """Groups, places and mails, in an order that every key of the database allows."""
    hall = found.now
    _write_tables(session, found, said)
    session.flush()
    for one in difference.seats:
        _write_seat(session, found, one)
    session.flush()
    for gone in (one for one in difference.tables if one not in hall.tables):
        session.delete(found.groups.pop(gone))
    session.flush()
    if difference.seats:
        _write_mails(session, found, difference, now=now, secret_key=secret_key)


def said_of(found: Board, difference: Difference) -> SaidOf:
    """What is kept about the groups that were changed, anew where other people sit there now."""
    sitting = [one for one in difference.tables if found.now.members.get(one)]
    by_key = {person.match_key: person for person in found.people.values()}
    kept = {one: found.groups[one] for one in sitting if one not in difference.regrouped}
    said = {one: Said(group.facts, group.cautions) for one, group in kept.items()}
    fresh = [one for one in sitting if one in difference.regrouped]
    if fresh:
        pool, names = found.rows.pool, {key: person.name for key, person in by_key.items()}
        keys = [found.keys(found.now.members[one]) for one in fresh]
        reasons = matching.explain_all(pool, found.policy, keys)
        for one, members, reason in zip(fresh, keys, reasons, strict=True):
            cautions = figures.to_rows(figures.cautions(pool, members, names))
            said[one] = Said(to_json(drawing.sentences(reason, by_key)), cautions)
    return said


def _write_tables(session: Session, found: Board, said: SaidOf) -> None:
    for one, words in said.items():
        table = found.now.tables[one]
        group = found.groups.get(one) or _new_group(found, one, table)
        group.position, group.size = table.position, table.size
        group.locked, group.by_hand = table.locked, table.by_hand
        group.facts, group.cautions = words.facts, words.cautions
        found.groups[one] = group
        session.add(group)


def _new_group(found: Board, one: str, table: Table) -> Group:
    programme_id, round_id = found.programme.id, found.round.id
    return Group(
        id=one, programme_id=programme_id, round_id=round_id, position=table.position, size=table.size, facts=[]
    )


def _write_seat(session: Session, found: Board, one: str) -> None:
    seat, place = found.now.seats.get(one), found.placements.get(one)
    if seat is None:
        assert place is not None
        session.delete(found.placements.pop(one))
        return
    if place is None:
        place = found.placements[one] = Placement(
            round_id=found.round.id, participant_id=one, programme_id=found.programme.id
        )
        person = found.people[one]
        if person.state == ParticipantState.PAUSED:  # the pause is over: whoever is drawn is active again
            person.state, person.paused_until = ParticipantState.ACTIVE, None
            session.add(person)
    place.group_id, place.writes_first = seat.group, seat.first
    place.left_out_code, place.reason = seat.code, seat.reason
    session.add(place)


def _write_mails(session: Session, found: Board, difference: Difference, *, now: datetime, secret_key: str) -> None:
    """The waiting mails of those concerned are forgotten, and written anew as things are."""
    was, hall = found.was, found.now
    out = [one for one in difference.seats if (seat := hall.seats.get(one)) and seat.group is None]
    newly_out = [one for one in out if (seat := was.seats.get(one)) is None or seat.group is not None]
    groups = [one for one in difference.regrouped if hall.members.get(one)]
    groups.sort(key=lambda one: hall.tables[one].position)
    members = [one for group in groups for one in hall.members[group]]
    gone = [one for one in difference.seats if one not in hall.seats]
    _forget_mails(session, found.round, sorted({*members, *newly_out, *gone}))
    ways.word_is_kept(session, (found.people[one] for one in members))
    for one in newly_out:
        if one in was.seats:
            ways.first_in_line(session, one)
    for one in gone:  # they were asked in and are out again: as before, the next draw may have them
        ways.first_in_line(session, one)
    written = [(found.groups[group], *_in_order(found, group)) for group in groups]
    letters.write_for_round(
        session,
        found.programme,
        found.round,
        written,
        [found.people[one] for one in newly_out],
        now=now,
        secret_key=secret_key,
    )
    session.flush()


def _in_order(found: Board, group: str) -> tuple[list[Participant], Participant]:
    """The people of a group as a draw lists them, and who writes first."""
    people = [found.people[found.rows.ids[key]] for key in found.keys(found.now.members[group])]
    return people, next(person for person in people if found.now.seats[person.id].first)


def _forget_mails(session: Session, round_: Round, people: Sequence[str]) -> None:
    """None of them has been released: nobody has read them, and nobody holds the links in them."""
    for start in range(0, len(people), CHUNK):
        chunk = people[start : start + CHUNK]
        theirs = (
            col(OutgoingMail.round_id) == round_.id,
            col(OutgoingMail.participant_id).in_(chunk),
            col(OutgoingMail.kind).in_(OF_A_ROUND),
            col(OutgoingMail.released_at).is_(None),
        )
        facts = session.exec(select(OutgoingMail.facts).where(*theirs)).all()
        links = [link for one in facts for link in one.get("links", {}).values()]
        for first in range(0, len(links), CHUNK):
            session.exec(delete(MailedLink).where(col(MailedLink.id).in_(links[first : first + CHUNK])))
        session.exec(delete(OutgoingMail).where(*theirs))
