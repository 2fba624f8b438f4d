"""Bringing people and their past along: read first (`plan`), with a verdict on each line, then written all at once
(`apply`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, select

from app.crashpoints import crashpoint
from app.errors import BadInput, Fault
from app.files.pairs import HistoryRow, PairRow, read_blocks, read_history, read_knows
from app.files.people import PeopleFile, PersonRow, read_people
from app.files.table import Table
from app.files.verdicts import Verdict, errors
from app.models import (
    ACQUAINTED,
    Block,
    Format,
    Participant,
    ParticipantState,
    PastMeeting,
    Programme,
    SeenBy,
    TopicKind,
)
from app.queries import participants as queries
from app.queries import rounds as round_queries
from app.services import audit, letters, participants, rounds, ways
from app.services.participants import Wishes

Progress = Callable[[str, float], None]
CONSENT = "import"


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one import; each may be missing, but not all."""

    people: Table | None = None
    history: Table | None = None
    blocks: Table | None = None
    knows: Table | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written, and what is wrong with the rest."""

    people: tuple[PersonRow, ...] = ()
    history: tuple[HistoryRow, ...] = ()
    blocks: tuple[PairRow, ...] = ()
    knows: tuple[PairRow, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def errors(self) -> list[Verdict]:
        """The verdicts that stop an import unless bad lines are skipped."""
        return errors(self.verdicts)


@dataclass(slots=True)
class Report:
    """What an import did. `left_alone` are people who have left: only they themselves can come back."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_alone: int = 0
    invited: int = 0
    history: int = 0
    blocks: int = 0
    knows: int = 0
    skipped_lines: int = 0
    verdicts: list[str] = field(default_factory=list)


def plan(session: Session, programme: Programme, sources: Sources) -> Plan:
    """Read the files against what the programme knows already. Writes nothing. Raises BadInput without a file."""
    if sources == Sources():
        raise BadInput(Fault("files", "are missing.", "Give at least one of people, history, blocks, knows."))
    known = known_people(session, programme)
    people = read_people(sources.people) if sources.people else PeopleFile("", (), ())
    verdicts = [*people.verdicts, *_clashes(session, programme, people), *_too_many(people)]
    clashing = {verdict.line for verdict in verdicts if verdict.level == "error"}
    rows = tuple(row for row in people.rows if row.line not in clashing)
    known = (
        known
        | {row.key: known.get(row.key, row.id) for row in rows}
        | {row.id: known.get(row.key, row.id) for row in rows}
    )
    where = people.name or "this programme"
    history = read_history(sources.history, known, where) if sources.history else None
    blocks = read_blocks(sources.blocks, known, where) if sources.blocks else None
    knows = read_knows(sources.knows, known, where) if sources.knows else None
    past = _too_late(session, programme, history.name, history.rows) if history else []
    late = {verdict.line for verdict in past}
    return Plan(
        people=rows,
        history=tuple(row for row in history.rows if row.line not in late) if history else (),
        blocks=blocks.rows if blocks else (),
        knows=knows.rows if knows else (),
        verdicts=(
            *verdicts,
            *(history.verdicts if history else ()),
            *past,
            *(blocks.verdicts if blocks else ()),
            *(knows.verdicts if knows else ()),
        ),
    )


def known_people(session: Session, programme: Programme) -> dict[str, str]:
    """Every canonical address and every id of a programme, each with the name the matcher knows the person by."""
    rows = session.exec(
        select(Participant.email_key, Participant.match_key).where(Participant.programme_id == programme.id)
    ).all()
    return dict(rows) | {key: key for _, key in rows}


def _clashes(session: Session, programme: Programme, people: PeopleFile) -> list[Verdict]:
    """An id that belongs to another address already, or an address that came with another id before."""
    rows = session.exec(
        select(Participant.email_key, Participant.match_key).where(Participant.programme_id == programme.id)
    ).all()
    by_address, by_key = dict(rows), {key: email for email, key in rows}
    found = []
    for row in people.rows:
        holder = by_key.get(row.id)
        if holder is not None and holder != row.key:
            problem = f"The id {row.id} belongs to another address in this programme."
            found.append(
                Verdict(people.name, row.line, "id", "error", problem, "Use the id that goes with the address.")
            )
        elif row.external_id and by_address.get(row.key, row.id) != row.id:
            problem = f"This address is in the programme under the id {by_address[row.key]}."
            found.append(Verdict(people.name, row.line, "id", "error", problem, "Keep the id that it came with first."))
    return found


