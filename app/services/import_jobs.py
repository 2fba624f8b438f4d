"""Imports of many lines: written down as a whole before anything is changed, then bundle by bundle, each in a
transaction of its own, so that nobody waits for long and a crash costs one bundle.

    opened (all bundles wait) → a bundle written, `next` moved on with it → … → finished, with the trail

Whoever writes a bundle moves `next` on in the same transaction and only from where it stood: of two who go on with one
import at the same time each bundle is written by one.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select, update

from app.db import insert_all
from app.errors import Overtaken
from app.files.addresses import canonical_key
from app.files.people import PersonRow
from app.files.verdicts import Verdict, escaped
from app.models import ImportBatch, ImportJob, ImportState, Participant, Programme
from app.queries import imports as queries
from app.queries import programmes as programme_queries
from app.security import new_id
from app.services import imports, outbox
from app.services.import_rows import AT_ONCE, Bundle, Row, Terms
from app.services.imports import Plan, Sources

MANY = 1_000
"""Lines up to which an import is written in one transaction, as a whole or not at all."""
LEASE = timedelta(seconds=60)
"""After so long without a bundle, whoever was writing has gone."""
MOST_VERDICTS = 200


@dataclass(frozen=True, slots=True)
class Options:
    """How an import is to be written, as the job keeps it."""

    active: bool = False
    leavers: str | None = None

    def terms(self, job: ImportJob, now: datetime, secret_key: str) -> Terms:
        """The same for one bundle."""
        return Terms(self.active, now, secret_key, job.actor, self.leavers)


def digest_of(sources: Sources, **options: Any) -> str:
    """What makes two imports the same: the content of each file, and how it is to be read and written."""
    content = {kind: table.digest for kind, table in sources.tables().items()}
    return hashlib.sha256(json.dumps([content, dict(sources.columns), options], sort_keys=True).encode()).hexdigest()


def packed(planned: Plan, size: int = AT_ONCE) -> list[tuple[int, bytes]]:
    """The bundles as bytes, each with its number of lines: before a transaction begins, because it takes a while."""
    return [(len(bundle.rows), bundle.packed()) for bundle in planned.bundles(size)]


def open_job(
    session: Session,
    programme: Programme,
    planned: Plan,
    bundles: list[tuple[int, bytes]],
    options: Options,
    *,
    digest: str,
    now: datetime,
    actor: str,
    at_once: bool = True,
    refused: Mapping[str, Any] | None = None,
) -> ImportJob:
    """Write an import down: the same one if it has begun and not ended. The caller holds the programme's lock.

    With `at_once` a worker may begin; otherwise the caller does, and a worker only when nobody goes on with it.
    `refused` are the lines that are left out, where they are to be given back.
    """
    found = queries.unfinished(session, programme.id, digest)
    if found is not None:
        return found
    job = ImportJob(
        id=new_id("imp"),
        organisation_id=programme.organisation_id,
        programme_id=programme.id,
        digest=digest,
        options=asdict(options),
        batches=len(bundles),
        lines=planned.lines,
        usable=planned.usable,
        counts=planned.report().counts,
        errors=len(planned.errors),
        verdicts=[kept(verdict) for verdict in planned.verdicts[:MOST_VERDICTS]],
        actor=actor,
        created_at=now,
        not_before=now if at_once else now + LEASE,
        refused=zlib.compress(json.dumps(refused).encode(), 1) if refused and refused["lines"] else None,
    )
    session.add(job)
    session.flush()
    rows = [
        {"job_id": job.id, "number": number, "lines": lines, "content": content}
        for number, (lines, content) in enumerate(bundles)
    ]
    insert_all(session, ImportBatch, rows)
    return job


def kept(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the job keeps it and answers show it."""
    column = verdict.column and escaped(verdict.column)
    return {name: value for name, value in asdict(verdict).items() if name != "scope"} | {"column": column}


def claim(session: Session, job_id: str, now: datetime) -> bool:
    """Say that a worker goes on with it, so that no other does meanwhile. False when it is another's, or done."""
    claimed = session.exec(
        update(ImportJob)
        .where(col(ImportJob.id) == job_id)
        .where(col(ImportJob.state) == ImportState.RUNNING)
        .where(col(ImportJob.not_before) <= now)
        .values(not_before=now + LEASE)
    )
    return bool(claimed.rowcount)


def let_go(session: Session, job_id: str, now: datetime) -> None:
    """Whoever was writing was asked to stop: others may go on at once."""
    session.exec(
        update(ImportJob)
        .where(col(ImportJob.id) == job_id)
        .where(col(ImportJob.state) == ImportState.RUNNING)
        .values(not_before=now)
    )


