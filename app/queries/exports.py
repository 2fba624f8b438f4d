"""What organisers take home as a table, some hundred rows at a time: each part is read by itself, so that memory stays
as it is however many there are. Nothing of it is a secret: no blocks, no answers, no needs, and no reasons.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from sqlmodel import Session

from app.models import AsksShown, Participant, Programme, Round, TopicKind
from app.queries import audit, participants, rounds
from app.queries.directory import shown_state

AT_ONCE = 500

PEOPLE = (
    *("id", "email", "name", "team", "location", "state", "interests", "asks", "offers", "languages", "times"),
    *("size", "formats", "often", "time_zone", "manager_email", "skip_next", "host", "created_at", "confirmed_at"),
    "left_at",
)
GROUPS = ("group", "id", "email", "name", "team", "writes_first")
AUDIT = ("at", "actor", "action", "subject", "detail")

Row = list[str]


class Readable(Protocol):
    """What can be looked at, again and again."""

    def reading(self) -> AbstractContextManager[Session]:
        """A consistent look."""


def people(database: Readable, programme: Programme) -> Iterator[Row]:
    """Everybody of a programme, by id: columns as an import reads them, and how each stands."""
    after = ""
    while True:
        with database.reading() as session:
            some = participants.page(session, programme, after, AT_ONCE)
            teams = participants.teams_of(session, programme)
            topics = participants.topics_of(session, [one.id for one in some])
        yield from (_person(one, teams.get(one.team_id or "", ""), topics[one.id]) for one in some)
        if len(some) < AT_ONCE:
            return
        after = some[-1].id


def groups(database: Readable, programme: Programme, round_: Round) -> Iterator[Row]:
    """A line for each person of a round, group after group, and then those without one."""
    with database.reading() as session:
        teams = participants.teams_of(session, programme)
    position = -1
    while True:
        with database.reading() as session:
            few = rounds.groups_after(session, round_, position, AT_ONCE)
            found = rounds.groups_of(session, round_, few) if few else []
        for row in found:
            number = str(row.group.position + 1)
            yield from (_member(number, one, teams, one.id == row.first) for one in row.members)
        if len(few) < AT_ONCE:
            break
        position = few[-1].position
    yield from _alone(database, round_, teams)


def _alone(database: Readable, round_: Round, teams: dict[str, str]) -> Iterator[Row]:
    after = ""
    while True:
        with database.reading() as session:
            some = rounds.without_a_group(session, round_, after, AT_ONCE)
        yield from (_member("", one, teams, first=False) for one in some)
        if len(some) < AT_ONCE:
            return
        after = some[-1].id


def trail(database: Readable, programme: Programme) -> Iterator[Row]:
    """What organisers have done, and workers at their word, the oldest first."""
    after = ""
    while True:
        with database.reading() as session:
            some = audit.page(session, programme, after, AT_ONCE)
        for one in some:
            detail = json.dumps(one.detail, ensure_ascii=False, sort_keys=True) if one.detail else ""
            yield [_cell(one.at), one.actor, one.action, one.subject or "", detail]
        if len(some) < AT_ONCE:
            return
        after = audit.cursor_of(some[-1])


def _person(one: Participant, team: str, topics: dict[TopicKind, list[str]]) -> Row:
    asks = [] if one.asks_shown == AsksShown.NOBODY else topics[TopicKind.ASK]
    lists = (topics[TopicKind.INTEREST], asks, *(topics[kind] for kind in (TopicKind.OFFER, TopicKind.LANGUAGE)))
    return [
        *(one.match_key if one.match_key != one.email_key else "", one.email, one.name, team, one.location),
        shown_state(one).value,
        *("; ".join(texts) for texts in (*lists, topics[TopicKind.TIME])),
        str(one.size or ""),
        (one.format.value if one.format else "").replace("_", " "),
        *(one.often.value, one.time_zone, one.manager_email),
        *("yes" if said else "" for said in (one.skip_next, one.host)),
        *map(_cell, (one.created_at, one.confirmed_at, one.left_at)),
    ]


def _member(group: str, one: Participant, teams: dict[str, str], first: bool) -> Row:
    return [group, one.id, one.email, one.name, teams.get(one.team_id or "", ""), "yes" if first else ""]


def _cell(when: date | datetime | None) -> str:
    return when.isoformat(" ", "seconds") if isinstance(when, datetime) else when.isoformat() if when else ""
