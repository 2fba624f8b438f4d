"""The first page of organisers: what needs a decision, then each programme with its newest rounds."""

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

router = APIRouter(include_in_schema=False)

NEWEST = 3


@dataclass(frozen=True, slots=True)
class Shelf:
    """A programme with its newest rounds, each with its counts, and how many it has in all."""

    programme: Programme
    people: int
    rounds: list[tuple[Round, dict[str, Any]]]
    number: int
    may_write: bool


@router.api_route("/organiser", methods=["GET", "HEAD"])
def home(request: Request, context: InContext, session: Reading, me: Looking, now: Moment) -> Response:
    """What this organiser may see."""
    every = programmes.programmes(session, me.account.organisation_id)
    found = [one for one in every if me.rights.may(Scope.READ, one.id)]
    shelves = [_shelf(session, programme, me) for programme in found]
    drawn = [(shelf.programme, [round_ for round_, _ in shelf.rounds]) for shelf in shelves]
    return frame.page(
        request,
        me,
        "home.html",
        shelves=shelves,
        fates=outbox.FATES,
        decisions=decisions.of(session, drawn, context.settings, now, me.rights),
    )


def _shelf(session: Session, programme: Programme, me: Organiser) -> Shelf:
    rounds = queries.rounds_of(session, programme)
    counted = [(one, outbox.counts(session, outbox.of_round(one))) for one in rounds[:NEWEST]]
    people = sum(programmes.people_by_state(session, programme).values())
    return Shelf(programme, people, counted, len(rounds), me.rights.may(Scope.WRITE, programme.id))
