"""/rounds: opened, looked at, approved, sent. What a worker does with them goes on behind the answer."""

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse

from app.api import answers, dry_runs, shown
from app.api.deps import Caller, programme_by_slug, round_by_id
from app.api.etags import Seen, tag
from app.api.pages import USUAL, Cursor, Limit, link_next, page_of
from app.api.route import PREFIX, DryRun, needs, router, unless_dry_run
from app.api.schemas import NewRound
from app.doors import Context, InContext, Moment, Reading, Writing
from app.errors import Conflict
from app.models import Programme, Scope
from app.queries import rounds as queries
from app.services import rounds as services
from app.services.keys import Principal
from app.workflows.adjusting import require_seen

routes = router("rounds")

InHours = Annotated[bool, Query(description="Each mail leaves in the working hours of its reader.")]


@routes.get("/programmes/{slug}/rounds")
@needs(Scope.READ)
def list_rounds(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.RoundList:
    """All rounds of a programme, latest first."""
    programme = programme_by_slug(session, caller, slug)
    found = queries.rounds_of(session, programme)
    page, more = page_of(found, cursor, limit, lambda round_: round_.id)
    link_next(request, response, more)
    return answers.RoundList(rounds=[shown.round_summary(programme, round_) for round_ in page], next_cursor=more)


@routes.post(
    "/programmes/{slug}/rounds",
    status_code=202,
    response_model=answers.RoundAnswer,
    responses={200: {"model": answers.DryRun, "description": "What the round would be, when `dry_run` is true."}},
)
@needs(Scope.WRITE)
def open_round(
    slug: str, body: NewRound, caller: Caller, now: Moment, context: InContext, response: Response
) -> object:
    """Open the round of a period and have it drawn. A period exists once: later calls find that round, unchanged."""
    if body.send:
        caller.require(Scope.SEND)
    if body.dry_run:
        return JSONResponse(_dry_run(context, caller, slug, body).model_dump(mode="json"))
    with context.database.writing("api: open round") as session:
        programme = programme_by_slug(session, caller, slug, lock=True)
        round_, _ = services.open_round(
            session, programme, body.period, seed=body.seed, send=body.send, now=now, actor=caller.actor
        )
        answer = shown.round_(session, programme, round_, caller)
    response.headers["Location"] = f"{PREFIX}/rounds/{answer.id}"
    return answer


def _dry_run(context: Context, caller: Principal, slug: str, body: NewRound) -> answers.DryRun:
    """Read, let go of the database, draw."""
    services.check_asked(body.period, body.seed)
    with context.database.reading() as session:
        programme = programme_by_slug(session, caller, slug)
        _refuse_existing(programme, body.period, [round_.period for round_ in queries.rounds_of(session, programme)])
        subject = dry_runs.read(session, programme, queries.next_number(session, programme), context.clock())
    return dry_runs.drawn(subject, body.period, body.seed)


def _refuse_existing(programme: Programme, period: str, periods: list[str]) -> None:
    if period in periods:
        raise Conflict(
            f"The round {period} of {programme.slug} exists already; look at that one, or name a new period."
        )


@routes.get("/rounds/{round_id}")
@needs(Scope.READ, etag=True)
def get_round(round_id: str, session: Reading, caller: Caller, response: Response) -> answers.RoundAnswer:
    """How far the round is, and what needs a decision. Its `ETag` is that of its groups."""
    programme, round_ = round_by_id(session, caller, round_id)
    response.headers["ETag"] = tag(session, round_)
    return shown.round_(session, programme, round_, caller)


@routes.delete("/rounds/{round_id}", status_code=204)
@needs(Scope.WRITE, if_match=True)
def cancel_round(round_id: str, session: Writing, caller: Caller, now: Moment, seen: Seen) -> None:
    """Take back a round that has not been sent: its draw and its mails go, its period is free again."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    require_seen(session, round_, seen)
    services.cancel(session, programme, round_, now=now, actor=caller.actor)


@routes.get("/rounds/{round_id}/groups")
@needs(Scope.READ, etag=True)
def list_groups(
    round_id: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit | None = None,
) -> answers.GroupList:
    """Who meets whom, why, and who was left out. The `ETag` tells these groups from any others.

    All groups at once, or with `limit` page by page; who was left out stands on every page.
    """
    programme, round_ = round_by_id(session, caller, round_id)
    answer = shown.groups(session, programme, round_, caller)
    page, more = page_of(answer.groups, cursor, limit, lambda group: group.id)
    link_next(request, response, more)
    response.headers["ETag"] = f'"{answer.fingerprint}"'
    return answer.model_copy(update={"groups": list(page), "next_cursor": more})


@routes.post("/rounds/{round_id}/approve", status_code=202)
@needs(Scope.WRITE, if_match=True)
def approve_round(
    round_id: str, session: Writing, caller: Caller, now: Moment, seen: Seen, response: Response
) -> answers.RoundAnswer:
    """Say yes to the groups as they are; with `If-Match`, as they were seen. A second yes changes nothing."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    require_seen(session, round_, seen)
    services.approve(session, programme, round_, now=now, actor=caller.actor)
    session.flush()
    response.headers["ETag"] = tag(session, round_)
    return shown.round_(session, programme, round_, caller)


@routes.post(
    "/rounds/{round_id}/send",
    status_code=202,
    response_model=answers.RoundAnswer,
    responses={200: {"model": answers.SendDryRun, "description": "What would be sent, when `dry_run` is true."}},
)
@needs(Scope.SEND, key=unless_dry_run, if_match=True)
def send_round(
    round_id: str,
    session: Writing,
    caller: Caller,
    now: Moment,
    context: InContext,
    seen: Seen,
    response: Response,
    dry_run: DryRun = False,
    in_hours: InHours = False,
) -> object:
    """Let the mails of an approved round go, but those that are kept back. What was approved is exactly what is sent,
    once.

    `dry_run=true` says what would go, or why nothing can, and sends nothing.
    """
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    require_seen(session, round_, seen)
    if dry_run:
        found = shown.send_dry_run(session, round_, services.would_send(programme, round_), context.settings)
        return JSONResponse(found.model_dump(mode="json"), headers={"ETag": tag(session, round_)})
    services.send(session, programme, round_, now=now, actor=caller.actor, in_hours=in_hours)
    session.flush()
    response.headers["ETag"] = tag(session, round_)
    return shown.round_(session, programme, round_, caller)
