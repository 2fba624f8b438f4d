"""One person in a round: swapped with somebody, moved, left out, or brought in late. Each can be tried first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Context, InContext, Moment, Reading, Writing
from app.errors import BadInput, Conflict, NotFound
from app.models import Participant, Placement, Programme, Round, RoundState
from app.queries import participants as people_queries
from app.queries import preview
from app.queries import rounds as round_queries
from app.services import adjusted, figures
from app.services.adjusted import By, Outcome
from app.services.moves import Change, Do
from app.web.forms import Form, Posted
from app.web.organiser import found, frame, looks, rounds
from app.web.organiser.round_acts import GROUP, why_not
from app.web.organiser.round_page import FIGURES
from app.web.organiser.sessions import Acting, Looking, Organiser
from app.web.pages import see_other

router = APIRouter(include_in_schema=False)

MOST = 12
Words = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody of the programme, and where a round has put them, if it has."""

    programme: Programme
    round: Round
    person: Participant
    place: Placement | None

    @property
    def here(self) -> str:
        """Their page."""
        return f"/organiser/rounds/{self.round.id}/people/{self.person.id}"


@router.api_route("/organiser/rounds/{round_id}/people/{participant_id}", methods=["GET", "HEAD"])
def show(
    request: Request, round_id: str, participant_id: str, session: Reading, me: Looking, q: Words = ""
) -> Response:
    """What can be done about them; `q` looks for somebody to swap with."""
    return _page(request, session, me, _stand(session, me, round_id, participant_id), q)


@router.post("/organiser/rounds/{round_id}/people/{participant_id}")
def act(
    request: Request,
    round_id: str,
    participant_id: str,
    posted: Form,
    session: Writing,
    me: Acting,
    context: InContext,
    now: Moment,
) -> Response:
    """Do it, or only say what it would come to."""
    stand = _stand(session, me, round_id, participant_id, lock=True)
    q = posted.one("q")[:100]
    try:
        change = _asked(posted, stand)
        outcome = _made(session, stand, change, me, context, now, only_try=posted.one("try") == "yes")
    except (BadInput, Conflict) as refused:
        return _page(request, session, me, stand, q, refused.status, refused=why_not(refused))
    if outcome.number is None and posted.one("try") == "yes":
        return _page(request, session, me, stand, q, tried=_told(outcome), again=_fields(posted))
    return see_other(f"/organiser/rounds/{stand.round.id}?done={outcome.number or 'undone'}")


@router.api_route("/organiser/rounds/{round_id}/late", methods=["GET", "HEAD"])
def late(request: Request, round_id: str, session: Reading, me: Looking, q: Words = "") -> Response:
    """Who is not in the round, to be brought in."""
    programme, round_ = found.round_(session, me.principal, round_id)
    if round_.state != RoundState.MATCHED:
        return see_other(f"/organiser/rounds/{round_.id}")
    people = preview.outside(session, round_, q.strip(), MOST + 1)
    return frame.page(
        request,
        me,
        "round_late.html",
        programme=programme,
        round=round_,
        q=q,
        people=people[:MOST],
        more=len(people) > MOST,
        teams=people_queries.teams_of(session, programme),
    )


def _stand(session: Session, me: Organiser, round_id: str, participant_id: str, *, lock: bool = False) -> Stand:
    programme, round_ = found.round_(session, me.principal, round_id, lock=lock)
    if round_.state == RoundState.DRAFT:
        raise NotFound
    person = found.person(session, programme, participant_id)
    return Stand(programme, round_, person, session.get(Placement, (round_.id, person.id)))


def _asked(posted: Posted, stand: Stand) -> Change:
    """The change that a button stands for. Raises BadInput."""
    me, to = stand.person.id, posted.one("to").strip()
    group = int(to) if to.isdigit() and GROUP.fullmatch(to) else None
    match posted.one("do"):
        case "swap":
            return Change(Do.SWAP, (me, posted.one("other")[:60]))
        case "move":
            return Change(Do.MOVE, (me,), group or to[:60])
        case "exclude":
            return Change(Do.EXCLUDE, (me,))
        case "add":
            return Change(Do.ADD, (me,), (group or to[:60]) if to else None)
    raise BadInput(rounds.not_a_button())


def _made(
    session: Session, stand: Stand, change: Change, me: Organiser, context: Context, now: datetime, *, only_try: bool
) -> Outcome:
    by = By(me.principal.actor, now, context.settings.secret)
    make = adjusted.look if only_try else adjusted.adjust
    return make(session, stand.programme, stand.round, [change], {}, by)


def _fields(posted: Posted) -> dict[str, str]:
    """What was asked for, to be asked again in earnest."""
    return {name: posted.one(name)[:60] for name in ("do", "other", "to") if posted.one(name)}


def _told(outcome: Outcome) -> dict[str, Any]:
    """What a change would come to, as the page says it."""
    board, before = outcome.board, outcome.before
    groups = [
        (
            board.now.tables[group].number,
            board.names(board.now.members[group]),
            figures.from_rows(outcome.said_of[group].cautions),
        )
        for group in outcome.changed
    ]
    without = board.names(one for one, seat in board.now.seats.items() if seat.group is None)
    compared = [(name, before[name], outcome.certificate[name]) for name in FIGURES] if before else []
    return {"groups": groups, "without": without[: looks.ON_A_PAGE], "figures": compared}


def _page(
    request: Request,
    session: Session,
    me: Organiser,
    stand: Stand,
    q: str,
    status: int = 200,
    *,
    refused: str = "",
    tried: dict[str, Any] | None = None,
    again: dict[str, str] | None = None,
) -> Response:
    others = preview.people_in(session, stand.round, q.strip(), MOST + 2) if q.strip() else []
    others = [(person, place) for person, place in others if person.id != stand.person.id]
    group = stand.place.group_id if stand.place else None
    return frame.page(
        request,
        me,
        "round_person.html",
        status=status,
        programme=stand.programme,
        round=stand.round,
        person=stand.person,
        place=stand.place,
        here=stand.here,
        card=_card(session, stand.round, group) if group else None,
        changeable=me.may_write and stand.round.state == RoundState.MATCHED and stand.round.redraw is None,
        q=q,
        others=[(person, _number(session, place)) for person, place in others[:MOST]],
        more=len(others) > MOST,
        teams=people_queries.teams_of(session, stand.programme),
        refused=refused,
        tried=tried,
        again=again or {},
    )


def _card(session: Session, round_: Round, group_id: str) -> looks.Card:
    group = preview.group(session, group_id)
    return looks.card(round_queries.groups_of(session, round_, [group])[0], int(round_.policy["size"]))


def _number(session: Session, place: Placement) -> int | None:
    """What their group is called, where they have one."""
    return preview.group(session, place.group_id).position + 1 if place.group_id else None
