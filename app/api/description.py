"""What the API says about itself: openapi.json with scopes and every way to fail, and each kind of problem."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts

from app.api.answers import ProblemKind
from app.api.openapi import completed
from app.api.problems import OF_STATUS
from app.api.route import PREFIX, anyone, needs, router
from app.errors import CoffeeError, NotFound

routes = router("description")

DESCRIBED = (PREFIX, "/healthz", "/readyz")
ABOUT = (
    "Rounds of introductions for organisers. Every call needs a key, `Authorization: Bearer coffee_…`, with the scopes "
    "in its `x-scopes`. Every failure is a problem (RFC 9457). `Idempotency-Key` works on every POST but "
    "exports, which are made anew each time; some require it."
)


@routes.get("/openapi.json", include_in_schema=False)
@needs()
def openapi(request: Request) -> JSONResponse:
    """What you are reading; any valid key may."""
    return JSONResponse(request.app.openapi())


@routes.get("/problems/{kind}")
@anyone()
def problem_kind(kind: str) -> ProblemKind:
    """What a kind of problem means. The `type` of each problem leads here."""
    found = kinds().get(kind)
    if found is None:
        raise NotFound
    return ProblemKind(kind=kind, status=found[0], title=found[1])


def kinds() -> dict[str, tuple[int, str]]:
    """Every kind of problem with its status and title."""
    own = {error.kind: (error.status, error.title) for error in _family(CoffeeError)}
    return {kind: (status, title) for status, (kind, title) in OF_STATUS.items()} | own


def _family(error: type[CoffeeError]) -> list[type[CoffeeError]]:
    return [error, *(one for child in error.__subclasses__() for one in _family(child))]


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` tell the whole truth: scopes, keys for repeated calls, problems."""

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            ours = [route for route in iter_route_contexts(app.routes) if (route.path or "").startswith(DESCRIBED)]
            plain = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=ours)
            app.openapi_schema = completed(ours, plain)
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]
