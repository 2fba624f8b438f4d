"""/participants: looked through in pages, corrected one by one."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response

from app.api import answers, shown
from app.api.deps import Caller, participant_by_id, programme_by_slug
from app.api.route import PREFIX, needs, router
from app.api.schemas import ParticipantChange
from app.doors import InContext, Moment, Reading, Writing
from app.models import Participant, Scope
from app.services import participants as services
from app.services.participants import Correction, Wishes
from app.services.ways import Ways, ways_of

MOST = 200

routes = router("participants")

Cursor = Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,60}$", description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@routes.get("/programmes/{slug}/participants")
@needs(Scope.READ)
def list_participants(
    slug: str, session: Reading, caller: Caller, response: Response, cursor: Cursor = "", limit: Limit = 100
) -> answers.ParticipantPage:
    """People page by page; `next_cursor` is null on the last."""
    programme = programme_by_slug(session, caller, slug)
    found = shown.people_page(session, programme, cursor, limit)
    if found.next_cursor:
        query = urlencode({"cursor": found.next_cursor, "limit": limit})
        response.headers["Link"] = f'<{PREFIX}/programmes/{slug}/participants?{query}>; rel="next"'
    return found


@routes.patch("/participants/{participant_id}")
@needs(Scope.WRITE)
def change_participant(
    participant_id: str, body: ParticipantChange, session: Writing, caller: Caller, now: Moment, context: InContext
) -> answers.ParticipantAnswer:
    """Correct a name, move to a team, pause, skip, or take somebody out."""
    programme, person = participant_by_id(session, caller, participant_id)
    change = _correction(body, person)
    services.correct(
        session, programme, person, change, now=now, secret_key=context.settings.secret, actor=caller.actor
    )
    session.flush()
    return shown.participants(session, programme, [person])[0]


def _correction(body: ParticipantChange, person: Participant) -> Correction:
    size = body.size if "size" in body.model_fields_set else person.size
    topics = body.topics.by_kind if body.topics else {}
    return Correction(
        name=body.name,
        team=body.team,
        wishes=Wishes(topics, size) if topics or size != person.size else None,
        state=body.state,
        paused_until=body.paused_until,
        skip_next=body.skip_next,
        ways=_ways(body, person),
        time_zone=body.time_zone,
        locale=body.locale,
    )


def _ways(body: ParticipantChange, person: Participant) -> Ways | None:
    said = ways_of(person)
    new = replace(
        said,
        often=body.often or said.often,
        format=body.format if "format" in body.model_fields_set else said.format,
    )
    return new if new != said else None