def write_batch(session: Session, job: ImportJob, bundle: Bundle, *, now: datetime, secret_key: str) -> None:
    """Write the next bundle. Raises Overtaken, and nothing may be kept, when somebody else has written it."""
    programme = programme_queries.lock(session, job.programme_id)
    counts, late = imports.write(session, programme, bundle, Options(**job.options).terms(job, now, secret_key))
    _move_on(
        session,
        job,
        next=job.next + 1,
        written=job.written + len(bundle.rows),
        counts=_added(job.counts, counts, len(late)),
        errors=job.errors + len(late),
        verdicts=[*job.verdicts, *map(kept, late)][:MOST_VERDICTS],
        not_before=now + LEASE,
        tries=0,
        trouble=None,
    )
    session.exec(delete(ImportBatch).where(col(ImportBatch.job_id) == job.id, col(ImportBatch.number) == job.next))


def finish(session: Session, job: ImportJob, *, now: datetime, secret_key: str) -> None:
    """After the last bundle. Raises Overtaken when somebody else has done it."""
    programme = programme_queries.lock(session, job.programme_id)
    _move_on(session, job, state=ImportState.DONE, finished_at=now, written=job.lines)
    terms = Options(**job.options).terms(job, now, secret_key)
    imports.finish(session, programme, job.counts, terms)


def failed(session: Session, job_id: str, words: str, now: datetime) -> None:
    """Keep the reason where organisers see it, and try again later."""
    job = session.exec(select(ImportJob).where(ImportJob.id == job_id)).one()
    job.tries += 1
    job.trouble = words[:500]
    job.not_before = now + outbox.back_off(job.id, job.tries)
    session.add(job)


def forget(session: Session, person: Participant) -> None:
    """Of somebody who is erased: verdicts that name them, what an unfinished import would bring back, and all lines
    that were left out, because nobody knows under which names they stood there. The caller holds the programme's lock.
    """
    names = {name.casefold() for name in (person.email, person.email_key, person.name)}
    for job in session.exec(select(ImportJob).where(ImportJob.programme_id == person.programme_id)).all():
        said = [one for one in job.verdicts if not any(name in one["problem"].casefold() for name in names)]
        if said != job.verdicts:
            job.verdicts = said
            session.add(job)
        if job.refused is not None:
            job.refused = None
            session.add(job)
    waiting = select(ImportBatch).join(ImportJob, col(ImportJob.id) == ImportBatch.job_id)
    for batch in session.exec(waiting.where(ImportJob.programme_id == person.programme_id)).all():
        bundle = Bundle.unpacked(batch.content)
        rows = [_without(row, person) for row in bundle.rows if not (isinstance(row, PersonRow) and _is(row, person))]
        if rows != list(bundle.rows):
            batch.content = replace(bundle, rows=rows).packed()
            session.add(batch)


def _is(row: PersonRow, person: Participant) -> bool:
    return row.key == person.email_key


def _without(row: Row, person: Participant) -> Row:
    """A line that does not name the person as somebody's line manager."""
    if isinstance(row, PersonRow) and canonical_key(row.manager_email) == person.email_key:
        return replace(row, manager_email="")
    return row


def refused_of(job: ImportJob) -> tuple[list[str], list[list[str | int]]]:
    """The columns of the lines that were left out, and the lines: number, what is wrong, and how each stood. What came
    too late is among them, without its cells.
    """
    kept = json.loads(zlib.decompress(job.refused)) if job.refused else {"columns": [], "lines": []}
    there = {line[0] for line in kept["lines"]}
    late = [one for one in job.verdicts if one["level"] == "error" and one["line"] not in there]
    empty = [""] * len(kept["columns"])
    return kept["columns"], [
        *kept["lines"],
        *([one["line"], f"{one['problem']} {one['remedy']}", *empty] for one in late),
    ]


def forget_done(session: Session, before: datetime) -> int:
    """Drop what is left of imports that ended before that moment; how many."""
    return session.exec(delete(ImportJob).where(col(ImportJob.finished_at) < before)).rowcount


def _move_on(session: Session, job: ImportJob, **values: Any) -> None:
    moved = session.exec(
        update(ImportJob)
        .where(col(ImportJob.id) == job.id)
        .where(col(ImportJob.next) == job.next)
        .where(col(ImportJob.state) == ImportState.RUNNING)
        .values(**values)
    )
    if moved.rowcount != 1:
        raise Overtaken


def _added(counts: Mapping[str, int], more: Mapping[str, int], skipped: int) -> dict[str, int]:
    summed = dict(counts) | {name: counts[name] + number for name, number in more.items()}
    return summed | {"skipped_lines": counts["skipped_lines"] + skipped}
