"""One's own learning log: what one wrote after each conversation. Only its writer ever sees it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.doors import InContext, Moment, Reading, Writing
from app.errors import NotFound
from app.models import Feedback
from app.queries import rounds as queries
from app.services import conversations, feedback
from app.web import met
from app.web.forms import Form, Trouble
from app.web.pages import page, see_other
from app.web.sessions import Me, MeActing, SignedIn

router = APIRouter(include_in_schema=False)


@router.api_route("/me/log", methods=["GET", "HEAD"])
def show(request: Request, session: Reading, me: Me, context: InContext) -> Response:
    """All of it, latest first; also for who has left: it stays theirs."""
    lines = [(row, round_.period, _others(session, me, row)) for row, round_ in feedback.log_of(session, me.person)]
    return page(
        request,
        "log.html",
        programme=me.programme,
        lines=lines,
        questions=conversations.kind_of(me.programme).questions,
        days=context.settings.keep_feedback_days,
        done=request.query_params.get("done") == "kept",
    )


@router.api_route("/me/log/{group_id}", methods=["GET", "HEAD"])
def show_line(request: Request, group_id: str, session: Reading, me: Me) -> Response:
    """One conversation's lines, to be changed. Raises NotFound for what one has not answered."""
    return _line(request, session, me, _row(session, me, group_id))


@router.post("/me/log/{group_id}")
def keep_line(request: Request, group_id: str, posted: Form, session: Writing, me: MeActing, now: Moment) -> Response:
    """Keep them as they are typed; empty ones are gone."""
    row = _row(session, me, group_id)
    words = met.written(posted)
    if isinstance(words, tuple):
        return _line(request, session, me, row, 422, troubles=words, typed=posted.shown(*met.TEXTS, "share"))
    feedback.keep_words(row, words["learnt"], words["will_try"], share=posted.one("share") == "yes", now=now)
    session.add(row)
    return see_other("/me/log?done=kept")


def _row(session: Session, me: SignedIn, group_id: str) -> Feedback:
    row = feedback.given(session, me.person, group_id)
    if row is None:
        raise NotFound
    return row


def _others(session: Session, me: SignedIn, row: Feedback) -> list[str]:
    return [one.name for one in queries.members_of(session, row.group_id) if one.id != me.person.id]


def _line(
    request: Request,
    session: Session,
    me: SignedIn,
    row: Feedback,
    status: int = 200,
    *,
    troubles: tuple[Trouble, ...] = (),
    typed: dict[str, str] | None = None,
) -> Response:
    return page(
        request,
        "log_line.html",
        status,
        programme=me.programme,
        row=row,
        others=_others(session, me, row),
        questions=conversations.kind_of(me.programme).questions,
        typed=typed or {"learnt": row.learnt, "will_try": row.will_try, "share": "yes" if row.share else ""},
        troubles=troubles,
    )
