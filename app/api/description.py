"""What the API says about itself: openapi.json with scopes and every way to fail, and each kind of problem."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import RouteContext, iter_route_contexts

from app.api.problems import MEDIA_TYPE, OF_STATUS
from app.api.route import PREFIX, Rule, anyone, needs, optional, router, rule_of
from app.errors import CoffeeError, NotFound

routes = router("description")

DESCRIBED = (PREFIX, "/healthz", "/readyz")
ABOUT = (
    "Rounds of introductions for organisers. Every call needs a key, `Authorization: Bearer coffee_…`, with the scopes "
    "in its `x-scopes`. Every failure is a problem (RFC 9457). `Idempotency-Key` works on every POST; some require it."
)

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `errors` names each place that is wrong.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "example": f"{PREFIX}/problems/not-found"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "description": "Quote it when asking for help."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "place": {"type": "string", "description": "A field, or file, line and column."},
                    "detail": {"type": "string"},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}
_WHEN = {
    400: "The request cannot be understood.",
    401: "No valid key.",
    403: "The key may not do that.",
    404: "Unknown, or not the caller's.",
    409: "The state of things does not allow it, or the same Idempotency-Key is being worked on.",
    412: "It is not what the caller has seen any more; see If-Match.",
    422: "What was sent cannot be used.",
    500: "Something went wrong here.",
    503: "The database cannot answer just now; see Retry-After.",
}
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 printable ASCII characters. The same call with the same key does its work once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the groups as they were seen. When they have changed since, nothing is done.",
    "schema": {"type": "string", "maxLength": 1000, "example": '"4f1c2d3e4f1c2d3e4f1c2d3e4f1c2d3e"'},
}


@routes.get("/openapi.json", include_in_schema=False)
@needs()
def openapi(request: Request) -> JSONResponse:
    """What you are reading; any valid key may."""
    return JSONResponse(request.app.openapi())


@routes.get("/problems/{kind}")
@anyone()
def problem_kind(kind: str) -> dict[str, Any]:
    """What a kind of problem means. The `type` of each problem leads here."""
    found = kinds().get(kind)
    if found is None:
        raise NotFound
    return {"kind": kind, "status": found[0], "title": found[1]}


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
            app.openapi_schema = _completed(ours, plain)
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]


def _completed(routes: Sequence[RouteContext], schema: dict[str, Any]) -> dict[str, Any]:
    parts = schema.setdefault("components", {}).setdefault("schemas", {})
    parts["Problem"] = PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    for route in routes:
        rule = rule_of(route.endpoint)
        for method, operation in schema["paths"].get(route.path_format or "", {}).items():
            if rule is not None and method.upper() in (route.methods or ()):
                _complete(operation, rule, method)
    return schema


def _complete(operation: dict[str, Any], rule: Rule, method: str) -> None:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    statuses = {404, 500, 503} if rule.public else {401, 403, 404, 422, 500, 503}
    if method in ("post", "patch"):
        statuses |= {400, 409, 413, 415}
    if method == "delete":
        statuses |= {409}
    if rule.if_match:
        statuses |= {412}
        operation["parameters"] = [*operation.get("parameters", ()), _IF_MATCH]
    for status in sorted(statuses):
        words = _WHEN.get(status) or OF_STATUS[status][1]
        operation["responses"][str(status)] = {"description": words, "content": problem}
    operation["x-scopes"] = [scope.value for scope in rule.scopes]
    if rule.public:
        operation.pop("security", None)
        operation["responses"].pop("422", None)
    elif method == "post":
        header = _KEY_HEADER | {"required": rule.key is not optional}
        operation["parameters"] = [*operation.get("parameters", ()), header]
