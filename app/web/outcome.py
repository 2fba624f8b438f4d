"""Did anything come of it? Two taps from the mail: the link shows the question, a button answers it; then a line for
who likes to. The answer is the writer's own, as the one to "did you meet?" is.
"""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.errors import BadInput, Fault
from app.models import Came, MailedLink, Participant, Programme, Purpose
from app.queries import rounds as queries
from app.services import links, outcomes
from app.web.forms import Posted, Trouble
from app.web.pages import page, see_other
from emails import phrase

LINE = "line"
ACTIONS = (*(came.value for came in Came), LINE)


def show(
    request: Request,
    session: Session,
    link: MailedLink,
    person: Participant,
    programme: Programme,
    status: int = 200,
    *,
    troubles: tuple[Trouble, ...] = (),
    line: str | None = None,
) -> Response:
    """The question, or the answer so far with room for a line. Changes nothing."""
    group_id = link.about or ""
    said = outcomes.given(session, person, group_id)
    return page(
        request,
        "outcome.html",
        status,
        programme=programme,
        others=[one for one in queries.members_of(session, group_id) if one.id != person.id],
        said=said,
        line=line if line is not None else said.line if said else "",
        done=request.query_params.get("done") == LINE,
        troubles=troubles,
    )


def act(request: Request, session: Session, token: str, posted: Posted, now: datetime) -> Response:
    """Keep what was tapped or written. Raises LinkExpired, BadInput."""
    link, person, programme = links.look(session, token, now, Purpose.OUTCOME)
    action = posted.one("action")
    if action != LINE:
        outcomes.record(session, person, link.about or "", Came(action), now)
        return see_other(f"/m/{token}")
    said = outcomes.given(session, person, link.about or "")
    if said is None:
        raise BadInput(
            Fault(phrase("The answer"), phrase("is missing."), phrase("Go back and say first what came of it."))
        )
    line = " ".join(posted.one(LINE).split())
    if len(line) > outcomes.LONGEST or not line.isprintable():
        trouble = Trouble(LINE, phrase("Use at most %(most)s letters, and plain text.", most=outcomes.LONGEST))
        typed = posted.shown(LINE)[LINE]
        return show(request, session, link, person, programme, 422, troubles=(trouble,), line=typed)
    outcomes.note(session, said, line, now)
    return see_other(f"/m/{token}?done={LINE}")
