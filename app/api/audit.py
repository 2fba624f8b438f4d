"""/programmes/{slug}/audit: what organisers have done, to be exported page by page."""

from fastapi import Request, Response

from app.api import answers
from app.api.deps import Caller, programme_by_slug
from app.api.pages import USUAL, Cursor, Limit, link_next
from app.api.route import needs, router
from app.doors import Reading
from app.models import AuditEntry, Scope
from app.queries import audit as queries

routes = router("programmes")


@routes.get("/programmes/{slug}/audit")
@needs(Scope.READ)
def list_audit(
    slug: str,
    request: Request,
    response: Response,
    session: Reading,
    caller: Caller,
    cursor: Cursor = "",
    limit: Limit = USUAL,
) -> answers.AuditPage:
    """What organisers have done, and workers at their word, the oldest first. Ids and counts only.

    What participants do is not among it.
    """
    programme = programme_by_slug(session, caller, slug)
    found = queries.page(session, programme, cursor, limit + 1)
    page = found[:limit]
    more = queries.cursor_of(page[-1]) if len(found) > limit else None
    link_next(request, response, more)
    return answers.AuditPage(entries=[_shown(entry) for entry in page], next_cursor=more)


def _shown(entry: AuditEntry) -> answers.AuditAnswer:
    return answers.AuditAnswer(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
    )