def _too_many(people: PeopleFile) -> list[Verdict]:
    """A list that is longer than a participant may keep."""
    return [
        Verdict(
            people.name,
            row.line,
            f"{kind.value}s",
            "error",
            f"This list has {len(texts)} items.",
            f"Choose the {participants.limit_of(kind)} that matter most.",
        )
        for row in people.rows
        for kind, texts in _topics(row).items()
        if len(texts) > participants.limit_of(kind)
    ]


def _too_late(session: Session, programme: Programme, name: str, rows: tuple[HistoryRow, ...]) -> list[Verdict]:
    first = round_queries.first_own_number(session, programme)
    if first is None:
        return []
    return [
        Verdict(
            name,
            row.line,
            "round",
            "error",
            f"Round {row.round} is not before round {first}, the first that was drawn here.",
            "Bring history along before the first round is drawn, or with smaller numbers.",
        )
        for row in rows
        if row.round >= first
    ]


def apply(
    session: Session,
    programme: Programme,
    planned: Plan,
    *,
    active: bool,
    now: datetime,
    secret_key: str,
    actor: str,
    progress: Progress | None = None,
) -> Report:
    """Write what was planned. People are found by address: new ones are added, known ones brought up to date, nobody
    removed.

    With `active`, consent was given elsewhere and people are in at once; otherwise each new one gets a confirmation
    mail.
    """
    report = Report(
        skipped_lines=len({(v.file, v.line) for v in planned.errors}), verdicts=[str(v) for v in planned.verdicts]
    )
    known = {
        person.email_key: person
        for person in session.exec(select(Participant).where(Participant.programme_id == programme.id))
    }
    teams: dict[str, str | None] = {}
    for number, row in enumerate(planned.people):
        _person(session, programme, row, known, teams, report, active=active, now=now, secret_key=secret_key)
        if number % 100 == 0:
            crashpoint("import: hundred people")
        if progress and number % 100 == 0:
            progress("people", number / len(planned.people))
    session.flush()
    ids = {person.match_key: person.id for person in known.values()}
    report.history = _past(session, programme, ids, {(row.round, row.a, row.b) for row in planned.history})
    report.knows = _past(session, programme, ids, {(ACQUAINTED, row.a, row.b) for row in planned.knows})
    report.blocks = _blocks(session, programme, ids, {(row.a, row.b) for row in planned.blocks}, now)
    if report.blocks:
        session.flush()
        rounds.part(session, programme, now=now, secret_key=secret_key)
    audit.note(
        session,
        programme,
        now=now,
        actor=actor,
        action="people.import",
        added=report.added,
        changed=report.changed,
        history=report.history,
        blocks=report.blocks,
        knows=report.knows,
    )
    if progress:
        progress("done", 1.0)
    return report


def _person(
    session: Session,
    programme: Programme,
    row: PersonRow,
    known: dict[str, Participant],
    teams: dict[str, str | None],
    report: Report,
    *,
    active: bool,
    now: datetime,
    secret_key: str,
) -> None:
    if row.team not in teams:
        teams[row.team] = participants.team_id(session, programme, row.team)
    person = known.get(row.key)
    if person is not None and person.left_at is not None:  # also when a stranger has asked to join with their address
        report.left_alone += 1
        person.invited = True  # should they wish to come back, by their own button
        session.add(person)
        return
    is_new = person is None
    if person is None:
        person = known[row.key] = Participant(
            organisation_id=programme.organisation_id,
            programme_id=programme.id,
            email=row.mailbox,
            email_key=row.key,
            match_key=row.id,
            name=row.name,
            consent=CONSENT,
            created_at=now,
        )
    facts = _facts(row, teams[row.team])
    changed = {name: value for name, value in facts.items() if getattr(person, name) != value}
    for name, value in changed.items():
        setattr(person, name, value)
    person.invited = True
    if active and person.state == ParticipantState.PENDING:
        person.state, person.confirmed_at = ParticipantState.ACTIVE, now
    if row.paused_until and person.state == ParticipantState.ACTIVE and row.paused_until > now.date():
        person.state, person.paused_until = ParticipantState.PAUSED, row.paused_until
    session.add(person)
    report.added += is_new
    filled = _fill(session, person, row, is_new=is_new)
    report.changed += bool(changed or filled) and not is_new
    report.unchanged += not (is_new or changed or filled)
    if is_new and not active:
        session.flush()
        letters.queue_confirmation(session, programme, person, now=now, secret_key=secret_key)
        report.invited += 1


