"""Did you meet? Two taps from the mail: the link shows the question, a button answers it; more only for who likes to.

The answer is the writer's own: this page shows it to whoever holds the link, and to nobody else.
"""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.errors import BadInput, Fault
from app.models import MailedLink, Met, Participant, Programme, Purpose
from app.queries import rounds as queries
from app.services import feedback, links
from app.services.feedback import Answer
from app.web.forms import Posted, Trouble
from app.web.pages import page, see_other

ACTIONS = (*(met.value for met in Met), "more")
WORTH = range(1, 6)


def show(
    request: Request,
    session: Session,
    link: MailedLink,
    person: Participant,
    programme: Programme,
    status: int = 200,
    *,
    troubles: tuple[Trouble, ...] = (),
    learnt: str | None = None,
    wrong: str = "",
) -> Response:
    """The question, or the answer so far with room for more."""
    group_id = link.about or ""
    said = feedback.given(session, person, group_id)
    return page(
        request,
        "met.html",
        status,
        programme=programme,
        others=[one for one in queries.members_of(session, group_id) if one.id != person.id],
        said=said,
        learnt=learnt if learnt is not None else said.learnt if said else "",
        done=request.query_params.get("done") == "more",
        troubles=troubles,
        wrong=wrong,
    )


def act(request: Request, session: Session, token: str, posted: Posted, now: datetime) -> Response:
    """Keep what was tapped or written. Raises LinkExpired, BadInput."""
    link, person, programme = links.look(session, token, now, Purpose.FEEDBACK)
    action = posted.one("action")
    if action != "more":
        feedback.record(session, person, link.about or "", Answer(Met(action)), now)
        return see_other(f"/m/{token}")
    said = feedback.given(session, person, link.about or "")
    if said is None:
        raise BadInput(Fault("The answer", "is missing.", "Go back and say first whether you met."))
    learnt = "\n".join(posted.one("learnt").splitlines()).strip()
    if len(learnt) > feedback.LONGEST or "\0" in learnt or (not learnt.isprintable() and _odd(learnt)):
        trouble = Trouble("learnt", f"Use at most {feedback.LONGEST:,} letters, and plain text.")
        typed = posted.shown("learnt")["learnt"]
        return show(request, session, link, person, programme, 422, troubles=(trouble,), learnt=typed)
    answer = Answer(said.met, _worth(posted.one("worth")), learnt, posted.one("share") == "yes")
    feedback.record(session, person, link.about or "", answer, now)
    return see_other(f"/m/{token}?done=more")


def _worth(text: str) -> int | None:
    """1 to 5, or nothing. Raises BadInput."""
    if not text:
        return None
    if text not in [str(worth) for worth in WORTH]:
        raise BadInput(Fault("worth", "is none of the five.", "Go back and choose again."))
    return int(text)


def _odd(text: str) -> bool:
    """Whether a text holds what no keyboard types: half characters, control characters."""
    return any(not letter.isprintable() and letter not in "\n\t" and not letter.isspace() for letter in text)
