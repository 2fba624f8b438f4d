"""Reads about imports of many lines."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from app.errors import NotFound
from app.models import ImportBatch, ImportJob, ImportState, Programme


def job(session: Session, organisation_id: str, job_id: str) -> ImportJob:
    """The import of that organisation. Raises NotFound, also for somebody else's."""
    found = session.exec(
        select(ImportJob).where(ImportJob.id == job_id).where(ImportJob.organisation_id == organisation_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def unfinished(session: Session, programme_id: str, digest: str) -> ImportJob | None:
    """The import of the same content, by the same options, that has begun and not ended."""
    return session.exec(
        select(ImportJob)
        .where(ImportJob.programme_id == programme_id)
        .where(ImportJob.digest == digest)
        .where(ImportJob.state == ImportState.RUNNING)
    ).first()


def of_digest(session: Session, programme: Programme, digest: str) -> ImportJob | None:
    """The newest import of this content, whether it has ended or not."""
    query = select(ImportJob).where(ImportJob.programme_id == programme.id).where(ImportJob.digest == digest)
    return session.exec(query.order_by(col(ImportJob.created_at).desc())).first()


def running(session: Session, programme: Programme) -> list[ImportJob]:
    """The imports of a programme that have begun and not ended, the oldest first."""
    return list(
        session.exec(
            select(ImportJob)
            .where(ImportJob.programme_id == programme.id)
            .where(ImportJob.state == ImportState.RUNNING)
            .order_by(col(ImportJob.created_at), ImportJob.id)
        )
    )


def waiting(session: Session, job_id: str) -> tuple[ImportJob, bytes | None] | None:
    """An unfinished import, and the batch that is next; None in its place when all are written."""
    found = session.exec(
        select(ImportJob).where(ImportJob.id == job_id).where(ImportJob.state == ImportState.RUNNING)
    ).one_or_none()
    if found is None:
        return None
    batch = select(ImportBatch.content).where(ImportBatch.job_id == job_id).where(ImportBatch.number == found.next)
    return found, session.exec(batch).one_or_none()


def waiting_since(session: Session, now: datetime) -> datetime | None:
    """Since when the import has been due that is due longest; None when a worker has all of them in hand. What waited
    for another of its programme is due since that one ended.
    """
    ended = select(ImportJob.programme_id, func.max(ImportJob.finished_at).label("at"))
    before = ended.group_by(col(ImportJob.programme_id)).subquery()
    rows = session.exec(
        select(ImportJob.not_before, before.c.at)
        .join(before, before.c.programme_id == ImportJob.programme_id)
        .where(col(ImportJob.id).in_(due(session, now)))
    )
    return min((max(since, at or since) for since, at in rows), default=None)


def due(session: Session, now: datetime) -> list[str]:
    """Imports that nobody is writing at the moment, the oldest of each programme."""
    running = ImportJob.state == ImportState.RUNNING
    first = select(func.min(ImportJob.created_at)).where(running).group_by(col(ImportJob.programme_id))
    return list(
        session.exec(
            select(ImportJob.id)
            .where(running)
            .where(col(ImportJob.not_before) <= now)
            .where(col(ImportJob.created_at).in_(first))
            .order_by(col(ImportJob.created_at), ImportJob.id)
        )
    )
