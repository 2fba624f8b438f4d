"""/participants: looked through in pages, corrected one by one."""

from dataclasses import replace

from fastapi import Request, Response

from app.api import answers, etags, shown
from app.api.deps import Caller, participant_by_id, programme_by_slug
from app.api.etags import Seen
from app.api.pages import USUAL, Cursor, Limit, link_next
from app.api.route import needs, router
from app.api.schemas import ParticipantChange
from app.doors import InContext, Moment, Reading, Writing
from app.files.addresses import Address, parse_address
from app.models import Participant, Scope
from app.services import participants as services
from app.services.participants import Correction, Wishes
from app.services.ways import Ways, ways_of

routes = router("participants")


@routes.get("/programmes/{slug}/participants")
@needs(Scope.READ)
def list_participants(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.ParticipantPage:
    """People page by page; `next_cursor` is null on the last."""
    programme = programme_by_slug(session, caller, slug)
    found = shown.people_page(session, programme, cursor, limit)
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
    change = _correction(body, person)
    services.correct(
        session, programme, person, change, now=now, secret_key=context.settings.secret, actor=caller.actor
    )
    session.flush()
    return _tagged(response, shown.participants(session, programme, [person])[0])


def _tagged(response: Response, answer: answers.ParticipantAnswer) -> answers.ParticipantAnswer:
    response.headers["ETag"] = etags.of_participant(answer)
    return answer


def _correction(body: ParticipantChange, person: Participant) -> Correction:
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
    )
    return new if new != said else None
