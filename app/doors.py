"""What every HTTP door needs from the application: settings, database, clock, and a transaction per request.

The session dependencies have `scope="function"`: the commit happens before the answer leaves, so that a failed commit
can never be answered 200 (by default FastAPI ends dependencies after the client has its answer).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from app.clock import Clock
from app.db import Database
from app.settings import Settings


@dataclass(frozen=True)
class Context:
    """What the application was built with; lives in `app.state.context`."""

    settings: Settings
    database: Database
    clock: Clock
    works: bool
    """Whether this process also runs the worker."""


def context(request: Request) -> Context:
    """The application's context."""
    found: Context = request.app.state.context
    return found


def writing(request: Request) -> Iterator[Session]:
    """One transaction around the handler, committed before the answer is sent; it stands in `request.state` too, for
    whoever has to write along with the handler (an answer that is kept).
    """
    with context(request).database.writing(f"{request.method} {route_of(request)}") as session:
        request.state.transaction = session
        yield session


def route_of(request: Request) -> str:
    """The path of the route as it was declared, `/p/{slug}`."""
    return str(getattr(request.scope.get("route"), "path", ""))


def reading(request: Request) -> Iterator[Session]:
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
