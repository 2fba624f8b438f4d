"""All routes of the API; the command line shows answers of some, and would wait for all of them at each start."""

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
from app.doors import included

ROUTES = included(
    *(
        part.routes
        for part in (
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
            metrics,
            description,
            health,
        )
    )
)


def install(app: FastAPI) -> None:
    """Put the API into the application. Raises RuntimeError when a route does not say who may call it."""
    app.state.quotas = Quotas(app.state.context.settings.api_rate)
    app.router.routes[:] = ROUTES  # and not FastAPI's own page of the description
    require_rules(app)
    description.describe(app)
