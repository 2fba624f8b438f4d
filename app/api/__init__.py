"""The JSON API for organisers: handlers of a few lines, each behind a declared scope."""

from fastapi import FastAPI

from app.api import (
    adjusting,
    apart,
    audit,
    description,
    exports,
    health,
    imports,
    inbound,
    many_messages,
    message_words,
    messages,
    metrics,
    own_words,
    participants,
    programmes,
    reports,
    rounds,
    samples,
    sending,
    suppressed,
)
from app.api.quotas import Quotas
from app.api.route import require_rules


def install(app: FastAPI) -> None:
    """Put the API into the application. Raises RuntimeError when a route does not say who may call it."""
    app.state.quotas = Quotas(app.state.context.settings.api_rate)
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != app.openapi_url]
    answered = (
        programmes,
        audit,
        imports,
        participants,
        rounds,
        adjusting,
        own_words,
        sending,
        suppressed,
        apart,
        messages,
        message_words,
        many_messages,
        exports,
        samples,
        reports,
        inbound,
    )
    for part in (*answered, metrics, description, health):
        app.include_router(part.routes)
    require_rules(app)
    description.describe(app)
