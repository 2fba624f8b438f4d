"""Files that come by a page: kept between two pages, their columns named, judged line by line, then imported as all
others are (`imports` judges them, `import_jobs` writes them).

    uploaded → columns said (a file of people) → judged, and shown → an import, and the file is gone
"""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete

from app.errors import BadInput, Fault
from app.files.columns import FIRST_NAME, LAST_NAME, chosen, guessed
from app.files.past import read_past
from app.files.pasted import filled, read_pasted
from app.files.people import OPTIONAL, REQUIRED
from app.files.table import Table, read_table
from app.files.verdicts import Verdict
from app.models import ColumnChoice, ImportJob, ImportUpload, Programme, UploadKind
from app.queries import uploads as queries
from app.services import import_jobs, imports
from app.services.import_forecast import forecast
from app.services.import_sync import Sync
from app.services.imports import Plan, Sources
from emails import phrase

MOST_LINES = 100_000
MOST_KEPT = 500
"""Verdicts that a page may show; all refused lines can be downloaded."""
SAMPLE = 5
KNOWN = (*REQUIRED, *OPTIONAL)
CHOOSABLE = (*KNOWN, FIRST_NAME, LAST_NAME)


@dataclass(frozen=True, slots=True)
class Judged:
    """What would come of a file. `said` are the words: verdicts, refused lines, and how the first lines were read."""

    plan: Plan
    seen: dict[str, Any]
    said: dict[str, Any]


def fresh(
    programme: Programme, kind: UploadKind, name: str, content: bytes, *, team: str = "", now: datetime, actor: str
) -> ImportUpload:
    """A file as it came, to be kept. Raises BadInput when nothing of it can be read."""
    row = ImportUpload(
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        kind=kind,
        name=name[:100],
        content=zlib.compress(content, 1),
        team=team,
        actor=actor,
        created_at=now,
    )
    broken = next((verdict for verdict in raw(row).verdicts if verdict.stops), None)
    if broken is not None:
        raise BadInput(Fault(phrase("The file"), broken.problem, broken.remedy))
    return row


def raw(upload: ImportUpload) -> Table:
    """The file as a table, under its own headings."""
    content = zlib.decompress(upload.content)
    if upload.kind == UploadKind.PASTED:
        return read_pasted(content.decode("utf-8", "surrogatepass"), upload.name, MOST_LINES)
    return (read_past if upload.kind == UploadKind.HISTORY else read_table)(content, upload.name, MOST_LINES)


def first_guess(session: Session, programme: Programme, table: Table) -> dict[int, str]:
    """What the columns probably are: as they were said to be last time, else by their names."""
    remembered = queries.choice(session, programme, _headings(table))
    if remembered is not None:
        return {int(place): ours for place, ours in remembered.columns.items()}
    return guessed(table, KNOWN)


def choose(
    session: Session, programme: Programme, upload: ImportUpload, columns: Mapping[int, str], now: datetime
) -> None:
    """Say what each column is, and remember it for files with the same headings. Raises BadInput."""
    taken = Counter(columns.values())
    twice = next((ours for ours, times in taken.items() if times > 1), None)
    if twice is not None or set(columns.values()) - set(CHOOSABLE):
        raise BadInput(Fault("columns", phrase("Two columns cannot be the same."), phrase("Choose another for one.")))
    if "email" not in taken:
        raise BadInput(Fault("columns", phrase("No column holds the addresses."), phrase("Choose one.")))
    if "name" in taken and (FIRST_NAME in taken or LAST_NAME in taken):
        remedy = phrase("Choose the whole name, or first and last name.")
        raise BadInput(Fault("columns", phrase("The name is there twice."), remedy))
    upload.columns = {str(place): ours for place, ours in sorted(columns.items())}
    upload.seen = upload.said = None
    headings = _headings(raw(upload))
    row = queries.choice(session, programme, headings) or ColumnChoice(
        organisation_id=programme.organisation_id, programme_id=programme.id, headings=headings, columns={}, used_at=now
    )
    row.columns, row.used_at = upload.columns, now
    session.add_all([row, upload])


def judge(session: Session, programme: Programme, upload: ImportUpload, sync: Sync | None = None) -> Judged:
    """Read it against what the programme knows; writes nothing. Raises what `imports.plan` does."""
    table = _table(session, programme, upload)
    plan = imports.plan(session, programme, Sources.of({_kind(upload): table}), sync)
    refused = list(_refused(table, plan.errors))
    counts = forecast(session, programme, plan.people)
    seen = {
        "counts": counts,
        "usable": plan.usable,
        "lines": plan.lines,
        "refused": len({verdict.line for verdict in plan.errors}),
        "stops": any(verdict.stops for verdict in plan.errors),
        "missing": plan.missing,
        "rounds": len({row.round for row in plan.history}),
    }
    others = [verdict for verdict in plan.verdicts if verdict.level != "error"]
    gone = [verdict for verdict in others if sync and verdict.level == "note" and not verdict.line]
    said = {
        "errors": [import_jobs.kept(verdict) for verdict in plan.errors[:MOST_KEPT]],
        "others": _together([verdict for verdict in others if verdict not in gone]),
        "gone": [verdict.problem for verdict in gone],
        "refused": refused,
        "columns": [column for column in table.columns if column],
        "sample": [[row.name, row.email, row.team] for row in plan.people[:SAMPLE]],
    }
    return Judged(plan, seen, said)


