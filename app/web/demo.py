"""The demo's guided way: join, inbox, confirm, topics, a round, the introduction. Only where settings say so."""

import re
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import InContext, Moment, Reading, Writing, public
from app.errors import NotFound
from app.files.addresses import Address, parse_address
from app.models import ParticipantState, Programme, Role, Round, RoundState
from app.queries import participants as people_queries
from app.queries import programmes as programme_queries
from app.queries import rounds as queries
from app.services import letters, organisers, rounds
from app.services.participants import HERE
from app.services.programmes import default_organisation
from app.web.organiser import door
from app.web.pages import page, see_other
from app.web.sessions import MaybeMe, SignedIn
from app.web.status import upcoming

router = APIRouter(include_in_schema=False)

SLUG = "demo"
ORGANISER = "organiser@example.org"
ROUND_ID = re.compile(r"rnd_[a-z2-7]{26}")
UNDER_WAY = (RoundState.DRAFT, RoundState.MATCHED, RoundState.APPROVED, RoundState.SENDING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a visitor has come, as far as this browser knows."""

    me: SignedIn | None
    has_topics: bool
    latest: Round | None
    drawn: dict[str, Any] | None
    """What the latest round came to, if there has been one."""
    introduced: bool
    people: int
    waiting: bool
    """Whether somebody has joined and not confirmed yet."""

    @property
    def under_way(self) -> bool:
        """Whether the latest round is still being drawn or sent."""
        return self.latest is not None and self.latest.state in UNDER_WAY

    @property
    def step(self) -> int:
        """The number of the step to take next."""
        if self.me is None:
            return 2 if self.waiting else 1
        if self.introduced:
            return 6
        return 5 if self.has_topics else 4


@router.api_route("/demo", methods=["GET", "HEAD"])
@public
def guide(request: Request, context: InContext, session: Reading, me: MaybeMe, now: Moment) -> Response:
    """The six steps, and the next one."""
    try:
        programme = programme_queries.programme(session, SLUG)
    except NotFound:
        return page(request, "demo_empty.html", slug=SLUG)
    period = queries.free_week(session, programme, local_date(now, programme.time_zone))
    day = upcoming(programme, now)
    return page(
        request,
        "demo.html",
        programme=programme,
        progress=_progress(session, programme, me),
        period=period,
        by_hand=_by_hand(programme, period, context.settings.base_url),
        next_draw=day if day and queries.week_of(day) == period else None,
    )


def _by_hand(programme: Programme, period: str, base_url: str) -> tuple[str, str]:
    """What to type for the same: commands, which are the same in every language."""
    ours = (
        "export COFFEE_API_KEY=coffee_…\n"
        f"./coffee round open {programme.slug} {period} --send --url {base_url}\n"
        f"./coffee round status {programme.slug} {period} --url {base_url}"
    )
    theirs = (
        f"curl -X POST {base_url}/api/v1/programmes/{programme.slug}/rounds \\\n"
        '  -H "Authorization: Bearer $COFFEE_API_KEY" -H "Content-Type: application/json" \\\n'
        f"""  -d '{{"period": "{period}", "send": true}}'"""
    )
    return ours, theirs


def _progress(session: Session, programme: Programme, me: SignedIn | None) -> Progress:
    mine = me if me and me.programme.id == programme.id else None
    topics = people_queries.topics_of(session, [mine.person.id])[mine.person.id] if mine else {}
    conversations = people_queries.conversations_of(session, mine.person) if mine else []
    people = programme_queries.people_by_state(session, programme)
    latest = next(iter(queries.rounds_of(session, programme)), None)
    return Progress(
        me=mine,
        has_topics=any(topics.values()),
        latest=latest,
        drawn=queries.counts(session, latest) if latest else None,
        introduced=bool(conversations),
        people=sum(people[state] for state in HERE),
        waiting=people[ParticipantState.PENDING] > 0,
    )


@router.post("/demo/organiser")
@public
def organise(request: Request, context: InContext, session: Writing, now: Moment) -> Response:
    """In as the owner of everything, with one press: only in the demo, where these pages are."""
    owner = default_organisation(session, context.settings.organisation_name, now)
    address = parse_address(ORGANISER)
    assert isinstance(address, Address)
    account = organisers.appoint(session, owner, address, Role.OWNER, now=now)
    return door.let_in(request, session, context, account, now)


@router.post("/demo/round")
@public
def run_round(session: Writing, now: Moment) -> Response:
    """Draw and send a round through the same service as the API; one that is under way is shown instead."""
    programme = programme_queries.programme(session, SLUG, lock=True)
    under_way = [round_ for round_ in queries.rounds_of(session, programme) if round_.state in UNDER_WAY]
    if under_way:
        return see_other(f"/demo/round/{under_way[0].id}")
    period = queries.free_week(session, programme, local_date(now, programme.time_zone))
    round_, _ = rounds.open_round(session, programme, period, seed=None, send=True, now=now, actor="demo")
    return see_other(f"/demo/round/{round_.id}")


@router.api_route("/demo/round/{round_id}", methods=["GET", "HEAD"])
@public
def watch_round(
    request: Request, round_id: str, context: InContext, session: Reading, me: MaybeMe, still: str = ""
) -> Response:
    """How far the round is; the page asks again by itself until everybody is introduced or it is to stand still."""
    programme = programme_queries.programme(session, SLUG)
    if not ROUND_ID.fullmatch(round_id):
        raise NotFound
    round_ = queries.round_(session, programme.organisation_id, round_id)
    if round_.programme_id != programme.id:
        raise NotFound
    return page(
        request,
        "demo_round.html",
        programme=programme,
        round=round_,
        counts=queries.counts(session, round_),
        sentences=letters.certificate_sentences(round_),
        done=round_.state not in UNDER_WAY,
        works=context.works,
        sends=context.settings.sends_mail,
        still=still,
        me=me,
    )
