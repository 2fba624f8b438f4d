"""The people of an import, a bundle at a time: who is there is read at once, what is new or changed is written at once.

Statements about many rows instead of objects one by one: an object costs ten times as much, and a session that holds
all of them looks through all of them before each question.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, update
from sqlmodel import Session, SQLModel, col, select

from app.crashpoints import crashpoint
from app.db import insert_all
from app.files.addresses import canonical_key
from app.files.people import PersonRow
from app.files.verdicts import Verdict
from app.models import (
    Format,
    Participant,
    ParticipantState,
    Programme,
    SeenBy,
    Team,
    Topic,
    TopicKind,
)
from app.security import ids_together, new_id
from app.services import invitations, participants
from app.services.import_rows import Bundle, Terms

CONSENT = "import"
COUNTED = ("added", "changed", "unchanged", "left_alone", "invited")
KEPT_BACK = frozenset({"access", "access_for"})
"""What is filled in where somebody has said nothing, and what they have said may be hidden from organisers."""

Facts = dict[str, Any]


def write_people(
    session: Session, programme: Programme, bundle: Bundle, terms: Terms
) -> tuple[dict[str, int], list[Verdict]]:
    """Add who is new and bring who is known up to date; nobody is removed. The caller holds the programme's lock.

    Returns what was done, counted, and a verdict on each line that has become wrong since it was read.
    """
    rows = [row for row in bundle.rows if isinstance(row, PersonRow)]
    there = there_of(session, programme, [row.key for row in rows])
    rows, late = _still_right(session, programme, bundle.file, rows, there)
    teams = _teams(session, programme, [row for row in rows if row.key not in there or "team" not in row.keeps])
    new = [row for row in rows if row.key not in there]
    known = [(there[row.key], row) for row in rows if row.key in there]
    added = _add(session, programme, new, teams, terms)
    crashpoint("import: people added")
    counts = _bring_up_to_date(session, programme, known, teams, terms)
    if not terms.active:
        invitations.invite(session, programme, added, now=terms.now, secret_key=terms.secret_key)
        counts["invited"] = len(added)
    return counts | {"added": len(added)}, late


def there_of(session: Session, programme: Programme, keys: Sequence[str]) -> dict[str, Found[Any]]:
    """Who of them is in the programme, by canonical address."""
    table = SQLModel.metadata.tables["participant"]
    query = table.select().where(table.c.programme_id == programme.id, table.c.email_key.in_(keys))
    return {row.email_key: row for row in session.connection().execute(query)}


def _still_right(
    session: Session, programme: Programme, file: str, rows: Sequence[PersonRow], there: Mapping[str, Found[Any]]
) -> tuple[list[PersonRow], list[Verdict]]:
    """The lines that can be written: somebody may have come in, or got an id, since they were looked at."""
    holders = session.exec(
        select(Participant.match_key, Participant.email_key)
        .where(Participant.programme_id == programme.id)
        .where(col(Participant.match_key).in_([row.id for row in rows]))
    )
    by_id = dict(holders.all())
    ids = {key: str(person.match_key) for key, person in there.items()}
    clashes = [clash(file, row, ids, by_id) for row in rows]
    right = [row for row, verdict in zip(rows, clashes, strict=True) if verdict is None]
    return right, [verdict for verdict in clashes if verdict is not None]


def clash(file: str, row: PersonRow, ids: Mapping[str, str], addresses: Mapping[str, str]) -> Verdict | None:
    """An id that belongs to another address already, or an address that came with another id before."""
    holder = addresses.get(row.id)
    if holder is not None and holder != row.key:
        problem = f"The id {row.id} belongs to another address in this programme."
        return Verdict(file, row.line, "id", "error", problem, "Use the id that goes with the address.")
    if row.external_id and ids.get(row.key, row.id) != row.id:
        problem = f"This address is in the programme under the id {ids[row.key]}."
        return Verdict(file, row.line, "id", "error", problem, "Keep the id that it came with first.")
    return None


def _teams(session: Session, programme: Programme, rows: Iterable[PersonRow]) -> dict[str, str | None]:
    """The id of each team by its name in the file, made when it is new; None for an empty name."""
    names, keys = team_names(rows)
    ids = teams_by_key(session, programme, keys.values())
    new = {key: name for name, key in keys.items() if key not in ids}
    made = [
        {
            "id": new_id("tea"),
            "organisation_id": programme.organisation_id,
            "programme_id": programme.id,
            "name": name[:100],
            "key": key,
        }
        for key, name in new.items()
    ]
    insert_all(session, Team, made)
    ids |= {team["key"]: team["id"] for team in made}
    return {written: ids[keys[name]] if name else None for written, name in names.items()}


def team_names(rows: Iterable[PersonRow]) -> tuple[dict[str, str], dict[str, str]]:
    """Each team as it stands in the file with its name, and each name with its key."""
    names = {row.team: " ".join(row.team.split()) for row in rows}
    return names, {name: participants.folded(name)[:200] for name in names.values() if name}


def teams_by_key(session: Session, programme: Programme, keys: Iterable[str]) -> dict[str, str]:
    """The id of each team that there is, by its key."""
    query = select(Team.key, Team.id).where(Team.programme_id == programme.id).where(col(Team.key).in_(keys))
    return dict(session.exec(query).all())


def _add(
    session: Session,
    programme: Programme,
    rows: Sequence[PersonRow],
    teams: Mapping[str, str | None],
    terms: Terms,
) -> list[tuple[str, str]]:
    """Write new people with what they like to talk about. Returns the id and address of each."""
    if not rows:
        return []
    person_id = ids_together("ppl")
    people = [{"id": person_id()} | _newcomer(programme, row, teams[row.team], terms) for row in rows]
    insert_all(session, Participant, people)
    topics = [
        topic
        for person, row in zip(people, rows, strict=True)
        for topic in _topics_of(programme, person["id"], said(row))
    ]
    insert_all(session, Topic, topics)
    return [(person["id"], person["email"]) for person in people]


def _newcomer(programme: Programme, row: PersonRow, team_id: str | None, terms: Terms) -> Facts:
    pauses = terms.active and row.paused_until is not None and row.paused_until > terms.now.date()
    state = ParticipantState.PAUSED if pauses else ParticipantState.ACTIVE
    return {
        "organisation_id": programme.organisation_id,
        "programme_id": programme.id,
        "email": row.mailbox,
        "email_key": row.key,
        "match_key": row.id,
        "name": row.name,
        "team_id": team_id,
        "location": row.location,
        **_manager(row),
        "state": state if terms.active else ParticipantState.PENDING,
        "size": row.size,
        "trios": row.trios,
        "sat_out": row.sat_out,
        "paused_until": row.paused_until if pauses else None,
        "format": Format(row.format) if row.format else None,
        "access": row.access,
        "access_for": SeenBy.ORGANISER if row.access else SeenBy.NOBODY,
        "invited": True,
        "time_zone": row.time_zone,
        "consent": CONSENT,
        "created_at": terms.now,
        "confirmed_at": terms.now if terms.active else None,
    }


def said(row: PersonRow) -> Mapping[TopicKind, tuple[str, ...]]:
    """What the line says to talk about; an empty cell says nothing and keeps what is known."""
    told = {
        TopicKind.INTEREST: row.interests,
        TopicKind.ASK: row.asks,
        TopicKind.OFFER: row.offers,
        TopicKind.LANGUAGE: row.languages,
        TopicKind.TIME: row.times,
    }
    return {kind: texts for kind, texts in told.items() if texts}


def _topics_of(programme: Programme, person_id: str, told: Mapping[TopicKind, Iterable[str]]) -> list[Facts]:
    return [
        {
            "programme_id": programme.id,
            "participant_id": person_id,
            "kind": kind,
            "key": key,
            "text": text,
            "position": place,
        }
        for kind, texts in told.items()
        for place, (key, text) in enumerate(participants.distinct(texts).items())
    ]


def _bring_up_to_date(
    session: Session,
    programme: Programme,
    known: Sequence[tuple[Found[Any], PersonRow]],
    teams: Mapping[str, str | None],
    terms: Terms,
) -> dict[str, int]:
    counts = dict.fromkeys(COUNTED, 0)
    has = kinds_there(session, [person.id for person, row in known if person.left_at is None and said(row)])
    changes: list[tuple[str, Facts]] = []
    topics: list[Facts] = []
    for person, row in known:
        news = news_of(person, row, teams.get(row.team), has[person.id])
        if news is None:  # also when a stranger has asked to join with their address
            counts["left_alone"] += 1
            changes.append((person.id, _unlike(person, {"invited": True})))  # to come back by their own button
            continue
        facts, new = news
        counts["changed" if tells(facts, new) else "unchanged"] += 1
        topics += _topics_of(programme, person.id, new)
        changes.append((person.id, facts | _unlike(person, _standing(person, row, terms))))
    _change(session, changes)
    insert_all(session, Topic, topics)
    return counts


def news_of(
    person: Found[Any], row: PersonRow, team_id: str | None, has: Collection[TopicKind]
) -> tuple[Facts, Mapping[TopicKind, tuple[str, ...]]] | None:
    """What a line says that is not so yet: facts, and topics of kinds of which the person has said nothing. None for
    who has left.
    """
    if person.left_at is not None:
        return None
    facts = _unlike(person, _facts(row, team_id)) | _unlike(person, _filled(person, row))
    return facts, {kind: texts for kind, texts in said(row).items() if kind not in has}


def tells(facts: Facts, new: Collection[TopicKind]) -> bool:
    """Whether it counts as a change. Needs and asks never do: that would tell who has some and hides them."""
    return bool(facts.keys() - KEPT_BACK or set(new) - {TopicKind.ASK})


def kinds_there(session: Session, people: Sequence[str]) -> dict[str, set[TopicKind]]:
    """Of which kinds each of them has said something: their own word goes first."""
    found: dict[str, set[TopicKind]] = defaultdict(set)
    query = select(Topic.participant_id, Topic.kind).where(col(Topic.participant_id).in_(people)).distinct()
    for person_id, kind in session.exec(query) if people else ():
        found[person_id].add(TopicKind(kind))
    return found


def _unlike(person: Found[Any], facts: Facts) -> Facts:
    """What of it is not so yet."""
    return {name: value for name, value in facts.items() if getattr(person, name) != value}


def _facts(row: PersonRow, team_id: str | None) -> Facts:
    """What follows the file; what it does not tell may have changed since it was read."""
    facts: Facts = {"email": row.mailbox}
    if "name" not in row.keeps:
        facts["name"] = row.name
    if "team" not in row.keeps:
        facts["team_id"] = team_id
    told = {"location": row.location, "trios": row.trios, "sat_out": row.sat_out, "time_zone": row.time_zone}
    return facts | {name: value for name, value in (told | _manager(row)).items() if value}


def _manager(row: PersonRow) -> Facts:
    return {"manager_email": row.manager_email, "manager_key": canonical_key(row.manager_email)}


def _filled(person: Found[Any], row: PersonRow) -> Facts:
    """Group size, how they meet and what they need, where the person has said nothing: the last the organiser knows,
    and nobody else yet.
    """
    filled: Facts = {}
    if row.size and not person.size:
        filled["size"] = row.size
    if row.format and not person.format:
        filled["format"] = Format(row.format)
    if row.access and not person.access:
        filled |= {"access": row.access, "access_for": SeenBy.ORGANISER}
    return filled


def _standing(person: Found[Any], row: PersonRow, terms: Terms) -> Facts:
    """Where an import brings somebody who is there already."""
    facts: Facts = {"invited": True}
    state = person.state
    if terms.active and state == ParticipantState.PENDING:
        state = ParticipantState.ACTIVE
        facts |= {"state": state, "confirmed_at": terms.now}
    if row.paused_until and state == ParticipantState.ACTIVE and row.paused_until > terms.now.date():
        facts |= {"state": ParticipantState.PAUSED, "paused_until": row.paused_until}
    return facts


def _change(session: Session, changes: Iterable[tuple[str, Facts]]) -> None:
    """Write only what has changed, so that what somebody changes about themselves at this moment stays."""
    alike: dict[tuple[str, ...], list[Facts]] = defaultdict(list)
    for person_id, facts in changes:
        if facts:
            named = {f"new_{name}": value for name, value in facts.items()}
            alike[tuple(sorted(facts))].append(named | {"person": person_id})
    table = SQLModel.metadata.tables["participant"]
    for names, rows in alike.items():
        values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        session.connection().execute(update(table).where(table.c.id == bindparam("person")).values(values), rows)
