"""/programmes/{slug}/audit: what organisers have done, to be exported page by page."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.api import answers
from app.api.deps import Caller, programme_by_slug
from app.api.pages import USUAL, Cursor, Limit, link_next
from app.api.route import needs, router
from app.api.values import Instant
from app.doors import Reading
from app.models import AuditEntry, Scope
from app.queries import audit as queries
from app.services.moments import moment_in

routes = router("programmes")

Since = Annotated[
    Instant | None, Query(description="Only what was done then or later; without an offset by the programme's clocks.")
]


@routes.get("/programmes/{slug}/audit")
@needs(Scope.READ)
def list_audit(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    since: Since = None,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.AuditPage:
    """What organisers have done, and workers at their word, the oldest first. Ids and counts only.

    What participants do is not among it.
    """
    programme = programme_by_slug(session, caller, slug)
    begin = since and moment_in(since, programme, "query since", days=True)
    found = queries.page(session, programme, cursor, limit + 1, begin)
    page = found[:limit]
    more = queries.cursor_of(page[-1]) if len(found) > limit else None
    link_next(request, response, more)
    return answers.AuditPage(entries=[shown_as(entry) for entry in page], next_cursor=more)


def shown_as(entry: AuditEntry) -> answers.AuditAnswer:
    """One line."""
    return answers.AuditAnswer(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
    )
