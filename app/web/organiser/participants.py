"""The people of a programme: a list to look through, and a page for each with what an organiser may change.

What somebody keeps to themselves is on neither: whom they would rather not meet, what they answered, what they need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.clock import local_date
from app.doors import Context, InContext, Moment, Reading
from app.models import AsksShown, Often, Participant, ParticipantState, Programme, TopicKind
from app.queries import directory
from app.queries import imports as import_queries
from app.queries import participants as queries
from app.queries.directory import Which
from app.services import readdressing, times
from app.services.participants import HERE
from app.web import zones
from app.web.organiser import found, frame
from app.web.organiser.sessions import Looking, Organiser
from emails import phrase

router = APIRouter(include_in_schema=False)

ON_A_PAGE = 100
ROUNDS = 12
STATES: Mapping[Which, tuple[str, str]] = {
    "active": ("chip-ok", phrase("Takes part")),
    "paused": ("chip-off", phrase("Pauses")),
    "bounced": ("chip-warn", phrase("Mail comes back")),
    "pending": ("chip-warn", phrase("Not confirmed yet")),
    "left": ("chip-off", phrase("Has left")),
}
"""How somebody stands, in a word, and how that looks."""
OFTEN: Mapping[Often, str] = {
    Often.EVERY: phrase("in every round"),
    Often.SECOND: phrase("in every second round"),
    Often.ASKED: phrase("only when they say so"),
}
TOPICS: Mapping[TopicKind, str] = {
    TopicKind.INTEREST: phrase("Likes to talk about"),
    TopicKind.ASK: phrase("Would like help with"),
    TopicKind.OFFER: phrase("Can help with"),
    TopicKind.LANGUAGE: phrase("Languages"),
    TopicKind.TIME: phrase("Times"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which people are looked at."""

    state: Which | None = None
    q: Annotated[str, Query(max_length=100)] = ""
    cursor: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$")] = ""
    done: Literal["erased", ""] = ""

    def query(self, **changes: object) -> str:
        """The query of this look with something else in it, or nothing."""
        given: dict[str, object] = {"state": self.state, "q": self.q, "cursor": self.cursor} | changes
        said = urlencode({name: value for name, value in given.items() if value})
        return f"?{said}" if said else ""


@router.api_route("/organiser/programmes/{slug}/people", methods=["GET", "HEAD"])
def every(
    request: Request,
    slug: str,
    session: Reading,
    me: Looking,
    context: InContext,
    now: Moment,
    asked: Annotated[Asked, Depends()],
) -> Response:
    """All people by name, a page at a time."""
    programme = found.programme(session, me.principal, slug)
    people, more = directory.page(session, programme, asked.state, asked.q.strip(), after=asked.cursor, limit=ON_A_PAGE)
    counts = directory.counts(session, programme)
    return frame.page(
        request,
        me,
        "participants.html",
        programme=programme,
        here=place(programme),
        link=join_link(context, programme),
        asked=asked,
        counts=counts,
        all=sum(counts.values()),
        states=STATES,
        people=[(one, stands(one, now, programme)) for one in people],
        teams=queries.teams_of(session, programme),
        more=asked.query(cursor=more) if more else "",
        importing=import_queries.running(session, programme) if me.may_write else [],
    )


@router.api_route("/organiser/programmes/{slug}/people/{participant_id}", methods=["GET", "HEAD"])
def show(
    request: Request,
    slug: str,
    participant_id: str,
    session: Reading,
    me: Looking,
    now: Moment,
    done: str = "",
) -> Response:
    """One person, and what can be done."""
    programme = found.programme(session, me.principal, slug)
    person = found.person(session, programme, participant_id)
    return page(request, session, me, programme, person, now, done=done if done in DONE else "")


DONE = ("about", "address", "skip", "unskip", "pause", "back", "left", "host", "guest")


def page(
    request: Request,
    session: Session,
    me: Organiser,
    programme: Programme,
    person: Participant,
    now: datetime,
    status: int = 200,
    **more: Any,
) -> Response:
    """The page of a person; `more` is what was done, or what was typed and what is wrong with it."""
    team = queries.team_of(session, person)
    stood = stands(person, now, programme)
    facts: dict[str, Any] = {
        "done": "",
        "troubles": (),
        "about": facts_about(session, person),
        "until": "",
        "email": "",
    }
    topics = queries.topics_of(session, [person.id])[person.id]
    if person.asks_shown == AsksShown.NOBODY:
        topics = topics | {TopicKind.ASK: []}
    return frame.page(
        request,
        me,
        "participant.html",
        status=status,
        programme=programme,
        one=person,
        here=f"{place(programme)}/{person.id}",
        state=STATES[stood],
        bounced=stood == "bounced",
        away=stood in ("paused", "bounced"),
        takes_part=person.state in HERE,
        may_move=me.may_write and readdressing.may_move(session, person),
        team=team,
        team_names=sorted(queries.teams_of(session, programme).values())[:500],
        topics=[(TOPICS[kind], kind, texts) for kind, texts in topics.items() if texts],
        said_time=times.said,
        often=OFTEN[person.often],
        zone=zones.in_words(person.time_zone),
        rounds=directory.rounds_of(session, person, ROUNDS),
        today=local_date(now, programme.time_zone),
        **facts | more,
    )


def facts_about(session: Session, person: Participant) -> dict[str, str]:
    """What can be corrected, by the names of its fields."""
    return {
        "name": person.name,
        "team": queries.team_of(session, person),
        "manager_email": person.manager_email,
    }


def place(programme: Programme) -> str:
    """Where the list is."""
    return f"/organiser/programmes/{programme.slug}/people"


def join_link(context: Context, programme: Programme) -> str:
    """What one shares."""
    return f"{context.settings.base_url.rstrip('/')}/p/{programme.slug}"


def stands(person: Participant, now: datetime, programme: Programme) -> Which:
    """How somebody stands today, as organisers may know it: until when they pause is not part of it, for whoever is
    held for their silence has no such day.
    """
    if person.state == ParticipantState.PAUSED and not _away(person, now, programme):
        return "active"
    state = directory.shown_state(person)
    if state == ParticipantState.HELD:
        return "bounced"
    return cast("Which", state.value)


def _away(person: Participant, now: datetime, programme: Programme) -> bool:
    """Whether a pause goes on; afterwards they are back by themselves."""
    return person.paused_until is not None and person.paused_until > local_date(now, programme.time_zone)
