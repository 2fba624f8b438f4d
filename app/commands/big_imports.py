"""`coffee people import` of many lines: judged as a whole, then written bundle by bundle, with a bar on a terminal.

Whoever is killed has written some of them; the same command again goes on where it stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.commands import house, terminal
from app.commands.failures import FAILED, Stopped
from app.commands.importing import Asked, judge

if TYPE_CHECKING:
    from app.db import Database
    from app.models import ImportJob
    from app.services.imports import Plan, Sources
    from app.settings import Settings

BUSY = "Somebody changes the programme all the time; the same command again goes on from here."


def import_many(settings: Settings, asked: Asked, sources: Sources) -> dict[str, Any]:
    """Write the files down, then write them; what the job has come to, in the shape of the API's answer."""
    from sqlalchemy.exc import IntegrityError

    from app.clock import now
    from app.services import import_jobs
    from app.workflows import importing

    with house.opened(settings) as database:
        secret = settings.secret if asked.writes_mails else ""
        sync = asked.sync and [asked.leavers, asked.confirmed]
        digest = import_jobs.digest_of(sources, active=asked.active, skip_bad=asked.skip_bad, sync=sync)
        job = _begun(database, asked.slug, digest) or _opened(database, asked, sources, digest)
        try:
            with terminal.progress_bar("importing") as progress:
                importing.go_on(database, job.id, secret, now, progress=progress)
        except IntegrityError:
            raise Stopped(FAILED, BUSY) from None
        return _said(database, job.id)


def _begun(database: Database, slug: str, digest: str) -> ImportJob | None:
    """The same import, if it has begun and not ended: what was wrong with it was said at its beginning."""
    from app.queries import imports as queries
    from app.queries import programmes as programme_queries

    with database.reading() as session:
        found = queries.unfinished(session, programme_queries.programme(session, slug).id, digest)
    if found is not None:
        terminal.say(f"Going on with the import of these files, at line {found.written:,} of {found.lines:,}.")
    return found


def _opened(database: Database, asked: Asked, sources: Sources, digest: str) -> ImportJob:
    from app.clock import now
    from app.queries import programmes as queries
    from app.services import import_jobs, imports

    with terminal.progress_bar("reading"), database.reading() as session:
        planned: Plan = imports.plan(session, queries.programme(session, asked.slug), sources, asked.in_sync())
    judge(planned.verdicts, skip_bad=asked.skip_bad)
    bundles = import_jobs.packed(planned)
    with database.writing("cli: open import") as session:
        return import_jobs.open_job(
            session,
            queries.programme(session, asked.slug, lock=True),
            planned,
            bundles,
            import_jobs.Options(asked.active, asked.leavers),
            digest=digest,
            now=now(),
            actor=house.ACTOR,
            at_once=False,
        )


def _said(database: Database, job_id: str) -> dict[str, Any]:
    from app.models import ImportJob

    with database.reading() as session:
        job = session.get_one(ImportJob, job_id)
    return {
        "dry_run": False,
        "usable": job.usable,
        "errors": job.errors,
        "report": job.counts,
        "verdicts": job.verdicts,
    }
