"""A round on its way, and after: how far it is, whose mail came to nothing, and what people have said, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.doors import Moment, Reading
from app.models import Programme, Round
from app.queries import outbox as queries
from app.queries import stuck
from app.queries.outbox import FATES
from app.queries.stuck import FEWEST, Reason, Said
from app.services import reminding
from app.services.rounds import LATER
from app.web.organiser import found, frame, live, outbox, rows
from app.web.organiser.looks import Tile
from app.web.organiser.sessions import BY_ITSELF, Looking
from emails import phrase

router = APIRouter(include_in_schema=False)

ON_A_PAGE = 50
REASONS: Mapping[Reason, str] = {
    "held": phrase("Held"),
    "returned": phrase("Came back"),
    "closed": phrase("Address closed"),
    "late": phrase("Too late"),
    "trying": phrase("Being tried again"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of the mails that are stuck are looked at; `still` stops the page from looking again by itself."""

    reason: Reason | None = None
    cursor: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$")] = ""
    still: bool = False
    done: Annotated[str, Query(pattern=r"^[a-z]{0,20}$")] = ""

    def query(self, **changes: object) -> str:
        """The query of this look with something else in it, or nothing."""
        given = {"reason": self.reason, "cursor": self.cursor, "still": 1 if self.still else None} | changes
        told = urlencode({name: value for name, value in given.items() if value})
        return f"?{told}" if told else ""


@router.api_route("/organiser/rounds/{round_id}/watch", methods=["GET", "HEAD"])
def watch(
    request: Request, round_id: str, session: Reading, me: Looking, now: Moment, asked: Annotated[Asked, Depends()]
) -> Response:
    """The page. While mails are on their way it keeps itself up to date."""
    place = found.round_outbox(session, me.principal, round_id)
    assert place.round_
    programme, round_, zone = place.programme, place.round_, place.programme.time_zone
    counts = queries.counts(session, place.pile)
    mails, more = stuck.lines(session, round_, asked.reason, after=asked.cursor, limit=ON_A_PAGE)
    moves = outbox.is_sending(session, place)
    here = f"/organiser/rounds/{round_.id}/watch"
    again = here + asked.query(**{BY_ITSELF: 1}) if moves and not asked.still and not asked.cursor else ""
    return frame.page(
        request,
        me,
        "watch.html",
        programme=programme,
        round=round_,
        place=place,
        here=here,
        asked=asked,
        counts=counts,
        parts=outbox.parts(counts),
        fates=FATES,
        reasons=REASONS,
        stuck=stuck.counts(session, round_),
        mails=[rows.row(line, now, zone, may_send=me.may_send) for line in mails],
        more=asked.query(cursor=more) if more else "",
        kept=queries.kept(session, round_),
        tiles=_tiles(stuck.said(session, round_)) if round_.state in LATER[1:] else [],
        fewest=FEWEST,
        steps=_steps(round_, now, zone),
        remind_from=_remind_from(programme, round_, now),
        moves=moves,
        again=again,
        moment=frame.at(now, now, zone),
        zone=frame.zone_words(zone),
        **live.kept_up(session, round_, again),
    )


def _remind_from(programme: Programme, round_: Round, now: datetime) -> str | None:
    """From when on people can be reminded: nothing where they cannot, or no words for now."""
    possible = reminding.possible_from(programme, round_)
    if possible is None or reminding.is_over(round_, now):
        return None
    return frame.at(possible, now, programme.time_zone) if possible > now else ""


def _tiles(said: Said) -> list[Tile]:
    of = phrase("Of %(people)s people with a group.", people=said.people)
    titles = {
        phrase("Have answered"): said.answered,
        phrase("Have met"): said.met,
        phrase("Have arranged it"): said.arranged,
        phrase("Not this time"): said.not_this_time,
    }
    few = phrase("Not told")
    return [
        Tile(title, phrase("At least %(count)s", count=number) if number else few, of)
        for title, number in titles.items()
    ]


def _steps(round_: Round, now: datetime, zone: str) -> list[tuple[str, str]]:
    """What happened to the round, in order."""
    moments = {
        phrase("Opened"): round_.opened_at,
        phrase("Drawn"): round_.matched_at,
        phrase("Approved"): round_.approved_at,
        phrase("Sending began"): round_.sending_at,
        phrase("Every mail had met its fate"): round_.introduced_at,
        phrase("Closed"): round_.closed_at,
    }
    return [(words, frame.at(moment, now, zone)) for words, moment in moments.items() if moment is not None]
