"""The first page of organisers: what needs a decision, then each programme with its newest rounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading
from app.models import Programme, Round, Scope
from app.queries import outbox, programmes
from app.queries import rounds as queries
from app.web.organiser import decisions, frame
from app.web.organiser.sessions import Looking, Organiser
from emails import phrase

router = APIRouter(include_in_schema=False)

NEWEST = 3
STATES: Mapping[decisions.State, tuple[str, str]] = {
    "needs": ("chip-warn", phrase("Needs you")),
    "check": ("chip-warn", phrase("Check me")),
    "running": ("chip-ok", phrase("Running")),
    "quiet": ("chip-off", phrase("Quiet")),
}
"""How a programme stands, in a word, and how that looks."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A programme with its newest rounds, each with its counts, and how many it has in all."""

    programme: Programme
    people: int
    rounds: list[tuple[Round, dict[str, Any]]]
    number: int
    may_write: bool
    state: decisions.State


@router.api_route("/organiser", methods=["GET", "HEAD"])
def home(request: Request, context: InContext, session: Reading, me: Looking, now: Moment) -> Response:
    """What this organiser may see."""
    every = programmes.programmes(session, me.account.organisation_id)
    found = [one for one in every if me.rights.may(Scope.READ, one.id)]
    drawn = [(programme, queries.rounds_of(session, programme)) for programme in found]
    newest = [(programme, rounds[:NEWEST]) for programme, rounds in drawn]
    items = decisions.of(session, newest, context.settings, now, me.rights)
    return frame.page(
        request,
        me,
        "home.html",
        shelves=[_shelf(session, programme, rounds, items, me) for programme, rounds in drawn],
        fates=outbox.FATES,
        states=STATES,
        decisions=items,
    )


def _shelf(
    session: Session, programme: Programme, rounds: list[Round], items: list[decisions.Item], me: Organiser
) -> Shelf:
    counted = [(one, outbox.counts(session, outbox.of_round(one))) for one in rounds[:NEWEST]]
    people = sum(programmes.people_by_state(session, programme).values())
    may_write = me.rights.may(Scope.WRITE, programme.id)
    state = decisions.state_of(programme, rounds[:NEWEST], items)
    return Shelf(programme, people, counted, len(rounds), may_write, state)
