"""One round before its mails leave: looked at, changed, approved, sent."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Moment, Reading
from app.models import Programme, Round, RoundChange, RoundState
from app.queries import changes as change_queries
from app.queries import outbox
from app.queries import rounds as queries
from app.services import guard, redraws
from app.services.change_words import words_of
from app.services.moves import Do
from app.web.organiser import found, frame, live, looks
from app.web.organiser.looks import SHOWS, Asked
from app.web.organiser.sessions import BY_ITSELF, Looking, Organiser

router = APIRouter(include_in_schema=False)

NEWEST = 10
FIGURES = ("left_out", "repeats", "same_team", "score")


@router.api_route("/organiser/rounds/{round_id}", methods=["GET", "HEAD"])
def show(
    request: Request, round_id: str, session: Reading, me: Looking, now: Moment, asked: Annotated[Asked, Depends()]
) -> Response:
    """How far it is, and who would meet whom. While it is drawn, the page looks again by itself."""
    programme, round_ = found.round_(session, me.principal, round_id)
    return page(request, session, me, programme, round_, asked, now)


def page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    round_: Round,
    asked: Asked,
    now: datetime,
    status: int = 200,
    *,
    refused: str = "",
) -> Response:
    """The page of a round; `refused` says why a change could not be made."""
    here = f"/organiser/rounds/{round_.id}"
    drawing = round_.state == RoundState.DRAFT or round_.redraw is not None
    again = f"{here}{asked.query(**{BY_ITSELF: 1})}" if drawing and not asked.still else ""
    drawn: dict[str, Any] = {} if round_.state == RoundState.DRAFT else _drawn(session, programme, round_, asked)
    return frame.page(
        request,
        me,
        "round.html",
        status=status,
        programme=programme,
        round=round_,
        here=here,
        asked=asked,
        shows=SHOWS,
        drawing=drawing,
        rests=drawing and guard.paused(session) is not None,
        again=again,
        **live.kept_up(session, round_, again),
        trouble=redraws.trouble_of(round_),
        changeable=me.may_write and round_.state == RoundState.MATCHED and not drawing,
        counts=outbox.counts(session, outbox.of_round(round_)),
        fates=outbox.FATES,
        moment=frame.at(now, now, programme.time_zone),
        kept=change_queries.kept_people(session, round_),
        send_at=frame.at(round_.send_at, now, programme.time_zone) if round_.send_at else None,
        refused=refused,
        **drawn,
    )


def _drawn(session: Session, programme: Programme, round_: Round, asked: Asked) -> dict[str, Any]:
    shelf = looks.shelf(session, programme, round_, asked)
    without = queries.left_out_of(session, round_)
    changes = change_queries.changes_of(session, round_)
    names = change_queries.names_in(session, changes[-NEWEST:])
    standing = [one for one in changes if one.undone_at is None]
    return {
        "shelf": shelf,
        "tiles": looks.tiles(session, round_, shelf, len(without)),
        "without": without,
        "seen": change_queries.fingerprint(session, round_),
        "changes": [(one, words_of(one.changes, names)) for one in reversed(changes[-NEWEST:])],
        "older": max(0, len(changes) - NEWEST),
        "last": standing[-1] if standing else None,
        "compared": _compared(round_, standing),
    }


def _compared(round_: Round, standing: list[RoundChange]) -> dict[str, Any] | None:
    """The draw beside the one before it, where the last word was to draw again."""
    last = standing[-1] if standing else None
    if last is None or not any(one["do"] == Do.DRAW_AGAIN for one in last.changes):
        return None
    before, now = last.before["certificate"], round_.certificate
    if not before or not now:
        return None
    return {"moved": len(last.before["people"]), "figures": [(name, before[name], now[name]) for name in FIGURES]}
