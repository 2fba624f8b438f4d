"""Writing an import bundle by bundle, by a worker or by whoever began it: stopped anywhere, and taken up there."""

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError

from app.crashpoints import crashpoint
from app.db import Database
from app.errors import Overtaken
from app.queries import imports as queries
from app.services import import_jobs
from app.services.import_rows import Bundle
from app.workflows.work import Work

log = structlog.get_logger(__name__)

BREATH = 0.015
"""Seconds between two bundles. SQLite gives its lock to whoever asks at the right moment, and those who wait ask every
25 ms and then less often: without a pause they would hardly ever be first.
"""
TRIES = 5

Progress = Callable[[str, float], None]
Moment = Callable[[], datetime]


def go_on(
    database: Database,
    job_id: str,
    secret_key: str,
    moment: Moment,
    *,
    progress: Progress | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> bool:
    """Write what is still to be written, and finish. False when it is not `wanted` any more before that.

    Another who goes on with the same import is welcome; somebody who changes the programme at the same moment costs a
    second try.
    """
    tries = 0
    while wanted():
        with database.reading() as session:
            found = queries.waiting(session, job_id)
        if found is None:
            return True
        job, content = found
        bundle = Bundle.unpacked(content) if content is not None else None
        crashpoint("import: bundle read")
        if progress and bundle:
            progress(bundle.kind, job.written / max(job.lines, 1))
        try:
            with database.writing("import: bundle") as session:
                if bundle is None:
                    import_jobs.finish(session, job, now=moment(), secret_key=secret_key)
                else:
                    import_jobs.write_batch(session, job, bundle, now=moment(), secret_key=secret_key)
        except Overtaken:
            pass
        except IntegrityError:
            tries += 1
            if tries >= TRIES:
                raise
        else:
            tries = 0
        if database.engine.dialect.name == "sqlite":
            time.sleep(BREATH)
    return False


def take_up(work: Work, job_id: str) -> bool:
    """Claim an import for this worker. False when it is another's, or done."""
    with work.database.writing("import: claim") as session:
        return import_jobs.claim(session, job_id, work.moment(session))


def carry_on(work: Work, job_id: str) -> bool:
    """Write an import that was taken up. A failure is kept in the job, in words, and it is tried again later."""
    try:
        done = go_on(work.database, job_id, work.settings.secret, work.clock, wanted=lambda: not work.stopping.is_set())
    except Exception as error:
        with work.database.writing("import: failed") as session:
            import_jobs.failed(session, job_id, f"{type(error).__name__}: {error}", work.clock())
        log.exception("import.failed", job=job_id)
        raise
    if not done:
        with work.database.writing("import: let go") as session:
            import_jobs.let_go(session, job_id, work.moment(session))
    return done
