"""The fate of every mail, of a round or of a whole programme: counts that add up, and each mail in plain words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import Moment, Reading
from app.queries import moving
from app.queries import outbox as queries
from app.queries.outbox import FATES
from app.services.many_mails import UNFINISHED, sendable
from app.services.rounds import LATER
from app.web.organiser import found, frame, live, rows
from app.web.organiser.found import Place
from app.web.organiser.sessions import BY_ITSELF, Looking, Organiser

router = APIRouter(include_in_schema=False)

ON_A_PAGE = 100
WIDE = 1000
"""Units of the bar; a single mail is four of them wide, so that it is seen among a hundred thousand."""

Fate = Literal["accepted", "waiting", "held", "rejected", "suppressed", "expired"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of an outbox is looked at; `still` stops the page from looking again by itself."""

    state: Fate | None = None
    cursor: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$")] = ""
    still: bool = False
    done: Literal["resend", "leave", "kept", "released", "rematch", ""] = ""
    number: Annotated[int, Query(ge=0, le=1_000_000)] = 1

    def query(self, **changes: object) -> str:
        """The query of this look with something else in it, or nothing."""
        given = {"state": self.state, "cursor": self.cursor, "still": 1 if self.still else None} | changes
        found = urlencode({name: value for name, value in given.items() if value})
        return f"?{found}" if found else ""


@router.api_route("/organiser/rounds/{round_id}/outbox", methods=["GET", "HEAD"])
def of_round(
    request: Request, round_id: str, session: Reading, me: Looking, now: Moment, asked: Annotated[Asked, Depends()]
) -> Response:
    """The introductions of a round. While they go out, the page looks again by itself."""
    return _page(request, session, me, found.round_outbox(session, me.principal, round_id), asked, now)


@router.api_route("/organiser/programmes/{slug}/outbox", methods=["GET", "HEAD"])
def of_programme(
    request: Request, slug: str, session: Reading, me: Looking, now: Moment, asked: Annotated[Asked, Depends()]
) -> Response:
    """Every mail of a programme, newest first."""
    return _page(request, session, me, found.programme_outbox(session, me.principal, slug), asked, now)


def _page(request: Request, session: Session, me: Organiser, place: Place, asked: Asked, now: datetime) -> Response:
    pile, zone = place.pile, place.programme.time_zone
    counts = queries.counts(session, pile)
    lines, more = queries.lines(session, pile, asked.state, after=asked.cursor, limit=ON_A_PAGE)
    lot = queries.lot(session, sendable(pile), asked.state) if asked.state in UNFINISHED else None
    moves = is_sending(session, place) and not asked.cursor
    again = place.path + asked.query(**{BY_ITSELF: 1}) if moves and not asked.still else ""
    return frame.page(
        request,
        me,
        "outbox.html",
        place=place,
        programme=place.programme,
        asked=asked,
        counts=counts,
        questions=None if place.round_ else _rest(counts, queries.counts(session, place.every)),
        parts=parts(counts),
        fates=FATES,
        meanings=rows.MEANINGS,
        in_doubt=queries.in_doubt(session, pile, rows.doubtful_before(now)),
        mails=[rows.row(line, now, zone, may_send=me.may_send, round_=place.round_) for line in lines],
        sendable=lot.number if lot else 0,
        leavable=queries.lot(session, pile, "held").number if asked.state == "held" else 0,
        more=asked.query(cursor=more) if more else "",
        moves=moves,
        again=again,
        **(live.kept_up(session, place.round_, again) if place.round_ else {"live": None}),
        moment=frame.at(now, now, zone),
        zone=frame.zone_words(zone),
    )


def is_sending(session: Session, place: Place) -> bool:
    """Whether mails of a round are on their way, also those that go again."""
    if place.round_ is None or place.round_.state not in LATER[1:]:
        return False
    return moving.glimpse(session, place.round_.id).moves


def _rest(listed: dict[str, int], of_all: dict[str, int]) -> dict[str, int]:
    """The counts of what is counted and not listed."""
    return {name: of_all[name] - listed[name] for name in of_all}


def parts(counts: dict[str, int]) -> list[tuple[str, int, int]]:
    """The parts of the bar: fate, where it begins, how wide it is. Small ones are widened at the cost of the widest;
    what waits is at the end.
    """
    shown = [fate for fate in (*(fate for fate in FATES if fate != "waiting"), "waiting") if counts[fate]]
    widths = {fate: max(4, round(WIDE * counts[fate] / counts["planned"])) for fate in shown}
    if shown:
        widths[max(shown, key=widths.__getitem__)] += WIDE - sum(widths.values())
    ends = [sum(widths[one] for one in shown[: place + 1]) for place in range(len(shown))]
    return [(fate, end - widths[fate], widths[fate]) for fate, end in zip(shown, ends, strict=True)]
