"""Builds the application: context, middleware, doors, and the worker where one process is the whole service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app import __version__, web
from app.api.install import install as install_api
from app.clock import Clock, now
from app.db import Database, require_head, upgrade
from app.doors import Context, require_declared
from app.faults import answer, install_faults
from app.middleware import install_middleware
from app.settings import Settings


def create_app(settings: Settings, *, works: bool | None = None, clock: Clock = now) -> FastAPI:
    """The whole service as an ASGI application.

    `works` says whether this process also runs the worker: by default on SQLite, where one process is everything.
    Raises NotConfigured without a secret key; RuntimeError for a route that does not say who may come in;
    SchemaMismatch at start-up when the database does not fit.
    """
    assert settings.secret
    context = Context(settings, Database(settings.database_url), clock, settings.on_sqlite if works is None else works)
    app = FastAPI(
        title="Coffee Trial",
        version=__version__,
        lifespan=_lifespan,
        redirect_slashes=False,  # it would redirect to whatever Host a stranger sends
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.context = context
    install_middleware(app, settings, answer)
    install_api(app)
    web.install(app, settings)
    require_declared(app)
    install_faults(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    if context.settings.auto_migrate:
        await run_in_threadpool(upgrade, context.settings.database_url)
    await run_in_threadpool(require_head, context.database)
    foreman = None
    if context.works:
        from app.workflows.foreman import Foreman  # DBOS takes two seconds to import: only where work is done
        from app.workflows.work import Work, transport_of

        work = Work(context.database, context.settings, transport_of(context.settings), context.clock)
        foreman = Foreman(work)
        await run_in_threadpool(foreman.start)
    app.state.foreman = foreman
    try:
        yield
    finally:
        if foreman is not None:
            await run_in_threadpool(foreman.stop)
        context.database.close()
