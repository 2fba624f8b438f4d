"""People, groups and the audit taken home as files, and all about one person. Whoever saves one has read many rows at
once, so each is noted; the rows themselves are read while the file is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.files.sheets import FORMATS, Rows
from app.models import Participant, Programme, Round
from app.queries import exports as queries
from app.queries.exports import Readable
from app.services import audit, privacy


@dataclass(frozen=True, slots=True)
class By:
    """Who saves a file, when, and in which of `FORMATS`."""

    actor: str
    now: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to be saved: its name, what kind of file it is, and what makes it, a part at a time."""

    name: str
    media_type: str
    pieces: Iterator[bytes]


def people(session: Session, database: Readable, programme: Programme, by: By) -> File:
    """Everybody of a programme, in columns that an import reads."""
    _note(session, programme, by, "people.export")
    return _file(f"people-{programme.slug}", queries.PEOPLE, queries.people(database, programme), by)


def trail(session: Session, database: Readable, programme: Programme, by: By) -> File:
    """What organisers have done. What participants do is not among it."""
    _note(session, programme, by, "audit.export")
    return _file(f"audit-{programme.slug}", queries.AUDIT, queries.trail(database, programme), by)


def groups(session: Session, database: Readable, programme: Programme, round_: Round, by: By) -> File:
    """Who meets whom in a round, and who has no group."""
    _note(session, programme, by, "round.export", round_.id)
    name, rows = f"groups-{programme.slug}-{round_.number}", queries.groups(database, programme, round_)
    return _file(name, queries.GROUPS, rows, by)


def person(session: Session, programme: Programme, one: Participant, *, now: datetime, actor: str) -> dict[str, Any]:
    """What is kept about one person, as far as organisers may know it."""
    audit.note(session, programme, now=now, actor=actor, action="participant.export", subject=one.id)
    return privacy.for_organisers(session, programme, one)


def _file(name: str, header: Sequence[str], rows: Rows, by: By) -> File:
    format_ = FORMATS[by.kind]
    title = name.partition("-")[0]
    return File(f"{name}.{format_.end}", format_.media_type, format_.pieces(title, header, rows))


def _note(session: Session, programme: Programme, by: By, action: str, subject: str | None = None) -> None:
    audit.note(session, programme, now=by.now, actor=by.actor, action=action, subject=subject, format=by.kind)
