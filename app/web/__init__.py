"""Pages for people: the programme and its join form, mailed links, one's own page, and the demo."""

from fastapi import FastAPI

from app.settings import Settings
from app.web import conversation, home, join, log, mailed, me, me_details, notices, organiser, reference, static


def install(app: FastAPI, settings: Settings) -> None:
    """Add the pages; those of the demo only where it is one."""
    for module in (static, home, join, notices, mailed, me, me_details, conversation, log, reference):
        app.include_router(module.router)
    organiser.install(app)
    if settings.demo:
        from app.web import demo, demo_inbox, styleguide

        for module in (demo, demo_inbox, styleguide):
            app.include_router(module.router)
