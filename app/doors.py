"""What every HTTP door needs from the application: settings, database, clock, and a transaction per request.

The session dependencies have `scope="function"`: the commit happens before the answer leaves, so that a failed commit
can never be answered 200 (by default FastAPI ends dependencies after the client has its answer).

A request that may hold a session waits for its turn first, and waits without a thread: a dependency and the handler
are run by threads of one small pool, and requests that hold a connection must never wait for a thread that waits for
one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from sqlmodel import Session
from starlette.routing import BaseRoute

from app.clock import Clock
from app.db import OVERFLOW, POOL, Database
from app.settings import Settings

AT_ONCE = POOL + OVERFLOW - 3
"""So many requests hold a session at once; the rest is for what needs one for a moment, also within a request."""


@dataclass(frozen=True)
class Context:
    """What the application was built with; lives in `app.state.context`."""

    settings: Settings
    database: Database
    clock: Clock
    works: bool
    """Whether this process also runs the worker."""
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    """Of the requests that may hold a session."""


def context(request: Request) -> Context:
    """The application's context."""
    found: Context = request.app.state.context
    return found


async def turn(request: Request) -> AsyncIterator[None]:
    """One of `AT_ONCE`, until the session is closed; one for the whole request, however many sessions it asks for."""
    async with context(request).turns:
        yield


Turn = Annotated[None, Depends(turn, scope="function")]


def writing(request: Request, _turn: Turn) -> Iterator[Session]:
    """One transaction around the handler, committed before the answer is sent; it stands in `request.state` too, for
    whoever has to write along with the handler (an answer that is kept).
    """
    with context(request).database.writing(f"{request.method} {route_of(request)}") as session:
        request.state.transaction = session
        yield session


def route_of(request: Request) -> str:
    """The path of the route as it was declared, `/p/{slug}`."""
    return str(getattr(request.scope.get("route"), "path", ""))


def reading(request: Request, _turn: Turn) -> Iterator[Session]:
    """A look that writes nothing."""
    with context(request).database.reading() as session:
        yield session


def moment(request: Request) -> datetime:
    """When this request is being answered."""
    return context(request).clock()


InContext = Annotated[Context, Depends(context)]
Writing = Annotated[Session, Depends(writing, scope="function")]
Reading = Annotated[Session, Depends(reading, scope="function")]
Moment = Annotated[datetime, Depends(moment)]


# Who may come in: every route says so, by a dependency that asks, or by a word above its handler.

PUBLIC = "public"

Declared = TypeVar("Declared", bound=Callable[..., Any])


def asks(permission: str) -> Callable[[Declared], Declared]:
    """Declare that a dependency lets in only who has this permission, or that a handler is behind such a door."""

    def declare(one: Declared) -> Declared:
        one.__dict__["permission"] = permission
        return one

    return declare


def public(endpoint: Declared) -> Declared:
    """Declare that a handler is for everybody, or that what its path holds is the permission, as in mailed links."""
    return asks(PUBLIC)(endpoint)


def permission_of(route: RouteContext) -> str | None:
    """What was declared for a route: at its handler, or by one of its dependencies."""
    told = getattr(route.endpoint, "permission", None)
    dependant = getattr(route, "dependant", None)
    return told or (_asked_by(dependant) if dependant is not None else None)


def included(*routers: APIRouter) -> tuple[BaseRoute, ...]:
    """Their routes, for `install`: to look at ours takes FastAPI a quarter of a second, and so it does it once."""
    together = APIRouter()
    for router in routers:
        together.include_router(router)
    return tuple(together.routes)


def require_declared(app: FastAPI) -> None:
    """Refuse an application with a route that does not say who may come in. Raises RuntimeError."""
    for route in iter_route_contexts(app.routes):
        if permission_of(route) is None:
            raise RuntimeError(
                f"{route.path} does not declare who may come in: let a dependency ask, or put @public above its handler"
            )


def _asked_by(dependant: Dependant) -> str | None:
    found = getattr(dependant.call, "permission", None)
    return found or next((told for part in dependant.dependencies if (told := _asked_by(part))), None)
