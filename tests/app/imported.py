"""Imports of many lines, for tests: made of few lines in tiny bundles."""

from app.files.table import Table, read_table
from app.models import ImportJob
from app.queries import imports as queries
from app.queries import programmes as programme_queries
from app.services import import_jobs, imports
from app.services.import_sync import Sync
from app.services.imports import Sources
from tests.factories import World


def table(kind: str, *lines: str) -> Table:
    return read_table("\n".join(lines).encode(), f"{kind}.csv")


def people(number: int, first: int = 0) -> Table:
    """`new00@example.org` and so on, with a team and something to ask."""
    lines = (f"new{n:02}@example.org,New {n},Team {n % 3},tea;topic {n}" for n in range(first, first + number))
    return table("people", "email,name,team,asks", *lines)


def opened(
    world: World,
    sources: Sources | None = None,
    size: int = 2,
    at_once: bool = True,
    sync: Sync | None = None,
    **options: bool,
) -> str:
    """The id of an import that is written down, in bundles of so many lines."""
    sources = sources or Sources(people=people(5))
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug, lock=True)
        planned = imports.plan(session, programme, sources, sync)
        return import_jobs.open_job(
            session,
            programme,
            planned,
            import_jobs.packed(planned, size),
            import_jobs.Options(leavers=sync.leavers if sync else None, **options),
            digest=import_jobs.digest_of(sources, **options),
            now=world.now,
            actor="test",
            at_once=at_once,
        ).id


def job(world: World, job_id: str) -> ImportJob:
    with world.database.reading() as session:
        return session.get_one(ImportJob, job_id)


def running(world: World, sources: Sources, **options: bool) -> ImportJob | None:
    """The unfinished import of this content."""
    with world.database.reading() as session:
        programme = programme_queries.programme(session, world.slug)
        return queries.unfinished(session, programme.id, import_jobs.digest_of(sources, **options))
