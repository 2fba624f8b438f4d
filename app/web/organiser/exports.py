"""People, groups and the audit as files to be saved. Whoever saves one has read many rows at once, so each is noted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from sqlmodel import Session

from app.doors import InContext, Moment, Writing
from app.errors import BadInput, Fault
from app.files.sheets import Rows, csv_pieces, workbook_pieces
from app.models import Programme
from app.queries import exports as queries
from app.services import audit
from app.web.forms import Form, Posted
from app.web.organiser import found
from app.web.organiser.downloads import to_save
from app.web.organiser.sessions import Acting, Organiser
from emails import phrase

router = APIRouter(include_in_schema=False)

Pieces = Callable[[str, Sequence[str], Rows], Iterator[bytes]]
CSV = "text/csv; charset=utf-8"
FORMATS: Mapping[str, tuple[str, str, Pieces]] = {
    "csv": ("csv", CSV, lambda _, header, rows: csv_pieces(header, rows)),
    "csv-bom": ("csv", CSV, lambda _, header, rows: csv_pieces(header, rows, bom=True)),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_pieces),
}
"""By the word on the button: how the file's name ends, what it is, and how it is made."""


@router.post("/organiser/programmes/{slug}/people/export")
def people(slug: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """Everybody of a programme, in columns that an import reads."""
    programme = found.programme(session, me.principal, slug)
    answer = _answer(posted, f"people-{programme.slug}", queries.PEOPLE, queries.people(context.database, programme))
    _note(session, programme, me, now, "people.export", None, posted)
    return answer


@router.post("/organiser/programmes/{slug}/audit/export")
def trail(slug: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """What organisers have done. What participants do is not among it."""
    programme = found.programme(session, me.principal, slug)
    answer = _answer(posted, f"audit-{programme.slug}", queries.AUDIT, queries.trail(context.database, programme))
    _note(session, programme, me, now, "audit.export", None, posted)
    return answer


@router.post("/organiser/rounds/{round_id}/export")
def groups(round_id: str, posted: Form, session: Writing, me: Acting, context: InContext, now: Moment) -> Response:
    """Who meets whom in a round, and who has no group."""
    programme, round_ = found.round_(session, me.principal, round_id)
    rows = queries.groups(context.database, programme, round_)
    answer = _answer(posted, f"groups-{programme.slug}-{round_.number}", queries.GROUPS, rows)
    _note(session, programme, me, now, "round.export", round_.id, posted)
    return answer


def _answer(posted: Posted, name: str, header: Sequence[str], rows: Rows) -> Response:
    """The file, made while it is sent. Raises BadInput."""
    if posted.one("format") not in FORMATS:
        raise BadInput(
            Fault(phrase("The button"), phrase("is not one of ours."), phrase("Go back and press it again."))
        )
    end, media_type, pieces = FORMATS[posted.one("format")]
    title = name.partition("-")[0]
    return StreamingResponse(pieces(title, header, rows), media_type=media_type, headers=to_save(f"{name}.{end}"))


def _note(
    session: Session,
    programme: Programme,
    me: Organiser,
    now: datetime,
    action: str,
    subject: str | None,
    posted: Posted,
) -> None:
    actor, kind = me.principal.actor, posted.one("format")
    audit.note(session, programme, now=now, actor=actor, action=action, subject=subject, format=kind)
