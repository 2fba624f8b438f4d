"""/participants: looked through in pages, corrected one by one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from app.api import answers, etags, shown
from app.api.deps import Caller, participant_by_id, programme_by_slug
from app.api.etags import Seen
from app.api.kept import ErasureAnswer
from app.api.pages import USUAL, Cursor, Limit, link_next
from app.api.route import DryRun, needs, router
from app.api.schemas import ParticipantChange
from app.doors import InContext, Moment, Reading, Writing
from app.files.addresses import Address, parse_address
from app.models import Participant, Scope
from app.queries.directory import Which
from app.services import guard, privacy
from app.services import participants as services
from app.services.participants import Correction, Wishes
from app.services.ways import Ways, ways_of

routes = router("participants")

Shown = Literal["active", "paused", "held", "pending", "left"]
WHICH: Mapping[Shown, Which] = {
    "active": "active",
    "paused": "paused",
    "held": "bounced",
    "pending": "pending",
    "left": "left",
}
"""The states as they are shown, by the words of the query."""


@routes.get("/programmes/{slug}/participants")
@needs(Scope.READ)
def list_participants(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    state: Annotated[Shown | None, Query(description="Only those; `held` is whom no mail reaches.")] = None,
    q: Annotated[str, Query(max_length=100, description="Only those with these words in name or address.")] = "",
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.ParticipantPage:
    """People page by page, all or some of them; `next_cursor` is null on the last."""
    programme = programme_by_slug(session, caller, slug)
    found = shown.people_page(session, programme, cursor, limit, state=WHICH[state] if state else None, words=q)
    link_next(request, response, found.next_cursor)
    return found


@routes.get("/participants/{participant_id}")
@needs(Scope.READ, etag=True)
def get_participant(
    participant_id: str, session: Reading, caller: Caller, response: Response
) -> answers.ParticipantAnswer:
    """Somebody in a programme."""
    programme, person = participant_by_id(session, caller, participant_id)
    return _tagged(response, shown.participants(session, programme, [person])[0])


@routes.patch("/participants/{participant_id}")
@needs(Scope.WRITE, if_match=True)
def change_participant(
    participant_id: str,
    body: ParticipantChange,
    session: Writing,
    caller: Caller,
    now: Moment,
    context: InContext,
    seen: Seen,
    response: Response,
) -> answers.ParticipantAnswer:
    """Correct a name or an address, move to a team, pause, skip, or take somebody out. With `If-Match`, only if they
    are as they were seen.
    """
    programme, person = participant_by_id(session, caller, participant_id, lock=True)
    etags.require(seen, etags.of_participant(shown.participants(session, programme, [person])[0]))
    change = correction(body, person)
    services.correct(
        session, programme, person, change, now=now, secret_key=context.settings.secret, actor=caller.actor
    )
    session.flush()
    return _tagged(response, shown.participants(session, programme, [person])[0])


@routes.delete("/participants/{participant_id}")
@needs(Scope.WRITE, if_match=True)
def erase_participant(
    participant_id: str,
    session: Writing,
    caller: Caller,
    now: Moment,
    context: InContext,
    seen: Seen,
    dry_run: DryRun = False,
) -> ErasureAnswer:
    """Forget somebody, because they have asked for it: all that is kept about them goes, and their name from what
    others get. Nobody can bring that back. `dry_run=true` says what would go.
    """
    programme, person = participant_by_id(session, caller, participant_id, lock=True)
    etags.require(seen, etags.of_participant(shown.participants(session, programme, [person])[0]))
    goes = privacy.would_erase(session, person)
    if not dry_run:
        guard.erase(session, programme, person, context.settings, now=now, actor=caller.actor)
    return ErasureAnswer.of(participant_id, goes, dry_run=dry_run)


def _tagged(response: Response, answer: answers.ParticipantAnswer) -> answers.ParticipantAnswer:
    response.headers["ETag"] = etags.of_participant(answer)
    return answer


def correction(body: ParticipantChange, person: Participant) -> Correction:
    """What a body asks for, as the services take it."""
    size = body.size if "size" in body.model_fields_set else person.size
    topics = body.topics.by_kind if body.topics else {}
    return Correction(
        name=body.name,
        address=_typed(body.email) if body.email else None,
        team=body.team,
        wishes=Wishes(topics, size) if topics or size != person.size else None,
        state=body.state,
        paused_until=body.paused_until,
        skip_next=body.skip_next,
        ways=_ways(body, person),
        time_zone=body.time_zone,
        locale=body.locale,
        host=body.host,
        manager_email=body.manager_email,
    )


def _typed(email: str) -> Address:
    found = parse_address(email)
    assert isinstance(found, Address)  # the schema has looked
    return found


def _ways(body: ParticipantChange, person: Participant) -> Ways | None:
    said = ways_of(person)
    new = replace(
        said,
        often=body.often or said.often,
        format=body.format if "format" in body.model_fields_set else said.format,
        may_sit_out=said.may_sit_out if body.may_sit_out is None else body.may_sit_out,
    )
    return new if new != said else None
