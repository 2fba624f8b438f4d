"""Pages for people: the programme and its join form, mailed links, one's own page, and the demo."""

from fastapi import FastAPI

from app.doors import included
from app.settings import Settings
from app.web import conversation, home, join, log, mailed, me, me_details, notices, organiser, reference, static

FOR_PEOPLE = (static, home, join, notices, mailed, me, me_details, conversation, log, reference)
ROUTES = included(*(module.router for module in FOR_PEOPLE))


def install(app: FastAPI, settings: Settings) -> None:
    """Add the pages; those of the demo only where it is one."""
    app.router.routes.extend(ROUTES)
    organiser.install(app)
    if settings.demo:
        from app.web import demo, demo_inbox, styleguide

        for module in (demo, demo_inbox, styleguide):
            app.include_router(module.router)
