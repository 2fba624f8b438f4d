"""What every call goes through before its handler: who calls, may they, is the body sound, was it answered already.

    @router.post("/rounds/{round_id}/send", status_code=202)
    @needs(Scope.SEND, key=unless_dry_run)
    def send_round(...)

A route without such a word of who may call it is refused when the application is built.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from app.api import idempotency
from app.api.deprecation import Deprecated
from app.api.idempotency import Handler
from app.api.problems import SHOWABLE, note, with_notes
from app.api.quotas import Quotas
from app.api.strict import StrictRequest, UnsupportedMediaType
from app.doors import asks, context, public
from app.errors import BadInput, Fault, KeyRefused
from app.models import Scope
from app.services.keys import Principal, authenticate

PREFIX = "/api/v1"
FORM = "multipart/form-data"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def optional(_: Request) -> bool:
    """An Idempotency-Key is honoured, and may be missing."""
    return False


DryRun = Annotated[bool, Query(description="Say what would come of it, and do nothing.")]


def unless_dry_run(request: Request) -> bool:
    """An Idempotency-Key must be there where something is written."""
    return request.query_params.get("dry_run", "").lower() not in ("true", "1", "yes", "on")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route, and what it takes. Without scopes any valid key will do; `public` needs none."""

    scopes: tuple[Scope, ...] = ()
    public: bool = False
    key: Callable[[Request], bool] = optional
    forms: bool = False
    if_match: bool = False
    etag: bool = False
    kept: bool = True
    deprecated: Deprecated | None = None

    def keeps(self, method: str) -> bool:
        """Whether the answer is kept for an Idempotency-Key."""
        return method.upper() == "POST" and self.kept and not self.public


def needs(
    *scopes: Scope,
    key: Callable[[Request], bool] = optional,
    forms: bool = False,
    if_match: bool = False,
    etag: bool = False,
    kept: bool = True,
    deprecated: Deprecated | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """Declare the scopes a caller needs; `key` tells when an Idempotency-Key is required, `forms` takes files,
    `if_match` heeds what the caller has seen, which an `etag` names; an answer that is not `kept` is made anew each
    time, whatever the Idempotency-Key; a `deprecated` call says so in each answer.
    """
    rule = Rule(scopes, key=key, forms=forms, if_match=if_match, etag=etag, kept=kept, deprecated=deprecated)
    return _with(rule)


def anyone() -> Callable[[Endpoint], Endpoint]:
    """Declare that no key is needed."""
    return _with(Rule(public=True))


def _with(rule: Rule) -> Callable[[Endpoint], Endpoint]:
    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["api_rule"] = rule
        return public(endpoint) if rule.public else asks("key")(endpoint)

    return declare


def rule_of(endpoint: Callable[..., Any] | None) -> Rule | None:
    """What was declared for this handler."""
    return getattr(endpoint, "api_rule", None)


def require_rules(app: FastAPI) -> None:
    """Refuse an application with a route of the API that says nothing about who may call it."""
    for route in iter_route_contexts(app.routes):
        if (route.path or "").startswith(PREFIX) and rule_of(route.endpoint) is None:
            raise RuntimeError(f"{route.path} does not declare who may call it: put @needs(…) above its handler")


class ApiRoute(APIRoute):
    """Who calls → may they → is the query known → is the body sound → was it answered already → the handler."""

    def get_route_handler(self) -> Handler:
        run = super().get_route_handler()
        rule = rule_of(self.endpoint) or Rule()
        known = {parameter.alias for parameter in self.dependant.query_params}
        takes_json = self.body_field is not None or rule.forms

        async def handle(request: Request) -> Response:
            return with_notes(request, await answered(request))

        async def answered(request: Request) -> Response:
            if rule.deprecated is not None:
                note(request, rule.deprecated.headers | {"Link": rule.deprecated.link})
            if not rule.public:
                await run_in_threadpool(_identify, request, rule)
            _check_query(request, known)
            if request.method not in ("POST", "PATCH"):
                return await run(request)
            sound = StrictRequest(request.scope, request.receive)
            try:
                await _read(sound, rule, takes_json)
                if rule.keeps(request.method):
                    return await idempotency.once(sound, run, required=rule.key(sound))
                return await run(sound)
            finally:
                await sound.close()

        return handle


def router(tag: str) -> APIRouter:
    """A router of the API: its routes are `ApiRoute`s, named in the description by their handlers."""
    bearer = HTTPBearer(scheme_name="organiserKey", description="An organiser key: coffee_…", auto_error=False)
    return APIRouter(
        prefix=PREFIX,
        tags=[tag],
        route_class=ApiRoute,
        dependencies=[Depends(bearer)],
        generate_unique_id_function=lambda route: route.name,
    )


def _identify(request: Request, rule: Rule) -> None:
    """Find out who calls, and keep it for the handler. Raises KeyRefused, QuotaUsed, NotAllowed."""
    word, _, secret = request.headers.get("authorization", "").partition(" ")
    if word.lower() != "bearer":
        raise KeyRefused
    world = context(request)
    with world.database.reading() as session:
        caller = authenticate(session, secret.strip(), world.clock())
    said, refusal = quotas(request).take(caller.id, world.clock())
    note(request, said)
    if refusal is not None:
        raise refusal
    for scope in rule.scopes:
        caller.require(scope)
    request.state.caller = caller


def quotas(request: Request) -> Quotas:
    """The counts of this application."""
    found: Quotas = request.app.state.quotas
    return found


def caller_of(request: Request) -> Principal:
    """Who `_identify` found."""
    caller: Principal = request.state.caller
    return caller


def _check_query(request: Request, known: set[str]) -> None:
    """A misspelt `dry_run` must not become a real run."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        shown = unknown[0] if SHOWABLE.fullmatch(unknown[0]) else "(another name)"
        raise BadInput(Fault(f"query {shown}", "is not known here.", f"Known: {', '.join(sorted(known)) or 'none'}."))


async def _read(request: StrictRequest, rule: Rule, takes_json: bool) -> None:
    """Read and check the body. Raises Malformed, UnsupportedMediaType, BadInput."""
    if rule.forms and request.media_type == FORM:
        await idempotency.read_form(request)
        return
    if not await request.body():
        return
    if not request.is_json:
        taken = "application/json" + (f" or {FORM}" if rule.forms else "")
        raise UnsupportedMediaType(f"Send the body as {taken}, and say so in Content-Type.")
    value = await request.json()
    if not takes_json and value != {}:
        raise BadInput(Fault("body", "is not used by this call.", "Send none."))