def _facts(row: PersonRow, team_id: str | None) -> dict[str, object]:
    facts: dict[str, object] = {"name": row.name, "email": row.mailbox, "team_id": team_id}
    return facts | {
        name: value
        for name, value in (
            ("location", row.location),
            ("trios", row.trios),
            ("sat_out", row.sat_out),
            ("time_zone", row.time_zone),
        )
        if value
    }


def _fill(session: Session, person: Participant, row: PersonRow, *, is_new: bool) -> bool:
    """Write topics and group size where the person has said nothing of that kind: their own word goes first."""
    topics = _topics(row)
    written = _fill_ways(session, person, row)
    if not topics and not row.size:
        return written
    session.flush()
    said = {} if is_new else queries.topics_of(session, [person.id])[person.id]
    new = {kind: texts for kind, texts in topics.items() if not said.get(kind)}
    size = person.size or row.size
    if not new and size == person.size:
        return written
    participants.set_wishes(session, person, Wishes(new, size))
    return True


def _fill_ways(session: Session, person: Participant, row: PersonRow) -> bool:
    """As `_fill`, for how they like to meet and what they need; the latter the organiser knows, and nobody else yet."""
    said = ways.ways_of(person)
    new = replace(said, format=said.format or (Format(row.format) if row.format else None))
    if row.access and not said.access:
        new = replace(new, access=row.access, access_for=SeenBy.ORGANISER)
    if new == said:
        return False
    ways.set_ways(session, person, new)
    return True


def _topics(row: PersonRow) -> Mapping[TopicKind, tuple[str, ...]]:
    """What the row says; an empty cell says nothing and keeps what is known."""
    said = {
        TopicKind.INTEREST: row.interests,
        TopicKind.ASK: row.asks,
        TopicKind.OFFER: row.offers,
        TopicKind.LANGUAGE: row.languages,
        TopicKind.TIME: row.times,
    }
    return {kind: texts for kind, texts in said.items() if texts}


def _past(session: Session, programme: Programme, ids: dict[str, str], wanted: set[tuple[int, str, str]]) -> int:
    """Write meetings of the past that are not known yet; returns how many."""
    if not wanted:
        return 0
    there = set(
        session.exec(
            select(PastMeeting.number, PastMeeting.a_id, PastMeeting.b_id).where(
                PastMeeting.programme_id == programme.id
            )
        )
    )
    named = ((number, *sorted((ids[a], ids[b]))) for number, a, b in sorted(wanted) if a in ids and b in ids)
    rows = [
        {"programme_id": programme.id, "number": number, "a_id": a, "b_id": b}
        for number, a, b in dict.fromkeys(named)
        if (number, a, b) not in there
    ]
    if rows:
        session.execute(insert(PastMeeting), rows)
    return len(rows)


def _blocks(
    session: Session, programme: Programme, ids: dict[str, str], wanted: set[tuple[str, str]], now: datetime
) -> int:
    there = set(session.exec(select(Block.a_id, Block.b_id).where(Block.programme_id == programme.id)))
    pairs = {(min(ids[a], ids[b]), max(ids[a], ids[b])) for a, b in wanted if a in ids and b in ids} - there
    for first, second in sorted(pairs):
        session.add(Block(programme_id=programme.id, a_id=first, b_id=second, created_at=now))
    return len(pairs)
