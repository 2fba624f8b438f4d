"""/programmes: set up and changed."""

from typing import Annotated

from fastapi import Body, Request, Response

from app.api import answers, etags, rule_costs, shown
from app.api.deps import Caller, programme_by_slug
from app.api.etags import Seen
from app.api.pages import USUAL, Cursor, Limit, link_next, page_of
from app.api.route import PREFIX, DryRun, needs, router
from app.api.rule_costs import ProgrammeDryRun
from app.api.schemas import NewProgramme, ProgrammeChange
from app.doors import InContext, Moment, Reading, Turn, Writing
from app.errors import NotAllowed
from app.models import Organisation, Scope
from app.queries import programmes as queries
from app.services import programmes as services
from app.services.keys import Principal

routes = router("programmes")


@routes.get("/programmes")
@needs(Scope.READ)
def list_programmes(
    request: Request, response: Response, session: Reading, caller: Caller, cursor: Cursor = "", limit: Limit = USUAL
) -> answers.ProgrammeList:
    """Every programme that the key may see, by slug."""
    found = queries.programmes(session, caller.organisation_id, caller.programme_id)
    page, more = page_of(found, cursor, limit, lambda programme: programme.slug)
    link_next(request, response, more)
    return answers.ProgrammeList(
        programmes=[shown.programme(session, programme) for programme in page], next_cursor=more
    )


@routes.post("/programmes", status_code=201)
@needs(Scope.WRITE, etag=True)
def create_programme(
    body: NewProgramme, session: Writing, caller: Caller, now: Moment, response: Response
) -> answers.ProgrammeAnswer:
    """A new programme. A key that is bound to one programme makes no others."""
    if caller.programme_id is not None:
        raise NotAllowed("This key is bound to one programme; a key of the whole organisation can make others.")
    _require_for_sending(caller, body)
    organisation = session.get_one(Organisation, caller.organisation_id)
    made = services.create_programme(session, organisation, body.slug, body.facts, now=now, actor=caller.actor)
    response.headers["Location"] = f"{PREFIX}/programmes/{made.slug}"
    return _tagged(response, shown.programme(session, made))


@routes.get("/programmes/{slug}")
@needs(Scope.READ, etag=True)
def get_programme(slug: str, session: Reading, caller: Caller, response: Response) -> answers.ProgrammeAnswer:
    """One programme. Its `ETag` is that of its settings."""
    return _tagged(response, shown.programme(session, programme_by_slug(session, caller, slug)))


@routes.patch("/programmes/{slug}")
@needs(Scope.WRITE, if_match=True)
def change_programme(
    slug: str,
    body: Annotated[ProgrammeChange, Body()],
    _turn: Turn,
    context: InContext,
    caller: Caller,
    now: Moment,
    seen: Seen,
    response: Response,
    dry_run: DryRun = False,
) -> answers.ProgrammeAnswer | ProgrammeDryRun:
    """Change what is given; what is left out stays. With `If-Match`, only if it is as it was seen.

    `dry_run=true` says what would be different, and what the rules would cost, and changes nothing.
    """
    _require_for_sending(caller, body)
    if dry_run:
        with context.database.reading() as session:
            found = programme_by_slug(session, caller, slug)
            tag = etags.of_programme(shown.programme(session, found))
            etags.require(seen, tag)
            tried = rule_costs.read(session, found, body.facts, body.model_fields_set, now)
        response.headers["ETag"] = tag
        return rule_costs.told(tried)
    with context.database.writing("api: change programme") as session:
        found = programme_by_slug(session, caller, slug, lock=True)
        etags.require(seen, etags.of_programme(shown.programme(session, found)))
        changed = services.change_programme(session, found, body.facts, now=now, actor=caller.actor)
        return _tagged(response, shown.programme(session, changed))


def _require_for_sending(caller: Principal, body: ProgrammeChange) -> None:
    """Rounds that send themselves need the right that makes mail leave. Raises NotAllowed."""
    if body.sends_itself:
        caller.require(Scope.SEND)


def _tagged(response: Response, answer: answers.ProgrammeAnswer) -> answers.ProgrammeAnswer:
    response.headers["ETag"] = etags.of_programme(answer)
    return answer