def remember(upload: ImportUpload, judged: Judged) -> None:
    """Keep what was found, for the page that shows it."""
    upload.seen, upload.said = judged.seen, zlib.compress(json.dumps(judged.said).encode(), 1)


def words(upload: ImportUpload) -> dict[str, Any]:
    """What was found, in words."""
    found: dict[str, Any] = json.loads(zlib.decompress(upload.said or zlib.compress(b"{}")))
    return found


def begin(
    session: Session,
    programme: Programme,
    upload: ImportUpload,
    judged: Judged,
    bundles: list[tuple[int, bytes]],
    options: import_jobs.Options,
    *,
    now: datetime,
    actor: str,
) -> ImportJob:
    """Write the import down for a worker; the file is gone then. The caller holds the programme's lock."""
    refused = {"columns": judged.said["columns"], "lines": judged.said["refused"]}
    job = import_jobs.open_job(
        session,
        programme,
        judged.plan,
        bundles,
        options,
        digest=digest_of(upload.id),
        now=now,
        actor=actor,
        refused=refused,
    )
    session.delete(upload)
    return job


def digest_of(upload_id: str) -> str:
    """By what the import of a file is known, also when the file is gone: a button pressed twice begins one."""
    return hashlib.sha256(upload_id.encode()).hexdigest()


def drop(session: Session, programme: Programme, upload_id: str) -> None:
    """Nobody wants this one any more."""
    mine = col(ImportUpload.programme_id) == programme.id
    session.exec(delete(ImportUpload).where(mine, col(ImportUpload.id) == upload_id[:60]))


def forget(session: Session, programme_id: str) -> None:
    """Of somebody who is erased: what lies there may bring them back, so all of it goes; it can be sent again."""
    session.exec(delete(ImportUpload).where(col(ImportUpload.programme_id) == programme_id))


def forget_old(session: Session, now: datetime) -> int:
    """Drop what nobody has imported; how many."""
    return session.exec(delete(ImportUpload).where(col(ImportUpload.created_at) < now - queries.KEPT)).rowcount


def _table(session: Session, programme: Programme, upload: ImportUpload) -> Table:
    """The file under our names, with a name and a team on each line of people."""
    table = raw(upload)
    if upload.kind not in (UploadKind.PEOPLE, UploadKind.PASTED):
        return table
    if upload.kind == UploadKind.PEOPLE:
        table = chosen(table, {int(place): ours for place, ours in (upload.columns or {}).items()})
        keeps = frozenset({"name", "team"} - set(table.columns))
    else:
        keeps = frozenset({"name", "team"})
    return filled(table, queries.names_and_teams(session, programme) if keeps else {}, keeps, upload.team)


def _kind(upload: ImportUpload) -> str:
    return "people" if upload.kind == UploadKind.PASTED else upload.kind.value


def _headings(table: Table) -> str:
    return hashlib.sha256(json.dumps(table.headings).encode("utf-8", "surrogatepass")).hexdigest()


def _refused(table: Table, errors: Sequence[Verdict]) -> Iterator[list[str | int]]:
    """Each refused line with what is wrong with it, and as it stands in the file."""
    wrong: dict[int, str] = {}
    for verdict in errors:
        wrong[verdict.line] = f"{wrong.get(verdict.line, '')} {verdict.problem} {verdict.remedy}".strip()
    cells = {record[0]: record[1] for record in table.records() if isinstance(record, tuple) and record[0] in wrong}
    kept = [place for place, column in enumerate(table.columns) if column]
    for line, problem in sorted(wrong.items()):
        found = cells.get(line, [])
        yield [line, problem, *(found[place] if place < len(found) else "" for place in kept)]


def _together(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Warnings and notes, those that say the same as one, with their lines."""
    lines: dict[tuple[str, str | None, str, str], list[int]] = {}
    for verdict in verdicts:
        lines.setdefault((verdict.level, verdict.column, verdict.problem, verdict.remedy), []).append(verdict.line)
    return [
        {"level": key[0], "column": key[1], "problem": key[2], "remedy": key[3], "number": len(found), "line": found[0]}
        for key, found in list(lines.items())[:MOST_KEPT]
    ]
